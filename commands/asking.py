"""The one question, and what counts as an answer to it."""

import os
import select
import signal
import sys

import click

from constructs_lib.errors import EksClusterError


class NotConfirmedError(EksClusterError):
    """Nothing is applied: the answer was another word, or there was none."""


def can_ask() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def ask(question: str, word: str, *, nothing: str) -> None:
    """Ask on the terminal; only `word`, typed out, goes on. `nothing` is said otherwise.

    Raises:
        NotConfirmedError: anything else, the end of input or Ctrl-C.
    """
    _forget_typed_ahead()
    try:
        answer = _typed(f"{question} ")
    except (EOFError, KeyboardInterrupt):
        click.echo()  # ends the line of the question
        raise NotConfirmedError(f"no answer: {nothing}") from None
    if answer.strip() != word:
        typed = repr(answer.strip()) if answer.strip() else "nothing"
        raise NotConfirmedError(f"the answer was {typed}, not {word}: {nothing}")


def _typed(prompt: str) -> str:
    """The line that is typed. A signal is heeded at any instant, as `input` does not promise.

    https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    before = signal.set_wakeup_fd(told)
    try:
        click.echo(prompt, nl=False)
        select.select([sys.stdin, heard], [], [])
        line = sys.stdin.readline()
    finally:
        signal.set_wakeup_fd(before)
        os.close(heard)
        os.close(told)
    if not line:
        raise EOFError
    return line


def _forget_typed_ahead() -> None:
    """Drop what was typed before the question stood there: it cannot be an answer to it."""
    # here, not above: where there is no terminal there may be no such module
    import termios  # noqa: PLC0415

    termios.tcflush(sys.stdin, termios.TCIFLUSH)
