"""What a rule is, and how all of them are asked."""

import functools
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from constructs_lib.spec.section import Section, Unknown, Where, Wrong

S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Rule:
    """A generator over one section; it is asked for each section of the kind in a spec.

    The places it yields start at that section.
    """

    check: Callable[[Any], Iterator[Wrong]]
    section: type[Section]


def rule(check: Callable[[S], Iterator[Wrong]]) -> Rule:
    """Make a rule of a generator; the type of its argument says which sections it looks at."""
    hints = typing.get_type_hints(check)
    (section,) = (hint for name, hint in hints.items() if name != "return")
    return Rule(check, section)


class Rules:
    """Rules that are asked together."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_section: dict[type[Section], tuple[Rule, ...]] = {}

    def ask(self, spec: Section) -> Iterator[Wrong]:
        """What all say against `spec`; one that asks for what is wrong ends there."""
        for where, section in sections(spec, ()):
            for each in self._of(type(section)):
                try:
                    for wrong in each.check(section):
                        yield replace(wrong, where=(*where, *wrong.where))
                except Unknown:
                    continue

    def _of(self, section: type[Section]) -> tuple[Rule, ...]:
        """Those that look at sections of a kind."""
        found = self._by_section.get(section)
        if found is None:
            found = tuple(each for each in self.rules if issubclass(section, each.section))
            self._by_section[section] = found
        return found


def sections(value: object, where: Where) -> list[tuple[Where, Section]]:
    """The sections in `value`, itself first, each with its place."""
    found: list[tuple[Where, Section]] = []
    _add(value, where, found)
    return found


def _add(value: object, where: Where, found: list[tuple[Where, Section]]) -> None:
    if isinstance(value, Section):
        found.append((where, value))
        fields = vars(value)
        for name in _holding(type(value)):
            if (inner := fields.get(name)) is not None:
                _add(inner, (*where, name), found)
    elif isinstance(value, dict):
        for key, item in value.items():
            _add(item, (*where, key), found)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            _add(item, (*where, number), found)


@functools.cache
def _holding(section: type[Section]) -> tuple[str, ...]:
    """The fields in which a section may hold others."""
    return tuple(n for n, field in section.model_fields.items() if _holds(field.annotation))


def _holds(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return True
    return any(map(_holds, typing.get_args(annotation)))
