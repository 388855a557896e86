"""The command: `python -m plan_review PLAN.json`.

Exit codes: 0 fine; 3 a finding at or above `--fail-on`, or a plan that errored or is
incomplete (the report is written all the same); 1 the plan could not be reviewed; 2 the
command was not understood.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import traceback
from pathlib import Path
from typing import Final, TextIO

from plan_review.acceptance import Acceptance, parse_acceptances
from plan_review.errors import ReviewError
from plan_review.levels import Level
from plan_review.own import parse_own_rules
from plan_review.plan import MAX_BYTES, Plan, parse_plan
from plan_review.plan.construct_paths import Stack, parse_stack
from plan_review.record import Record, providers_of, write_record
from plan_review.report.machine import as_json
from plan_review.report.markdown import (
    COMMENT_BUDGET,
    SMALLEST_BUDGET,
    SUMMARY_BUDGET,
    markdown,
)
from plan_review.report.sarif import as_sarif
from plan_review.report.terminal import text
from plan_review.report.web import as_html
from plan_review.review import Review, review

FINE: Final = 0
COULD_NOT_REVIEW: Final = 1
FOUND: Final = 3


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        result = review(
            _plan(options.plan),
            stack=_stack(options.stack_json),
            acceptances=_acceptances(options.accept),
            proposed=_acceptances(options.proposed) if options.proposed else None,
            own=parse_own_rules(
                _read(options.rules) if options.rules else b"", options.rules or "", options.scope
            ),
        )
        report = _report(result, options)
        if options.format == "github":
            _tell_github(result, options)
        if options.record:
            lock = _read(options.lock_file).decode("utf-8", "replace") if options.lock_file else ""
            _write(write_record(Record(result.fingerprint, providers_of(lock))), options.record)
        _write(report, options.output)
    except ReviewError as error:
        return _fail(str(error))
    except Exception as error:  # noqa: BLE001  # a plan of a shape no provider writes; one line
        place = traceback.extract_tb(error.__traceback__)[-1]
        name = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        return _fail(f"the plan holds values of a type that is not expected ({name})")
    level = Level(options.fail_on) if options.fail_on else None
    found = not result.is_whole or (level is not None and result.reaches(level))
    return FOUND if found else FINE


def _fail(reason: str) -> int:
    print(f"plan_review: {reason}", file=sys.stderr)  # noqa: T201  # the command's own error
    return COULD_NOT_REVIEW


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m plan_review",
        description="Say what a Terraform plan will do to an EKS cluster.",
        epilog="Exit codes: 0 fine, 3 a finding at or above --fail-on or an unfinished plan, "
        "1 the plan could not be reviewed, 2 wrong usage.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "plan",
        nargs="?",
        default="-",
        help="the output of `terraform show -json PLANFILE`; `-` or nothing for standard input",
    )
    parser.add_argument(
        "--stack-json",
        metavar="FILE",
        help="the synthesised cdk.tf.json, for construct paths and the backend",
    )
    parser.add_argument(
        "--format",
        choices=("text", "md", "html", "json", "sarif", "github"),
        default="md",
        help="text for a terminal, md for a comment (default), html for a page of its own, "
        "json for programs, sarif for code "
        "scanning; github is md, "
        "and also writes the job summary and the step's outputs",
    )
    levels = [level.value for level in Level]
    parser.add_argument(
        "--fail-on",
        metavar="LEVEL",
        choices=levels,
        help=f"exit with 3 on a finding this bad or worse: {', '.join(levels)}",
    )
    parser.add_argument("--accept", metavar="FILE", help="a TOML file of accepted findings")
    parser.add_argument(
        "--proposed",
        metavar="FILE",
        help="that file as a pull request has it, where --accept is its base branch's: what it "
        "adds is shown and counts all the same",
    )
    parser.add_argument("--rules", metavar="FILE", help="plan-review.toml: rules of your own")
    parser.add_argument(
        "--scope",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="what the change is meant to touch, `*` for any text; the rest is worth a look",
    )
    parser.add_argument(
        "--budget",
        metavar="N",
        type=_budget,
        default=COMMENT_BUDGET,
        help=f"the longest Markdown report, in characters (default {COMMENT_BUDGET})",
    )
    parser.add_argument(
        "--stack", metavar="NAME", default="", help="the stack's name in the report"
    )
    parser.add_argument("--commit", metavar="SHA", default="", help="the commit that was planned")
    parser.add_argument(
        "--summary-url", metavar="URL", default="", help="where the long form can be read"
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        help="write the plan's fingerprint there, for `python -m plan_review.reviewed`",
    )
    parser.add_argument(
        "--lock-file",
        metavar="FILE",
        help="the .terraform.lock.hcl of the plan: which providers made it goes into the record",
    )
    parser.add_argument("--output", metavar="FILE", help="write there instead of standard output")
    return parser


def _budget(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < SMALLEST_BUDGET:
        raise argparse.ArgumentTypeError(f"expected a number of at least {SMALLEST_BUDGET}")
    return number


def _plan(name: str) -> Plan:
    if name == "-":
        if sys.stdin.buffer.isatty():
            raise ReviewError("no plan given: name a file, or pipe one in")
        return parse_plan(sys.stdin.buffer.read(MAX_BYTES + 1))
    return parse_plan(_read(name))


def _stack(name: str | None) -> Stack | None:
    return parse_stack(_read(name)) if name else None


def _acceptances(name: str | None) -> list[Acceptance]:
    return parse_acceptances(_read(name), name) if name else []


def _read(name: str) -> bytes:
    """Read a file, but no more of it than is ever accepted."""
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ReviewError(f"cannot read {name!r}: {str(reason).lower()}") from None


def _report(result: Review, options: argparse.Namespace) -> str:
    if options.format == "json":
        return as_json(result, stack=options.stack)
    if options.format == "sarif":
        return as_sarif(result)
    if options.format == "html":
        return as_html(result, stack=options.stack, commit=options.commit)
    if options.format == "text":
        in_colour = not options.output and wants_colour(sys.stdout)
        return text(result, stack=options.stack, in_colour=in_colour)
    return markdown(
        result,
        stack=options.stack,
        commit=options.commit,
        budget=options.budget,
        summary_url=options.summary_url,
    )


def wants_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user has not set NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _tell_github(result: Review, options: argparse.Namespace) -> None:
    """Append the long form to the job summary, and the verdict to the step's outputs."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        long_form = markdown(
            result, stack=options.stack, commit=options.commit, budget=SUMMARY_BUDGET
        )
        _append(summary, long_form)
    outputs = os.environ.get("GITHUB_OUTPUT")
    if outputs:
        verdict = result.verdict.value
        changes = "false" if result.facts.plan.is_change_free else "true"
        _append(
            outputs,
            f"verdict={verdict}\nlabel=plan:{verdict}\nplan={result.fingerprint}\n"
            f"changes={changes}\n",
        )


def _append(name: str, content: str) -> None:
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise ReviewError(f"cannot write {name!r}: {str(error.strerror).lower()}") from None


def _write(report: str, name: str | None) -> None:
    content = report.encode("utf-8", "backslashreplace")
    if name:
        try:
            Path(name).write_bytes(content)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise ReviewError(f"cannot write {name!r}: {str(reason).lower()}") from None
        return
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise ReviewError(f"cannot write the report: {str(error.strerror).lower()}") from None


if __name__ == "__main__":
    gc.disable()  # one plan, then the end: looking for garbage in it takes time and finds none
    sys.exit(main())
