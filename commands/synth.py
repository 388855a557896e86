"""`eks-cluster synth`: the specs in clusters/ -> Terraform JSON in cdktf.out/."""

import click


@click.command(short_help="write the Terraform JSON")
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@click.pass_context
def command(ctx: click.Context, clusters: tuple[str, ...]) -> None:
    """Write the Terraform JSON of every cluster, or of those named.

    Nothing here touches AWS. Every mistake of every file is told at once, with its line and the way
    out; with one, nothing is written.

    \b
    eks-cluster synth             all of clusters/
    eks-cluster synth lovelace    this one's stacks, the others' stay as they are
    """
    # here, not above: --help is to come at once
    from constructs_lib.app import synthesize  # noqa: PLC0415

    ctx.exit(synthesize(clusters))
