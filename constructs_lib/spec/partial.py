"""What is right in a spec with errors, so that rules can go on where nothing is wrong."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import TypeAdapter

from constructs_lib.spec import shape
from constructs_lib.spec.section import Section, Unknown, Where

S = TypeVar("S", bound=Section)


def whole_parts(section: type[S], data: Mapping[str, Any], wrong: Iterable[Where]) -> S:
    """The section that `data` describes, without what stands at the places `wrong`.

    What is left out has no attribute; a list with an item left out is left out itself, since the
    places of the others would shift.
    """
    wrong = set(wrong)
    values: dict[str, Any] = {}
    for key, field in section.model_fields.items():
        inside = _inside(wrong, key)
        if key not in data:
            if not field.is_required():
                values[key] = field.get_default(call_default_factory=True)
            continue
        try:
            if inside:
                values[key] = _value(shape.of_field(field), data[key], inside)
            else:
                values[key] = _adapter(section, key).validate_python(data[key])
        except Unknown:
            continue
    result = section.model_construct(_fields_set=set(data), **values)
    for key in section.model_fields.keys() - values.keys():
        vars(result).pop(key, None)  # the default, which is not what the spec says
    return result


def _inside(wrong: Iterable[Where], part: str | int) -> set[Where]:
    return {where[1:] for where in wrong if where[:1] == (part,)}


@functools.cache
def _adapter(section: type[Section], key: str) -> TypeAdapter[Any]:
    return TypeAdapter(shape.of_field(section.model_fields[key]))


def _value(annotation: Any, data: Any, wrong: set[Where]) -> Any:
    """The value of `data` without what is wrong. Raises Unknown when nothing is left of it."""
    if () in wrong:
        raise Unknown
    annotation = shape.chosen(annotation, data)
    if shape.is_section(annotation) and isinstance(data, Mapping):
        return whole_parts(annotation, data, wrong)
    if get_origin(annotation) is dict and isinstance(data, Mapping):
        values = {}
        for key in data:
            try:
                values[key] = _item(get_args(annotation)[1], data[key], _inside(wrong, key))
            except Unknown:
                continue
        return values
    if get_origin(annotation) is tuple and isinstance(data, list):
        return tuple(
            _item(get_args(annotation)[0], value, _inside(wrong, index))
            for index, value in enumerate(data)
        )
    raise Unknown


def _item(annotation: Any, data: Any, wrong: set[Where]) -> Any:
    return (
        _value(annotation, data, wrong) if wrong else TypeAdapter(annotation).validate_python(data)
    )
