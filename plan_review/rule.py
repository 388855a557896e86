"""What a rule is: data that says what is wrong and what to do, and a function that looks.

Texts are templates. Whatever comes from the plan goes through `code()`, so that it stands in
backticks and cannot be Markdown, or is a number that has been parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plan_review.levels import Level
from plan_review.masking import in_code

if TYPE_CHECKING:
    from plan_review.facts import Facts

_LONGEST_CODE = 120


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
    find: Callable[[Facts], Iterable[Match]]


Find = Callable[["Facts"], Iterable[Match]]


def rule(
    id: str,
    level: Level,
    *,
    when: str,
    title: str,
    why: str,
    action: str,
    source: str,
) -> Callable[[Find], Rule]:
    """Make a rule of the function below it."""

    def make(find: Find) -> Rule:
        return Rule(id, level, when, title, why, action, source, find)

    return make


def code(text: str) -> str:
    """Put text from a plan into backticks, on one line, with nothing that could end them."""
    shown = in_code(text)
    if len(shown) > _LONGEST_CODE:
        shown = shown[: _LONGEST_CODE - 1] + "…"
    return f"`{shown}`" if shown.strip() else "`(empty)`"


def codes(texts: Iterable[str], most: int = 4) -> str:
    """List texts as code, the first few by name and the rest by number."""
    unique = list(dict.fromkeys(texts))
    shown = ", ".join(code(text) for text in unique[:most])
    return shown if len(unique) <= most else f"{shown} and {len(unique) - most} more"
