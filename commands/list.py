"""`eks-cluster list`: the clusters that the files describe."""

import click

WIDE = 10_000
"""Columns; no row is as long."""


@click.command
def command() -> None:
    """List the clusters in clusters/: region, Kubernetes version and its end, state.

    From the files alone: whether a cluster runs, only AWS knows.
    """
    # here, not above: --help is to come at once
    from datetime import date  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from constructs_lib.spec.loader import load  # noqa: PLC0415
    from constructs_lib.tables.kubernetes_versions import support  # noqa: PLC0415

    today = date.today()
    fleet = load(Path.cwd(), today=today)
    table = Table(box=None, pad_edge=False, header_style="")
    for heading in ("CLUSTER", "REGION", "VERSION", "SUPPORT", "NODE GROUPS", "STATE"):
        table.add_column(heading, no_wrap=True)
    for cluster in fleet.clusters:
        spec = cluster.spec
        table.add_row(
            spec.name,
            spec.region,
            spec.kubernetes_version,
            support(spec.kubernetes_version, today),
            ", ".join(spec.node_groups),
            f"s3://{spec.state.bucket}/{spec.state.key}" if spec.state else "a file here",
        )
    # as wide as it is: a row is a line, for eyes and for grep
    console = Console(width=WIDE, highlight=False, markup=False, emoji=False, color_system=None)
    with console.capture() as printed:
        console.print(table)
    for line in printed.get().splitlines():
        click.echo(line.rstrip())
