"""Paths into JSON values, and the shadow trees ("shapes") that Terraform lays beside a value.

`after_unknown`, `before_sensitive` and `after_sensitive` repeat the shape of the value with
`true` where the mark applies. Everything else in them (`{}`, `[]`, `[{}]`, `false`) says
nothing, so a truthiness test would mark half of every plan. Only `true` is a fact, and on a
container it covers all that is below.
"""

from __future__ import annotations

import enum
import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

Json = Any
Path = tuple[str | int, ...]

_LONGEST_JSON: Final = 100_000
_TYPE: Final = re.compile(r"(?:\A|\.)[a-z0-9]+_[a-z0-9_]+\.")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


class Mark(enum.Enum):
    """Stands where a value would."""

    UNKNOWN = "(known after apply)"
    ABSENT = "(absent)"


UNKNOWN: Final = Mark.UNKNOWN
ABSENT: Final = Mark.ABSENT


def step(value: Json, key: str | int) -> Json:
    """The child of `value` under `key`, or ABSENT."""
    if isinstance(value, dict) and isinstance(key, str):
        return value.get(key, ABSENT)
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    return ABSENT


def at(value: Json, path: Path) -> Json:
    """What is at `path`, or ABSENT."""
    for key in path:
        if value is ABSENT:
            return ABSENT
        value = step(value, key)
    return value


def shape_below(shape: Json, key: str | int) -> Json:
    """The part of a shape that belongs to the child `key`; `true` covers its children."""
    return True if shape is True else step(shape, key)


def is_marked(shape: Json, path: Path) -> bool:
    """Whether the shape marks the value at `path` as a whole."""
    for key in path:
        if shape is True:
            return True
        if not shape:
            return False
        shape = step(shape, key)
    return shape is True


def has_mark(shape: Json) -> bool:
    """Whether anything in the shape is marked."""
    if isinstance(shape, dict):
        shape = shape.values()
    elif not isinstance(shape, list):
        return shape is True
    return any(child and (child is True or has_mark(child)) for child in shape)


def is_empty(value: Json) -> bool:
    """Whether a value says nothing: providers write the same nothing as null, "", [] or {}."""
    return value is None or value is ABSENT or value in ("", [], {})


def strings(value: Json) -> Iterator[str]:
    """Every string in a value, keys left out."""
    found: list[str] = []
    _collect([value], found)
    return iter(found)


def _collect(values: Iterable[Json], found: list[str]) -> None:
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif value and isinstance(value, dict | list):
            _collect(value.values() if isinstance(value, dict) else value, found)


def embedded_json(value: Json) -> Json:
    """The object or list that a string holds as JSON, None when it holds none."""
    if not isinstance(value, str) or value[:1] not in ("{", "[") or len(value) > _LONGEST_JSON:
        return None
    return _decoded(value)


@functools.lru_cache(maxsize=1024)
def _decoded(text: str) -> Json:
    """Decode JSON once; nobody changes what comes out."""
    try:
        decoded = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict | list) else None


def dicts(value: Json) -> list[dict[str, Json]]:
    """The objects of a list, or the one that stands for a list of one."""
    values = value if isinstance(value, list) else [value]
    return [entry for entry in values if isinstance(entry, dict)]


def covers(pattern: str, address: str) -> bool:
    """Whether a pattern, in which `*` stands for any text, is the whole of an address.

    Each piece is looked for once, from where the last one ended: no backtracking.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return address == first
    last = rest.pop()
    if not address.startswith(first) or len(address) < len(first) + len(last):
        return False
    place, end = len(first), len(address) - len(last)
    for piece in rest:
        place = address.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return address.endswith(last)


def names_a_type(pattern: str) -> bool:
    """Whether a pattern for addresses says in full of which type, or types, they are."""
    return _TYPE.search(pattern) is not None


def dotted(path: Path) -> str:
    """Write a path as Terraform's diff does: `vpc_config[0].subnet_ids`, `tags["a.b"]`."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        elif _PLAIN_KEY.match(key):
            text += f".{key}" if text else key
        else:
            escaped = key.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text
