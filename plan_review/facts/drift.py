"""What was changed by hand since the last apply, without the noise.

`resource_drift` lists every difference between the stored state and what a refresh found:
null that became [], values that other resources filled in, default tags. Terraform's own
filter for it drops too much: it prints no note where a plan quietly undoes a rule that
somebody opened by hand. Kept here are the arguments that the author set, or that the plan
itself puts back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from plan_review.facts import Facts, once
from plan_review.facts.leaves import Leaf, leaves_of
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import ABSENT, Json, Path, at, dotted, is_empty

_IN_AN_ELEMENT: Final = 2


@dataclass(frozen=True)
class Drift:
    """One object that was changed outside Terraform."""

    address: str
    leaves: tuple[Leaf, ...]
    """What was changed, from the stored state to what is there now."""
    undone: tuple[Leaf, ...]
    """Those of them that this plan changes again."""
    is_deleted: bool = False


def accepted(facts: Facts) -> Facts | None:
    """The changes made by hand that this plan leaves as they are, for the rules to judge.

    Each is the object as the state has it against what was found, in what the author set; None
    where there is no such change.
    """
    entries = {entry.address: entry for entry in facts.plan.drift if entry.deposed is None}
    changes = []
    for drift in drifts(facts):
        entry = entries[drift.address]
        kept = [leaf for leaf in drift.leaves if leaf not in drift.undone]
        if not kept or not isinstance(entry.after, dict) or not isinstance(entry.before, dict):
            continue
        tops = {leaf.top for leaf in kept}
        after = {key: value for key, value in entry.before.items() if key not in tops}
        after |= {key: value for key, value in entry.after.items() if key in tops}
        changes.append(replace(entry, after=after))
    if not changes:
        return None
    touched = {change.address for change in changes}
    others = [change for change in facts.plan.changes if change.address not in touched]
    standing = [
        replace(change, actions=("no-op",), after=change.before, after_unknown=None)
        for change in others
        if change.before is not None and change.deposed is None
    ]
    plan = replace(facts.plan, changes=(*changes, *standing), drift=(), invocations=())
    return Facts(plan, facts.stack, facts.mask, facts.today)


@once
def drifts(facts: Facts) -> list[Drift]:
    """The changes made by hand, in the order of the plan."""
    planned = {change.address: change for change in facts.changes}
    found = []
    for entry in facts.plan.drift:
        change = planned.get(entry.address)
        if entry.mode != "managed" or entry.deposed is not None:
            continue
        if entry.action is Action.DELETE:
            if facts.plan.is_refresh_only or (change is not None and change.is_made):
                found.append(Drift(entry.address, (), (), is_deleted=True))
            continue
        leaves = tuple(leaf for leaf in leaves_of(entry) if not _is_default_tag(entry, leaf))
        undone = tuple(leaf for leaf in leaves if change and _is_undone(facts, change, leaf))
        kept = tuple(
            leaf
            for leaf in leaves
            if leaf in undone
            or (_is_authored(facts, entry, leaf) and not (_is_nothing(leaf.before, leaf.after)))
        )
        if kept:
            found.append(Drift(entry.address, kept, undone))
    return found


def _is_authored(facts: Facts, entry: ResourceChange, leaf: Leaf) -> bool:
    """Whether the author set the argument; where a plan has no configuration, all may be his."""
    is_set = facts.is_set(entry, *leaf.path)
    return is_set is True or (is_set is None and not facts.plan.configuration)


def _is_nothing(before: Json, after: Json) -> bool:
    """Whether both sides say nothing: empty, or the false that a provider fills in for it."""
    return all(is_empty(side) or side is False for side in (before, after))


def _is_undone(facts: Facts, change: ResourceChange, leaf: Leaf) -> bool:
    """Whether the plan changes the same argument again, away from what was found."""
    if change.action is not Action.UPDATE and not change.is_destroyed:
        return False
    path = leaf.path if leaf.top == "tags" else leaf.path[:1]
    return any(planned.path[: len(path)] == path for planned in facts.authored(change))


def _is_default_tag(entry: ResourceChange, leaf: Leaf) -> bool:
    """Whether a drifted tag only repeats what the provider's default tags say.

    A refresh reads the default tags of the last apply back into `tags`.
    """
    if leaf.top not in ("tags", "tags_all"):
        return False
    known = at(entry.before, ("tags_all",))
    return len(leaf.path) > 1 and isinstance(known, dict) and known.get(leaf.path[1]) == leaf.after


def in_words(facts: Facts, leaves: tuple[Leaf, ...]) -> list[str]:
    """Write drifted leaves as masked lines, one for each argument or element that came or went."""
    lines: dict[tuple[Path, str], list[str]] = {}
    for leaf in leaves:
        sides = [
            facts.mask.value(side, leaf.path, is_sensitive=leaf.is_sensitive)
            for side in (leaf.before, leaf.after)
        ]
        element = leaf.path[:2] if len(leaf.path) > _IN_AN_ELEMENT else ()
        if element and leaf.before is ABSENT:
            if leaf.after is not False:
                text = f"{facts.mask.text(dotted(leaf.path[2:]))}={sides[1]}"
                lines.setdefault((element, " added: "), []).append(text)
        elif element and leaf.after is ABSENT:
            text = f"{facts.mask.text(dotted(leaf.path[2:]))}={sides[0]}"
            lines.setdefault((element, " removed: "), []).append(text)
        else:
            lines[(leaf.path, ": ")] = [f"{sides[0]} → {sides[1]}"]
    return [
        f"{facts.mask.text(dotted(path))}{verb}{', '.join(texts)}"
        for (path, verb), texts in lines.items()
    ]
