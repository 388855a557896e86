"""What a command says while it works: a moving line on a terminal, plain lines elsewhere.

All of it goes to standard error, so that a report on standard output stays whole.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

EVERY_SECONDS: Final = 60
"""How often plain lines say that something still goes on."""


class Steps:
    """The steps of one command."""

    def __init__(self) -> None:
        """Look at the terminal, once."""
        self._moving = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def say(self, text: str) -> None:
        """One line that stays."""
        click.echo(text, err=True)

    @contextmanager
    def step(self, doing: str) -> Iterator["Step"]:
        """A step that takes a while: `doing` stands there while it lasts."""
        if not self._moving:
            self.say(doing)
            yield Step(doing)
            return
        # here, not above: a tenth of a second for those who have no terminal
        from rich.console import Console  # noqa: PLC0415

        console, step = Console(stderr=True, highlight=False), Step(doing)
        with console.status(step, spinner="line", refresh_per_second=4):
            step.console = console
            yield step


class Step:
    """A step that goes on: on a terminal, one line that rich draws again and again."""

    def __init__(self, doing: str) -> None:
        self.console: Console | None = None
        self._doing, self._at = doing, ""
        self._told = self._began = time.monotonic()

    def __rich__(self) -> "Text":
        """The moving line: what, since when, how far."""
        from rich.text import Text  # noqa: PLC0415 - see `Steps.step`

        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        at = " ".join(self._at.split())
        return Text(f"{self._doing} {minutes}:{seconds:02} {at}", no_wrap=True, overflow="ellipsis")

    def line(self, text: str) -> None:
        """A line that stays, above the moving one."""
        if self.console is None:
            click.echo(text, err=True)
        else:
            self.console.print(text, markup=False, soft_wrap=True)

    def at(self, text: str) -> None:
        """How far it is; without a terminal a line now and then."""
        self._at = text
        if self.console is None and time.monotonic() - self._told >= EVERY_SECONDS:
            self._told = time.monotonic()
            click.echo(f"{self._doing}: {text}", err=True)
