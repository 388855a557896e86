"""The one comment of a stack on a pull request, its label, and the check before an apply.

    python -m plan_review.comment upsert --pull-request 7 REPORT.md
    python -m plan_review.comment label --pull-request 7
    python -m plan_review.comment check --commit SHA --stack lovelace --plan FINGERPRINT

The comment is found by its hidden marker *and* its author: anyone can post a marker. It is
patched in place; an edit notifies nobody, so when the verdict got worse a new one is posted
and the old one minimised. Environment: GITHUB_TOKEN, GITHUB_REPOSITORY, and GITHUB_API_URL and
GITHUB_GRAPHQL_URL where they are not github.com's. Exit codes: 0 done, or not allowed to
write (a fork), 1 failed or another plan was reviewed, 2 wrong usage.

REST: https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plan_review.errors import ReviewError
from plan_review.levels import Level, worst
from plan_review.plan.paths import Json
from plan_review.report.markdown import safe_name

LABEL_PREFIX: Final = "plan:"
BOT: Final = "github-actions[bot]"
_LONGEST_COMMENT: Final = 65_536
_PER_PAGE: Final = 100
_MOST_PAGES: Final = 30
_SECONDS: Final = 30
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_MARKER: Final = re.compile(
    r"<!-- plan-review:(?P<stack>[A-Za-z0-9._-]+) verdict=(?P<verdict>[a-z-]+) "
    r"plan=(?P<plan>[0-9a-f]{64})(?: commit=\S+)? -->"
)
_MINIMISE: Final = (
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) "
    "{ minimizedComment { isMinimized } } }"
)


class ReadOnlyError(ReviewError):
    """The token may read but not write, as on a pull request from a fork."""


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


class GitHub:
    """The few calls of GitHub's API that are needed here."""

    def __init__(self, repository: str, token: str, api_url: str, graphql_url: str) -> None:
        """Take the repository as `owner/name`; ReviewError when it or a URL is not one."""
        if not re.fullmatch(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+", repository):
            raise ReviewError(f"GITHUB_REPOSITORY: expected owner/name, got {repository!r}")
        for url in (api_url, graphql_url):
            if not url.startswith(("https://", "http://127.0.0.1:")):
                raise ReviewError(f"GitHub's API is reached over https only, got {url!r}")
        self._repository = repository
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._graphql_url = graphql_url

    @classmethod
    def from_environment(cls) -> GitHub:
        """Read what GitHub Actions sets."""
        missing = [n for n in ("GITHUB_TOKEN", "GITHUB_REPOSITORY") if not os.environ.get(n)]
        if missing:
            raise ReviewError(f"{' and '.join(missing)} must be set in the environment")
        return cls(
            os.environ["GITHUB_REPOSITORY"],
            os.environ["GITHUB_TOKEN"],
            os.environ.get("GITHUB_API_URL", "https://api.github.com"),
            os.environ.get("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql"),
        )

    def comments(self, pull_request: int) -> Iterator[dict[str, Any]]:
        """Yield the comments of a pull request, oldest first."""
        yield from self._pages(f"issues/{pull_request}/comments")

    def labels(self, pull_request: int) -> list[str]:
        """Return the names of a pull request's labels."""
        return [str(label.get("name")) for label in self._pages(f"issues/{pull_request}/labels")]

    def pull_request_of(self, commit: str) -> int | None:
        """Return the merged pull request that a commit of the main branch came from."""
        for pull in self._pages(f"commits/{urllib.parse.quote(commit, safe='')}/pulls"):
            if pull.get("merged_at") and pull.get("merge_commit_sha") == commit:
                return int(pull["number"])
        return None

    def post(self, pull_request: int, body: str) -> None:
        """Post a new comment."""
        self._repo("POST", f"issues/{pull_request}/comments", {"body": body})

    def patch(self, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        self._repo("PATCH", f"issues/comments/{comment}", {"body": body})

    def minimise(self, node: str) -> None:
        """Fold a comment away as outdated."""
        payload = {"query": _MINIMISE, "variables": {"id": node}}
        answer = self._call("POST", self._graphql_url, payload)
        if isinstance(answer, dict) and answer.get("errors"):
            raise ReviewError("GitHub did not minimise the earlier comment")

    def add_label(self, pull_request: int, name: str) -> None:
        """Put a label on a pull request; GitHub makes it if need be."""
        self._repo("POST", f"issues/{pull_request}/labels", {"labels": [name]})

    def remove_label(self, pull_request: int, name: str) -> None:
        """Take a label off a pull request."""
        quoted = urllib.parse.quote(name, safe="")
        self._repo("DELETE", f"issues/{pull_request}/labels/{quoted}")

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            answer = self._repo("GET", f"{path}?per_page={_PER_PAGE}&page={page}")
            entries = answer if isinstance(answer, list) else []
            yield from (entry for entry in entries if isinstance(entry, dict))
            if len(entries) < _PER_PAGE:
                return

    def _repo(self, method: str, path: str, payload: Json = None) -> Json:
        return self._call(method, f"{self._api_url}/repos/{self._repository}/{path}", payload)

    def _call(self, method: str, url: str, payload: Json = None) -> Json:
        request = urllib.request.Request(  # noqa: S310  # the scheme is checked in __init__
            url,
            method=method,
            data=None if payload is None else json.dumps(payload).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
                "User-Agent": "plan-review",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        # Unredirected: the token must not follow a redirect to another host.
        request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310  # see above
                text = answer.read().decode()
            return json.loads(text) if text.strip() else None
        except urllib.error.HTTPError as error:
            denied = error.code in (_FORBIDDEN, _NOT_FOUND) and method != "GET"
            kind = ReadOnlyError if denied else ReviewError
            raise kind(f"GitHub answered {error.code} to {method} {_path(url)}") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise ReviewError(f"GitHub did not answer {method} {_path(url)}: {reason}") from None


def upsert(github: GitHub, pull_request: int, body: str, author: str = BOT) -> str:
    """Bring the comment of a stack up to date; return what was done, in a word.

    `created` where there was none, `replaced` where the verdict got worse, else `updated`.
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


def relabel(github: GitHub, pull_request: int, author: str = BOT) -> str:
    """Leave exactly one label of this review: the worst verdict of the stacks' latest comments."""
    latest = {marker.stack: marker for _, marker in _own_comments(github, pull_request, author)}
    label = LABEL_PREFIX + worst([marker.verdict for marker in latest.values()]).value
    present = [name for name in github.labels(pull_request) if name.startswith(LABEL_PREFIX)]
    for name in present:
        if name != label:
            github.remove_label(pull_request, name)
    if label not in present:
        github.add_label(pull_request, label)
    return label


def reviewed_plan(
    github: GitHub, pull_request: int, stack: str, author: str = BOT
) -> Marker | None:
    """Return what the latest comment of a stack says was reviewed."""
    found = None
    for _, marker in _own_comments(github, pull_request, author):
        if marker.stack == safe_name(stack):
            found = marker
    return found


def _own_comments(
    github: GitHub, pull_request: int, author: str
) -> Iterator[tuple[dict[str, Any], Marker]]:
    """Yield the comments that carry a marker and are the author's own, oldest first."""
    for comment in github.comments(pull_request):
        user = comment.get("user")
        marker = marker_of(str(comment.get("body", "")))
        if isinstance(user, dict) and user.get("login") == author and marker is not None:
            yield comment, marker


def _path(url: str) -> str:
    return urllib.parse.urlsplit(url).path


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
    return f"label {relabel(github, options.pull_request, options.author)}"


def _check(github: GitHub, options: argparse.Namespace) -> str:
    pull_request = github.pull_request_of(options.commit)
    if pull_request is None:
        raise ReviewError(f"commit {options.commit} came from no merged pull request")
    marker = reviewed_plan(github, pull_request, options.stack, options.author)
    if marker is None:
        raise ReviewError(f"pull request {pull_request} has no plan review of {options.stack}")
    if marker.plan != options.plan:
        raise ReviewError(
            f"the plan is not the one reviewed in pull request {pull_request}; "
            "what it does has changed since, review it anew"
        )
    return f"the plan is the one reviewed in pull request {pull_request}"


_COMMANDS: Final = {"upsert": _upsert, "label": _label, "check": _check}


def _say(line: str) -> None:
    print(line)  # noqa: T201  # the command's own answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m plan_review.comment", allow_abbrev=False)
    parser.add_argument("--author", default=BOT, help=f"who posts the comments (default {BOT})")
    commands = parser.add_subparsers(dest="command", required=True)
    put = commands.add_parser("upsert", help="bring a pull request's comment up to date")
    put.add_argument("report", help="the Markdown report")
    put.add_argument("--pull-request", type=int, required=True, metavar="N")
    label = commands.add_parser("label", help="label a pull request with its worst verdict")
    label.add_argument("--pull-request", type=int, required=True, metavar="N")
    check = commands.add_parser("check", help="tell whether a plan is the one that was reviewed")
    check.add_argument("--commit", required=True, metavar="SHA", help="the merged commit")
    check.add_argument("--stack", required=True, metavar="NAME")
    check.add_argument("--plan", required=True, metavar="FINGERPRINT")
    return parser


if __name__ == "__main__":
    sys.exit(main())
