"""Of what Terraform prints, its errors alone are shown, and no secret of the plan in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plan_review.diagnostics import main

from .build import plan, update
from .conftest import DUMMY_SECRET

SECRET = f"hunter2-{DUMMY_SECRET}"


def error(summary: str, detail: str = "", **rest: Any) -> dict[str, Any]:
    return {
        "type": "diagnostic",
        "diagnostic": {
            "severity": "error",
            "summary": summary,
            "detail": detail,
            "snippet": {"values": [{"traversal": "var.p", "statement": f'is "{SECRET}"'}]},
            **rest,
        },
    }


LOG = [
    {"type": "version", "terraform": "1.11.4"},
    {"type": "planned_change", "change": {"resource": {"addr": "aws_x.y"}}, "@message": SECRET},
    {"type": "outputs", "outputs": {"o": {"value": SECRET}}},
    error("Instance cannot be destroyed", "prevent_destroy is set.\n\nLift it.", address="aws_x.y"),
    error("Warned", severity="warning"),
    error("creating X", f"InvalidParameter: the value {SECRET} is too long, and password=abc too"),
]


def run(tmp_path: Path, lines: list[Any], *arguments: str) -> int:
    log = tmp_path / "plan.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    log.write_text("\n".join(texts), "utf-8")
    return main([str(log), *arguments])


def test_errors_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = tmp_path / "plan.json"
    document = plan(update("aws_x.y", {"v": SECRET}, v="b", before_sensitive={"v": True}))
    shown.write_text(json.dumps(document), "utf-8")
    assert run(tmp_path, LOG, "--plan", str(shown)) == 0
    output = capsys.readouterr().out
    assert output == (
        "Error: aws_x.y: Instance cannot be destroyed\n"
        "  prevent_destroy is set.\n"
        "\n"
        "  Lift it.\n"
        "Error: creating X\n"
        "  (hidden)\n"
    )


@pytest.mark.parametrize("name", ["no-such-file", ""])
def test_without_a_plan_the_errors_are_shown_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(tmp_path, LOG[3:4], "--plan", name) == 0
    assert capsys.readouterr().out.startswith("Error: aws_x.y: Instance cannot be destroyed\n")


def test_what_is_said_before_the_first_line_of_json_is_shown_if_it_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(tmp_path, ["Initializing", "Error: token=abc", "Error: no such flag", "[" * 99_999])
        == 0
    )
    assert capsys.readouterr().out == "(hidden)\nError: no such flag\n"


@pytest.mark.parametrize("lines", [[], ["{}", "[]", "1", '{"diagnostic": 1}']])
def test_a_log_without_an_error_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str]
) -> None:
    assert run(tmp_path, lines) == 0
    assert capsys.readouterr().out == "No reason was given.\n"


def test_a_log_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-log"]) == 1
    expected = "plan_review.diagnostics: cannot read 'no-such-log': no such file or directory\n"
    assert capsys.readouterr().err == expected
