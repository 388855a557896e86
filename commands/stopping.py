"""Signals to stop: Ctrl-C, and what a closed terminal or a cancelled job sends.

Where Terraform runs, it is told, once. Elsewhere a signal is a KeyboardInterrupt, until something
must be said last, of what was done and what is left: from there on it is nothing.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Heeded:
    """Who heeds a signal now: `by`, or nobody once the command has its last words to say."""

    by: Callable[[], None] | None = None
    no_more = False


def listen() -> None:
    """Heed signals from here on, but for those that whoever started this has ignored (nohup, &)."""
    for number in SIGNALS:
        # a handler, not SIG_IGN: what this starts would inherit that, and be deaf itself
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _heed)


def _heed(_number: int, _frame: FrameType | None) -> None:
    if _Heeded.by is not None:
        _Heeded.no_more = True
        _Heeded.by()
    elif not _Heeded.no_more:
        raise KeyboardInterrupt


def no_more() -> None:
    """Let every signal from here on be nothing: what is said last would be lost."""
    _Heeded.no_more = True


def leave() -> None:
    """Ignore every signal for good, as the last thing that is done.

    Python gives signals their default back while it ends, and Ctrl-C would change the exit code.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def told(stop: Callable[[], None]) -> Iterator[None]:
    """Have `stop` called, in the middle of whatever goes on, at every signal.

    After one, those that come later are nothing: its caller knows, and says so.
    """
    _Heeded.by = stop
    try:
        yield
    finally:
        _Heeded.by = None
