"""`eks-cluster deploy`: plan, review, ask, apply."""

import click

from commands.names import moving, of_cluster, of_stack


@click.command
@of_cluster
@of_stack
@moving
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
