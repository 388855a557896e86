"""From a cluster's name to its reviewed plan: what plan, review, deploy and destroy begin with."""

import contextlib
import datetime
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from commands import failures, migration, state, stopping
from commands.programs import require
from commands.providers import bring_lock, take_lock
from commands.stacks import CLUSTERS, Stack, chosen
from commands.steps import Steps
from commands.terraform import LOCK_TIMEOUT, Event, Outcome, Terraform, find
from constructs_lib.errors import EksClusterError
from constructs_lib.project import out_directory
from plan_review import Review, ReviewError, parse_acceptances, parse_plan, parse_stack, review
from plan_review.own import parse_own_rules

LOCKS: Final = ".locks"
"""Below `cdktf.out`: a file for each stack that a command is at."""


class PlanError(EksClusterError):
    """There is no plan to look at; the text says why, a line for each reason."""


@dataclass(frozen=True)
class Work:
    """A stack that is synthesised and initialised, held by this command until its end."""

    stack: Stack
    terraform: Terraform
    steps: Steps

    @property
    def program(self) -> str:
        """What a person types to start Terraform."""
        return self.terraform.program.command

    def run(self, doing: str, *arguments: str, told: Callable[[Event], None] | None = None) -> None:
        """Run a step of Terraform.

        Raises:
            PlanError: it failed; in words.
        """
        with self.steps.step(doing) as step:
            outcome = self.terraform.run(*arguments, told=told or _following(step.at))
        self.see(outcome)

    def see(self, outcome: Outcome) -> None:
        """Say what a run warned of.

        Raises:
            PlanError: it failed or was interrupted; in words.
        """
        for line in failures.warnings_of([outcome]):
            self.steps.say(line)
        if outcome.interrupted:
            raise PlanError("interrupted; nothing was applied")
        if outcome.code:
            raise PlanError(
                "\n".join(failures.in_words(outcome, self.stack, self.terraform.program))
            )


@dataclass(frozen=True)
class Plan:
    """A plan and what the review says of it."""

    file: Path
    review: Review


@contextmanager
def working(
    cluster: str | None,
    stack: str | None,
    *,
    command: str,
    to_apply: bool = False,
    migrate: bool = False,
) -> Iterator[Work]:
    """Synthesise a stack, keep others away from it, and initialise it.

    Raises:
        EksClusterError: whatever stands in the way, in words.
    """
    require(to_apply=to_apply)
    which, steps = chosen(cluster, stack, out_directory()), Steps()
    with _held(which, command):
        _synthesise(which, steps)
        which.configuration()
        work = Work(which, Terraform(find(), which.directory), steps)
        for note in work.terraform.notes:
            steps.say(note)
        if (left := state.rescue(which)) is not None:
            raise state.StateError(state.say_errored(left, which))
        bring_lock(which, work.terraform.program)
        migration.settle(work.terraform, which, steps, migrate=migrate)
        work.run(f"Initialising {which.name}", "init", "-json", "-input=false", "-reconfigure")
        for line in take_lock(which, work.terraform.program):
            steps.say(line)
        migration.check_base(work.terraform, which)
        yield work


@contextmanager
def _held(stack: Stack, command: str) -> Iterator[None]:
    """Keep a second command of ours away from the stack; the system lets go when this one dies."""
    file = stack.out / LOCKS / stack.name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another command"
            raise PlanError(f"{holder} is at {stack.name} in this checkout; wait for it") from None
        lock.truncate(0)
        now = datetime.datetime.now().astimezone().strftime("%H:%M")
        lock.write(f"{command} (process {os.getpid()}, since {now})\n")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _synthesise(stack: Stack, steps: Steps) -> None:
    """Run synth in a process of its own: CDKTF's Node ends with it, and takes its memory along."""
    with steps.step(f"Synthesising {stack.cluster}"):
        done = subprocess.run(  # noqa: S603 - this program
            [sys.executable, "-P", "-m", "commands", "synth", stack.cluster],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode:
        raise PlanError("nothing was planned")


@contextmanager
def private_directory() -> Iterator[Path]:
    """A directory for a plan, which holds every secret in clear; gone at the end."""
    directory = Path(tempfile.mkdtemp(prefix="plan-"))  # 0700
    try:
        yield directory
    finally:
        stopping.no_more()
        with contextlib.suppress(OSError):
            shutil.rmtree(directory)


def make_plan(work: Work, directory: Path, *, destroy: bool = False, lock: bool = False) -> Plan:
    """Plan, and review the plan with what has been accepted.

    Raises:
        PlanError: there is no plan.
    """
    file = (directory / "plan").absolute()
    arguments = ["plan", "-json", "-input=false", f"-out={file}", *(["-destroy"] * destroy)]
    with work.steps.step(f"Planning {work.stack.name}") as step:
        following = _following(step.at)
        if lock:
            outcome = locked_run(work, arguments, step.line, following)
        else:
            outcome = work.terraform.run(*arguments, "-lock=false", told=following)
    work.see(outcome)
    try:
        return Plan(file, _review(work, file))
    except ReviewError as error:
        raise PlanError(str(error)) from None


def locked_run(
    work: Work,
    arguments: list[str],
    line: Callable[[str], None],
    told: Callable[[Event], None],
) -> Outcome:
    """Run a command that takes the state's lock; wait for who holds it, and say who that is."""
    head, *rest = arguments
    outcome = work.terraform.run(head, "-lock-timeout=0s", *rest, told=told)
    lock = failures.lock_of(outcome)
    if lock is None or outcome.interrupted:
        return outcome
    line(f"{lock.who} holds the state's lock since {lock.since}; waiting, at most 10 minutes")
    return work.terraform.run(head, f"-lock-timeout={LOCK_TIMEOUT}", *rest, told=told)


def _following(at: Callable[[str], None]) -> Callable[[Event], None]:
    """Say what Terraform is at: the address, or the provider that it fetches."""

    def follow(event: Event) -> None:
        resource = event.get("hook", {}).get("resource", {}).get("addr")
        if resource:
            at(str(resource))
        elif event.get("type") == "log":
            at(str(event.get("@message", "")))
        elif event.get("type") == "stopping":
            at("stopping")

    return follow


def _review(work: Work, file: Path) -> Review:
    """Review a plan with the cluster's acceptances."""
    shown = work.terraform.read("show", "-json", str(file))
    accepted = CLUSTERS / f"{work.stack.cluster}.accept.toml"
    own = Path("plan-review.toml")
    return review(
        parse_plan(shown[max(shown.find(b"{"), 0) :]),
        stack=parse_stack(json.dumps(work.stack.configuration()).encode()),
        acceptances=parse_acceptances(accepted.read_bytes(), str(accepted))
        if accepted.is_file()
        else (),
        own=parse_own_rules(own.read_bytes(), str(own)) if own.is_file() else None,
    )
