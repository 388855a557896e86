"""`eks-cluster synth`: the specs in clusters/ -> Terraform JSON in cdktf.out/."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from commands.names import ClusterName
from commands.stacks import CLUSTERS


@click.command
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", type=ClusterName())
@click.pass_context
def command(ctx: click.Context, clusters: tuple[str, ...]) -> None:
    """Write the Terraform JSON of every cluster, or of those named.

    Nothing here touches AWS. Every mistake of every file is told at once, with its line and the way
    out; with one, nothing is written.

    \b
    eks-cluster synth             all of clusters/
    eks-cluster synth lovelace    this one's stacks; the others' stay as they are
    """
    # here, not above: --help is to come at once
    from commands.environment import CONFIGURATION  # noqa: PLC0415
    from constructs_lib.app import MANIFEST, synthesize  # noqa: PLC0415
    from constructs_lib.project import out_directory  # noqa: PLC0415

    out = out_directory()
    if code := synthesize(clusters):
        ctx.exit(code)
    written = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["stacks"]
    for name in written:
        click.echo(f"Wrote {out / 'stacks' / name / CONFIGURATION}")
    for directory in _left_over(out / "stacks", written):
        click.echo(
            f"{directory} has no spec any more; if its cluster is gone too: rm -r {directory}",
            err=True,
        )


def _left_over(stacks: Path, written: dict[str, object]) -> Iterator[Path]:
    """The directories of stacks that no file in clusters/ makes."""
    files = {path.stem for path in CLUSTERS.glob("*.yaml")}
    own = {*written, *files, *(f"{name}-state" for name in files)}
    return (path for path in sorted(stacks.iterdir()) if path.is_dir() and path.name not in own)
