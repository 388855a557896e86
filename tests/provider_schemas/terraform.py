"""The schema that the real providers print: `terraform providers schema -json`."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.provider_schemas import BLOCK, COMPUTED, OBJECT, OPTIONAL, REQUIRED, Schema

AWS = "registry.terraform.io/hashicorp/aws"


def read(version: str, types: set[str]) -> Schema:
    """Ask the AWS provider of this version."""
    with tempfile.TemporaryDirectory() as directory:
        providers = {"aws": {"source": "hashicorp/aws", "version": version}}
        content = {"terraform": {"required_providers": providers}}
        Path(directory, "main.tf.json").write_text(json.dumps(content), encoding="utf-8")
        _terraform(directory, "init", "-input=false", "-no-color")
        text = _terraform(directory, "providers", "schema", "-json")
    schemas = json.loads(text[text.index("{") :])["provider_schemas"][AWS]
    return Schema(f"hashicorp/aws {version}", dict(_types(schemas, types)))


def _types(schemas: Mapping[str, Any], types: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for section, prefix in ("resource_schemas", "resource"), ("data_source_schemas", "data"):
        for name, schema in schemas[section].items():
            if f"{prefix}.{name}" in types:
                yield f"{prefix}.{name}", dict(_block(schema["block"], ""))
    if "provider.aws" in types:
        # below the provider's own blocks the bindings say nothing, so nothing is compared there
        block = _block(schemas["provider"]["block"], "")
        yield "provider.aws", {path: words for path, words in block if "." not in path}


def _block(block: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, attribute in block.get("attributes", {}).items():
        members = _members(attribute)
        yield f"{prefix}{name}", _words(attribute, OBJECT if members else "")
        for member in members:
            yield f"{prefix}{name}.{member}", f"{OPTIONAL}"
    for name, inner in block.get("block_types", {}).items():
        required = REQUIRED if inner.get("min_items") else OPTIONAL
        yield f"{prefix}{name}", f"{required} {BLOCK}"
        yield from _block(inner["block"], f"{prefix}{name}.")


def _words(attribute: Mapping[str, Any], kind: str) -> str:
    words = [word for word in (REQUIRED, OPTIONAL, COMPUTED) if attribute.get(word)]
    return " ".join([*words, *filter(None, [kind])])


def _members(attribute: Mapping[str, Any]) -> list[str]:
    """The keys of an attribute that is a list or set of objects."""
    match attribute.get("type"):
        case [_, ["object", members]] | ["object", members]:
            return list(members)
    return []


def _terraform(directory: str, *arguments: str) -> str:
    return subprocess.run(
        ["terraform", *arguments], cwd=directory, check=True, capture_output=True, text=True
    ).stdout
