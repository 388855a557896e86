"""Findings: what the rules found, grouped, worst first."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.rules.quotes import quoted
from plan_review.rules.rule import Rule


@dataclass(frozen=True)
class Finding:
    """One rule that applies, with every address to which the same words apply."""

    rule: str
    level: Level
    title: str
    why: str
    action: str
    addresses: tuple[str, ...]
    source: str = ""
    accepted_because: str = ""
    accepted_until: datetime.date | None = None
    proposed_because: str = ""
    """Why the pull request's author accepts it; it counts all the same."""

    @property
    def is_accepted(self) -> bool:
        """Whether somebody has accepted it, so that it does not count."""
        return self.accepted_until is not None


_SAYS_NOTHING_OF_A_LOSS: Final = ("SEC01",)
"""Rules about one argument: an object that only they name may go unsaid all the same."""

_Words = tuple[str, Level, str, str, str, str]


def find(rules: Iterable[Rule], facts: Facts) -> list[Finding]:
    """Run the rules; matches with the same words become one finding.

    The words are masked here, once for all rules; the addresses are masked where they are
    shown, since acceptances match them as they are.
    """
    gathered: dict[_Words, list[str]] = {}
    named: set[str] = set()
    every = list(rules)
    order = {rule.id: number for number, rule in enumerate(every)}
    for rule in sorted(every, key=lambda rule: rule.is_last):
        told = replace(rule, find=partial(rule.find, named=frozenset(named)))
        for match, values in quoted(told if rule.is_last else rule, facts):
            if rule.id not in _SAYS_NOTHING_OF_A_LOSS:
                named.add(match.address)
            texts = [
                " ".join(facts.mask.words(_named(template, facts).format_map(values)).split())
                for template in (rule.title, rule.why, rule.action)
            ]
            words = (rule.id, match.level or rule.level, texts[0], texts[1], texts[2], rule.source)
            addresses = gathered.setdefault(words, [])
            if match.address not in addresses:
                addresses.append(match.address)
    findings = [
        Finding(*words[:5], tuple(addresses), words[5]) for words, addresses in gathered.items()
    ]
    return sorted(findings, key=lambda finding: (finding.level.rank, order[finding.rule]))


def _named(template: str, facts: Facts) -> str:
    """Call the program by its name in the words of a rule."""
    if facts.plan.program == "Terraform":
        return template
    return template.replace("Terraform", facts.plan.program).replace("`terraform ", "`tofu ")


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Order findings for a reader: what counts first, by level; what is accepted last."""
    return sorted(findings, key=lambda finding: (finding.is_accepted, finding.level.rank))


MARKS: Final = {
    Level.OUTAGE: "🔴",
    Level.DATA_LOSS: "🔴",
    Level.SECURITY: "🟠",
    Level.WILL_FAIL: "🟠",
    Level.DISRUPTION: "🟡",
    Level.REVIEW: "🔵",
    Level.ROUTINE: "🟢",
}
