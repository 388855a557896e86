"""What is right in a spec with errors, so that rules can go on where nothing is wrong."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import TypeAdapter

from constructs_lib.spec import shape
from constructs_lib.spec.section import Section, Unknown, Where

S = TypeVar("S", bound=Section)


def whole_parts(section: type[S], data: Mapping[str, Any], wrong: Iterable[Where]) -> S:
    """The section that `data` describes, without what stands at the places `wrong`.

    What is left out has no attribute. A section that is nothing of the kind keeps its place in its
    list or mapping, and has no attribute at all: that it is there is right.
    """
    inside = _by_part(wrong)
    values: dict[str, Any] = {}
    for key, field in section.model_fields.items():
        if key not in data:
            if not field.is_required():
                values[key] = field.get_default(call_default_factory=True)
            continue
        try:
            if key in inside:
                values[key] = _value(shape.of_field(field), data[key], inside[key])
            else:
                values[key] = _adapter(section, key).validate_python(data[key])
        except Unknown:
            continue
    return _with_holes(section, values, set(data))


def _with_holes(section: type[S], values: Mapping[str, Any], written: set[str]) -> S:
    result = section.model_construct(_fields_set=written, **values)
    for key in section.model_fields.keys() - values.keys():
        vars(result).pop(key, None)  # the default, which is not what the spec says
    return result


def _by_part(wrong: Iterable[Where]) -> dict[str | int, set[Where]]:
    """The places by their first part, without it."""
    found: dict[str | int, set[Where]] = defaultdict(set)
    for where in wrong:
        if where:
            found[where[0]].add(where[1:])
    return found


@functools.cache
def _adapter(section: type[Section], key: str) -> TypeAdapter[Any]:
    return TypeAdapter(shape.of_field(section.model_fields[key]))


def _value(annotation: Any, data: Any, wrong: set[Where]) -> Any:
    """The value of `data` without what is wrong.

    Raises:
        Unknown: nothing is left of it.
    """
    if () in wrong:
        raise Unknown
    annotation = shape.chosen(annotation, data)
    if shape.is_section(annotation) and isinstance(data, Mapping):
        return whole_parts(annotation, data, wrong)
    items: Iterable[tuple[str | int, Any]]
    if get_origin(annotation) is dict and isinstance(data, Mapping):
        inner, items = get_args(annotation)[1], data.items()
    elif get_origin(annotation) is tuple and isinstance(data, list):
        inner, items = get_args(annotation)[0], enumerate(data)
    else:
        raise Unknown
    inside, adapter = _by_part(wrong), TypeAdapter(inner)
    values = {
        part: _item(inner, value, inside[part])
        if part in inside
        else adapter.validate_python(value)
        for part, value in items
    }
    return values if isinstance(data, Mapping) else tuple(values.values())


def _item(annotation: Any, data: Any, wrong: set[Where]) -> Any:
    try:
        return _value(annotation, data, wrong)
    except Unknown:
        section = shape.chosen(annotation, data)
        if shape.is_section(section):
            return _with_holes(section, {}, set())
        raise
