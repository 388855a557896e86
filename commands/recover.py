"""`eks-cluster recover`: what an apply that ended badly has left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from commands.failures import INTERRUPTED as HOW_TO
from commands.locks import Lock
from commands.names import StackName
from commands.stacks import own_command, synthesised
from commands.state import ERRORED
from commands.terraform import Terraform, TerraformError, find

_NO_LOCK_HAS_THIS_ID: Final = "none"


@click.command
@click.argument("stack", type=StackName())
@click.option(
    "--unlock-own",
    is_flag=True,
    help="unlock what this user has locked on this machine; only where nothing of it still runs",
)
@click.pass_context
def command(ctx: click.Context, stack: str, *, unlock_own: bool) -> None:
    """After an apply that ended badly: push the state it could not write, and say what is locked.

    \b
    eks-cluster recover lovelace
    eks-cluster recover lovelace --unlock-own    on a machine that only this apply has used
    """
    directory = synthesised(stack)
    terraform = Terraform(find(), directory)
    lock = lock_of(terraform)
    if lock is not None and lock.is_own and unlock_own:
        _run(terraform, "force-unlock", "-force", lock.id)
        click.echo(f"unlocked: {lock.operation} of {lock.who}, since {lock.since}")
        lock = None
    if lock is None:
        for line in _push(terraform, directory, stack):
            click.echo(line)
        return
    click.echo(
        f"the state is locked by {lock.who} since {lock.since} ({lock.operation}); when it is "
        f"certain that nothing of it runs any more: {own_command()} run {stack} force-unlock "
        f"-force {lock.id}",
        err=True,
    )
    for file in _unpushed(directory, stack):
        click.echo(f"and then: {_by_hand(stack, file)}", err=True)
    ctx.exit(1)


def lock_of(terraform: Terraform) -> Lock | None:
    """Ask who holds the lock, by trying to take it away from nobody; None where it is free.

    Raises:
        KeyboardInterrupt: Terraform was told to stop.
    """
    tried = terraform.run("force-unlock", "-no-color", "-force", _NO_LOCK_HAS_THIS_ID)
    if tried.interrupted:
        raise KeyboardInterrupt
    return Lock.told_in("\n".join(tried.text))


def _push(terraform: Terraform, directory: Path, stack: str) -> Iterator[str]:
    """Push what the apply could not write; a line for each thing that was done.

    Raises:
        TerraformError: the state cannot be read, so nothing is known of its lock, or written.
    """
    _run(terraform, "state", "pull")
    yield "the state is not locked"
    waiting = list(_unpushed(directory, stack))
    for file in waiting:
        try:
            _run(terraform, "state", "push", str(file.absolute()))
        except TerraformError as error:
            raise TerraformError(
                f"{file} holds what the apply has made, and could not be pushed: {error}; keep the "
                f"file and run {_by_hand(stack, file)}; see {HOW_TO}"
            ) from None
        file.unlink()
        yield f"pushed {file}: the state knows again of all that was made"
    if not waiting:
        yield "all that was made is in the state: the next apply goes on from there"


def _unpushed(directory: Path, stack: str) -> Iterator[Path]:
    if (directory / ERRORED).is_file():
        yield directory / ERRORED
    yield from sorted(Path().glob(f"errored.{stack}.*tfstate"))


def _by_hand(stack: str, file: Path) -> str:
    return f"{own_command()} run {stack} state push {file.absolute()}"


def _run(terraform: Terraform, *arguments: str) -> None:
    done = terraform.run(*arguments)
    if done.code:
        raise TerraformError(" ".join(" ".join(done.text).split()))
    if done.interrupted:
        raise KeyboardInterrupt
