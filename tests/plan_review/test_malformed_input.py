"""What is not a reviewable plan: one clear line on standard error, exit 1, no traceback."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plan_review import review
from plan_review.__main__ import main
from plan_review.plan import MAX_BYTES
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.terminal import text

from .build import CREATE, change, plan
from .conftest import plan_bytes

GOOD = plan(change("aws_vpc.v", CREATE, None, {"cidr_block": "10.0.0.0/16"}))


def run(
    *arguments: str, given: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "plan_review", *arguments],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def broken(path: tuple[str | int, ...], value: Any) -> bytes:
    """A good plan with one value replaced."""
    document = json.loads(json.dumps(GOOD))
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return json.dumps(document).encode()


def without(*path: str | int) -> bytes:
    document = json.loads(json.dumps(GOOD))
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return json.dumps(document).encode()


FIRST = ("resource_changes", 0)
STATE = {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}

MALFORMED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the plan is empty"),
    "blanks": (b" \n\t", "the plan is empty"),
    "words": (b"Terraform will perform the following actions:", "is not JSON"),
    "html": (b"<html><body>502</body></html>", "is not JSON"),
    "half of a plan": (json.dumps(GOOD).encode()[:-40], "is not JSON"),
    "an open string": (b'{"format_version": "1.', "is not JSON"),
    "a comma too many": (b'{"format_version": "1.2",}', "is not JSON"),
    "two documents": (b'{"@level":"info"}\n{"@level":"info"}\n', "more than one JSON value"),
    "a binary plan": (b"PK\x03\x04\x14\x00", "binary plan file"),
    "not UTF-8": (b'{"format_version": "\xff"}', "is not UTF-8"),
    "UTF-16 without its mark": (json.dumps(GOOD).encode("utf-16-le"), "is not JSON"),
    "half a character of UTF-16": (json.dumps(GOOD).encode("utf-16") + b"x", "is not UTF-8"),
    "UTF-32": (json.dumps(GOOD).encode("utf-32"), "is not JSON"),
    "a wrapper's line in front": (
        b"[command]/usr/bin/terraform-bin show -json plan\n" + json.dumps(GOOD).encode(),
        "has lines of setup-terraform's wrapper around it ([command], ::debug::); set "
        "terraform_wrapper: false on that action",
    ),
    "a wrapper's lines behind": (
        json.dumps(GOOD).encode() + b"\n\n::debug::Terraform exited with code 0.\n",
        "terraform_wrapper: false",
    ),
    "a wrapper's lines on both sides": (
        b"[command]terraform\n" + json.dumps(GOOD).encode() + b"\n::set-output name=exitcode::0\n",
        "terraform_wrapper: false",
    ),
    "not a number": (b'{"format_version": NaN}', "NaN is not a JSON number"),
    "an endless number": (b'{"format_version": ' + b"9" * 5000 + b"}", "is not JSON"),
    "null": (b"null", "is not a JSON object but null"),
    "a list": (b"[]", "is not a JSON object but a list"),
    "a string": (b'"plan"', "is not a JSON object but a string"),
    "an empty object": (b"{}", "has no format_version"),
    "no version": (without("format_version"), "has no format_version"),
    "a version that is a number": (broken(("format_version",), 1.2), "format_version: expected"),
    "a version that is a word": (broken(("format_version",), "one"), "format_version: expected"),
    "an old minor": (
        broken(("format_version",), "0.3"),
        "format_version 0.3 is not supported, only 0.1, 0.2 and 1.x",
    ),
    "a new major": (broken(("format_version",), "2.0"), "format_version 2.0 is not supported"),
    "a state": (json.dumps(STATE).encode(), "this is a state, not a plan"),
    "a version and nothing else": (b'{"format_version": "1.2"}', "this is not a plan"),
    "changes that are an object": (
        broken(("resource_changes",), {}),
        "resource_changes: expected a list, got an object",
    ),
    "a change that is a string": (
        broken(FIRST, "aws_vpc.v"),
        "resource_changes[0]: expected an object, got a string",
    ),
    "a change without a change": (
        without(*FIRST, "change"),
        "resource_changes[0].change is missing",
    ),
    "a change without an address": (
        without(*FIRST, "address"),
        "resource_changes[0].address is missing",
    ),
    "an address that is a list": (
        broken((*FIRST, "address"), ["a"]),
        "resource_changes[0].address: expected a string, got a list",
    ),
    "a change without a type": (without(*FIRST, "type"), "resource_changes[0].type is missing"),
    "no actions": (
        without(*FIRST, "change", "actions"),
        "resource_changes[0].change.actions is missing",
    ),
    "empty actions": (
        broken((*FIRST, "change", "actions"), []),
        "resource_changes[0].change.actions: expected a list of words",
    ),
    "actions that are numbers": (
        broken((*FIRST, "change", "actions"), [1]),
        "resource_changes[0].change.actions: expected a list of words",
    ),
    "a before that is a list": (
        broken((*FIRST, "change", "before"), []),
        "resource_changes[0].change.before: expected an object or null",
    ),
    "replace paths that are strings": (
        broken((*FIRST, "change", "replace_paths"), ["name"]),
        "resource_changes[0].change.replace_paths[0]: expected a list of keys",
    ),
    "an index that is a list": (
        broken((*FIRST, "index"), []),
        "resource_changes[0].index: expected a string or a number, got a list",
    ),
    "outputs that are a list": (
        broken(("output_changes",), []),
        "output_changes: expected an object, got a list",
    ),
    "an output that is null": (
        broken(("output_changes",), {"a": None}),
        'output_changes."a": expected an object',
    ),
    "checks that are strings": (
        broken(("checks",), ["azs"]),
        "checks[0]: expected an object, got a string",
    ),
    "a configuration that is a list": (
        broken(("configuration",), []),
        "configuration: expected an object, got a list",
    ),
    "errored that is a word": (
        broken(("errored",), "no"),
        "errored: expected true or false, got a string",
    ),
    "nested a hundred thousand deep": (
        b'{"format_version": "1.2", "planned_values": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "nested too deeply",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_input_is_refused_in_one_line(name: str) -> None:
    given, expected = MALFORMED[name]
    ran = run(given=given)
    assert ran.returncode == 1, ran
    assert ran.stdout == b""
    lines = ran.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("plan_review: ")
    assert expected in lines[0]


def test_there_are_at_least_thirty_malformed_inputs() -> None:
    assert len(MALFORMED) >= 30


def test_seventy_megabytes_are_refused_without_being_parsed(tmp_path: Path) -> None:
    large = tmp_path / "plan.json"
    large.write_bytes(b'{"format_version": "1.2", "x": "' + b"x" * 70_000_000 + b'"}')
    ran = run(str(large))
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert b"more than the 60 MB that are read" in ran.stderr
    assert MAX_BYTES == 60_000_000


@pytest.mark.parametrize("depth", [150, 400, 900, 5_000])
def test_values_nested_deeply_are_reviewed_or_refused_but_never_a_traceback(depth: int) -> None:
    value: Any = "x"
    for _ in range(min(depth, 900)):
        value = {"a": value}
    text = json.dumps(plan(change("aws_vpc.v", CREATE, None, {"deep": value}))).encode()
    if depth > 900:
        text = text.replace(b'"x"', b"[" * depth + b"]" * depth)
    ran = run("--format", "text", given=text)
    assert ran.returncode in (0, 1)
    assert b"Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) == ran.returncode


ODD = [None, True, 0, 1.5, "", "x", [], {}, [None], [{}], [[1]], {"a": 1}]


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
@pytest.mark.parametrize("name", ["07_cluster_rename", "09_sg_world", "12_tags_only"])
def test_values_of_types_that_no_provider_writes_break_no_review(name: str, odd: Any) -> None:
    for side in ("before", "after", "after_unknown", "before_sensitive", "after_sensitive"):
        for depth in (1, 2):
            document = json.loads(plan_bytes(name))
            for entry in document["resource_changes"]:
                spoil(entry["change"].get(side), odd, depth)
            result = review(document)
            assert markdown(result) + text(result) + as_json(result)


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
def test_values_of_such_types_break_no_rule_that_a_plan_of_the_benchmark_fires(odd: Any) -> None:
    plans = sorted((Path(__file__).parents[2] / "bench" / "plans").glob("*.json.gz"))
    raw = [json.loads(gzip.decompress(path.read_bytes())) for path in plans]
    every = json.dumps([entry for one in raw for entry in one["resource_changes"]])
    for side in ("before", "after"):
        for depth in (1, 2, 3):
            changes = json.loads(every)
            for entry in changes:
                spoil(entry["change"].get(side), odd, depth)
            assert review(plan(*changes)).findings


def spoil(value: Any, odd: Any, depth: int) -> None:
    """Replace every value at a depth."""
    for key in value if isinstance(value, dict) else range(len(value or [])):
        if depth == 1 or not isinstance(value[key], dict | list):
            value[key] = odd
        else:
            spoil(value[key], odd, depth - 1)


def test_what_breaks_a_rule_all_the_same_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise TypeError("not-a-real-secret")

    path = tmp_path / "plan.json"
    path.write_text(json.dumps(GOOD), "utf-8")
    monkeypatch.setattr("plan_review.__main__.review", breaks)
    assert main([str(path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("plan_review: the plan holds values of a type that is not expected (")
    assert "secret" not in error


def test_a_file_that_is_not_there_is_one_line() -> None:
    ran = run("no-such-plan.json")
    assert ran.returncode == 1
    assert (
        ran.stderr == b"plan_review: cannot read 'no-such-plan.json': no such file or directory\n"
    )


def test_a_directory_is_one_line(tmp_path: Path) -> None:
    ran = run(str(tmp_path))
    assert ran.returncode == 1
    assert b"is a directory" in ran.stderr


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    ran = run("--output", str(tmp_path / "no" / "report.md"), given=json.dumps(GOOD).encode())
    assert ran.returncode == 1
    assert ran.stderr.startswith(b"plan_review: cannot write ")


def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "plan_review"],
            input=json.dumps(GOOD).encode(),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr == b"plan_review: cannot write the report: no space left on device\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "plan_review", "--format", "text"],
            input=plan_bytes("07_cluster_rename"),
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "yaml"],
        ["--fail-on", "bad"],
        ["--budget", "12"],
        ["--budget", "many"],
        ["one", "two"],
        ["--unknown"],
    ],
)
def test_wrong_usage_is_exit_two(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.returncode == 2
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"{", "is not JSON"),
        (b"[]", "the stack's JSON is not an object"),
        (b'{"resource": []}', "resource: expected an object"),
    ],
)
def test_a_malformed_stack_is_one_line(tmp_path: Path, text: bytes, expected: str) -> None:
    stack = tmp_path / "cdk.tf.json"
    stack.write_bytes(text)
    ran = run("--stack-json", str(stack), given=json.dumps(GOOD).encode())
    assert ran.returncode == 1
    assert expected in ran.stderr.decode()
    assert len(ran.stderr.splitlines()) == 1


def test_a_byte_order_mark_and_unknown_names_are_taken() -> None:
    document = {**GOOD, "format_version": "1.99", "something_new": {"a": 1}}
    ran = run("--format", "json", given=b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["verdict"] == "routine"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_powershell_writes_is_read(encoding: str) -> None:
    ran = run("--format", "json", given=json.dumps(GOOD).encode(encoding))
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["counts"]["add"] == 1


def test_terraform_s_warning_in_front_of_its_json_is_passed_over() -> None:
    warning = (
        "\n\u2577\n\u2502 Warning: Unable to open CLI configuration file\n\u2502 \n"
        '\u2502 The CLI configuration file at "/nowhere" does not exist.\n\u2575\n\n'
    )
    ran = run("--format", "json", given=warning.encode() + json.dumps(GOOD).encode())
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["counts"]["add"] == 1


@pytest.mark.parametrize("version", ["0.1", "0.2"])
@pytest.mark.parametrize("name", ["07_cluster_rename", "09_sg_world"])
def test_the_first_formats_are_read(name: str, version: str) -> None:
    document = json.loads(plan_bytes(name))
    whole = review(document)
    document["format_version"] = version
    # What Terraform 0.12 to 1.0 did not write yet.
    newer = "resource_drift relevant_attributes checks timestamp complete errored"
    for key in newer.split():
        document.pop(key, None)
    for entry in document["resource_changes"]:
        entry.pop("action_reason", None)
        for key in ("replace_paths", "before_sensitive", "after_sensitive"):
            entry["change"].pop(key, None)
    old = review(document, today=whole.facts.today)
    assert old.verdict is whole.verdict
    assert old.is_whole


def test_a_format_without_marks_hides_what_is_marked_today() -> None:
    document = plan(
        change("aws_ssm_parameter.p", CREATE, None, {"type": "String", "value": "hunter2-plain"}),
        change("random_password.r", ["update"], {"result": "hunter2-a"}, {"result": "hunter2-b"}),
        format_version="0.1",
    )
    result = review(document)
    for report in (markdown(result), text(result), as_json(result)):
        assert "hunter2" not in report
