"""`eks-cluster comment`: the review of a plan as a comment on a pull request."""

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Put the review of a plan on its pull request: as a comment, or as a label. For workflows.

    \b
    eks-cluster comment upsert report.md --pull-request 7
    eks-cluster comment label --pull-request 7 --stacks '["lovelace"]'
    """
    # here, not above: the other commands need none of it
    from plan_review.comment import main  # noqa: PLC0415

    try:
        ctx.exit(main(list(arguments)))
    except SystemExit as ended:  # its parser's own
        ctx.exit(ended.code if isinstance(ended.code, int) else 1)
