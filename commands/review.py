"""`eks-cluster review`: as plan, with an exit code for what is found."""

import click

from commands.names import moving, of_cluster, of_stack

FOUND = 3
"""As `python -m plan_review` has it."""

LEVELS = ("outage", "data-loss", "security", "will-fail", "disruption", "review", "routine")
"""plan_review's, written out so that --help need not load it; a test compares."""


@click.command
@of_cluster
@of_stack
@moving
@click.option(
    "--fail-on",
    metavar="LEVEL",
    type=click.Choice(LEVELS),
    default="will-fail",
    show_default=True,
    help=f"exit with 3 on a finding this bad or worse: {', '.join(LEVELS)}",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "md", "json")),
    default="text",
    show_default=True,
    help="for a terminal, a comment, a program",
)
@click.pass_context
def command(
    ctx: click.Context,
    cluster: str | None,
    stack: str | None,
    *,
    migrate: bool,
    fail_on: str,
    form: str,
) -> None:
    """Plan CLUSTER, review the plan, and fail on what is found. Nothing is changed.

    \b
    eks-cluster review lovelace
    eks-cluster review lovelace --fail-on disruption --format json
    """
    # here, not above: --help is to come at once
    from commands.planning import make_plan, private_directory, working  # noqa: PLC0415
    from commands.reporting import show  # noqa: PLC0415
    from plan_review import Level  # noqa: PLC0415

    with (
        working(cluster, stack, command="review", migrate=migrate) as work,
        private_directory() as directory,
    ):
        plan = make_plan(work, directory)
        show(work, plan, form)
    found = not plan.review.is_whole or plan.review.reaches(Level(fail_on))
    ctx.exit(FOUND if found else 0)
