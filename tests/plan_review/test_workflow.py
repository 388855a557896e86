"""The workflow that users copy: nothing from a pull request becomes text of a script."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan_review import __main__ as review_command
from plan_review import comment, diagnostics, reviewed
from plan_review.reviewed import artifact_name
from tests.requirements import require

FILE = Path(__file__).parents[2] / ".github" / "workflows" / "plan.yml"
WORKFLOW = yaml.safe_load(FILE.read_text("utf-8"))
JOBS = WORKFLOW["jobs"]
PARSERS = {
    "plan_review": review_command._parser,
    "plan_review.comment": comment._parser,
    "plan_review.diagnostics": diagnostics._parser,
    "plan_review.reviewed": reviewed._parser,
}


def steps(job: str) -> Iterator[dict[str, Any]]:
    yield from JOBS[job]["steps"]


def scripts() -> Iterator[str]:
    for job in JOBS:
        for step in steps(job):
            if "run" in step:
                yield step["run"]


def script_of(job: str, name: str) -> str:
    return str(next(step["run"] for step in steps(job) if step.get("name") == name))


def test_no_expression_stands_inside_a_script() -> None:
    assert not [script for script in scripts() if "${{" in script]


def test_the_workflow_never_runs_with_a_fork_s_code_and_the_repository_s_token() -> None:
    triggers = WORKFLOW[True]  # YAML 1.1 reads the key `on` as true
    assert set(triggers) == {"pull_request", "merge_group", "push"}


def test_each_job_gets_only_the_permissions_it_needs() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: set(job["permissions"].items()) for name, job in JOBS.items()} == {
        "clusters": {("contents", "read")},
        "review": {("contents", "read"), ("id-token", "write"), ("pull-requests", "write")},
        "removed": {("contents", "read"), ("id-token", "write")},
        "label": {("contents", "read"), ("pull-requests", "write")},
        "apply": {
            ("contents", "read"),
            ("id-token", "write"),
            ("actions", "read"),
            ("pull-requests", "read"),
        },
    }


@pytest.mark.parametrize("job", JOBS)
def test_a_checkout_leaves_no_credentials_behind(job: str) -> None:
    for step in steps(job):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_of_a_plan_only_its_fingerprint_leaves_the_job() -> None:
    uploads = [s for job in JOBS for s in steps(job) if "upload-artifact" in s.get("uses", "")]
    assert [step["with"]["path"] for step in uploads] == ["${{ runner.temp }}/reviewed.json"]
    assert uploads[0]["with"]["name"] == artifact_name("X").replace("X", "${{ matrix.cluster }}")


SHOWN = re.compile(r"\b(cat|tail|head|less|tee|echo)\b.*plan\.(log|json|jsonl)|> ?&1")


def test_what_terraform_prints_is_never_shown_as_it_is() -> None:
    assert not [script for script in scripts() if SHOWN.search(script)]
    for script in scripts():
        for line in script.replace("\\\n", " ").splitlines():
            if re.search(r"run \"\$CLUSTER\" (plan|show|state)\b", line):
                assert re.search(r"> +\"\$RUNNER_TEMP/[\w.]+\"$", line.strip()), line


def test_a_cancelled_job_s_signal_goes_to_terraform() -> None:
    found = 0
    for script in scripts():
        lines = [line for line in script.replace("\\\n", " ").strip().splitlines() if line.strip()]
        starts = [number for number, line in enumerate(lines) if "eks-cluster run" in line]
        for number in starts:
            # One that has no backend, so no lock and no state, may have another after it.
            if "-backend=false" not in lines[number]:
                assert number == len(lines) - 1, script
                assert lines[number].strip().startswith("exec .venv/bin/eks-cluster run "), script
                found += 1
        assert "terraform " not in re.sub(r"#.*", "", script), "terraform is started by run"
    assert found == 10


@pytest.mark.parametrize("job", ["review", "removed", "apply"])
def test_one_variable_takes_opentofu_for_terraform(job: str) -> None:
    assert WORKFLOW["env"] == {
        "TERRAFORM_BINARY_NAME": "${{ vars.TERRAFORM_BINARY_NAME || 'terraform' }}"
    }
    setups = [step for step in steps(job) if "/setup-t" in step.get("uses", "").replace("-o", "-t")]
    assert [(step["uses"].partition("@")[0], step["if"]) for step in setups] == [
        ("hashicorp/setup-terraform", "env.TERRAFORM_BINARY_NAME == 'terraform'"),
        ("opentofu/setup-opentofu", "env.TERRAFORM_BINARY_NAME == 'tofu'"),
    ]
    # their wrappers would write into the JSON
    assert [
        step["with"].get(f"{tool}_wrapper")
        for tool, step in zip(("terraform", "tofu"), setups, strict=True)
    ] == [False, False]


@pytest.mark.parametrize("job", ["review", "apply"])
@pytest.mark.parametrize(("program", "kept"), [("terraform", "ada"), ("tofu", "ada.tofu")])
def test_the_providers_are_those_of_the_programs_own_lock_file(
    tmp_path: Path, job: str, program: str, kept: str
) -> None:
    (tmp_path / "clusters").mkdir()
    for name in ("ada", "ada.tofu"):
        (tmp_path / "clusters" / f"{name}.lock.hcl").write_text(name)
    command = tmp_path / ".venv" / "bin" / "eks-cluster"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\necho "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", script_of(job, "Init")],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "CLUSTER": "ada",
            "STACK_DIR": ".",
            "TERRAFORM_BINARY_NAME": program,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("-lockfile=readonly\n")
    assert (tmp_path / ".terraform.lock.hcl").read_text() == kept


def test_the_session_outlasts_the_job_that_applies() -> None:
    sessions = [s for s in steps("apply") if "configure-aws-credentials" in s.get("uses", "")]
    assert sessions[0]["with"]["role-duration-seconds"] > JOBS["apply"]["timeout-minutes"] * 60
    # After an apply that did not end well there are new ones, and what is left is seen to.
    names = [step.get("name") or step.get("uses") for step in steps("apply")]
    assert names.index("Apply") == len(names) - 3
    for step in list(steps("apply"))[-2:]:
        assert step["if"].startswith("always() && (steps.apply.outcome == 'failure' || ")
        assert "steps.apply.outcome == 'cancelled'" in step["if"]


def test_an_apply_is_never_stopped_for_another() -> None:
    assert JOBS["apply"]["concurrency"]["cancel-in-progress"] is False
    assert "-lock-timeout=10m" in script_of("apply", "Apply")
    assert "-lock=false" in script_of("review", "Plan")


def test_only_what_is_merged_is_accepted() -> None:
    review = script_of("review", "Review")
    assert 'git show "HEAD^1:$own" > "$RUNNER_TEMP/accept.toml"' in review
    assert '--accept "$RUNNER_TEMP/accept.toml" --proposed "$own"' in review
    checkout = next(step for step in steps("review") if "checkout" in step.get("uses", ""))
    assert checkout["with"]["fetch-depth"] == 2
    assert '--accept "$own"' in script_of("apply", "Review")
    assert "--fail-on" in script_of("apply", "Review")
    assert 'git show HEAD^1:plan-review.toml > "$RUNNER_TEMP/rules.toml"' in review
    assert '--rules "$RUNNER_TEMP/rules.toml"' in review
    assert '--rules "$rules"' in script_of("apply", "Review")


def test_both_plans_are_made_with_the_locked_providers() -> None:
    assert script_of("review", "Init") == script_of("apply", "Init")
    assert "-lockfile=readonly" in script_of("apply", "Init")
    for job in ("review", "apply"):
        assert '--lock-file "$STACK_DIR/.terraform.lock.hcl"' in script_of(job, "Review")


def test_a_pull_request_from_a_fork_sees_no_credentials() -> None:
    condition = JOBS["review"]["env"]["HAS_CREDENTIALS"]
    assert "head.repo.full_name == github.repository" in condition
    for step in steps("review"):
        if "credentials" in step.get("uses", "") or step.get("name") in ("Plan", "Comment"):
            assert "env.HAS_CREDENTIALS == 'true'" in step["if"]


def test_nothing_is_applied_before_the_check_of_what_was_reviewed() -> None:
    names = [step.get("name") for step in steps("apply")]
    assert names.index("The plan must be one that was reviewed") < names.index("Apply")
    assert JOBS["apply"]["environment"] == "production"


def test_the_commands_in_the_scripts_are_understood() -> None:
    found = 0
    for script in scripts():
        joined = script.replace("\\\n", " ")
        for command in re.findall(r"-m (plan_review[.\w]*) (.*)", joined):
            words = shlex.split(command[1])
            values = {"$PULL_REQUEST": "7", "$FAIL_ON": "outage", "$STACKS": '["lovelace"]'}
            PARSERS[command[0]]().parse_args([values.get(word, word) for word in words])
            found += 1
    assert found == 7


def git(directory: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=directory, check=True, capture_output=True)


def run_step(directory: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    require(shutil.which("jq"), "jq is not on PATH")
    variables = {"RUNNER_TEMP": str(directory.parent), "GITHUB_OUTPUT": str(directory / "output")}
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=directory,
        env={**os.environ, **variables, "GITHUB_STEP_SUMMARY": os.devnull, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def merge(tmp_path: Path) -> Path:
    """The commit that GitHub makes of a pull request: babbage goes, grace comes."""
    path = tmp_path / "checkout"
    (path / "clusters").mkdir(parents=True)
    git(path, "init")
    for name in ("babbage.yaml", "lovelace.yaml", "lovelace.accept.toml", "schema.json"):
        (path / "clusters" / name).write_text(name)
    git(path, "add", ".")
    git(path, "commit", "-m", "base")
    git(path, "checkout", "-b", "change")
    (path / "clusters" / "babbage.yaml").unlink()
    (path / "clusters" / "grace.yaml").write_text("grace")
    git(path, "add", ".")
    git(path, "commit", "-m", "change")
    git(path, "checkout", "main")
    git(path, "merge", "--no-ff", "change")
    return path


@pytest.mark.parametrize(
    ("event", "gone"), [("pull_request", '["babbage"]'), ("merge_group", "[]"), ("push", "[]")]
)
def test_a_cluster_whose_file_goes_is_not_forgotten(merge: Path, event: str, gone: str) -> None:
    step = next(step for step in steps("clusters") if step.get("id") == "names")
    ran = run_step(merge, step["run"], EVENT=event)
    assert ran.returncode == 0, ran.stderr
    assert (merge / "output").read_text().splitlines() == [
        'names=["grace","lovelace"]',
        f"gone={gone}",
    ]


def test_a_checkout_without_a_cluster_is_none(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    git(tmp_path / "checkout", "init")
    step = next(step for step in steps("clusters") if step.get("id") == "names")
    ran = run_step(tmp_path / "checkout", step["run"], EVENT="push")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "checkout" / "output").read_text() == "names=[]\ngone=[]\n"
    assert "needs.clusters.outputs.names != '[]'" in JOBS["apply"]["if"]
    assert "needs.clusters.outputs.names != '[]'" in JOBS["review"]["if"]


MANAGED = '{"resources": [{"mode": "managed"}, {"mode": "data"}]}'


@pytest.mark.parametrize(
    ("state", "credentials", "left"),
    [
        ("", "true", None),
        ('{"resources": [{"mode": "data"}]}', "true", None),
        (MANAGED, "true", "1"),
        (MANAGED, "false", "unknown"),
    ],
)
def test_a_cluster_that_still_runs_keeps_its_file(
    tmp_path: Path, state: str, credentials: str, left: str | None
) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "state.json").write_text(state)
    script = script_of("removed", "Nothing of it may be left")
    ran = run_step(tmp_path / "checkout", script, CLUSTER="grace", HAS_CREDENTIALS=credentials)
    assert ran.returncode == (1 if left else 0)
    if left:
        assert f"of its cluster {left} resources are left" in ran.stderr
        assert "make destroy CLUSTER=grace first" in ran.stderr


def test_the_review_reads_its_acceptances_where_the_pull_request_goes_to(merge: Path) -> None:
    script = script_of("review", "Review").partition(".venv/bin/python")[0]
    (merge / "clusters" / "lovelace.accept.toml").write_text("changed by the pull request")
    ran = run_step(merge, script + 'echo "$own"', CLUSTER="lovelace")
    assert ran.stdout == "clusters/lovelace.accept.toml\n"
    assert (merge.parent / "accept.toml").read_text() == "lovelace.accept.toml"
    ran = run_step(merge, script + 'echo "$own"', CLUSTER="grace")
    assert ran.stdout == "/dev/null\n"
    assert (merge.parent / "accept.toml").read_text() == ""
