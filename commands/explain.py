"""`eks-cluster explain`: a key of the spec, as the schema describes it."""

import difflib
from collections.abc import Iterator
from typing import Any

import click

from constructs_lib.errors import EksClusterError

Schema = dict[str, Any]


class KeyUnknownError(EksClusterError):
    """The spec has no such key."""


@click.command
@click.argument("key", required=False, default="")
def command(key: str) -> None:
    """Explain KEY: what it is for, what it takes, what it is by default, what is in it.

    Without KEY, the keys of a file. Names that are yours may stand in it or not:

    \b
    eks-cluster explain node_groups.instance_type
    eks-cluster explain node_groups.node.instance_type
    """
    # here, not above: --help is to come at once
    import json  # noqa: PLC0415

    from constructs_lib.spec.schema import text  # noqa: PLC0415

    click.echo("\n".join(explained(key, json.loads(text()))))


def explained(key: str, schema: Schema) -> Iterator[str]:
    """The lines on a key, from the JSON Schema of a spec.

    Raises:
        KeyUnknownError: with the nearest key that there is.
    """
    field = schema
    shown: list[str] = []
    parts = [part for part in key.replace("[", ".").replace("]", "").split(".") if part]
    while parts:
        part, known = parts.pop(0), _keys(field, schema)
        if part in known:
            field, shown = known[part], [*shown, part]
        elif (item := _item(field, schema)) is not None:
            inner = _keys(item, schema)
            slip = difflib.get_close_matches(part, inner, 1, 0.8)
            if slip and not parts and part not in inner:
                raise _unknown(part, shown, inner)
            field = item
            if part in inner:
                parts.insert(0, part)
        else:
            raise _unknown(part, shown, known)
    yield f"{'.'.join(shown) or 'a file in clusters/'}: {_type(field, schema)}"
    if "default" in field and field["default"] not in (None, {}, []):
        yield f"default: {_value(field['default'])}"
    inside = _resolved(field, schema)
    if description := field.get("description") or inside.get("description"):
        yield ""
        yield from str(description).splitlines()
    known = _keys(field, schema) or _keys(_item(field, schema) or {}, schema)
    if known:
        width = max(map(len, known))
        yield ""
        for name, inner in known.items():
            text = inner.get("description") or _resolved(inner, schema).get("description") or ""
            sentence = " ".join(text.split()).partition(". ")[0].rstrip(".")
            yield f"  {name:{width}}  {sentence}".rstrip()


def _unknown(part: str, shown: list[str], known: Schema) -> KeyUnknownError:
    close = difflib.get_close_matches(part, known, n=1)
    there = f"did you mean {close[0]}?" if close else f"it has {', '.join(known) or 'no keys'}"
    return KeyUnknownError(f"{'.'.join(shown) or 'the spec'} has no key {part!r}; {there}")


def _resolved(field: Schema, schema: Schema) -> Schema:
    while "$ref" in field:
        field = schema["$defs"][field["$ref"].rpartition("/")[2]]
    return field


def _kinds(field: Schema, schema: Schema) -> list[Schema]:
    """What a field may be, one after another."""
    field = _resolved(field, schema)
    some = field.get("oneOf") or field.get("anyOf")
    return [kind for one in some for kind in _kinds(one, schema)] if some else [field]


def _keys(field: Schema, schema: Schema) -> Schema:
    found: Schema = {}
    for kind in _kinds(field, schema):
        for name, inner in kind.get("properties", {}).items():
            found.setdefault(name, inner)
    return found


def _item(field: Schema, schema: Schema) -> Schema | None:
    """What stands in a list, or under a name of the user's."""
    for kind in _kinds(field, schema):
        inner = [*kind.get("patternProperties", {}).values(), kind.get("additionalProperties")]
        for one in (*inner, kind.get("items")):
            if isinstance(one, dict):
                return one
    return None


def _type(field: Schema, schema: Schema) -> str:
    types = []
    for kind in _kinds(field, schema):
        if "enum" in kind or "const" in kind:
            text = "one of " + ", ".join(map(_value, kind.get("enum", [kind.get("const")])))
        else:
            item = _item(kind, schema)
            plain = {"object": "mapping", "array": "list"}.get(
                kind.get("type", ""), kind.get("type")
            )
            text = str(plain or "any value")
            if item is not None:
                text += " by name" if plain == "mapping" else f" of {_type(item, schema)}s"
        if text not in types:
            types.append(text)
    return " or ".join(types)


def _value(value: object) -> str:
    # here, not above: --help is to come at once
    import json  # noqa: PLC0415

    return json.dumps(value)
