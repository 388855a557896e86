"""What a version of the provider would refuse of Terraform JSON, or never be content with."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.provider_schemas import BLOCK, COMPUTED, OBJECT, OPTIONAL, REQUIRED, Arguments, Schema
from tests.provider_schemas import emitted as blocks_of

META = {"//", "alias", "connection", "count", "depends_on", "for_each", "lifecycle"} | {
    "provider", "provisioner",
}  # fmt: skip
"""Arguments that are Terraform's own."""


def refused(document: Mapping[str, Any], schema: Schema) -> list[str]:
    """Every argument that this version refuses, misses or wants named, sorted by address."""
    found = []
    for kind, address, block in blocks_of(document):
        if kind not in schema.types:
            found.append(f"{address}: {schema.provider} does not have {kind}")
            continue
        own = {key: value for key, value in block.items() if key not in META}
        found += [
            f"{address}: {problem} in {schema.provider}"
            for problem in _problems(own, schema.types[kind], "")
        ]
    return sorted(found)


def paths(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Type and path of every argument that is emitted with a value."""
    return {
        (kind, path)
        for kind, _, block in blocks_of(document)
        for path in _paths({key: value for key, value in block.items() if key not in META}, "")
    }


def may_be_filled_in(old: Schema, new: Schema) -> set[tuple[str, str]]:
    """What is Optional and not Computed in the new version, and not so in the old.

    What stands inside a block that is itself new counts with the block.
    """
    return {
        (kind, path)
        for kind, arguments in new.types.items()
        for path, words in arguments.items()
        if kind.startswith("resource.") and kind in old.types
        if OPTIONAL in words.split() and COMPUTED not in words.split()
        if path not in old.types[kind] or COMPUTED in old.types[kind][path].split()
        if "." not in path or path.rpartition(".")[0] in old.types[kind]
    }


def _problems(
    value: Mapping[str, Any], arguments: Arguments, prefix: str, of: str = BLOCK
) -> Iterator[str]:
    here = {
        path.removeprefix(prefix): words.split()
        for path, words in arguments.items()
        if path.startswith(prefix) and "." not in path.removeprefix(prefix)
    }
    for key in value.keys() - here.keys():
        # an attribute's null of a newer version is dropped, and a value would be lost in silence
        if value[key] is not None or OBJECT not in of.split():
            yield f"{prefix}{key} does not exist"
    for key, words in here.items():
        if value.get(key) is None:
            if REQUIRED in words:
                yield f"{prefix}{key} is required"
            continue
        if REQUIRED not in words and OPTIONAL not in words:
            yield f"{prefix}{key} cannot be set"
        below = f"{prefix}{key}."
        if not any(path.startswith(below) for path in arguments):
            continue  # a block of the provider's own, of which nothing is kept
        for inner in _inner(value[key], words):
            yield from _problems(inner, arguments, below, " ".join(words))
            if OBJECT in words:
                for path in arguments:
                    name = path.removeprefix(below)
                    if path.startswith(below) and "." not in name and name not in inner:
                        yield f"{path} is not named (null where unset)"


def _inner(value: Any, words: list[str]) -> list[Mapping[str, Any]]:
    """The mappings inside a block or an attribute of objects; an expression has none."""
    if not {BLOCK, OBJECT} & set(words):
        return []
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def _paths(value: Any, prefix: str) -> Iterator[str]:
    for key, inner in value.items():
        if inner is None:
            continue
        yield f"{prefix}{key}"
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, Mapping):
                yield from _paths(item, f"{prefix}{key}.")
