"""`eks-cluster deploy`: plan, review, ask, apply."""

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
@click.option("--migrate", is_flag=True, help="the file has a new place for the state: move it")
@click.option(
    "--auto-approve",
    is_flag=True,
    help="do not ask; stops at outage and data-loss unless clusters/CLUSTER.accept.toml covers it",
)
def command(cluster: str | None, stack: str | None, *, migrate: bool, auto_approve: bool) -> None:
    """Apply CLUSTER, after showing what the plan would do and asking once.

    Only the typed word yes goes on; a plan of level outage or data-loss asks for the cluster's
    name. Anything else applies nothing. What is applied is exactly the plan that was shown.

    \b
    eks-cluster deploy lovelace
    eks-cluster deploy lovelace --stack lovelace-state    the bucket for its state, once
    """
    # here, not above: --help is to come at once
    from commands.applying import run  # noqa: PLC0415

    run(cluster, stack, destroy=False, auto_approve=auto_approve, migrate=migrate)
