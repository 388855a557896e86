"""`eks-cluster schema`: the JSON Schema of a spec, for editors."""

import click


@click.command
@click.option(
    "-o",
    "--output",
    default="clusters/schema.json",
    show_default=True,
    metavar="FILE",
    type=click.Path(),
)
def command(output: str) -> None:
    """Write the JSON Schema of a spec, which editors show while you type.

    The first line of a spec names it: # yaml-language-server: $schema=schema.json
    """
    write(output)


def write(output: str) -> None:
    """Write the schema and say so.

    Raises:
        EksClusterError: this Python has left out its texts.
    """
    # here, not above: --help is to come at once
    import sys  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from commands.files import replace  # noqa: PLC0415
    from constructs_lib.errors import EksClusterError  # noqa: PLC0415
    from constructs_lib.spec.schema import text  # noqa: PLC0415

    if sys.flags.optimize > 1:  # the texts of the schema are docstrings
        raise EksClusterError(
            "PYTHONOPTIMIZE=2 takes the texts out of the schema, so nothing was written; unset it"
        )
    replace(Path(output), text())
    click.echo(f"Wrote {output}")
