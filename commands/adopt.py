"""`eks-cluster adopt`: the spec of a cluster that was made by hand, and the plan of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from constructs_lib.errors import EksClusterError

if TYPE_CHECKING:
    from adopt.takeover import TakenOver

HEADER = (
    "yaml-language-server: $schema=schema.json",
    "",
    "Written by `eks-cluster adopt` from a Terraform state, and planned on it. Add the section",
    "`state`; docs/how-to/adopt-a-cluster.md says what follows.",
)


class AdoptError(EksClusterError):
    """Nothing was written; the text says for which file, and why."""


@click.command
@click.argument("state", metavar="STATE", type=click.Path())
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="write there instead of standard output",
)
@click.option("--name", metavar="NAME", help="of several clusters in STATE, the one to adopt")
def command(state: str, output: str | None, name: str | None) -> None:
    """Print the spec of the cluster in STATE, the output of terraform show -json; - reads it here.

    The spec is planned on that state, without AWS: what the plan would change is listed on standard
    error, and a plan that would replace or destroy something is refused.
    docs/how-to/adopt-a-cluster.md goes on.
    """
    # here, not above: --help is to come at once
    from adopt.state import StateError, read  # noqa: PLC0415
    from adopt.takeover import take_over  # noqa: PLC0415
    from adopt.text import printable, yaml_text  # noqa: PLC0415
    from commands.offline_plan import OfflinePlanner  # noqa: PLC0415

    _check(output)
    try:
        found = read(_input(state))
        with OfflinePlanner() as planner:
            taken = take_over(found, planner, name)
            program = planner.program
    except StateError as error:
        raise AdoptError("\n".join(map(printable, f"{state}: {error}".split("\n")))) from None
    told = list(_lines(taken, program))
    notes = ["", "Not in this spec:", *(f"- {note}" for note in taken.notes)] if taken.notes else []
    _write(yaml_text(taken.spec, [*HEADER, *notes]), output)
    for line in told:
        click.echo(printable(line), err=True)


def _lines(taken: "TakenOver", program: str) -> list[str]:
    """What a person has to know of it, line by line."""
    lines = [f"not in the spec: {note}" for note in taken.notes]
    lines += [f"the plan changes {change}" for change in taken.changes]
    if not taken.changes:
        lines.append("the plan of this spec on this state changes nothing in AWS")
    if taken.made:
        lines.append(f"it makes, outside AWS: {', '.join(taken.made)}")
    if taken.neighbours:
        lines += [
            "",
            "The state holds more than the cluster. To leave the rest in its own state, type this",
            "where the owner's code is, then take the cluster out of that code:",
            *(f"  {step}" for step in taken.steps(program)),
            *(f"across the two: {reference}" for reference in taken.references),
        ]
    if moves := list(taken.moves(program)):
        lines += [
            "",
            "No block `moved` can say all of it. In the cluster's own state, before the plan, type",
            *(f"  {move}" for move in moves),
        ]
    return lines


def _check(output: str | None) -> None:
    """See that the spec can be written, before anything that takes time."""
    if output is None:
        return
    if Path(output).exists():
        raise AdoptError(f"{output}: is there already; choose another file, or delete it first")
    if not Path(output).parent.is_dir():
        raise AdoptError(f"{output}: cannot be written: no such directory; choose another file")


def _input(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise AdoptError(f"{path}: cannot be read: it is not text; check the file") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AdoptError(f"{path}: cannot be read: {reason}; check the file") from None


def _write(spec: str, path: str | None) -> None:
    if path is None:
        click.echo(spec, nl=False)
        return
    try:
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(spec)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AdoptError(f"{path}: cannot be written: {reason}; choose another file") from None
