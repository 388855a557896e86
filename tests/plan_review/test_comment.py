"""The comment on a pull request, against a GitHub that runs in the test."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from plan_review import ReviewError
from plan_review.comment import BOT, GitHub, main, marker_of, relabel, reviewed_plan, upsert

PULL = 7


def body(verdict: str, plan: str = "a", stack: str = "lovelace") -> str:
    return f"<!-- plan-review:{stack} verdict={verdict} plan={plan * 64} -->\n\nthe report\n"


@dataclass
class FakeGitHub:
    """As much of GitHub as is called, with what it was asked."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
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

    def answer(self, method: str, path: str, page: int, sent: Any) -> tuple[int, Any]:
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
            case "GET", ["commits", _, "pulls"]:
                answer = self.pulls
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

    class Handler(BaseHTTPRequestHandler):
        def serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            sent = json.loads(self.rfile.read(length)) if length else None
            url = urlsplit(self.path)
            fake.tokens.add(self.headers["Authorization"])
            page = int(parse_qs(url.query).get("page", ["1"])[0])
            status, answer = fake.answer(self.command, url.path, page, sent)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = serve  # noqa: N815  # http.server's names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()


def test_the_first_review_posts_a_comment(github: FakeGitHub) -> None:
    assert upsert(github.client, PULL, body("review")) == "created"
    assert [comment["body"] for comment in github.comments] == [body("review")]
    assert github.tokens == {"Bearer t0ken"}


@pytest.mark.parametrize("verdict", ["review", "routine"])
def test_a_review_that_is_not_worse_patches_the_comment(github: FakeGitHub, verdict: str) -> None:
    github.add(body("review"))
    assert upsert(github.client, PULL, body(verdict, "b")) == "updated"
    assert [comment["body"] for comment in github.comments] == [body(verdict, "b")]


def test_a_worse_verdict_posts_anew_and_minimises_the_old_one(github: FakeGitHub) -> None:
    github.add(body("review"))
    assert upsert(github.client, PULL, body("outage", "b")) == "replaced"
    assert [comment["body"] for comment in github.comments] == [body("review"), body("outage", "b")]
    assert github.minimised == ["N1"]


def test_the_same_plan_read_more_strictly_is_patched(github: FakeGitHub) -> None:
    github.add(body("review", "a"))
    assert upsert(github.client, PULL, body("outage", "a")) == "updated"


def test_only_the_bot_s_own_comment_on_this_stack_is_touched(github: FakeGitHub) -> None:
    github.add(body("routine"), author="mallory")
    github.add(body("routine", stack="babbage"))
    github.add("> " + body("routine"))
    assert upsert(github.client, PULL, body("review")) == "created"
    assert github.writes == 1


def test_the_latest_of_several_comments_is_the_one(github: FakeGitHub) -> None:
    for number in range(150):
        github.add(f"chat {number}")
    github.add(body("review"))
    assert upsert(github.client, PULL, body("review", "b")) == "updated"
    assert github.comments[150]["body"] == body("review", "b")


def test_exactly_one_label_is_left_the_worst_of_all_stacks(github: FakeGitHub) -> None:
    github.labels = ["bug", "plan:review", "plan:data-loss"]
    github.add(body("outage", "a"))
    github.add(body("disruption", "b"))
    github.add(body("security", stack="babbage"))
    github.add(body("outage"), author="mallory")
    assert relabel(github.client, PULL) == "plan:security"
    assert sorted(github.labels) == ["bug", "plan:security"]
    writes = github.writes
    relabel(github.client, PULL)
    assert github.writes == writes


@pytest.mark.parametrize("text", ["a report", "\n" + body("review"), body("terrible")])
def test_a_report_without_its_marker_is_not_posted(github: FakeGitHub, text: str) -> None:
    with pytest.raises(ReviewError, match="no plan-review marker"):
        upsert(github.client, PULL, text)
    assert github.writes == 0


def test_a_report_that_github_would_refuse_is_not_sent(github: FakeGitHub) -> None:
    with pytest.raises(ReviewError, match="GitHub takes 65536"):
        upsert(github.client, PULL, body("review") + "x" * 70_000)


def test_a_marker_says_what_was_reviewed() -> None:
    marker = marker_of(body("will-fail", "c"))
    assert marker is not None
    assert (marker.stack, marker.verdict.value, marker.plan) == ("lovelace", "will-fail", "c" * 64)
    assert marker_of("<!-- plan-review:x verdict=review plan=short -->") is None


@pytest.fixture
def environment(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_GRAPHQL_URL", f"{github.url}/graphql")
    return github


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.md"
    path.write_text(body("outage"), "utf-8")
    return str(path)


def test_the_command_posts_and_labels(environment: FakeGitHub, report: str) -> None:
    assert main(["upsert", "--pull-request", "7", report]) == 0
    assert main(["label", "--pull-request", "7"]) == 0
    assert (len(environment.comments), environment.labels) == (1, ["plan:outage"])


def test_a_token_that_may_only_read_is_no_failure(
    environment: FakeGitHub, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.read_only = True
    assert main(["upsert", "--pull-request", "7", report]) == 0
    assert "the token may only read, see the job summary" in capsys.readouterr().out


def test_a_github_that_is_down_is_one_line(
    environment: FakeGitHub, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.broken = True
    assert main(["upsert", "--pull-request", "7", report]) == 1
    error = capsys.readouterr().err
    assert error == (
        "plan_review.comment: GitHub answered 502 to GET /repos/o/r/issues/7/comments\n"
    )
    assert "t0ken" not in error


MERGED = {"number": PULL, "merged_at": "2026-11-23T00:00:00Z", "merge_commit_sha": "abc"}


def check(plan: str) -> int:
    return main(["check", "--commit", "abc", "--stack", "lovelace", "--plan", plan * 64])


def test_the_plan_that_was_reviewed_may_be_applied(environment: FakeGitHub) -> None:
    environment.pulls = [{**MERGED, "merged_at": None, "number": 1}, MERGED]
    environment.add(body("review", "a"))
    environment.add(body("review", "b"), author="mallory")
    assert check("a") == 0
    marker = reviewed_plan(environment.client, PULL, "lovelace")
    assert marker is not None
    assert marker.plan == "a" * 64


@pytest.mark.parametrize(
    ("plan", "pulls", "expected"),
    [
        ("b", [MERGED], "is not the one reviewed in pull request 7"),
        ("a", [], "came from no merged pull request"),
        ("a", [{**MERGED, "merge_commit_sha": "other"}], "came from no merged pull request"),
    ],
)
def test_another_plan_than_the_reviewed_one_is_refused(
    environment: FakeGitHub,
    capsys: pytest.CaptureFixture[str],
    plan: str,
    pulls: list[dict[str, Any]],
    expected: str,
) -> None:
    environment.pulls = pulls
    environment.add(body("review", "a"))
    assert check(plan) == 1
    assert expected in capsys.readouterr().err


def test_a_pull_request_without_a_review_is_refused(environment: FakeGitHub) -> None:
    environment.pulls = [MERGED]
    environment.add(body("review", "a"), author="mallory")
    assert check("a") == 1


def test_the_environment_must_say_who_and_where(
    monkeypatch: pytest.MonkeyPatch, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    assert main(["upsert", "--pull-request", "7", report]) == 1
    assert "GITHUB_TOKEN must be set in the environment" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://example.com", "file:///etc/passwd", "ftp://x"])
def test_the_token_goes_over_https_only(url: str) -> None:
    with pytest.raises(ReviewError, match="over https only"):
        GitHub("o/r", "t", url, "https://api.github.com/graphql")
