"""A GitHub that runs in the test: as much of it as is called."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from plan_review.comment import BOT
from plan_review.github import GitHub
from tests.servers import Handler, Loopback

HOME = {"id": 42, "full_name": "o/r"}


@dataclass
class FakeGitHub:
    """As much of GitHub as is called, with what it was asked."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The pull requests of each commit; under "" those merged before."""
    commits: list[str] = field(default_factory=list)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    archives: dict[int, bytes] = field(default_factory=dict)
    minimised: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    writes: int = 0
    read_only: bool = False
    broken: bool = False
    url: str = ""

    def add(self, text: str, author: str = BOT) -> None:
        number = len(self.comments) + 1
        comment = {"id": number, "node_id": f"N{number}", "body": text, "user": {"login": author}}
        self.comments.append(comment)

    def add_review(self, commit: str, record: str, name: str = "lovelace", **run: Any) -> int:
        """What a review of a commit leaves: a run of the workflow, and its artifact."""
        number = len(self.runs) + 1
        self.runs[number] = {
            "id": number,
            "path": ".github/workflows/plan.yml@refs/pull/7/merge",
            "event": "pull_request",
            "head_sha": commit,
            "repository": HOME,
            "head_repository": HOME,
            **run,
        }
        self.artifacts.append(
            {
                "id": number,
                "name": f"plan-review-{name}",
                "expired": False,
                "created_at": f"2026-11-23T00:00:0{number}Z",
                "workflow_run": {"id": number, "head_sha": commit},
            }
        )
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("reviewed.json", record)
        self.archives[number] = archive.getvalue()
        return number

    def answer(  # noqa: PLR0912  # a case a route
        self, method: str, path: str, page: int, sent: Any
    ) -> tuple[int, Any]:
        if self.broken:
            return 502, {"message": "bad gateway"}
        if method != "GET" and self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        self.writes += method != "GET"
        answer: Any = {}
        match method, path.removeprefix("/repos/o/r/").split("/"):
            case "GET", ["issues", _, "comments"]:
                answer = self.comments[(page - 1) * 100 : page * 100]
            case "GET", ["issues", _, "labels"]:
                answer = [{"name": name} for name in self.labels]
            case "GET", ["commits", commit, "pulls"]:
                answer = self.pulls.get(commit, [])
            case "GET", ["pulls"]:
                answer = self.pulls.get("", [])
            case "GET", ["compare", span]:
                if span.startswith("0000"):
                    return 404, {"message": "Not Found"}
                answer = {"commits": [{"sha": sha} for sha in self.commits]}
            case "GET", ["actions", "artifacts"]:
                answer = {"artifacts": self.artifacts if page == 1 else []}
            case "GET", ["actions", "runs", number]:
                answer = self.runs[int(number)]
            case "GET", ["actions", "artifacts", number, "zip"]:
                return 302, f"/storage?{number}"
            case "POST", ["issues", _, "comments"]:
                self.add(sent["body"])
            case "PATCH", ["issues", "comments", number]:
                self.comments[int(number) - 1]["body"] = sent["body"]
            case "POST", ["issues", _, "labels"]:
                self.labels += sent["labels"]
            case "DELETE", ["issues", _, "labels", name]:
                self.labels.remove(unquote(name))
            case "POST", ["", "graphql"]:
                self.minimised.append(sent["variables"]["id"])
            case _:
                return 404, {}
        return 200, answer

    @property
    def client(self) -> GitHub:
        return GitHub("o/r", "t0ken", self.url, f"{self.url}/graphql")


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    fake = FakeGitHub()

    class Api(Handler):
        def answer(self) -> None:
            body = self.body()
            sent = json.loads(body) if body else None
            url = urlsplit(self.path)
            page = int(parse_qs(url.query).get("page", ["1"])[0])
            if url.path == "/storage":
                assert "Authorization" not in self.headers, "the token followed a redirect"
                status, answer = 200, fake.archives[int(url.query)]
            else:
                fake.tokens.add(self.headers["Authorization"])
                status, answer = fake.answer(self.command, url.path, page, sent)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            way = {"Location": fake.url + answer} if status == 302 else {}
            self.reply(status, content, **way)

    with Loopback(Api) as server:
        fake.url = server.url
        yield fake


@pytest.fixture
def environment(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_GRAPHQL_URL", f"{github.url}/graphql")
    return github
