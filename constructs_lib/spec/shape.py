"""The annotations of the spec, walked along a place in it: sections, maps, lists and kinds."""

import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import Tag
from pydantic.fields import FieldInfo

from constructs_lib.spec.section import KIND, Section, Where

KEY_MARK = "[key]"
"""What pydantic puts behind a key that is wrong itself."""


def of_field(field: FieldInfo) -> Any:
    """The annotation of a field, whole."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def plain(annotation: Any) -> Any:
    """An annotation without what pydantic hangs on it."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def notes(annotation: Any) -> list[Any]:
    """What pydantic hangs on an annotation, at any depth of it but its items."""
    if get_origin(annotation) is Annotated:
        return [*notes(get_args(annotation)[0]), *annotation.__metadata__]
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return [note for member in get_args(annotation) for note in notes(member)]
    return []


def members(annotation: Any) -> dict[str | None, Any]:
    """What a value may be, None aside, by the tag that pydantic gives each; one without a tag."""
    annotation = plain(annotation)
    if get_origin(annotation) not in (typing.Union, types.UnionType):
        return {None: annotation}
    found: dict[str | None, Any] = {}
    for member in get_args(annotation):
        if plain(member) is not type(None):
            tags = [m.tag for m in getattr(member, "__metadata__", ()) if isinstance(m, Tag)]
            found[tags[0] if tags else None] = plain(member)
    if None in found:  # not kinds, but X | None, whose X may be kinds itself
        return members(found[None])
    return found


def chosen(annotation: Any, data: object) -> Any:
    """What `data` is to be: of several kinds that of its `kind`, or the first."""
    found = members(annotation)
    kind = data.get(KIND) if isinstance(data, Mapping) else None
    return found[kind] if isinstance(kind, str) and kind in found else next(iter(found.values()))


def is_section(annotation: Any) -> typing.TypeGuard[type[Section]]:
    """Whether an annotation is a section."""
    return isinstance(annotation, type) and issubclass(annotation, Section)


def item(annotation: Any, part: str | int, data: object = None) -> Any:
    """The annotation of what stands at `part` of `annotation`; Any where no annotation tells."""
    annotation = chosen(annotation, data)
    if is_section(annotation):
        field = annotation.model_fields.get(str(part))
        return Any if field is None else of_field(field)
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    return Any


def at(annotation: Any, where: Where, data: object) -> Any:
    """The annotation of what stands at `where`, below what `annotation` describes as `data`."""
    for part in where:
        annotation = item(annotation, part, data)
        data = below(data, part)
    return chosen(annotation, data)


def below(data: object, part: str | int) -> object:
    """What stands at `part` of `data`, or None."""
    if isinstance(data, Mapping):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def place(annotation: Any, location: Where) -> Where:
    """The place of an error of pydantic's: without the tags of kinds and without marks."""
    if not location:
        return ()
    found = members(annotation)
    if None not in found:
        tag, *rest = location
        return place(found.get(str(tag), Any), tuple(rest))
    annotation = found[None]
    part, *rest = location
    if rest == [KEY_MARK]:
        return (part,)
    return (part, *place(item(annotation, part), tuple(rest)))
