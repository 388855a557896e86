"""`eks-cluster run`: Terraform itself, in the directory of a stack."""

import click

from commands.names import StackName


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("stack", type=StackName())
@click.argument("arguments", metavar="TERRAFORM...", nargs=-1, required=True)
def command(stack: str, arguments: tuple[str, ...]) -> None:
    """Start Terraform in the directory of STACK, in the environment that all commands give it.

    It takes this process over: what stops the one stops the other, and nothing stands between.

    \b
    eks-cluster run lovelace state list
    eks-cluster run lovelace force-unlock -force 2c26b46b
    """
    # here, not above: --help is to come at once
    import os  # noqa: PLC0415

    from commands.environment import check_directory, environment  # noqa: PLC0415
    from commands.stacks import synthesised  # noqa: PLC0415
    from commands.terraform import PRIVATE, find  # noqa: PLC0415

    directory = synthesised(stack)
    program = find()
    variables, notes = environment(os.environ)
    check_directory(directory, variables)
    for note in notes:
        click.echo(note, err=True)
    os.umask(PRIVATE)
    os.execve(  # noqa: S606  # no shell: the words are Terraform's own arguments
        program.path, [program.path, f"-chdir={directory}", *arguments], variables
    )
