"""The command line, which is sent every signal to stop where the variable STOPPED_IN says.

`STOPPED_IN=commands.state:rescue:2 python -m tests.commands.stopped deploy ada`: as `rescue` is
called for the second time.
"""

import importlib
import itertools
import os
import sys
from typing import Any

from commands import cli, stopping
from tests.commands import without_synth

SIGNALLED = "signalled in "


def stop_in(where: str) -> None:
    """Wrap a function in one that sends this process all signals, as it is called the nth time."""
    module, name, nth = where.split(":")
    wrapped = getattr(importlib.import_module(module), name)
    calls = itertools.count(1)

    def signalled(*arguments: Any, **named: Any) -> Any:
        if next(calls) == int(nth):
            sys.stderr.write(f"{SIGNALLED}{where}\n")
            for number in stopping.SIGNALS:
                os.kill(os.getpid(), number)
        return wrapped(*arguments, **named)

    setattr(importlib.import_module(module), name, signalled)


if __name__ == "__main__":
    without_synth.leave_out()
    stop_in(os.environ["STOPPED_IN"])
    sys.exit(cli.main())
