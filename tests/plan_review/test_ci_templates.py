"""The action, the GitLab template and the Atlantis workflow: their commands are run here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .build import CREATE, DELETE, change, plan

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "ci" / "plan-review.gitlab-ci.yml").read_text("utf-8"))
ATLANTIS = yaml.safe_load((ROOT / "ci" / "atlantis.yaml").read_text("utf-8"))

WORSE = plan(change("aws_vpc.v", DELETE, {"id": "vpc-1"}))
FINE = plan(change("aws_vpc.v", CREATE, None, {"cidr_block": "10.0.0.0/16"}))
ACCEPTED = """
[[accept]]
rule = "NET02"
level = "outage"
address = "aws_vpc.v"
reason = "the network ends"
expires = 2026-12-31
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit on main, `plan-review` and `python` on PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, module in (("plan-review", " -m plan_review"), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{module} "$@"\n')
        program.chmod(0o755)
    place = tmp_path / "repository"
    place.mkdir()
    git(place, "init", "--quiet", "--initial-branch=main")
    git(place, "commit", "--quiet", "--allow-empty", "--message=Begin")
    git(place, "update-ref", "refs/remotes/origin/main", "HEAD")
    return place


def git(place: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    ran = subprocess.run(
        ["git", *who, *arguments], cwd=place, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def run(script: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    programs = f"{place.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment, "PATH": programs},
    )


def written(place: Path, document: dict[str, Any]) -> str:
    file = place.parent / "plan.json"
    file.write_text(json.dumps(document))
    return str(file)


def action(place: Path, document: dict[str, Any], **inputs: str) -> Any:
    """Run the action's own step as GitHub does, each input in its variable."""
    step = ACTION["runs"]["steps"][-1]
    values = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()}
    values |= {"plan": written(place, document), **inputs}
    variables = {}
    for name, text in step["env"].items():
        match = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text)
        variables[name] = values[match[1]] if match else ""
    files = {name: str(place.parent / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    variables |= {**files, "RUNNER_TEMP": str(place.parent), "PYTHONPATH": str(ROOT)}
    return run(step["run"], place, **variables)


def test_the_action_fails_on_what_it_finds_and_leaves_its_outputs(repository: Path) -> None:
    ran = action(repository, WORSE)
    assert ran.returncode == 3, ran.stderr
    assert "verdict=outage" in (repository.parent / "GITHUB_OUTPUT").read_text()
    assert "The VPC is destroyed" in (repository.parent / "GITHUB_STEP_SUMMARY").read_text()
    assert (repository.parent / "plan-review.md").read_text().startswith("<!-- plan-review:plan ")
    assert action(repository, FINE).returncode == 0


def test_the_action_takes_acceptances_and_never_fails_where_it_is_told_so(repository: Path) -> None:
    accepted = repository.parent / "a.toml"
    accepted.write_text(ACCEPTED)
    assert action(repository, WORSE, accept=str(accepted)).returncode == 0
    assert action(repository, WORSE, **{"fail-on": ""}).returncode == 0


def test_a_plan_that_cannot_be_read_fails_the_action_in_one_line(repository: Path) -> None:
    ran = action(repository, {"format_version": "9.0"}, comment="true")
    assert ran.returncode == 1
    assert ran.stderr.startswith("plan_review: format_version 9.0 is not supported")


def test_the_action_is_pinned_and_its_inputs_are_the_documented_ones() -> None:
    uses = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert all(re.search(r"@[0-9a-f]{40}$", one) for one in uses)
    page = (ROOT / "docs" / "how-to" / "review-in-github.md").read_text("utf-8")
    assert [name for name in ACTION["inputs"] if f"`{name}`" not in page] == []


def gitlab(place: Path, document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    job = GITLAB[".plan-review"]
    variables = {**job["variables"], "PLAN_JSON": written(place, document)}
    variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = git(place, "rev-parse", "origin/main")
    return run("\n".join(job["script"]), place, **variables)


def test_the_gitlab_job_prints_the_report_and_fails(repository: Path) -> None:
    ran = gitlab(repository, WORSE)
    assert ran.returncode == 3, ran.stderr
    assert "outage [NET02] The VPC is destroyed" in ran.stdout
    assert (repository / "plan-review.txt").read_text() == ran.stdout
    assert gitlab(repository, FINE).returncode == 0


def atlantis(place: Path, document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    steps = ATLANTIS["workflows"]["plan-review"]["plan"]["steps"]
    assert steps[:3] == ["init", "plan", "show"]
    variables = {"SHOWFILE": written(place, document), "BASE_BRANCH_NAME": "main"}
    return run(steps[3]["run"], place, **variables)


def test_the_atlantis_step_prints_the_report_and_fails(repository: Path) -> None:
    ran = atlantis(repository, WORSE)
    assert ran.returncode == 3, ran.stderr
    assert "outage [NET02] The VPC is destroyed" in ran.stdout
    assert atlantis(repository, FINE).returncode == 0


@pytest.mark.parametrize("system", [gitlab, atlantis])
def test_only_acceptances_of_the_base_branch_count(repository: Path, system: Any) -> None:
    (repository / "plan.accept.toml").write_text(ACCEPTED)
    git(repository, "add", "plan.accept.toml")
    git(repository, "commit", "--quiet", "--message=Accept")
    assert system(repository, WORSE).returncode == 3
    git(repository, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert system(repository, WORSE).returncode == 0
