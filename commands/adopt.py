"""`eks-cluster adopt`: the spec of a cluster that was made by hand."""

import click


@click.command
@click.argument("state", metavar="STATE")
@click.option("-o", "--output", metavar="FILE", help="write there instead of standard output")
@click.pass_context
def command(ctx: click.Context, state: str, output: str | None) -> None:
    """Print the spec of the cluster in STATE, the output of terraform show -json; - reads it here.

    What the spec cannot say is listed on standard error. docs/how-to/adopt-a-cluster.md goes on.
    """
    # here, not above: --help is to come at once
    from adopt.__main__ import main  # noqa: PLC0415

    ctx.exit(main([state, *(["--output", output] if output else [])]))
