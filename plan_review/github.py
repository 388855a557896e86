"""The few calls of GitHub's API that a review needs, with the standard library.

Environment: GITHUB_TOKEN, GITHUB_REPOSITORY, and GITHUB_API_URL and GITHUB_GRAPHQL_URL where they
are not github.com's. REST: https://docs.github.com/en/rest
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any, Final

from plan_review.errors import ReviewError

Json = Any

_PER_PAGE: Final = 100
_MOST_PAGES: Final = 30
_SECONDS: Final = 30
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_LARGEST_ANSWER: Final = 20_000_000
_LARGEST_ARTIFACT: Final = 100_000
_MINIMISE: Final = (
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) "
    "{ minimizedComment { isMinimized } } }"
)


class ReadOnlyError(ReviewError):
    """The token may read but not write, as on a pull request from a fork."""


class NotThereError(ReviewError):
    """GitHub does not know what was asked for, or the token may not see it."""


class GitHub:
    """The few calls of GitHub's API that are needed here."""

    def __init__(self, repository: str, token: str, api_url: str, graphql_url: str) -> None:
        """Take the repository as `owner/name`.

        Raises:
            ReviewError: it is none, or a URL is none.
        """
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
        """Read what GitHub Actions sets.

        Raises:
            ReviewError: a variable is missing.
        """
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
        """The comments of a pull request, oldest first."""
        yield from self._pages(f"issues/{pull_request}/comments")

    def labels(self, pull_request: int) -> list[str]:
        """The names of a pull request's labels."""
        return [str(label.get("name")) for label in self._pages(f"issues/{pull_request}/labels")]

    def pull_requests_of(self, commit: str) -> Iterator[dict[str, Any]]:
        """The pull requests that a commit is part of, or that made it."""
        yield from self._pages(f"commits/{_quoted(commit)}/pulls")

    def merged_into(self, branch: str) -> Iterator[dict[str, Any]]:
        """The pull requests merged into a branch, those last touched first; one page."""
        query = f"pulls?state=closed&sort=updated&direction=desc&base={_quoted(branch)}"
        for pull in self._page(query, 1):
            if pull.get("merged_at"):
                yield pull

    def commits_between(self, before: str, after: str) -> list[str]:
        """The commits of a push, the newest last; `after` alone where GitHub knows none."""
        try:
            path = f"compare/{_quoted(before)}...{_quoted(after)}"
            found = [str(entry.get("sha")) for entry in self._pages(path, "commits")]
        except NotThereError:
            found = []
        return [*(sha for sha in found if sha != after), after]

    def artifacts(self, name: str) -> Iterator[dict[str, Any]]:
        """The artifacts of a name that any run uploaded, the newest first."""
        yield from self._pages(f"actions/artifacts?name={_quoted(name)}", "artifacts")

    def run(self, number: int) -> dict[str, Any]:
        """What is known of one run of a workflow."""
        answer = self._repo("GET", f"actions/runs/{number}")
        return answer if isinstance(answer, dict) else {}

    def download(self, artifact: int) -> bytes:
        """An artifact's archive.

        Raises:
            ReviewError: it is larger than a record can be.
        """
        url = f"{self._api_url}/repos/{self._repository}/actions/artifacts/{artifact}/zip"
        content = self._bytes("GET", url)
        if len(content) > _LARGEST_ARTIFACT:
            raise ReviewError(f"the artifact {artifact} is too large to be a record of a review")
        return content

    def post(self, pull_request: int, body: str) -> None:
        """Post a new comment."""
        self._repo("POST", f"issues/{pull_request}/comments", {"body": body})

    def patch(self, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        self._repo("PATCH", f"issues/comments/{comment}", {"body": body})

    def minimise(self, node: str) -> None:
        """Fold a comment away as outdated.

        Raises:
            ReviewError: GitHub did not.
        """
        payload = {"query": _MINIMISE, "variables": {"id": node}}
        answer = self._call("POST", self._graphql_url, payload)
        if isinstance(answer, dict) and answer.get("errors"):
            raise ReviewError("GitHub did not minimise the earlier comment")

    def add_label(self, pull_request: int, name: str) -> None:
        """Put a label on a pull request; GitHub makes it if need be."""
        self._repo("POST", f"issues/{pull_request}/labels", {"labels": [name]})

    def remove_label(self, pull_request: int, name: str) -> None:
        """Take a label off a pull request."""
        self._repo("DELETE", f"issues/{pull_request}/labels/{_quoted(name)}")

    def _pages(self, path: str, key: str = "") -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            entries = self._page(path, page, key)
            yield from entries
            if len(entries) < _PER_PAGE:
                return

    def _page(self, path: str, page: int, key: str = "") -> list[dict[str, Any]]:
        """One page of a list, which stands under `key` where the answer is an object."""
        mark = "&" if "?" in path else "?"
        answer = self._repo("GET", f"{path}{mark}per_page={_PER_PAGE}&page={page}")
        if key and isinstance(answer, dict):
            answer = answer.get(key)
        entries = answer if isinstance(answer, list) else []
        return [entry for entry in entries if isinstance(entry, dict)]

    def _repo(self, method: str, path: str, payload: Json = None) -> Json:
        return self._call(method, f"{self._api_url}/repos/{self._repository}/{path}", payload)

    def _call(self, method: str, url: str, payload: Json = None) -> Json:
        text = self._bytes(method, url, payload)
        try:
            return json.loads(text) if text.strip() else None
        except ValueError:
            raise ReviewError(f"GitHub did not answer {method} {_path(url)} with JSON") from None

    def _bytes(self, method: str, url: str, payload: Json = None) -> bytes:
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
                content: bytes = answer.read(_LARGEST_ANSWER)
                return content
        except urllib.error.HTTPError as error:
            raise _refused(error.code, method, url) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise ReviewError(f"GitHub did not answer {method} {_path(url)}: {reason}") from None


def _refused(code: int, method: str, url: str) -> ReviewError:
    kind: type[ReviewError] = ReviewError
    if code in (_FORBIDDEN, _NOT_FOUND) and method != "GET":
        kind = ReadOnlyError
    elif code == _NOT_FOUND:
        kind = NotThereError
    return kind(f"GitHub answered {code} to {method} {_path(url)}")


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _path(url: str) -> str:
    return urllib.parse.urlsplit(url).path
