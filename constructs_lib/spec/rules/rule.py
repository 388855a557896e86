"""What a rule is, and how all of them are asked."""

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


def ask(rules: Iterable[Rule], spec: Section) -> Iterator[Wrong]:
    """Give what all `rules` say against `spec`; one that asks for what is wrong ends there."""
    rules = tuple(rules)
    for where, section in _sections(spec, ()):
        for each in rules:
            if isinstance(section, each.section):
                try:
                    for wrong in each.check(section):
                        yield replace(wrong, where=(*where, *wrong.where))
                except Unknown:
                    continue


def _sections(value: object, where: Where) -> Iterator[tuple[Where, Section]]:
    if isinstance(value, Section):
        yield where, value
        for key, inner in vars(value).items():
            yield from _sections(inner, (*where, key))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _sections(inner, (*where, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _sections(inner, (*where, index))
