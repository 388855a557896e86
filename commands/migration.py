"""A state that is to be somewhere else than it was: stop, or move it where that is asked for."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commands import failures, state
from commands.environment import CONFIGURATION
from commands.stacks import Stack, by_make
from commands.state import StateError
from commands.steps import Steps
from commands.terraform import Outcome, Terraform

Backend = Mapping[str, Any]


def settle(terraform: Terraform, stack: Stack, steps: Steps, *, migrate: bool) -> None:
    """See that the state is where it was, or move it there if `migrate` says so.

    Raises:
        StateError: it is to be elsewhere, and nobody asked to move it, or it cannot be moved.
    """
    here = state.remembered(stack, terraform.variables)
    old = here or (state.of_the_base_branch(stack) if migrate else None)
    if old is None:
        return
    before, after = state.place_of(old, stack.directory), state.wanted(stack)
    if before == after:
        return
    if not migrate:
        raise StateError(_moved(stack, before, after))
    _move(terraform, stack, steps, old, known=here is not None)


def check_base(terraform: Terraform, stack: Stack) -> None:
    """See that a state that is empty is not one that the base branch has elsewhere.

    Raises:
        StateError: it is: a plan would make the cluster a second time.
    """
    old = state.of_the_base_branch(stack)
    if old is None:
        return
    before, after = state.place_of(old, stack.directory), state.wanted(stack)
    if before != after and state.is_empty(terraform):
        raise StateError(_moved(stack, before, after))


def _moved(stack: Stack, before: state.Place, after: state.Place) -> str:
    return (
        f"the state of {stack.name} was {before}, and now is to be {after}, where a plan would "
        "make the cluster anew; correct state in its file, or move what is there: "
        f"{stack.again('plan')} {'MIGRATE=1' if by_make() else '--migrate'}"
    )


def _move(terraform: Terraform, stack: Stack, steps: Steps, old: Backend, *, known: bool) -> None:
    """Move the state by Terraform's own means, which takes both locks; a copy is kept first."""
    new = stack.configuration()["terraform"]["backend"]
    before, after = state.place_of(old, stack.directory), state.wanted(stack)
    with (
        steps.step(f"Moving the state of {stack.name}") as step,
        _elsewhere(terraform, stack, old) as there,
        _elsewhere(terraform, stack, new) as here,
    ):
        if not state.is_empty(here):
            raise StateError(
                f"{after} holds a state already, so {before} cannot be moved there; "
                f"correct state in clusters/{stack.cluster}.yaml"
            )
        copy = state.keep_copy(there, stack)
        if copy is None:
            return
        step.line(f"A copy of the state is kept in {copy}")
        if not known:
            data = stack.directory / terraform.variables.get("TF_DATA_DIR", ".terraform")
            data.mkdir(parents=True, exist_ok=True)
            shutil.copy(there.directory / ".terraform" / "terraform.tfstate", data)
        outcome = terraform.run(
            "init", "-input=false", "-no-color", "-migrate-state", "-force-copy"
        )
    _see(outcome, terraform, stack)
    steps.say(f"Moved the state of {stack.name} from {before} to {after}")


@contextmanager
def _elsewhere(terraform: Terraform, stack: Stack, backend: Backend) -> Iterator[Terraform]:
    """Terraform in a scratch directory whose state is another place's."""
    kind, settings = next(iter(backend.items()))
    if kind == "local":
        settings = {"path": str(Path(state.place_of(backend, stack.directory).key).absolute())}
    with tempfile.TemporaryDirectory(prefix="state-") as scratch:
        directory = Path(scratch)
        text = json.dumps({"terraform": {"backend": {kind: settings}}})
        (directory / CONFIGURATION).write_text(text, encoding="utf-8")
        other = terraform.of(directory)
        outcome = other.run("init", "-json", "-input=false")
        _see(outcome, other, stack)
        yield other


def _see(outcome: Outcome, terraform: Terraform, stack: Stack) -> None:
    if outcome.code:
        raise StateError("\n".join(failures.in_words(outcome, stack, terraform.program)))
    if outcome.interrupted:
        raise KeyboardInterrupt
