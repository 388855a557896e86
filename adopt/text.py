"""A spec's data as YAML, in its own order: what this project's loader reads back."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9(][A-Za-z0-9_./()-]*)*")
_CIDR = re.compile(r"[0-9]+(\.[0-9]+){3}/[0-9]+")
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def yaml_text(spec: dict[str, Any], comments: Sequence[str]) -> str:
    """Write `spec` below `comments`, a top-level section after the other."""
    lines = [f"# {comment}".rstrip() for comment in comments]
    for key, value in spec.items():
        if isinstance(value, dict) or not lines or lines[-1].startswith("#"):
            lines.append("")
        lines += _entry(key, value, 0)
    return "\n".join(map(printable, lines)).lstrip("\n") + "\n"


def printable(line: str) -> str:
    """A line that stays one, whatever a state holds: the rest as YAML writes it between quotes.

    Of line ends and escapes for terminals alike; https://yaml.org/spec/1.2.2/#57-escaped-characters
    """
    return "".join(c if c.isprintable() else _escaped(ord(c)) for c in line)


def _escaped(code: int) -> str:
    return f"\\U{code:08x}" if code >> 16 else f"\\u{code:04x}"


def _entry(key: str, value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, dict) and value:
        yield f"{indent}{_scalar(key)}:"
        for inner, item in value.items():
            yield from _entry(inner, item, depth + 1)
    elif isinstance(value, dict):
        yield f"{indent}{_scalar(key)}: {{}}"
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        yield f"{indent}{_scalar(key)}:"
        for item in value:
            yield f"{indent}  - {json.dumps(item, ensure_ascii=False)}"
    elif isinstance(value, list):
        yield f"{indent}{_scalar(key)}: [{', '.join(_scalar(item) for item in value)}]"
    else:
        yield f"{indent}{_scalar(key)}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    if (
        isinstance(value, str)
        and value.lower() not in _NOT_TEXT
        and (_PLAIN.fullmatch(value) or _CIDR.fullmatch(value))
    ):
        return value
    return json.dumps(value, ensure_ascii=False)
