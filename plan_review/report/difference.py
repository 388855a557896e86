"""The changes as blocks of a `diff`, most dangerous first; what agrees in path and value folds."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from plan_review.facts import Facts, forcing
from plan_review.facts.aws_auth import is_aws_auth
from plan_review.facts.leaves import Leaf
from plan_review.masking import printable, shown_path
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import ABSENT, UNKNOWN, dotted, is_empty
from plan_review.review import Review

_MOST_LEAVES: Final = 40
_MOST_TWINS: Final = 8
_MOST_DETAILED: Final = 500
"""So many changes are told with their values; of the rest, what is made has its address alone."""
_ORDER: Final = (
    Action.DELETE,
    Action.REPLACE,
    Action.SUPERSEDE,
    Action.FORGET,
    Action.UPDATE,
    Action.CREATE,
)
_LOSSES: Final = 4
"""How many of them take something away; these come first, whatever else is found."""
_SIGNS: Final = {
    Action.REPLACE: "!",
    Action.SUPERSEDE: "!",
    Action.UPDATE: "!",
    Action.DELETE: "-",
    Action.FORGET: "-",
    Action.CREATE: "+",
    Action.NO_OP: "#",
}


@dataclass(frozen=True)
class Block:
    """The lines of one change, and how many change in the same way, itself included."""

    lines: tuple[str, ...]
    changes: int


def blocks(review: Review) -> list[Block]:
    """The blocks of everything that changes more than its tags.

    What goes comes first, then what changes, then what is new, each the worst first. An update
    that shows nothing (a mark of sensitivity, a value that the provider computes) has no block.

    Changes fold only when their type, action, paths and values are all the same: two subnets
    that swap their zones are two changes.
    """
    facts = review.facts
    rank = _ranks(review)
    gathered: dict[tuple[str, tuple[str, ...]], list[ResourceChange]] = {}
    for number, change in enumerate(_changing(facts)):
        if not facts.is_tags_only(change):
            is_told = number < _MOST_DETAILED or change.action is not Action.CREATE
            head, body = _lines(facts, change) if is_told else _head(change)
            gathered.setdefault((head, body), []).append(change)
    found = [
        (min(rank.get(change.address, len(rank)) for change in members), head, body, members)
        for (head, body), members in gathered.items()
    ]
    found = [entry for entry in found if entry[2] or entry[3][0].action is not Action.UPDATE]
    found.sort(key=lambda entry: (_ORDER.index(entry[3][0].action) // _LOSSES, entry[0]))
    return [_block(facts, head, body, members) for _, head, body, members in found]


def tags_only(facts: Facts) -> tuple[list[str], list[str]]:
    """The addresses that change only tags, and what changes among their tags."""
    addresses = []
    lines: dict[str, None] = {}
    for change in facts.changes:
        if facts.is_tags_only(change):
            addresses.append(change.address)
            lines |= dict.fromkeys(
                line
                for leaf in facts.authored(change)
                if leaf.top == "tags"
                for line in _leaf(facts, change, leaf)
            )
    return addresses, list(lines)


def moves(facts: Facts) -> list[str]:
    """What changes its address, each as `from -> to`."""
    mask = facts.mask
    return [
        f"{mask.text(change.previous_address)} -> {mask.text(change.address)}"
        for change in facts.plan.changes
        if change.previous_address is not None
    ]


def imports(facts: Facts) -> list[str]:
    """What is taken into the state, each as `address <- id`."""
    mask = facts.mask
    return [
        f"{mask.text(change.address)} <- {mask.text(change.import_id or '')}"
        for change in facts.plan.changes
        if change.is_import
    ]


def _changing(facts: Facts) -> list[ResourceChange]:
    return [change for change in facts.changes if change.action in _ORDER]


def _ranks(review: Review) -> dict[str, int]:
    """How bad each address is, by the place of its first finding."""
    ranks: dict[str, int] = {}
    for number, finding in enumerate(review.findings):
        for address in finding.addresses:
            ranks.setdefault(address, number)
    return ranks


def _lines(facts: Facts, change: ResourceChange) -> tuple[str, tuple[str, ...]]:
    """What tells a change from others of its kind, and its lines, without its address."""
    head = f"{change.action.value} {change.type}"
    if change.action is Action.REPLACE:
        order = ", new one first" if change.creates_first else ""
        why = facts.mask.text(", ".join(dotted(path) for path in forcing(change)))
        because = f"forced by {why}" if why else facts.because(change).rstrip(".").lower()
        head += f"   # {because}{order}" if because + order else ""
    if change.action in (Action.DELETE, Action.FORGET):
        return head, ()
    leaves = [leaf for leaf in facts.authored(change) if _is_worth_a_line(facts, change, leaf)]
    lines = [line for leaf in leaves[:_MOST_LEAVES] for line in _leaf(facts, change, leaf)]
    if len(leaves) > _MOST_LEAVES:
        lines.append(f"  {len(leaves) - _MOST_LEAVES} more values")
    return head, tuple(lines)


def _head(change: ResourceChange) -> tuple[str, tuple[str, ...]]:
    """What is told of an object that no report has room to show whole."""
    return f"{change.action.value} {change.type}", ()


def _is_worth_a_line(facts: Facts, change: ResourceChange, leaf: Leaf) -> bool:
    if change.action is Action.CREATE:
        return (
            leaf.after is not UNKNOWN
            and not is_empty(leaf.after)
            and facts.is_set(change, *leaf.path) is not False
            and leaf.top != "tags"
        )
    forced = any(leaf.path[: len(path)] == path for path in change.replace_paths)
    if change.action is Action.REPLACE and not forced:
        return facts.is_set(change, *leaf.path) is not False
    return True


def _leaf(facts: Facts, change: ResourceChange, leaf: Leaf) -> list[str]:
    path = facts.mask.text(dotted(shown_path(leaf.path)))
    forced = any(leaf.path[: len(path)] == path for path in change.replace_paths)
    mark = "   # forces replacement" if forced and change.action is Action.REPLACE else ""
    before, after = leaf.before, leaf.after
    if isinstance(before, list) and isinstance(after, list):
        before, after = _without_common(before, after)
    if is_aws_auth(change) and isinstance(leaf.before, str) and isinstance(leaf.after, str):
        return _text_lines(facts, path, leaf.before, leaf.after)
    lines = []
    if not is_empty(leaf.before):
        lines.append(f"-   {path} = {_value(facts, leaf, before)}")
    if after is not ABSENT and not is_empty(leaf.after):
        lines.append(f"+   {path} = {_value(facts, leaf, after)}{mark}")
    elif mark and lines:
        lines[-1] += mark
    return lines


def _text_lines(facts: Facts, path: str, before: str, after: str) -> list[str]:
    """Compare two texts line by line, as the entries of aws-auth are."""
    lines = [f"    {path}"]
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    for line in list(found)[2 : _MOST_LEAVES + 2]:
        if not line.startswith("@@"):
            lines.append(f"{line[0]}     {facts.mask.text(line[1:])}")
    return lines


def _without_common(before: list[object], after: list[object]) -> tuple[object, object]:
    """Leave out of two long lists what they share."""
    if len(before) + len(after) <= _MOST_TWINS:
        return before, after
    gone = [value for value in before if value not in after]
    new = [value for value in after if value not in before]
    return (gone or before), (new or after)


def _value(facts: Facts, leaf: Leaf, value: object) -> str:
    return facts.mask.value(value, leaf.path, is_sensitive=leaf.is_sensitive)


def _block(facts: Facts, head: str, body: tuple[str, ...], members: list[ResourceChange]) -> Block:
    change = members[0]
    sign = _SIGNS[change.action]
    verb, _, rest = head.partition(f" {change.type}")
    shown = [facts.mask.text(member.address) for member in members[: _MOST_TWINS + 1]]
    construct = facts.stack.path_of(change)
    note = f"   # {printable(construct)}" if construct else ""
    lines = [f"{sign} {verb} {shown[0]}{rest}{note}", *body]
    lines += [f"  same: {address}" for address in shown[1:]]
    if len(members) > len(shown):
        lines.append(f"  same: {len(members) - len(shown)} more")
    return Block(tuple(lines), len(members))
