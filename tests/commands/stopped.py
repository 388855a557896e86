"""The command line, which is sent every signal to stop where the variable STOPPED_IN says.

`STOPPED_IN=commands.state:rescue:2 python -m tests.commands.stopped deploy ada`: as `rescue` is
called for the second time. With `STOPPED_IN=exit`: while Python ends.
"""

import importlib
import itertools
import os
import sys
from collections.abc import Callable
from typing import Any

from commands import cli, stopping
from tests.commands import without_synth

SIGNALLED = "signalled in "


def signal_all(where: str) -> None:
    """Send this process all signals, and say so; without Python's own files, which may be gone."""
    os.write(2, f"{SIGNALLED}{where}\n".encode())
    for number in stopping.SIGNALS:
        os.kill(os.getpid(), number)


class AtTheEnd:
    """Signals all as it goes: when Python, which ends, takes its modules apart."""

    def __del__(self, signal_all: Callable[[str], None] = signal_all) -> None:
        signal_all("exit")


def stop_in(where: str) -> None:
    """Wrap a function in one that sends this process all signals, as it is called the nth time."""
    module, name, nth = where.split(":")
    wrapped = getattr(importlib.import_module(module), name)
    calls = itertools.count(1)

    def signalled(*arguments: Any, **named: Any) -> Any:
        if next(calls) == int(nth):
            signal_all(where)
        return wrapped(*arguments, **named)

    setattr(importlib.import_module(module), name, signalled)


if __name__ == "__main__":
    without_synth.leave_out()
    if os.environ["STOPPED_IN"] == "exit":
        at_the_end = AtTheEnd()
    else:
        stop_in(os.environ["STOPPED_IN"])
    sys.exit(cli.main())
