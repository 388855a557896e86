"""The tables of `plan-review.toml`, with errors that say which key of which table is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from plan_review.errors import ReviewError
from plan_review.levels import Level
from plan_review.plan.paths import Json

_LONGEST: Final = 500
_EXCERPT: Final = 40


class Table:
    """One table of the file, whose keys have been checked."""

    def __init__(
        self, entry: Json, where: str, given: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        """Check the keys.

        Raises:
            ReviewError: one is missing or not known.
        """
        if not isinstance(entry, dict):
            raise ReviewError(f"{where}: expected a table")
        for key in given:
            if key not in entry:
                raise ReviewError(f"{where}.{key} is missing")
        unknown = sorted(entry.keys() - {*given, *optional})
        if unknown:
            every = ", ".join((*given, *optional))
            raise ReviewError(f"{where}: unknown key {unknown[0]!r}; known are {every}")
        self.entry: dict[str, Any] = entry
        self.where = where

    def text(self, key: str) -> str:
        """A text that says something.

        Raises:
            ReviewError: it is none.
        """
        value = self.entry[key]
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
            raise ReviewError(
                f"{self.where}.{key}: expected a text of at most {_LONGEST} characters that says "
                f"something, got {excerpt(value)}"
            )
        return value.strip()

    def words(self, key: str) -> str:
        """A text that stands in a rule's template, and is none itself."""
        return self.text(key).replace("{", "{{").replace("}", "}}")

    def level(self, key: str) -> Level:
        """A level, `routine` aside.

        Raises:
            ReviewError: it is none.
        """
        levels = [level.value for level in Level if level is not Level.ROUTINE]
        value = self.entry[key]
        if value not in levels:
            raise ReviewError(
                f"{self.where}.{key}: expected one of {', '.join(levels)}, got {excerpt(value)}"
            )
        return Level(value)


def excerpt(value: object) -> str:
    """What an error shows of a value of the file."""
    text = repr(value)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}..."


def tables(document: dict[str, Json], key: str, name: str) -> Iterator[tuple[Json, str]]:
    """The tables of a kind, each with the words that name it in an error.

    Raises:
        ReviewError: it is no list of tables.
    """
    entries = document.get(key, [])
    if not isinstance(entries, list):
        raise ReviewError(f"{name}: {key}: write [[{key}]], once for each, got {excerpt(entries)}")
    for number, entry in enumerate(entries):
        yield entry, f"{name}: {key}[{number}]"
