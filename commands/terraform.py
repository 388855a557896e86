"""The only place that starts Terraform, or OpenTofu where that is the program."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Final

from commands import stopping
from commands.environment import check_directory, environment
from constructs_lib.errors import EksClusterError

VARIABLE: Final = "TERRAFORM_BINARY_NAME"
"""CDKTF's own: https://developer.hashicorp.com/terraform/cdktf/create-and-deploy/environment-variables"""

PROGRAMS: Final = ("terraform", "tofu")
OLDEST: Final = (1, 11)
"""Of both: lock objects in S3, and `removed` blocks in JSON."""

PRIVATE: Final = 0o077
"""The umask: states and plans hold every secret in clear."""

LOCK_TIMEOUT: Final = "10m"
"""How long an apply waits for somebody else's."""

_VERSION: Final = re.compile(r"^(Terraform|OpenTofu) v(\d+)\.(\d+)(\S*)", re.MULTILINE)
_HOMES: Final = (
    "https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install/"
)

Event = dict[str, Any]
"""One line of `-json` output: https://developer.hashicorp.com/terraform/internals/machine-readable-ui"""


class ProgramMissingError(EksClusterError):
    """A program is not there, or too old; the text says where to get it."""


@dataclass(frozen=True)
class Program:
    """Terraform, or OpenTofu: how it is started, and which it says it is."""

    path: str
    name: str
    version: str

    @property
    def command(self) -> str:
        """What a person types to start it."""
        return Path(self.path).name

    def called(self, text: str) -> str:
        """`text`, which speaks of Terraform, with the name and the command of this program."""
        if self.name == "Terraform":
            return text
        return text.replace("`terraform ", f"`{self.command} ").replace("Terraform", self.name)


@dataclass(frozen=True)
class Diagnostic:
    """An error or a warning of Terraform's."""

    severity: str
    summary: str
    detail: str = ""
    address: str = ""


