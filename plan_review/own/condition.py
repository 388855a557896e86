"""When a rule of a team's own applies: by type, action and attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from plan_review.errors import ReviewError
from plan_review.facts import Facts
from plan_review.own.table import Table, excerpt
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, Path, covers, is_empty
from plan_review.quoting import code
from plan_review.rules.rule import Match

_STEP: Final = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?P<index>\d{1,6}|\*)\]")
_ACTIONS: Final = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "replace": Action.REPLACE,
    "destroy": Action.DELETE,
    "forget": Action.FORGET,
}
_ANY: Final = "*"
_TYPE: Final = re.compile(r"[a-z0-9_*-]+")


@dataclass(frozen=True)
class Condition:
    """When a rule of the team's own applies."""

    type: str
    actions: frozenset[Action]
    path: tuple[str | int, ...]
    compared: str
    """`is`, `is_not`, `like`, or nothing: any change."""
    wanted: Json

    @property
    def words(self) -> str:
        """What is said of the attribute, as the end of a rule's template."""
        shown = code(".".join(map(str, self.path)))
        if not self.path:
            return ""
        return f" {shown} is {{value}}." if self.compared else f" {shown} changes."


def condition_of(table: Table) -> Condition:
    """Read the condition of a rule.

    Raises:
        ReviewError: it is none.
    """
    entry, where = table.entry, table.where
    names = entry.get("actions", list(_ACTIONS))
    if not isinstance(names, list) or not names or not set(map(str, names)) <= _ACTIONS.keys():
        raise ReviewError(
            f"{where}.actions: expected a list of {', '.join(_ACTIONS)}, got {excerpt(names)}"
        )
    comparisons = [key for key in ("is", "is_not", "like") if key in entry]
    if len(comparisons) > 1 or (comparisons and "attribute" not in entry):
        raise ReviewError(f"{where}: write one of is, is_not and like, beside an attribute")
    compared = comparisons[0] if comparisons else ""
    wanted = entry.get(compared)
    if compared == "like":
        wanted = table.text("like")
    elif compared and not isinstance(wanted, str | int | float | bool):
        raise ReviewError(
            f"{where}.{compared}: expected a text, a number, true or false, got {excerpt(wanted)}"
        )
    path = _path(table.text("attribute"), where) if "attribute" in entry else ()
    actions = frozenset(_ACTIONS[name] for name in names)
    return Condition(type_of(table), actions, path, compared, wanted)


def type_of(table: Table) -> str:
    """Read a type of resources.

    Raises:
        ReviewError: no resource can be of it.
    """
    text = table.text("type")
    if not _TYPE.fullmatch(text):
        raise ReviewError(
            f"{table.where}.type: expected a type like aws_db_instance, `*` for any text, "
            f"got {excerpt(text)}"
        )
    return text


def _path(text: str, where: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    for part in text.split("."):
        place = 0
        for match in _STEP.finditer(part):
            if match.start() != place:
                break
            place = match.end()
            index = match["index"]
            steps.append(match["name"] or (_ANY if index == _ANY else int(index)))
        if place != len(part) or not part:
            raise ReviewError(f"{where}.attribute: expected a path like a[0].b, got {text!r}")
    return tuple(steps)


def matching(facts: Facts, *, condition: Condition) -> Iterator[Match]:
    """Where a condition holds, each with the value that was found there."""
    for change in facts.changes:
        if change.action in condition.actions and covers(condition.type, change.type):
            found = _found(facts, change, condition)
            if found is not None:
                yield Match(change.address, {"value": found})


def _found(facts: Facts, change: ResourceChange, condition: Condition) -> str | None:
    """The attribute's value where the condition holds, else None.

    Of an object that stays, only an attribute that changes counts: a difference, not a state.
    """
    if not condition.path:
        return ""
    if change.action in (Action.UPDATE, Action.REPLACE) and not any(
        _leads_to(condition.path, leaf.path) for leaf in facts.leaves(change)
    ):
        return None
    read = change.old if change.after is None else change.new
    values = list(_at(read(condition.path[0]), condition.path[1:], condition.path[:1]))
    if not condition.compared:
        is_there = change.stays or any(not is_empty(value) for value, _ in values)
        return "" if is_there else None
    for value, path in values or [(None, condition.path)]:
        if _holds(value, condition):
            return code(facts.mask.value(value, path))
    return None


def _leads_to(path: Path, leaf: Path) -> bool:
    """Whether a leaf lies at a path, below it or on the way to it; `*` is any step."""
    return all(step in (_ANY, key) for step, key in zip(path, leaf, strict=False))


def _at(value: Json, path: Path, walked: Path) -> Iterator[tuple[Json, Path]]:
    if not path or value is UNKNOWN:
        yield value, walked
        return
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        for number, child in enumerate(value):
            if step in (_ANY, number):
                yield from _at(child, rest, (*walked, number))
    elif isinstance(value, dict):
        for key, child in value.items():
            if step in (_ANY, key):
                yield from _at(child, rest, (*walked, key))


def _holds(value: Json, condition: Condition) -> bool:
    if condition.compared == "like":
        return isinstance(value, str) and covers(str(condition.wanted), value)
    same = type(value) is type(condition.wanted) and value == condition.wanted
    return same if condition.compared == "is" else not same
