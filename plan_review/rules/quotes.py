"""What a rule may quote: nothing that is made of a value which Terraform marks sensitive.

A rule is not asked where its words come from. It is run a second time, on the plan without the
marked values: what it says both times may be shown. A version, a port, an action of a policy
that is marked is thereby hidden in whatever form a rule quotes it, sums and ranges included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts, once
from plan_review.masking import SENSITIVE
from plan_review.plan.paths import dotted
from plan_review.rules.rule import Match, Rule

_CODE_OR_WORD: Final = re.compile(r"`[^`]*`|[^\s`]*\d[^\s`]*")


def quoted(rule: Rule, facts: Facts) -> Iterator[tuple[Match, dict[str, str]]]:
    """Where a rule applies, each with the values for its texts, without what is marked."""
    matches = list(rule.find(facts))
    blind = facts.blinded
    if blind is None or not any(match.values for match in matches):
        yield from ((match, match.values) for match in matches)
        return
    twins: dict[str, list[Match]] = {}
    for twin in rule.find(blind):
        twins.setdefault(twin.address, []).append(twin)
    names = _names(facts)
    for match in matches:
        same = twins.get(match.address)
        others = same.pop(0).values if same else {}
        yield (
            match,
            {
                key: value if others.get(key) == value else _without_quotes(value, names)
                for key, value in match.values.items()
            },
        )


@once
def _names(facts: Facts) -> set[str]:
    """What is no value: the addresses of the plan, and the arguments that force."""
    paths = (dotted(path) for change in facts.plan.changes for path in change.replace_paths)
    return {change.address for change in facts.plan.changes}.union(paths)


def _without_quotes(value: str, names: set[str]) -> str:
    """Hide code and numbers, unless the code is a name."""

    def shown(found: re.Match[str]) -> str:
        text = found[0]
        if not text.startswith("`"):
            return SENSITIVE
        return text if text.strip("`") in names else f"`{SENSITIVE}`"

    return _CODE_OR_WORD.sub(shown, value)
