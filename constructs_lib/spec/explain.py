"""An error of pydantic -> one sentence with the way out."""

import difflib
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.problems import Problem, Where
from constructs_lib.spec.section import RULE
from constructs_lib.spec.source import Document


def explain(error: ErrorDetails, document: Document) -> Problem:
    """One pydantic error as a problem of the file."""
    where = tuple(part for part in error["loc"] if part != "[key]")
    value, context = error["input"], error.get("ctx", {})
    got = f", got {_shown(value, where, document)}"
    match error["type"]:
        case "missing":
            text = "is missing; add it"
        case "extra_forbidden":
            text = _explain_unknown_key(where)
        case kind if kind == RULE:
            if context["got"] is not None:
                got = context["got"] and f", got {context['got']}"
            text = f"{context['what']}{got}; {context['todo']}"
        case "string_type" if where in document.scalars and value is not None:
            raw = document.scalars[where]
            text = f'is read by YAML as {_yaml_type(value)}, got {raw}; write it in quotes: "{raw}"'
        case "int_type" | "bool_type" if isinstance(value, str):
            text = f'is a text, got "{value}"; write {_EXPECTED[error["type"]]}, without quotes'
        case "literal_error":
            text = f"is not a choice{got}; use {context['expected']}"
        case "greater_than_equal":
            text = f"is too small{got}; use {context['ge']} or more"
        case "less_than_equal":
            text = f"is too large{got}; use {context['le']} or less"
        case "string_too_short":
            text = "is empty; write a text, or delete the key"
        case kind:
            expected = _EXPECTED.get(kind, error["msg"].lower())
            text = f"is not {expected}{got}; write {expected}"
    return document.problem(where, text)


def _explain_unknown_key(where: Where) -> str:
    fields = _fields_at(ClusterSpec, where[:-1])
    hint = did_you_mean(str(where[-1]), fields) or f", the keys here are {', '.join(fields)};"
    return f"is not a key of the spec{hint} rename or delete it"


def _yaml_type(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    return "a number" if isinstance(value, int | float) else "a date"


_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
}


def _shown(value: object, where: Where, document: Document) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = document.scalars.get(where, str(value))
    if not text:
        return "an empty text"
    return text if len(text) <= 80 and text.isprintable() else repr(text[:80])  # noqa: PLR2004


def _fields_at(annotation: Any, where: Where) -> list[str]:
    """The keys a mapping of the spec may have at `where`, below what `annotation` describes."""
    model = _model_in(annotation)
    for depth, part in enumerate(where):
        if part in model.model_fields:
            inner = model.model_fields[str(part)]
            return _fields_at(inner.annotation, where[depth + 1 :])
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel]:
    """The section that an annotation like ``dict[str, NodeGroupSpec]`` or ``X | None`` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments = [a for a in typing.get_args(annotation) if a is not type(None)]
    return _model_in(arguments[-1] if arguments[-1] is not ... else arguments[0])


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """ ", did you mean X?" when one of `choices` is near `word`, else nothing."""
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f", did you mean {close[0]}?" if close else ""
