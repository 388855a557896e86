"""`eks-cluster destroy`: plan, review, ask for the name, destroy."""

import click

from commands.names import of_cluster, of_stack


@click.command
@of_cluster
@of_stack
@click.option(
    "--auto-approve", is_flag=True, help="do not ask; the cluster must be named on the command line"
)
def command(cluster: str | None, stack: str | None, *, auto_approve: bool) -> None:
    """Destroy CLUSTER, after showing what goes and asking for its name.

    Anything but the name, typed out, destroys nothing. A copy of the state is kept first.

    \b
    eks-cluster destroy lovelace
    """
    # here, not above: --help is to come at once
    from commands.applying import run  # noqa: PLC0415

    run(cluster, stack, destroy=True, auto_approve=auto_approve, migrate=False)
