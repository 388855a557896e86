"""The one comment of a stack on a pull request, and the pull request's label.

    python -m plan_review.comment upsert --pull-request 7 REPORT.md
    python -m plan_review.comment label --pull-request 7 --stacks '["lovelace", "grace"]'

The comment is found by its hidden marker *and* its author: anyone can post a marker. It is
patched in place; an edit notifies nobody, so when the verdict got worse a new one is posted
and the old one minimised. Comment and label are for people: whoever may write to the repository
can edit them, so no apply relies on them (reviewed.py). Environment: as for github.py. Exit codes:
0 done, or not allowed to write (a fork), 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plan_review.errors import ReviewError
from plan_review.github import GitHub, ReadOnlyError
from plan_review.levels import Level, worst
from plan_review.report.markdown import safe_name

LABEL_PREFIX: Final = "plan:"
BOT: Final = "github-actions[bot]"
_LONGEST_COMMENT: Final = 65_536
_MARKER: Final = re.compile(
    r"<!-- plan-review:(?P<stack>[A-Za-z0-9._-]+) verdict=(?P<verdict>[a-z-]+) "
    r"plan=(?P<plan>[0-9a-f]{64})(?: commit=[A-Za-z0-9._-]+)? -->\r?(?:\n|\Z)"
)


@dataclass(frozen=True)
class Marker:
    """What the hidden line at the top of a comment says."""

    stack: str
    verdict: Level
    plan: str

    def is_worse_than(self, other: Marker) -> bool:
        """Whether this is another plan, and a worse one."""
        return self.plan != other.plan and self.verdict.rank < other.verdict.rank


def marker_of(body: str) -> Marker | None:
    """Read the marker at the top of a comment; None when there is none."""
    match = _MARKER.match(body)
    if match is None or match["verdict"] not in {level.value for level in Level}:
        return None
    return Marker(match["stack"], Level(match["verdict"]), match["plan"])


def upsert(github: GitHub, pull_request: int, body: str, author: str = BOT) -> str:
    """Bring the comment of a stack up to date; return what was done, in a word.

    `created` where there was none, `replaced` where the verdict got worse, else `updated`.

    Raises:
        ReviewError: the report has no marker, or is too long for GitHub.
    """
    new = marker_of(body)
    if new is None:
        raise ReviewError("the report has no plan-review marker in its first line")
    if len(body) > _LONGEST_COMMENT:
        raise ReviewError(f"the report has {len(body)} characters, GitHub takes {_LONGEST_COMMENT}")
    earlier = [
        (comment, marker)
        for comment, marker in _own_comments(github, pull_request, author)
        if marker.stack == new.stack
    ]
    if not earlier:
        github.post(pull_request, body)
        return "created"
    comment, old = earlier[-1]
    if new.is_worse_than(old):
        github.post(pull_request, body)
        github.minimise(str(comment.get("node_id")))
        return "replaced"
    github.patch(int(comment["id"]), body)
    return "updated"


def relabel(github: GitHub, pull_request: int, stacks: Collection[str], author: str = BOT) -> str:
    """Leave exactly one label of this review: the worst verdict of the stacks' latest comments.

    A comment of another stack, of a cluster that was renamed or removed, counts for nothing.
    """
    names = {safe_name(stack) for stack in stacks}
    latest = {
        marker.stack: marker
        for _, marker in _own_comments(github, pull_request, author)
        if marker.stack in names
    }
    label = LABEL_PREFIX + worst([marker.verdict for marker in latest.values()]).value
    present = [name for name in github.labels(pull_request) if name.startswith(LABEL_PREFIX)]
    for name in present:
        if name != label:
            github.remove_label(pull_request, name)
    if label not in present:
        github.add_label(pull_request, label)
    return label


def _own_comments(
    github: GitHub, pull_request: int, author: str
) -> Iterator[tuple[dict[str, Any], Marker]]:
    """The comments that carry a marker and are the author's own, oldest first."""
    for comment in github.comments(pull_request):
        user = comment.get("user")
        marker = marker_of(str(comment.get("body", "")))
        if isinstance(user, dict) and user.get("login") == author and marker is not None:
            yield comment, marker


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _say(_COMMANDS[options.command](GitHub.from_environment(), options))
    except ReadOnlyError as error:
        _say(f"no comment: {error}; the token may only read, see the job summary")
        return 0
    except ReviewError as error:
        print(f"plan_review.comment: {error}", file=sys.stderr)  # noqa: T201  # the command's own error
        return 1
    return 0


def _upsert(github: GitHub, options: argparse.Namespace) -> str:
    try:
        body = Path(options.report).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ReviewError(f"cannot read {options.report!r}: {error}") from None
    return f"comment {upsert(github, options.pull_request, body, options.author)}"


def _label(github: GitHub, options: argparse.Namespace) -> str:
    return f"label {relabel(github, options.pull_request, options.stacks, options.author)}"


_COMMANDS: Final = {"upsert": _upsert, "label": _label}


def _say(line: str) -> None:
    print(line)  # noqa: T201  # the command's own answer


def _names(text: str) -> list[str]:
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise argparse.ArgumentTypeError(f"expected a JSON list of names, got {text!r}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m plan_review.comment", allow_abbrev=False)
    parser.add_argument("--author", default=BOT, help=f"who posts the comments (default {BOT})")
    commands = parser.add_subparsers(dest="command", required=True)
    put = commands.add_parser("upsert", help="bring a pull request's comment up to date")
    put.add_argument("report", help="the Markdown report")
    put.add_argument("--pull-request", type=int, required=True, metavar="N")
    label = commands.add_parser("label", help="label a pull request with its worst verdict")
    label.add_argument("--pull-request", type=int, required=True, metavar="N")
    label.add_argument(
        "--stacks", type=_names, required=True, metavar="JSON", help="the stacks that count"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
