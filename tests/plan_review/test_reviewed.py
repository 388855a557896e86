"""What is applied is what was reviewed: by an artifact that nobody can edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plan_review import ReviewError
from plan_review.record import Record, parse_record, providers_of, write_record
from plan_review.reviewed import main

from .fake_github import FakeGitHub

LOCK = """# This file is maintained automatically by "terraform init".
provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.100.0, < 7.0.0"
  hashes = [
    "h1:aaaa=",
    "zh:bbbb",
  ]
}

provider "registry.terraform.io/hashicorp/null" {
  version = "3.2.4"
  hashes = [
    "h1:cccc=",
  ]
}
"""


def record(plan: str = "a", lock: str = LOCK) -> str:
    return write_record(Record(plan * 64, providers_of(lock)))


def pull(number: int = 7, **rest: Any) -> dict[str, Any]:
    return {
        "number": number,
        "merged_at": f"2026-11-23T00:00:{number:02}Z",
        "merge_commit_sha": "abc",
        "base": {"ref": "main"},
        "head": {"sha": f"head{number}"},
        **rest,
    }


@pytest.fixture
def merged(environment: FakeGitHub) -> FakeGitHub:
    """Pull request 7 has just been merged; its review has left a record."""
    environment.pulls = {"abc": [pull()]}
    environment.add_review("head7", record("a"))
    return environment


def check(tmp_path: Path, content: str = "", *arguments: str) -> int:
    path = tmp_path / "reviewed.json"
    path.write_text(content or record("a"), "utf-8")
    given = ["--record", str(path), "--commit", "abc", "--branch", "main", *arguments]
    return main(["--stack", "lovelace", *given])


Said = pytest.CaptureFixture[str]


@pytest.mark.usefixtures("merged")
def test_the_plan_that_was_reviewed_may_be_applied(tmp_path: Path, capsys: Said) -> None:
    assert check(tmp_path) == 0
    assert capsys.readouterr().out == "the plan is the one reviewed in pull request 7\n"


@pytest.mark.usefixtures("merged")
def test_another_plan_is_refused_with_the_way_on(tmp_path: Path, capsys: Said) -> None:
    assert check(tmp_path, record("b")) == 1
    assert capsys.readouterr().err == (
        "plan_review.reviewed: the plan of lovelace is not the one reviewed in pull request 7; "
        "what it does has changed since; open a pull request that changes nothing (git commit "
        "--allow-empty), read its review of lovelace, and merge it\n"
    )


def test_a_comment_says_nothing_about_what_was_reviewed(merged: FakeGitHub, tmp_path: Path) -> None:
    merged.add(f"<!-- plan-review:lovelace verdict=routine plan={'b' * 64} -->\n\nedited\n")
    assert check(tmp_path, record("b")) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"merged_at": None},
        {"merge_commit_sha": "other"},
        {"base": {"ref": "feature"}},
        {"base": None},
    ],
)
def test_only_a_pull_request_merged_into_the_branch_counts(
    merged: FakeGitHub, tmp_path: Path, capsys: Said, changed: dict[str, Any]
) -> None:
    merged.pulls["abc"] = [pull(**changed)]
    assert check(tmp_path) == 1
    expected = "commit abc came from no pull request merged into main; open a pull request"
    assert expected in capsys.readouterr().err


# An artifact by whoever may write to the repository, but not by a review of this workflow.
FOREIGN: dict[str, dict[str, Any]] = {
    "another workflow's": {"path": ".github/workflows/check.yml"},
    "a push's": {"event": "push"},
    "another commit's": {"head_sha": "head8"},
    "a fork's": {"head_repository": {"id": 43}},
    "of no repository": {"head_repository": None},
}


@pytest.mark.parametrize("whose", FOREIGN)
def test_an_artifact_that_no_review_left_is_not_looked_at(
    environment: FakeGitHub, tmp_path: Path, capsys: Said, whose: str
) -> None:
    environment.pulls = {"abc": [pull()]}
    environment.add_review("head7", record("a"), **FOREIGN[whose])
    assert check(tmp_path) == 1
    assert "pull request 7 left no plan review of lovelace" in capsys.readouterr().err


def test_an_artifact_that_has_expired_is_none(
    merged: FakeGitHub, tmp_path: Path, capsys: Said
) -> None:
    merged.artifacts[0]["expired"] = True
    assert check(tmp_path) == 1
    assert "(it is kept for 90 days, " in capsys.readouterr().err


def test_the_newest_of_several_records_counts(merged: FakeGitHub, tmp_path: Path) -> None:
    merged.add_review("head7", record("b"))
    merged.artifacts.reverse()
    assert check(tmp_path, record("b")) == 0
    assert check(tmp_path, record("a")) == 1


@pytest.mark.usefixtures("merged")
def test_a_plan_made_with_other_providers_is_refused(tmp_path: Path, capsys: Said) -> None:
    newer = LOCK.replace("5.100.0", "6.69.1")
    assert check(tmp_path, record("a", newer)) == 1
    error = capsys.readouterr().err
    assert (
        "pull request 7 was planned with other providers: registry.terraform.io/hashicorp/aws "
        in error
    )
    assert "5.100.0 (" in error
    assert "6.69.1 (" in error
    assert "keep clusters/lovelace.lock.hcl in git" in error


@pytest.mark.parametrize(
    "lock", [LOCK.replace("zh:bbbb", "zh:other"), LOCK.partition("\n\n")[0], ""]
)
@pytest.mark.usefixtures("merged")
def test_other_checksums_or_a_provider_less_are_other_providers(tmp_path: Path, lock: str) -> None:
    assert check(tmp_path, record("a", lock)) == 1


def test_pull_requests_that_were_pushed_together_are_all_looked_at(
    environment: FakeGitHub, tmp_path: Path, capsys: Said
) -> None:
    environment.commits = ["one", "two", "abc"]
    environment.pulls = {
        "one": [pull(7, merge_commit_sha="one")],
        "two": [pull(8, merge_commit_sha="two"), pull(9, base={"ref": "feature"})],
        "abc": [pull(10)],
    }
    environment.add_review("head7", record("a"))
    environment.add_review("head8", record("b"))
    environment.add_review("head9", record("c"))
    for plan in "ab":
        assert check(tmp_path, record(plan), "--before", "start") == 0
    assert check(tmp_path, record("c"), "--before", "start") == 1
    assert (
        "the plan of lovelace is none of those reviewed in pull requests 10 and 8 and 7, which "
        "were merged together; open a pull request that changes nothing"
    ) in capsys.readouterr().err


def test_what_an_apply_that_was_dropped_should_have_done_is_still_known(
    environment: FakeGitHub, tmp_path: Path, capsys: Said
) -> None:
    environment.pulls = {"abc": [pull(8)], "": [pull(8), pull(7, merge_commit_sha="one")]}
    environment.add_review("head7", record("a"))
    environment.add_review("head8", record("b"))
    assert check(tmp_path) == 0
    assert capsys.readouterr().out == (
        "the plan is the one reviewed in pull request 7, which no apply has carried out yet\n"
    )


@pytest.mark.usefixtures("merged")
def test_the_first_push_of_a_branch_has_no_commit_before(tmp_path: Path) -> None:
    assert check(tmp_path, record("a"), "--before", "0" * 40) == 0


def test_the_token_stays_with_github(merged: FakeGitHub, tmp_path: Path) -> None:
    # The archive is answered with a redirect; the server there asserts that no token came along.
    assert check(tmp_path) == 0
    assert merged.tokens == {"Bearer t0ken"}


def test_the_workflow_that_counts_is_the_one_that_runs(
    merged: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKFLOW_REF", "o/r/.github/workflows/deploy.yml@refs/heads/main")
    assert check(tmp_path) == 1
    merged.runs[1]["path"] = ".github/workflows/deploy.yml"
    assert check(tmp_path) == 0


@pytest.mark.parametrize("archive", [b"", b"PK", b"x" * 200_000])
def test_an_archive_that_is_none_is_one_line(
    merged: FakeGitHub, tmp_path: Path, capsys: Said, archive: bytes
) -> None:
    merged.archives[1] = archive
    assert check(tmp_path) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"plan": "short", "providers": {}}', b'{"plan": 1}', b"[" * 100_000],
)
def test_a_record_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(ReviewError, match="x is not a record of a review"):
        parse_record(raw, "x")


def test_a_record_is_the_same_after_it_was_written_and_read() -> None:
    written = record("a")
    assert write_record(parse_record(written.encode(), "x")) == written
    assert set(parse_record(written.encode(), "x").providers) == {
        "registry.terraform.io/hashicorp/aws",
        "registry.terraform.io/hashicorp/null",
    }


@pytest.mark.usefixtures("environment")
def test_a_record_that_is_not_there_is_one_line(capsys: Said) -> None:
    given = ["--stack", "x", "--record", "no-such-file", "--commit", "abc", "--branch", "main"]
    assert main(given) == 1
    assert "cannot read 'no-such-file'" in capsys.readouterr().err
