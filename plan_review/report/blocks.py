"""Findings as a reader takes them in: one short block each, alike ones together with a count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from plan_review.masking import Mask
from plan_review.report.escape import address, code_span
from plan_review.review import Review
from plan_review.rules.findings import MARKS, Finding

MOST_ADDRESSES: Final = 4
_FEWEST_TOGETHER: Final = 4
"""As many findings of one rule, which differ in what they quote alone, are told as one."""
_QUOTED: Final = re.compile(r"`[^`]*`|\S*\d\S*")
_LONGEST_REASON: Final = 200


@dataclass(frozen=True)
class Told:
    """A finding as it is told: itself, or what several have in common."""

    finding: Finding
    count: int = 1

    @property
    def title(self) -> str:
        """The title, with a count where it stands for several."""
        many = f" ({self.count:,} of them)" if self.count > 1 else ""
        return f"{self.finding.title}{many}"


def told(findings: Iterable[Finding]) -> list[Told]:
    """Put findings of one rule, level and acceptance together, in the order they come."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (
            finding.rule,
            finding.level,
            finding.accepted_until,
            finding.accepted_because,
            finding.proposed_because,
            _QUOTED.sub("", finding.title),
        )
        groups.setdefault(key, []).append(finding)
    result = []
    for members in groups.values():
        if len(members) < _FEWEST_TOGETHER:
            result += [Told(finding) for finding in members]
        else:
            result.append(_together(members))
    return result


def _together(members: list[Finding]) -> Told:
    first = members[0]
    addresses = tuple(dict.fromkeys(text for one in members for text in one.addresses))
    return Told(
        replace(
            first,
            title=_shared([one.title for one in members]),
            why=_shared([one.why for one in members]),
            action=_shared([one.action for one in members]),
            addresses=addresses,
        ),
        len(members),
    )


def _shared(texts: list[str]) -> str:
    """What texts begin and end with, `…` for what differs; nothing where all of it does."""
    unique = list(dict.fromkeys(texts))
    if len(unique) == 1:
        return unique[0]
    words = [text.split(" ") for text in unique]
    head = _common(words)
    tail = _common([one[: len(head) - 1 : -1] if head else one[::-1] for one in words])
    return " ".join([*head, "…", *reversed(tail)]) if head or tail else ""


def _common(lists: list[list[str]]) -> list[str]:
    """What lists begin with alike."""
    columns = zip(*lists, strict=False)
    return [column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns)]


def entry(one: Told, mask: Mask) -> str:
    """Write a finding as a list entry: what and where, then why, then what to do."""
    finding = one.finding
    around = "~~" if finding.is_accepted else "**"
    title = f"{MARKS[finding.level]} **{finding.level.value}** · {around}{one.title}{around}"
    lines = [f"- {title} <sub>{finding.rule}</sub>"]
    lines.append(f"  {addresses(finding.addresses, mask, MOST_ADDRESSES)}")
    if finding.is_accepted:
        reason = mask.text(finding.accepted_because).replace("`", "'")[:_LONGEST_REASON]
        lines.append(f"  Accepted until {finding.accepted_until}: {code_span(reason)}")
    else:
        lines += [
            f"  {text}" for text in (finding.why, finding.action and f"→ {finding.action}") if text
        ]
    return "  \n".join(lines)


def addresses(texts: tuple[str, ...], mask: Mask, most: int) -> str:
    """Write addresses in one line, the first few by name and the rest by number."""
    shown = ", ".join(address(text, mask) for text in texts[:most])
    more = len(texts) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def worst_different(review: Review, most: int) -> list[Told]:
    """The worst findings that count, each of another rule."""
    counting = [finding for finding in review.findings if not finding.is_accepted]
    chosen: dict[str, Told] = {}
    for one in told(counting):
        chosen.setdefault(one.finding.rule, one)
    return list(chosen.values())[:most]
