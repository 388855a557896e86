"""The workflow that users copy: nothing from a pull request becomes text of a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan_review.__main__ import _parser as review_options
from plan_review.comment import _parser as comment_options

FILE = Path(__file__).parents[2] / ".github" / "workflows" / "plan.yml"
WORKFLOW = yaml.safe_load(FILE.read_text("utf-8"))
JOBS = WORKFLOW["jobs"]


def steps(job: str) -> Iterator[dict[str, Any]]:
    yield from JOBS[job]["steps"]


def scripts() -> Iterator[str]:
    for job in JOBS:
        for step in steps(job):
            if "run" in step:
                yield step["run"]


def test_no_expression_stands_inside_a_script() -> None:
    assert not [script for script in scripts() if "${{" in script]


def test_the_workflow_never_runs_with_a_fork_s_code_and_the_repository_s_token() -> None:
    triggers = WORKFLOW[True]  # YAML 1.1 reads the key `on` as true
    assert set(triggers) == {"pull_request", "push"}


def test_each_job_gets_only_the_permissions_it_needs() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: set(job["permissions"].items()) for name, job in JOBS.items()} == {
        "clusters": {("contents", "read")},
        "review": {("contents", "read"), ("id-token", "write"), ("pull-requests", "write")},
        "label": {("contents", "read"), ("pull-requests", "write")},
        "apply": {("contents", "read"), ("id-token", "write"), ("pull-requests", "read")},
    }


@pytest.mark.parametrize("job", JOBS)
def test_a_checkout_leaves_no_credentials_behind(job: str) -> None:
    for step in steps(job):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_no_plan_leaves_its_job() -> None:
    assert "upload-artifact" not in FILE.read_text("utf-8")
    assert not [script for script in scripts() if re.search(r"cat .*plan(\.json)?\"?$", script)]


def test_a_pull_request_from_a_fork_sees_no_credentials() -> None:
    condition = JOBS["review"]["env"]["HAS_CREDENTIALS"]
    assert "head.repo.full_name == github.repository" in condition
    for step in steps("review"):
        if "credentials" in step.get("uses", "") or step.get("name") in ("Plan", "Comment"):
            assert "env.HAS_CREDENTIALS == 'true'" in step["if"]


def test_nothing_is_applied_before_the_check_of_what_was_reviewed() -> None:
    names = [step.get("name") for step in steps("apply")]
    assert names.index("The plan must be the one that was reviewed") < names.index("Apply")
    assert JOBS["apply"]["environment"] == "production"


def test_the_commands_in_the_scripts_are_understood() -> None:
    found = 0
    for script in scripts():
        joined = script.replace("\\\n", " ")
        for command in re.findall(r"-m plan_review(\.comment)? (.*)", joined):
            words = [word.strip('"') for word in command[1].split() if word != '"$@"']
            values = {"$PULL_REQUEST": "7", "$FAIL_ON": "outage"}
            words = [values.get(word, word) for word in words]
            (comment_options() if command[0] else review_options()).parse_args(words)
            found += 1
    assert found == 5