@dataclass
class Outcome:
    """How a run of Terraform ended."""

    code: int = 0
    interrupted: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    """Lines that are not JSON: what Terraform says before it can speak JSON, or in a panic."""

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that are errors."""
        return [diagnostic for diagnostic in self.diagnostics if diagnostic.severity == "error"]


def find(variables: Mapping[str, str] = os.environ) -> Program:
    """Find the program: the one that TERRAFORM_BINARY_NAME names, else terraform, else tofu.

    Raises:
        ProgramMissingError: none is there, or it is older than 1.11.
    """
    named = variables.get(VARIABLE, "")
    path = _on_path([named] if named else PROGRAMS, variables)
    if path is None:
        where = f"{VARIABLE}={named} is not there" if named else "neither terraform nor tofu is"
        where += "" if named else " on PATH"
        raise ProgramMissingError(
            f"needs Terraform or OpenTofu 1.11 or newer, {where}; see {_HOMES}"
        )
    kept = {k: v for k, v in variables.items() if not k.startswith("TF_CLI_ARGS")}
    told = subprocess.run(
        [path, "version"],
        env={**kept, "CHECKPOINT_DISABLE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = _VERSION.search(told)
    if found is None:
        raise ProgramMissingError(
            f"needs Terraform or OpenTofu 1.11 or newer, {path} does not tell its version; "
            f"see {_HOMES}"
        )
    name, major, minor, rest = found.groups()
    version = f"{major}.{minor}{rest}"
    if (int(major), int(minor)) < OLDEST:
        raise ProgramMissingError(
            f"needs Terraform or OpenTofu 1.11 or newer, {path} is {name} {version}; see {_HOMES}"
        )
    return Program(path, name, version)


def called_by_name(text: str) -> str:
    """A message that speaks of Terraform, as it reads where another program does its work."""
    if "Terraform" not in text and "`terraform " not in text:
        return text
    try:
        return find().called(text)
    except ProgramMissingError:  # of which such a message may tell, by both names
        return text


def _on_path(names: tuple[str, ...] | list[str], variables: Mapping[str, str]) -> str | None:
    search = variables.get("PATH", os.defpath)
    found = (shutil.which(name, path=search) for name in names)
    path = next(filter(None, found), None)
    return path and os.path.abspath(path)  # noqa: PTH100 - a link keeps its name


class Terraform:
    """Terraform in the directory of one stack."""

    def __init__(
        self, program: Program, directory: Path, variables: Mapping[str, str] = os.environ
    ) -> None:
        """Make the environment; `notes` holds a line for what was taken out of it.

        Raises:
            RefusedError: the environment or the directory would lead away from the YAML.
        """
        self.program, self.directory = program, directory
        self.variables, self.notes = environment(variables)
        check_directory(directory, self.variables)

    def of(self, directory: Path) -> "Terraform":
        """The same program in another directory."""
        return Terraform(self.program, directory, self.variables)

    def run(self, *arguments: str, told: Callable[[Event], None] = lambda _event: None) -> Outcome:
        """Run to the end a command that speaks JSON, and give each of its lines to `told`.

        A signal to stop goes to Terraform once; it then ends what it is at and writes the state.
        """
        outcome = Outcome()
        stop = _Stop(outcome, told)
        with stopping.told(stop):
            process = subprocess.Popen(
                [self.program.path, f"-chdir={self.directory}", *arguments],
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                umask=PRIVATE,
                # Ctrl-C in a terminal would reach Terraform, its providers and kubectl beside us
                start_new_session=True,
            )
            stop.reaches(process)
            assert process.stdout is not None  # noqa: S101 - asked for above
            for line in process.stdout:
                _hear(line, outcome, told)
            outcome.code = process.wait()
        stop.end()
        return outcome

    def read(self, *arguments: str) -> bytes:
        """Run a command whose output is data, such as `show -json`, and give the output.

        Raises:
            TerraformError: it failed; with Terraform's own words.
        """
        done = subprocess.run(
            [self.program.path, f"-chdir={self.directory}", *arguments],
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            umask=PRIVATE,
            check=False,
        )
        if done.returncode != 0:
            raise TerraformError(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout


class TerraformError(EksClusterError):
    """Terraform failed; the text is what it said."""


def _hear(line: str, outcome: Outcome, told: Callable[[Event], None]) -> None:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        if line.strip():
            outcome.text.append(line.rstrip("\n"))
        return
    if event.get("type") == "diagnostic" and isinstance(event.get("diagnostic"), dict):
        diagnostic = event["diagnostic"]
        outcome.diagnostics.append(
            Diagnostic(
                str(diagnostic.get("severity", "error")),
                str(diagnostic.get("summary", "")),
                str(diagnostic.get("detail", "")),
                str(diagnostic.get("address", "")),
            )
        )
    _tell(event, told)


def _tell(event: Event, told: Callable[[Event], None]) -> None:
    """Tell of it, if somebody is there to hear: without a terminal too Terraform must end well."""
    with contextlib.suppress(OSError):
        told(event)


class _Stop:
    """Hands the first signal to stop on to Terraform; a second would make it drop the state."""

    def __init__(self, outcome: Outcome, told: Callable[[Event], None]) -> None:
        self._outcome, self._told = outcome, told
        self._process: subprocess.Popen[str] | None = None
        self._unsent = iter([signal.SIGINT])
        self._telling: list[Thread] = []

    def __call__(self) -> None:
        """A signal came."""
        self._outcome.interrupted = True
        self._hand_on()

    def reaches(self, process: "subprocess.Popen[str]") -> None:
        """Say which process is to be stopped; a signal may have come before it was there."""
        self._process = process
        if self._outcome.interrupted:
            self._hand_on()

    def _hand_on(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        for number in self._unsent:  # an iterator gives it out once, whatever comes in between
            self._process.send_signal(number)
        # not here: what the signal came upon may be half-way through the same words
        event = {"type": "stopping", "pid": self._process.pid}
        self._telling.append(Thread(target=_tell, args=(event, self._told)))
        self._telling[-1].start()

    def end(self) -> None:
        """Wait for what is still being told."""
        for thread in self._telling:
            thread.join()
