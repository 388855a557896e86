"""Commands on a terminal of their own, as users type them."""

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pexpect

QUESTION = r"goes on: |type [\w-]+: "
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Said:
    """What a command said, both streams together, and its exit code."""

    code: int | None
    text: str

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.text.splitlines()]


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, path: Path, environment: Mapping[str, str], *command: str) -> None:
        self.text = ""
        self.child = pexpect.spawn(
            command[0],
            [*command[1:]],
            cwd=str(path),
            env=dict(environment),  # type: ignore[arg-type] # the stubs take no plain strings
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            dimensions=(50, 200),
            # a terminal's own commands heed signals, whatever the tests were started by
            preexec_fn=_heed_signals,
        )

    def wait_for(self, pattern: str) -> str:
        """Wait until a text stands there, and give all that stands before its end."""
        self.child.expect(pattern)
        self.text += f"{self.child.before}{self.child.after}"
        return self.text

    def asked(self) -> str:
        """Wait for the question, and give what stands before its end."""
        return self.wait_for(QUESTION)

    def answer(self, keys: str) -> Said:
        """Press keys, and wait for the end."""
        self.child.send(keys)
        return self.end()

    def end(self) -> Said:
        """Wait for the end."""
        self.child.expect(pexpect.EOF)
        self.text += str(self.child.before)
        self.child.close()
        return Said(self.child.exitstatus, ESCAPES.sub("", self.text).replace("\r", ""))
