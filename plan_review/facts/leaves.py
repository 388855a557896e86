"""The differences between two values, leaf by leaf.

The plan has no schema, so what a list means is told from what is in it. Lists of plain values
are compared as sets (providers send sets as lists). Lists of objects are paired: equal ones
cancel, the rest pair by how many fields agree. JSON in a string (an IAM policy) is compared
as JSON, its statements as a set. Null, "", [] and {} are the same nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from plan_review.masking.names import secret_keys
from plan_review.plan import ResourceChange
from plan_review.plan.paths import (
    ABSENT,
    UNKNOWN,
    Json,
    Path,
    embedded_json,
    has_mark,
    is_empty,
    shape_below,
)

_MOST_PAIRINGS: Final = 10_000


@dataclass(frozen=True)
class Leaf:
    """One difference; `before` or `after` may be ABSENT, `after` may be UNKNOWN."""

    path: Path
    before: Json
    after: Json
    is_sensitive: bool = False

    @property
    def top(self) -> str:
        """The argument the leaf belongs to."""
        return str(self.path[0]) if self.path else ""

    @property
    def name(self) -> str:
        """The innermost name on the way, places in lists aside."""
        return next((key for key in reversed(self.path) if isinstance(key, str)), "")


class _Shapes(NamedTuple):
    """The three shadow trees at one place."""

    unknown: Json
    before_sensitive: Json
    after_sensitive: Json

    def below(self, key: str | int, after_key: str | int | None = None) -> _Shapes:
        after_key = key if after_key is None else after_key
        return _Shapes(
            self.unknown and shape_below(self.unknown, after_key),
            self.before_sensitive and shape_below(self.before_sensitive, key),
            self.after_sensitive and shape_below(self.after_sensitive, after_key),
        )


def leaves_of(change: ResourceChange) -> tuple[Leaf, ...]:
    """Every difference that a change makes, in the order of its paths.

    The region that version 6 of the AWS provider writes into what version 5 made is none.
    `tags_all` says every tag a second time, default tags included: where it is known it is
    what is reported, under `tags`, and otherwise `tags` is.
    """
    shapes = _Shapes(change.after_unknown, change.before_sensitive, change.after_sensitive)
    before = ABSENT if change.before is None else change.before
    after = ABSENT if change.after is None else change.after
    found = list(_walk((), before, after, shapes))
    told = [leaf for leaf in _one_line_a_tag(found) if not _is_region(change, leaf)]
    return tuple(sorted(told, key=lambda leaf: _sort_key(leaf.path)))


def takes_over_its_region(change: ResourceChange) -> bool:
    """Whether the state of an object learns its region, as it does with the AWS provider 6."""
    if not isinstance(change.before, dict) or not isinstance(change.after, dict):
        return False
    return _is_region(change, Leaf(("region",), change.before.get("region"), ABSENT)) and bool(
        change.after.get("region")
    )


def _is_region(change: ResourceChange, leaf: Leaf) -> bool:
    """Whether a difference is the region that an object has always had, told for the first time."""
    return (
        leaf.path == ("region",)
        and is_empty(leaf.before)
        and change.before is not None
        and change.after is not None
        and ("region",) not in change.replace_paths
        and change.type.startswith("aws_")
    )


def _sort_key(path: Path) -> list[tuple[str, int]]:
    return [("", key) if isinstance(key, int) else (key, 0) for key in path]


def _one_line_a_tag(leaves: list[Leaf]) -> list[Leaf]:
    if not any(leaf.top in ("tags", "tags_all") for leaf in leaves):
        return leaves
    all_tags = [leaf for leaf in leaves if leaf.top == "tags_all"]
    rest = [leaf for leaf in leaves if leaf.top != "tags_all"]
    if any(leaf.after is UNKNOWN and len(leaf.path) == 1 for leaf in all_tags):
        return rest
    renamed = [
        Leaf(("tags", *leaf.path[1:]), leaf.before, leaf.after, leaf.is_sensitive)
        for leaf in all_tags
    ]
    return [leaf for leaf in rest if leaf.top != "tags" or not renamed] + renamed


def _walk(path: Path, before: Json, after: Json, shapes: _Shapes) -> Iterator[Leaf]:
    is_sensitive = shapes.before_sensitive is True or shapes.after_sensitive is True
    if shapes.unknown is True:
        before = ABSENT if is_empty(before) else before
        yield Leaf(path, before, UNKNOWN, is_sensitive)
    elif before == after and type(before) is type(after) and not has_mark(shapes.unknown):
        return
    elif is_sensitive or _hides_a_pair(before, after):
        if not (is_empty(before) and is_empty(after)):
            yield Leaf(path, before, after, is_sensitive=True)
    elif isinstance(before, dict) or isinstance(after, dict):
        yield from _objects(path, before, after, shapes)
    elif isinstance(before, list) or isinstance(after, list):
        yield from _lists(path, before, after, shapes)
    elif not (is_empty(before) and is_empty(after)):
        yield from _scalars(path, before, after)


def _hides_a_pair(before: Json, after: Json) -> bool:
    return bool(secret_keys(before) or secret_keys(after))


def _objects(path: Path, before: Json, after: Json, shapes: _Shapes) -> Iterator[Leaf]:
    if not all(isinstance(side, dict) or is_empty(side) for side in (before, after)):
        yield Leaf(path, before, after)
        return
    unknown = shapes.unknown if isinstance(shapes.unknown, dict) else {}
    olds = before if isinstance(before, dict) else {}
    news = after if isinstance(after, dict) else {}
    changed = [
        key
        for key in olds.keys() | news.keys() | unknown.keys()
        if unknown.get(key) or not _is_same(olds.get(key, ABSENT), news.get(key, ABSENT))
    ]
    for key in sorted(changed):
        old, new = olds.get(key, ABSENT), news.get(key, ABSENT)
        yield from _walk((*path, key), old, new, shapes.below(key))


def _is_same(old: Json, new: Json) -> bool:
    """Whether two values are equal, and `1` is not `True`."""
    return bool(old == new) and type(old) is type(new)


def _lists(path: Path, before: Json, after: Json, shapes: _Shapes) -> Iterator[Leaf]:
    if not all(isinstance(side, list) or is_empty(side) for side in (before, after)):
        yield Leaf(path, before, after)
        return
    old = before if isinstance(before, list) else []
    new = after if isinstance(after, list) else []
    if any(isinstance(child, dict | list) for child in (*old, *new)):
        yield from _lists_of_objects(path, old, new, shapes)
        return
    if _marks_of_any_element(shapes):
        yield Leaf(path, before, after, is_sensitive=True)
        return
    if has_mark(shapes.unknown):
        yield Leaf(path, before, UNKNOWN)
    elif sorted(map(_canonical, old)) != sorted(map(_canonical, new)):
        yield Leaf(path, before, after)


def _marks_of_any_element(shapes: _Shapes) -> bool:
    return has_mark(shapes.before_sensitive) or has_mark(shapes.after_sensitive)


def _lists_of_objects(
    path: Path, old: list[Json], new: list[Json], shapes: _Shapes
) -> Iterator[Leaf]:
    olds = list(range(len(old)))
    news = list(range(len(new)))
    waiting: dict[str, list[int]] = {}
    for number in olds:
        waiting.setdefault(_canonical(old[number]), []).append(number)
    for number in list(news):
        twins = waiting.get(_canonical(new[number]))
        if twins and not has_mark(shape_below(shapes.unknown, number)):
            olds.remove(twins.pop(0))
            news.remove(number)
    for number, twin in _pairs(old, new, olds, news):
        olds.remove(number)
        news.remove(twin)
        below = shapes.below(number, twin)
        yield from _walk((*path, twin), old[number], new[twin], below)
    for number in olds:
        below = _Shapes(ABSENT, shape_below(shapes.before_sensitive, number), ABSENT)
        yield from _walk((*path, number), old[number], ABSENT, below)
    for number in news:
        below = shapes.below(len(old), number)
        yield from _walk((*path, number), ABSENT, new[number], below)


def _pairs(
    old: list[Json], new: list[Json], olds: list[int], news: list[int]
) -> list[tuple[int, int]]:
    """Pair what is left of two lists, the most alike first; what shares nothing stays alone."""
    if len(olds) * len(news) > _MOST_PAIRINGS:
        return list(zip(olds, news, strict=False))
    if len(old) == len(new) == 1:
        return [(0, 0)] if olds and news else []
    scores = sorted(
        ((-_likeness(old[i], new[j]), i, j) for i in olds for j in news),
    )
    pairs: list[tuple[int, int]] = []
    used: tuple[set[int], set[int]] = (set(), set())
    for score, i, j in scores:
        if score < 0 and i not in used[0] and j not in used[1]:
            pairs.append((i, j))
            used[0].add(i)
            used[1].add(j)
    return sorted(pairs, key=lambda pair: pair[1])


def _likeness(one: Json, other: Json) -> int:
    """Count the fields with equal values that say something."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return 0
    return sum(one[key] == other[key] and not is_empty(one[key]) for key in one.keys() & other)


def _scalars(path: Path, before: Json, after: Json) -> Iterator[Leaf]:
    old, new = embedded_json(before), embedded_json(after)
    if old is None and new is None:
        yield Leaf(path, before, after)
        return
    if (old is None and not is_empty(before)) or (new is None and not is_empty(after)):
        yield Leaf(path, before, after)
        return
    nothing = _Shapes(ABSENT, ABSENT, ABSENT)
    yield from _walk(path, _tidy(old), _tidy(new), nothing)


def _tidy(document: Json) -> Json:
    """Write an IAM policy's single statement, action or resource as the list it stands for."""
    if document is None:
        return ABSENT
    if not isinstance(document, dict) or "Statement" not in document:
        return document
    statements = document["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    return {**document, "Statement": [_tidy_statement(statement) for statement in statements]}


def _tidy_statement(statement: Json) -> Json:
    if not isinstance(statement, dict):
        return statement
    plural = ("Action", "NotAction", "Resource", "NotResource")
    return {
        key: [value] if key in plural and isinstance(value, str) else value
        for key, value in statement.items()
    }


def _canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True, default=str)
