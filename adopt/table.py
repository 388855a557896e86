"""The table of `constructs_lib.adoption`, read backwards: from a state to the two sections."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from adopt.parts import Parts
from adopt.state import MISSING, Resource, value_at
from constructs_lib.adoption import ANY, OVERRIDES, VALUE, Row


def sections(parts: Parts) -> dict[str, Any]:
    """What the state of `parts` makes the table say of `adopted` and `as_printed`.

    A field that several rows have is that of the first; one that stands for a single value counts
    where every row that can be read has that value.
    """
    said: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row in OVERRIDES:
        for key, resource in _at(parts, row.address):
            path = tuple(key if part == "*" else part for part in row.field.split("."))
            if row.gives is VALUE or row.today is not None:
                said[path].append(_value(row, resource, parts))
    spec: dict[str, Any] = {}
    for path, values in said.items():
        if values[0] is not MISSING and MISSING not in values:
            section = spec
            for part in path[:-1]:
                section = section.setdefault(part, {})
            section[path[-1]] = values[0]
    return spec


def _at(parts: Parts, address: str) -> Iterator[tuple[str, Resource]]:
    """The resources at an address of the table, with the key that its `*` stands for."""
    kind, _, name = address.partition(".")
    if name == "*":
        for key, group in parts.groups.items():
            if kind in group:
                yield key, group[kind]
    elif kind == "aws_subnet":
        yield from (("", subnet) for subnet in parts.subnets(name))
    elif (resource := parts.get(address)) is not None:
        yield "", resource


def _value(row: Row, resource: Resource, parts: Parts) -> Any:
    """What a resource makes of a row's field; missing where it is as today."""
    there = _found(resource.values, row.to)
    if row.gives is VALUE:
        if row.today is not None and _is(_resolved(row.today, parts), there):
            return MISSING
        if there is None and isinstance(row.today, int):
            return MISSING
        return "" if there is MISSING or there is None else there
    return MISSING if _is(row.today, there) else row.when


def _is(today: object, there: object) -> bool:
    """Whether what is `there` is as today."""
    if isinstance(today, Mapping):
        return isinstance(there, Mapping) and all(
            _is(value, there.get(key, MISSING)) for key, value in today.items()
        )
    if today is ANY:
        return there is not MISSING
    return today == there


def _found(values: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path of a state's values; of a block, which is a list, the first."""
    there = value_at(values, path)
    return (there or [{}])[0] if isinstance(there, list) else there


def _resolved(today: object, parts: Parts) -> object:
    """Another resource's attribute, where today's value is one."""
    if not isinstance(today, str) or not today.startswith("${"):
        return today
    address, _, attribute = today[2:-1].rpartition(".")
    resource = parts.get(address)
    return None if resource is None else resource.text(attribute)
