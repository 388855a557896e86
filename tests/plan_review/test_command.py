"""The command: its formats, exit codes and side effects; and what a plan's fingerprint ignores."""

from __future__ import annotations

import copy
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from plan_review import review
from plan_review.__main__ import main, wants_colour

from .build import CREATE, change, plan, same, update
from .conftest import plan_bytes


@pytest.fixture
def rename(tmp_path: Path) -> str:
    path = tmp_path / "plan.json"
    path.write_bytes(plan_bytes("07_cluster_rename"))
    return str(path)


def file(tmp_path: Path, document: dict[str, Any]) -> str:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(document), "utf-8")
    return str(path)


def test_a_review_is_fine_unless_a_level_is_named(rename: str) -> None:
    assert main([rename]) == 0


@pytest.mark.parametrize(("level", "code"), [("outage", 3), ("review", 3), ("routine", 3)])
def test_a_finding_at_or_above_the_level_is_exit_three_and_the_report_is_written(
    rename: str, level: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([rename, "--fail-on", level]) == code
    assert "Plan review" in capsys.readouterr().out


def test_a_milder_finding_than_the_level_is_fine(tmp_path: Path) -> None:
    milder = file(tmp_path, plan(change("aws_vpc.v", ["forget"], {})))
    assert main([milder, "--fail-on", "disruption"]) == 0
    assert main([milder, "--fail-on", "review"]) == 3


@pytest.mark.parametrize("marks", [{"errored": True}, {"complete": False}])
def test_an_unfinished_plan_is_never_fine(tmp_path: Path, marks: dict[str, bool]) -> None:
    assert main([file(tmp_path, plan(**marks))]) == 3


def test_a_plan_comes_from_standard_input_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = io.TextIOWrapper(io.BytesIO(plan_bytes("00b_clean")))
    monkeypatch.setattr(sys, "stdin", given)
    assert main(["--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "routine"


def test_each_format_is_told_apart(rename: str, capsys: pytest.CaptureFixture[str]) -> None:
    written = {}
    for form in ("md", "github", "json", "text"):
        assert main([rename, "--format", form]) == 0
        written[form] = capsys.readouterr().out
    assert written["md"] == written["github"]
    assert written["md"].startswith("<!-- plan-review:plan verdict=outage plan=")
    assert json.loads(written["json"])["verdict"] == "outage"
    assert written["text"].startswith("Plan review\n")
    assert "\x1b" not in written["text"]


def test_github_gets_the_long_form_and_the_step_s_outputs(
    rename: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    comment = tmp_path / "comment.md"
    arguments = ["--format", "github", "--budget", "6000", "--output", str(comment)]
    assert main([rename, *arguments, "--stack", "lovelace", "--commit", "abc"]) == 0
    assert len(comment.read_text("utf-8")) <= 6000
    assert len(summary.read_text("utf-8")) > 6000
    lines = outputs.read_text("utf-8").splitlines()
    assert lines[:2] == ["verdict=outage", "label=plan:outage"]
    assert f"{lines[2]} commit=abc -->" in comment.read_text("utf-8")


def test_acceptances_and_the_stack_are_read_from_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forget = file(tmp_path, plan(change("aws_vpc.v", ["forget"], {})))
    accept = tmp_path / "accept.toml"
    accept.write_text(
        '[[accept]]\nrule = "TF01"\nlevel = "review"\naddress = "aws_vpc.v"\n'
        'reason = "moved"\nexpires = 2027-01-01\n'
    )
    stack = tmp_path / "cdk.tf.json"
    stack.write_text('{"//": {"metadata": {"stackName": "babbage"}}}')
    arguments = ["--accept", str(accept), "--stack-json", str(stack), "--fail-on", "review"]
    assert main([forget, *arguments]) == 0
    assert "Plan review — babbage" in capsys.readouterr().out


def test_colour_is_for_terminals_whose_user_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())


PLAN = plan(update("aws_x.y", {"v": "1", "s": "a"}, v="2", s="b", after_sensitive={"s": True}))


def fingerprint(document: dict[str, Any]) -> str:
    return review(document).fingerprint


def test_a_fingerprint_ignores_when_the_plan_was_made_and_what_stays_as_it_is() -> None:
    later = {**copy.deepcopy(PLAN), "timestamp": "2027-01-01T00:00:00Z"}
    later["resource_changes"].append(same("aws_x.z", {"v": "1"}))
    later["resource_drift"] = []
    assert fingerprint(later) == fingerprint(PLAN)


def test_a_fingerprint_tells_other_plans_apart() -> None:
    other_value = copy.deepcopy(PLAN)
    other_value["resource_changes"][0]["change"]["after"]["v"] = "3"
    more = copy.deepcopy(PLAN)
    more["resource_changes"].append(change("aws_x.z", CREATE, None, {}))
    prints = {fingerprint(document) for document in (PLAN, other_value, more)}
    assert len(prints) == 3


def test_a_fingerprint_tells_nothing_of_a_sensitive_value() -> None:
    other = copy.deepcopy(PLAN)
    other["resource_changes"][0]["change"]["after"]["s"] = "c"
    assert fingerprint(other) == fingerprint(PLAN)


def test_a_record_holds_the_fingerprint_and_the_providers_and_nothing_else(
    rename: str, tmp_path: Path
) -> None:
    lock, record = tmp_path / ".terraform.lock.hcl", tmp_path / "reviewed.json"
    lock.write_text('provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.100.0"\n}\n')
    assert main([rename, "--record", str(record), "--lock-file", str(lock)]) == 0
    document = json.loads(record.read_text("utf-8"))
    assert document["plan"] == fingerprint(json.loads(plan_bytes("07_cluster_rename")))
    assert document.keys() == {"plan", "providers"}
    provider = document["providers"]["registry.terraform.io/hashicorp/aws"]
    assert provider["version"] == "5.100.0"
    assert main([rename, "--record", str(record), "--lock-file", "no-such-file"]) == 1
