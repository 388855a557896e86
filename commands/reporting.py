"""The review of a plan, as a command shows it."""

import os
import sys

import click

from commands.planning import Plan, Work
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.terminal import text


def show(work: Work, plan: Plan, form: str = "text") -> None:
    """Write the report on standard output: for a terminal, a comment or a program."""
    if form != "text":
        name = work.stack.name
        click.echo(
            as_json(plan.review, stack=name)
            if form == "json"
            else markdown(plan.review, stack=name),
            nl=False,
        )
        return
    in_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    click.echo(text(plan.review, stack=work.stack.name, in_colour=in_colour), nl=False, color=True)
