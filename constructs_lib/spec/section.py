"""What every section of a spec is made of: its class, the checks of its values, what is wrong."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

RULE = "rule"
"""The type of the pydantic errors raised by checks of this package."""

KIND = "kind"
"""The key that tells the kinds of a section apart."""

Where = tuple[str | int, ...]
"""A place in a spec: the keys and indices that lead to it."""

THERE: Final = object()
"""What stands at the place of a `Wrong`."""


@dataclass(frozen=True)
class Wrong:
    """Something that is wrong, and the way out. Both texts are parts of one sentence."""

    where: Where
    """From the section or value that was looked at."""

    what: str
    todo: str
    got: object = THERE
    """What the sentence shows: by default what stands at `where`, None for nothing."""


class Unknown(AttributeError):  # noqa: N818 - nothing went wrong
    """A value was asked for that is wrong itself, and has been told of."""


class Section(BaseModel):
    """A part of the spec: unknown keys and wrong types are errors, values never change.

    Of a spec with errors there is what is right (`partial.whole_parts`): what is wrong has no
    attribute, and a rule that asks for it ends there.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """The same: it never changes, and pydantic would copy each default for each spec."""
        return self

    if not TYPE_CHECKING:  # the types of all attributes stay known

        def __getattr__(self, name: str) -> Any:
            """Tell a field without a value from a slip of the pen."""
            if name in type(self).model_fields:
                raise Unknown(name)
            return super().__getattr__(name)


def by_kind(default: str) -> Discriminator:
    """Choose among kinds of a section by the key `kind`; without it, `default`."""

    def kind_of(value: object) -> object:
        if isinstance(value, Mapping):
            return value.get(KIND, default)
        return getattr(value, KIND, default)

    return Discriminator(kind_of)


@dataclass(frozen=True)
class Check:
    """A check of one value: `check` yields what is wrong with it."""

    check: Callable[[Any], Iterator[Wrong]]
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What JSON Schema can say of it."""

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the value after its type."""
        return core_schema.no_info_after_validator_function(self._run, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Tell editors."""
        plain = handler(schema)
        if clash := {key: plain.pop(key) for key in list(plain) if key in self.schema}:
            return {**plain, "allOf": [*plain.pop("allOf", []), clash, dict(self.schema)]}
        return {**plain, **self.schema}

    def _run(self, value: Any) -> Any:
        wrongs = _of_text(self.check, value) if isinstance(value, str) else tuple(self.check(value))
        if wrongs:
            raise _told(wrongs)
        return value


def _told(wrongs: tuple[Wrong, ...]) -> PydanticCustomError:
    text = ", and ".join(f"{wrong.what}; {wrong.todo}" for wrong in wrongs)
    return PydanticCustomError(RULE, "{text}", {"text": text, "wrongs": wrongs})


def not_a_choice(choices: Iterable[str]) -> PydanticCustomError:
    """What is raised for a word, in place of a section, that is none of `choices`."""
    return _told((Wrong((), "is not a choice", f"use {' or '.join(map(repr, choices))}"),))


@functools.lru_cache(maxsize=4096)  # the clusters of a fleet say much alike
def _of_text(check: Callable[[Any], Iterator[Wrong]], value: str) -> tuple[Wrong, ...]:
    return tuple(check(value))


def matching(pattern: str, what: str, todo: str) -> Check:
    """Check that a text matches `pattern` as a whole. \\d and \\w are ASCII, as in JSON Schema."""

    def check(value: str) -> Iterator[Wrong]:
        if not re.fullmatch(pattern, value, re.ASCII):  # compiled when it is first needed
            yield Wrong((), what, todo)

    return Check(check, {"pattern": f"^({_spelled_out(pattern)})$"})


_CLASSES: Final = {"d": "0-9", "w": "A-Za-z0-9_"}


def _spelled_out(pattern: str) -> str:
    """`pattern` without \\d and \\w, which not every validator of schemas takes for ASCII."""
    parts, in_brackets = [], False
    for part in re.findall(r"\\.|.", pattern):
        if part in ("[", "]"):
            in_brackets = part == "["
        if part[0] == "\\" and part[1] in _CLASSES:
            ascii_ = _CLASSES[part[1]]
            part = ascii_ if in_brackets else f"[{ascii_}]"  # noqa: PLW2901
        parts.append(part)
    return "".join(parts)


@dataclass(frozen=True)
class WithoutIt:
    """Says of a required field what happens without it, and where its value is found."""

    what: str
    todo: str
