"""Reading Terraform JSON: addresses, texts and the references inside ``${...}``."""

import re
from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

_KINDS = r"(?:aws_\w+|null_resource)"
_REFERENCE = re.compile(rf"(?<![\w.\"/-])((?:data\.)?{_KINDS}\.[\w-]+|(?:var|local)\.[\w-]+)")
_ESCAPED = re.compile(r"\$\$\{|%%\{")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def without_notes(document: Document) -> Document:
    """The document without what CDKTF notes for itself, under ``//`` of it and of each block."""
    found = {key: value for key, value in document.items() if key != "//"}
    for section in {"resource", "data"} & found.keys():
        found[section] = {
            kind: {
                name: {key: value for key, value in block.items() if key != "//"}
                for name, block in named.items()
            }
            for kind, named in found[section].items()
        }
    return found


def blocks(document: Document) -> dict[str, dict[str, Any]]:
    """Each resource and data source, by its address, without CDKTF's own notes."""
    found = {}
    for section, prefix in (("resource", ""), ("data", "data.")):
        for kind, named in document.get(section, {}).items():
            for name, block in named.items():
                found[f"{prefix}{kind}.{name}"] = {k: v for k, v in block.items() if k != "//"}
    return found


def of_kind(document: Document, kind: str) -> dict[str, dict[str, Any]]:
    """Each resource of one type, by its name."""
    found: dict[str, dict[str, Any]] = document.get("resource", {}).get(kind, {})
    return found


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text below `value`, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "//":
                yield from texts(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def expressions(text: str) -> list[str]:
    """What stands inside each ``${...}`` of a text, nested braces included."""
    text = _ESCAPED.sub("", text)
    found = []
    start = text.find("${")
    while start >= 0:
        end, depth = start + 2, 1
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        found.append(text[start + 2 : end - 1])
        start = text.find("${", end)
    return found


def references(text: str) -> set[str]:
    """The addresses, variables and locals that the expressions of a text refer to."""
    return {
        reference
        for expression in expressions(text)
        for reference in _REFERENCE.findall(_QUOTED.sub('""', expression))
    }


def known(document: Document) -> set[str]:
    """Everything that a reference may point to."""
    return {
        *blocks(document),
        *(f"var.{name}" for name in document.get("variable", {})),
        *(f"local.{name}" for name in document.get("locals", {})),
    }
