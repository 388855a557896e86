"""The comment on a pull request, against a GitHub that runs in the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_review import ReviewError
from plan_review.comment import main, marker_of, relabel, upsert
from plan_review.github import GitHub

from .fake_github import FakeGitHub

PULL = 7


def body(verdict: str, plan: str = "a", stack: str = "lovelace") -> str:
    return f"<!-- plan-review:{stack} verdict={verdict} plan={plan * 64} -->\n\nthe report\n"


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
    stacks = ["lovelace", "babbage"]
    assert relabel(github.client, PULL, stacks) == "plan:security"
    assert sorted(github.labels) == ["bug", "plan:security"]
    writes = github.writes
    relabel(github.client, PULL, stacks)
    assert github.writes == writes


def test_the_comment_of_a_cluster_that_is_gone_counts_for_nothing(github: FakeGitHub) -> None:
    github.add(body("outage", stack="removed"))
    github.add(body("review"))
    assert relabel(github.client, PULL, ["lovelace"]) == "plan:review"
    assert relabel(github.client, PULL, []) == "plan:routine"


def test_a_comment_that_only_starts_with_a_marker_counts_for_nothing(github: FakeGitHub) -> None:
    marker = body("outage").splitlines()[0]
    for text in (f"{marker} and more", f"{marker}`", marker.replace(" -->", " x=1 -->")):
        assert marker_of(text) is None
        github.add(text)
    assert relabel(github.client, PULL, ["lovelace"]) == "plan:routine"
    assert upsert(github.client, PULL, body("review")) == "created"


@pytest.mark.parametrize("names", ["lovelace", "{}", "[1]", ""])
def test_the_stacks_are_a_json_list_of_names(names: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["label", "--pull-request", "7", "--stacks", names])
    assert caught.value.code == 2


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
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.md"
    path.write_text(body("outage"), "utf-8")
    return str(path)


def test_the_command_posts_and_labels(environment: FakeGitHub, report: str) -> None:
    assert main(["upsert", "--pull-request", "7", report]) == 0
    assert main(["label", "--pull-request", "7", "--stacks", '["lovelace"]']) == 0
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
