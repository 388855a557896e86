"""Runs commands in turn and takes their time and memory."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SETTINGS = ("BINDINGS", "CDKTF_", "CLUSTERS", "JSII_RUNTIME", "NODE_", "PYTHON", "XDG_CACHE_HOME")
"""What would change a measurement, were it inherited."""

MEGABYTE = 1_000_000
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Of ru_maxrss, in bytes."""


@dataclass
class Case:
    """A command, and what was measured of it."""

    name: str
    command: Sequence[str]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Settings; ``{run}`` in them is another word in each run, for the name of a new directory."""
    warm_up: int = 1
    """Runs that are not measured."""
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Seconds that processors were at work for it, which other work beside it changes less."""
    process: int = 0
    """The largest process, in bytes."""
    together: int = 0
    """All processes at once, in bytes."""

    @property
    def median(self) -> float:
        """Seconds of a usual run."""
        return statistics.median(self.seconds)

    def run(self, *, observed: bool = False) -> tuple[float, float, int]:
        """Run the command once: seconds, those of processors, bytes of its largest process."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
        for key, value in self.environment.items():
            environment[key] = value.format(run=f"{time.time_ns():x}")
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the commands are ours
            self.command,
            cwd=self.cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if observed:
            threading.Thread(target=self._observe, args=(process,), daemon=True).start()
        assert process.stderr is not None  # noqa: S101 - it is a pipe, see above
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{self.name} failed:\n{errors.decode()[-2000:]}")
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT

    def measure(self) -> None:
        """Run the command once, and keep what it took."""
        seconds, processor, largest = self.run()
        self.seconds.append(seconds)
        self.processor.append(processor)
        self.process = max(self.process, largest)

    def _observe(self, process: subprocess.Popen[bytes]) -> None:
        """Add up the memory of the command and its descendants, as long as it runs."""
        while process.returncode is None:
            rows = subprocess.run(
                ["ps", "-A", "-o", "pgid=,rss="],  # noqa: S607 - each system has its own
                capture_output=True,
                text=True,
                check=True,
            ).stdout.splitlines()
            groups = [row.split() for row in rows]
            used = sum(int(kilobytes) for group, kilobytes in groups if int(group) == process.pid)
            self.together = max(self.together, used * 1024)
            time.sleep(0.1)


def alternate(cases: Sequence[Case], rounds: int) -> None:
    """Measure all cases once, then all again, so that what disturbs one disturbs each."""
    for case in cases:
        for _ in range(case.warm_up):
            sys.stderr.write(f"warming up: {case.name}\n")
            case.run()
    for number in range(rounds):
        for case in cases:
            case.measure()
            sys.stderr.write(f"round {number + 1}: {case.name}: {case.seconds[-1]:.2f} s\n")
    for case in cases:  # by itself, for observing takes time
        case.run(observed=True)
