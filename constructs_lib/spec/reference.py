"""``docs/reference.md``, from the spec: ``python -m constructs_lib.spec.reference`` rewrites it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from constructs_lib.spec import ClusterSpec, shape, words
from constructs_lib.spec.section import KIND, Section
from constructs_lib.tables.changes import CHANGES
from constructs_lib.tables.transitions import TRANSITIONS

PATH = Path(__file__).resolve().parents[2] / "docs" / "reference.md"

HEAD: Final = """\
# Every key of a spec

One file in `clusters/` describes one cluster; its name is the cluster's. What is not required may
be left out; a key without a value is an error. Written by `make schema` from
`constructs_lib/spec/`; what a change does is in `constructs_lib/tables/changes.py`.

*New nodes only*: running nodes stay as they are until they are replaced. Those of a managed group
EKS replaces at once, drained, one after the other.
"""

SEEN: Final = """\
Seen with Terraform 1.11 and version 5.100 of the AWS provider, which planned each for lovelace on
an emulator of AWS, applied together what is in place, and then planned nothing more
(`tests/terraform/test_transitions.py`). Not tried on AWS.
"""


def text() -> str:
    """The page as it is committed."""
    parts = {}  # by title: what two kinds share comes once
    for title, section in _sections("", "The cluster", ClusterSpec):
        intro = _paragraphs(section.__doc__ or "")
        parts[title] = f"\n## {title}\n\n{intro}\n\n{_table(title, section)}"
    return HEAD + "".join(parts.values()) + _transitions()


def _transitions() -> str:
    """What a run has shown of turning options on and off."""
    rows = ["| option | on | the review says | off | the review says |"]
    rows.append("| --- | --- | --- | --- | --- |")
    for name, told in TRANSITIONS.items():
        way_back = (told.off, told.review_off) if told.off else ("never on", "-")
        cells = (f"`{name}`", told.on, told.review_on, *way_back)
        rows.append(f"| {' | '.join(cells)} |")
    return f"\n## What turning an option on does to a running cluster\n\n{SEEN}\n{_table_of(rows)}"


def _table_of(rows: Sequence[str]) -> str:
    return "\n".join(rows) + "\n"


def _sections(path: str, title: str, section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    """The section at `path` and those within it, each with its title."""
    yield title, section
    for key, field in section.model_fields.items():
        below = f"{path}.{key}".lstrip(".")
        for name, inner in _inner(below, shape.of_field(field)):
            yield from _sections(name.split(", ")[0], name, inner)


def _inner(path: str, annotation: Any) -> Iterator[tuple[str, type[Section]]]:
    """The sections that a value holds, by their paths; kinds with their name behind."""
    for kind, member in shape.members(annotation).items():
        if shape.is_section(member):
            yield path if kind is None else f"{path}, {KIND}: {kind}", member
        elif get_origin(member) is dict:
            yield from _inner(f"{path}.<name>", get_args(member)[1])
        elif get_origin(member) is tuple:
            yield from _inner(f"{path}[]", get_args(member)[0])


def _table(title: str, section: type[Section]) -> str:
    path = "" if section is ClusterSpec else title.split(", ", maxsplit=1)[0]
    rows = ["| key | type | default | what it does | a change |", "| --- | --- | --- | --- | --- |"]
    for key, field in section.model_fields.items():
        cells = (
            f"`{key}`",
            _type(shape.of_field(field)),
            _default(field),
            _cell(words.of_fields(section)[key]),
            _change(f"{path}.{key}".lstrip(".")),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return _table_of(rows)


def _type(annotation: Any) -> str:
    kinds = shape.members(annotation)
    if None not in kinds:
        return "mapping"
    inner = kinds[None]
    if get_origin(inner) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(inner))
    if get_origin(inner) is dict:
        return f"mapping: {_type(get_args(inner)[1])} by name"
    if get_origin(inner) is tuple:
        return f"list: {_type(get_args(inner)[0])}"
    if shape.is_section(inner):
        return "mapping"
    return {str: "text", int: "whole number", bool: "true or false"}.get(inner, "any") + "".join(
        _bounds(annotation)
    )


def _bounds(annotation: Any) -> Iterator[str]:
    for note in shape.notes(annotation):
        for each in getattr(note, "metadata", [note]):
            if isinstance(each, annotated_types.Ge):
                yield f", {each.ge}"
            if isinstance(each, annotated_types.Le):
                yield f" to {each.le}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Section):
        return "see below"
    if value is None or value in ((), {}):
        return "none"
    return f"`{json.dumps(value)}`".replace('`"', "`").replace('"`', "`")


def _change(path: str) -> str:
    """What a change of a key does: of the longest key in front of it that the table has."""
    parts = path.replace("[]", "").replace(".<name>", "").split(".")
    for length in range(len(parts), 0, -1):
        if (found := CHANGES.get(".".join(parts[:length]))) is not None:
            return _cell(found)
    raise KeyError(path)


def _paragraphs(docstring: str) -> str:
    lines = [line.strip() for line in docstring.strip().splitlines()]
    return "\n".join(f"<{line}>" if line.startswith("https://") else line for line in lines)


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
