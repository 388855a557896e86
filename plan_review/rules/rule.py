"""What a rule is: data that says what is wrong and what to do, and a function that looks.

Texts are templates. Whatever comes from the plan goes through `code()`, so that it stands in
backticks and cannot be Markdown, or is a number that has been parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from plan_review.levels import Level


@dataclass(frozen=True)
class Match:
    """One place where a rule applies, with the values for its texts."""

    address: str
    values: dict[str, str] = field(default_factory=dict)
    level: Level | None = None
    """Set where the case is worse, or milder, than the rule's own level."""


@dataclass(frozen=True)
class Rule:
    """A rule as data, and the function that finds where it applies."""

    id: str
    level: Level
    when: str
    title: str
    why: str
    action: str
    source: str
    find: Find
    is_last: bool = False
    """Whether it looks only at what no other rule has named, and is told those addresses."""


Find = Callable[..., Iterable[Match]]
"""Called with the facts; the last rules also with the addresses that the others named."""


def rule(
    id: str,
    level: Level,
    *,
    when: str,
    title: str,
    why: str,
    action: str,
    source: str,
    is_last: bool = False,
) -> Callable[[Find], Rule]:
    """Make a rule of the function below it."""

    def make(find: Find) -> Rule:
        return Rule(id, level, when, title, why, action, source, find, is_last)

    return make
