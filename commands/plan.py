"""`eks-cluster plan`: what an apply would do, in words."""

import click

from commands.names import ClusterName, StackName


@click.command
@click.argument("cluster", required=False, type=ClusterName())
@click.option(
    "--stack",
    metavar="NAME",
    help="another stack of the cluster: CLUSTER-state",
    type=StackName(),
)
@click.option(
    "--migrate", is_flag=True, help="the file has a new place for the state: move it there"
)
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
