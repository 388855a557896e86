"""Errors of pydantic, and what our own checks and rules yield -> sentences with the way out."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from constructs_lib.spec import nodes, shape
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes.kinds import why_not
from constructs_lib.spec.problems import MAX_SHOWN, Problem, shortened, spelled
from constructs_lib.spec.section import KIND, RULE, THERE, Where, WithoutIt, Wrong
from constructs_lib.spec.source import Document


def wrongs_of(error: ErrorDetails, where: Where, document: Document) -> Iterator[Wrong]:
    """What pydantic, or a check that it ran, found at `where`."""
    if error["type"] != RULE:
        yield _wrong_of(error, where, document)
        return
    is_key = error["loc"][-1] == shape.KEY_MARK
    for wrong in error["ctx"]["wrongs"]:
        got = where[-1] if is_key and wrong.got is THERE else wrong.got
        yield replace(wrong, where=(*where, *wrong.where), got=got)


def problem_of(wrong: Wrong, document: Document) -> Problem:
    """The sentence of what is wrong, at the line of the item at fault."""
    got = wrong.got
    if got is THERE:
        got = shown(wrong.where, document)
    what = wrong.what if got is None else f"{wrong.what}, got {spelled(str(got))}"
    return document.problem(wrong.where, f"{what}; {wrong.todo}")


def empty(where: Where, document: Document) -> Wrong | None:
    """What to say of a key without a value; None where a value is free to be null."""
    field = _field_of(where, document)
    annotation = shape.at(ClusterSpec, where, document.data)
    if annotation is Any:
        return None
    todo = f"write {_expected(annotation)}"
    if shape.is_section(annotation) and not any(
        f.is_required() for f in annotation.model_fields.values()
    ):
        todo = "write {} for its defaults"
    if field is None or not field.is_required():
        todo += f", or delete the {'line' if isinstance(where[-1], int) else 'key'}"
    return Wrong(where, "is empty", todo, got=None)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A text like ``did you mean X?``, when one of `choices` is near `word`, else nothing."""
    choices = list(choices)
    # the one that has it as a word of its own, like kubernetes_version for version
    whole = [choice for choice in choices if word in choice.split("_")]
    near = difflib.get_close_matches(word[:MAX_SHOWN], choices, n=1)
    close = whole if len(whole) == 1 else near
    return f"did you mean {close[0]}? " if close else ""


def shown(where: Where, document: Document) -> object:
    """What a file holds at `where`, as a sentence shows it; None where nothing stands."""
    if where in document.scalars:
        text = document.scalars[where]
        return text if text else "an empty text"
    value: object = document.data
    for part in where:
        value = shape.below(value, part)
    if value is None or isinstance(value, str | int | float):
        return value
    return "a list" if isinstance(value, list) else "a mapping"


def _wrong_of(error: ErrorDetails, where: Where, document: Document) -> Wrong:
    value, context, kind = error["input"], error.get("ctx", {}), error["type"]
    raw, got = document.scalars.get(where), THERE
    match kind:
        case "missing":
            what, todo, got = *_missing(where, document), None
        case "extra_forbidden":
            what, todo, got = *_unknown_key(where, document), None
        case "literal_error":
            what, todo = "is not a choice", f"use {context['expected']}"
        case "union_tag_invalid":
            where = (*where, KIND)
            what, todo = "is not a choice", f"use {context['expected_tags']}"
        case "greater_than_equal":
            what, todo = "is too small", f"use {context['ge']} or more"
        case "less_than_equal":
            what, todo = "is too large", f"use {context['le']} or less"
        case "string_too_short":
            what, todo, got = "is empty", "write a text, or delete the key", None
        case "string_type" if raw is not None:
            type_ = "a boolean" if isinstance(value, bool) else "a number"
            what, todo = f"is read by YAML as {type_}", f'write it in quotes: "{shortened(raw)}"'
        case "int_type" | "bool_type" if isinstance(value, str):
            what, todo = "is a text", f"write {_EXPECTED[kind]}, without quotes"
            got = f'"{shortened(value)}"'
        case _:
            expected = _EXPECTED.get(kind, error["msg"].lower())
            example = _example(shape.at(ClusterSpec, where, document.data))
            what, todo = f"is not {expected}", f"write {expected}{example}"
    return Wrong(where, what, todo, got)


def _missing(where: Where, document: Document) -> tuple[str, str]:
    field = _field_of(where, document)
    for note in field.metadata if field is not None else ():
        if isinstance(note, WithoutIt):
            return f"is missing: {note.what}", note.todo
    return "is missing", "add it"


def _unknown_key(where: Where, document: Document) -> tuple[str, str]:
    section = shape.at(ClusterSpec, where[:-1], document.data)
    kinds = [kind for kind, each in nodes.KINDS.items() if each is section]
    known = kinds and any(where[-1] in each.model_fields for each in nodes.KINDS.values())
    if known and (reason := why_not(kinds[0], str(where[-1]))):
        return reason
    key = str(where[-1])
    hint = did_you_mean(key, section.model_fields)
    keys = "" if hint else f"the keys here are {', '.join(section.model_fields)}; "
    got = "" if spelled(key) == shortened(key) else f", got {spelled(key)}"
    return f"is not a key of the spec{got}", f"{hint}{keys}rename or delete it"


def _field_of(where: Where, document: Document) -> FieldInfo | None:
    """The field of a section that a place is the value of, if it is one's."""
    section = shape.at(ClusterSpec, where[:-1], document.data)
    return section.model_fields.get(str(where[-1])) if shape.is_section(section) else None


_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
}


def _expected(annotation: Any) -> str:
    plain = {str: "a text", int: "a whole number", bool: "true or false"}
    if annotation in (str, int, bool):
        return plain[annotation]
    if get_origin(annotation) is tuple:
        return f"a list{_example(annotation)}"
    if get_origin(annotation) is dict or shape.is_section(annotation):
        return f"a mapping{_example(annotation)}"
    return "a value"


def _example(annotation: Any) -> str:
    """How a value of an annotation is written, where a list and a mapping are confused."""
    if shape.is_section(annotation):
        return f" with keys like {next(iter(annotation.model_fields))}: ..."
    if get_origin(annotation) is dict:
        return " with a name in front of each, like name: ..."
    if get_origin(annotation) is tuple:
        return ", each item in a line of its own after a hyphen, or [in, brackets]"
    return ""
