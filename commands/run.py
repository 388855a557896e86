"""`eks-cluster run`: Terraform itself, in the directory of a stack."""

from pathlib import Path
from typing import Final

import click

from commands.names import StackName
from commands.stacks import STATE_SUFFIX, Stack, synthesised
from constructs_lib.errors import EksClusterError
from constructs_lib.project import out_directory

_REVIEWED: Final = {"apply": "deploy", "destroy": "destroy"}
"""What changes AWS, and the command of ours that shows the plan and asks before it does."""


class UnreviewedError(EksClusterError):
    """It would change AWS by a plan that nobody has seen."""


def _check_is_reviewed(name: str, directory: Path, arguments: tuple[str, ...]) -> None:
    """See that nothing is applied but a plan that is there to be looked at.

    Raises:
        UnreviewedError: it would be.
    """
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command not in _REVIEWED:
        return
    if command == "apply" and arguments[-1] != command and (directory / arguments[-1]).is_file():
        return
    stack = Stack(name.removesuffix(STATE_SUFFIX), name, out_directory())
    raise UnreviewedError(
        f"{command} would change AWS by a plan that nobody has seen, without a copy of the state; "
        f"run: {stack.again(_REVIEWED[command])}"
    )


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("stack", type=StackName())
@click.argument("arguments", metavar="TERRAFORM...", nargs=-1, required=True)
def command(stack: str, arguments: tuple[str, ...]) -> None:
    """Start Terraform in the directory of STACK, in the environment that all commands give it.

    It takes this process over: what stops the one stops the other, and nothing stands between. It
    applies nothing but a plan in a file; `deploy` and `destroy` show a plan and ask.

    \b
    eks-cluster run lovelace state list
    eks-cluster run lovelace force-unlock -force 2c26b46b
    """
    # here, not above: --help is to come at once
    import os  # noqa: PLC0415

    from commands.environment import check_directory, environment  # noqa: PLC0415
    from commands.terraform import PRIVATE, find  # noqa: PLC0415

    directory = synthesised(stack)
    _check_is_reviewed(stack, directory, arguments)
    program = find()
    variables, notes = environment(os.environ)
    check_directory(directory, variables)
    for note in notes:
        click.echo(note, err=True)
    os.umask(PRIVATE)
    os.execve(  # noqa: S606  # no shell: the words are Terraform's own arguments
        program.path, [program.path, f"-chdir={directory}", *arguments], variables
    )
