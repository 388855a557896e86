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


class Rules:
    """Rules that are asked together."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_section: dict[type[Section], tuple[Rule, ...]] = {}

    def ask(self, spec: Section) -> Iterator[Wrong]:
        """What all say against `spec`; one that asks for what is wrong ends there."""
        for where, section in _sections(spec, ()):
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


_PLAIN = frozenset((str, int, float, bool, type(None)))


def _sections(value: object, where: Where) -> Iterator[tuple[Where, Section]]:
    inner: Iterable[tuple[str | int, object]]
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, tuple):
        inner = enumerate(value)
    elif isinstance(value, Section):
        yield where, value
        inner = vars(value).items()
    else:
        return
    for part, each in inner:
        if type(each) not in _PLAIN:
            yield from _sections(each, (*where, part))
