"""`eks-cluster plan`: what an apply would do, in words."""

import click

from commands.names import moving, of_cluster, of_stack


@click.command
@of_cluster
@of_stack
@moving
def command(cluster: str | None, stack: str | None, *, migrate: bool) -> None:
    """Plan CLUSTER, and say what the plan would do. Nothing is changed, and no lock is taken.

    \b
    eks-cluster plan lovelace
    eks-cluster plan lovelace --stack lovelace-state    the bucket that holds its state
    """
    # here, not above: --help is to come at once
    from commands.planning import make_plan, private_directory, working  # noqa: PLC0415
    from commands.reporting import show  # noqa: PLC0415

    with (
        working(cluster, stack, command="plan", migrate=migrate) as work,
        private_directory() as directory,
    ):
        show(work, make_plan(work, directory))
