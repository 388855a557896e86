"""`eks-cluster check`: the specs, without synthesising."""

import click


@click.command
@click.argument("directory", default="clusters", type=click.Path())
@click.pass_context
def command(ctx: click.Context, directory: str) -> None:
    """Check every spec in clusters/, or in DIRECTORY, or one file. Takes a fraction of a second.

    Every problem of every file is told at once, with its line and the way out.
    """
    # here, not above: --help is to come at once
    from constructs_lib.check import main  # noqa: PLC0415

    ctx.exit(main([directory]))
