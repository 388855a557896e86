"""The workflow's own apply under the signals with which GitHub cancels a job.

GitHub sends SIGINT to the step's shell, SIGTERM after 7.5 seconds, and kills after 2.5 more:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.terraform import VARIABLE
from tests.emulator.aws import AwsEmulator
from tests.programs import terraform
from tests.synthesis import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "plan.yml").read_text("utf-8"))
BUCKET = "states"
SECRET = "hunter2-not-a-real-secret"  # noqa: S105 - a made-up one, to search for
# The second waits for as long as the test lets it.
STACK = {
    "terraform": {
        "backend": {
            "s3": {"bucket": BUCKET, "key": "x", "region": "us-west-2", "use_lockfile": True}
        }
    },
    "resource": {
        "terraform_data": {
            "first": {"input": "1"},
            "second": {
                "input": "${terraform_data.first.id}",
                "provisioner": [{"local-exec": {"command": "touch begun; exec sleep 300"}}],
            },
        }
    },
}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    """An account with a bucket for states."""
    with AwsEmulator() as emulator:
        where = {"LocationConstraint": "us-west-2"}
        emulator.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield emulator


class Runner:
    """A machine as GitHub's: a checkout, and steps of the workflow that run in it."""

    def __init__(self, path: Path, aws: AwsEmulator) -> None:
        self.path, self.aws = path, aws
        self.stack = path / "cdktf.out" / "stacks" / "x"
        self.stack.mkdir(parents=True)
        (self.stack / "cdk.tf.json").write_text(json.dumps(STACK))
        (path / "clusters").mkdir()
        bin = path / ".venv" / "bin"
        bin.mkdir(parents=True)
        command = f'#!/bin/sh\nexec "{sys.executable}" -P -m commands "$@"\n'
        (bin / "eks-cluster").write_text(command)
        (bin / "eks-cluster").chmod(0o755)
        (bin / "python").symlink_to(sys.executable)
        self.environment = {
            **aws.environment(os.environ),
            VARIABLE: terraform().path,
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(path),
            "CLUSTER": "x",
            "STACK_DIR": "cdktf.out/stacks/x",
            # What a group's settings may hold, and must not count here.
            "TF_CLI_ARGS_plan": "-destroy",
            "TF_CLI_ARGS_apply": "-refresh-only",
            "TF_VAR_cluster_name": "another",
        }

    def start(self, name: str, job: str = "apply") -> "subprocess.Popen[str]":
        """Start a step as GitHub does: its text in a file, by bash."""
        step = next(step for step in WORKFLOW["jobs"][job]["steps"] if step.get("name") == name)
        file = self.path / "step.sh"
        file.write_text(step["run"])
        return subprocess.Popen(
            ["bash", "-e", str(file)],
            cwd=self.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, name: str, job: str = "apply") -> str:
        """Run a step to its end, which has to be a good one."""
        process = self.start(name, job)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        return output

    def object(self, key: str) -> Any:
        """An object of the bucket, decoded; None where there is none."""
        client = self.aws.client("s3")
        if key not in {o["Key"] for o in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])}:
            return None
        return json.loads(client.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def cancel(process: "subprocess.Popen[str]") -> str:
    """Cancel a step as GitHub's runner does, and give what it printed."""
    for number, seconds in ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5)):
        process.send_signal(number)
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
    # What is left of the step's processes is killed, however its shell has ended.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.communicate(timeout=60)[0]


@pytest.fixture
def runner(tmp_path: Path, aws: AwsEmulator) -> Runner:
    for stale in ("x", "x.tflock"):
        aws.client("s3").delete_object(Bucket=BUCKET, Key=stale)
    runner = Runner(tmp_path, aws)
    runner.run("Init")
    runner.run("Plan")
    return runner


def begin(runner: Runner) -> "subprocess.Popen[str]":
    """Start the apply, and come back when its second object is being made."""
    process = runner.start("Apply")
    while not (runner.stack / "begun").exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    assert runner.object("x.tflock") is not None
    return process


def test_a_cancelled_apply_writes_its_state_and_lets_go_of_the_lock(runner: Runner) -> None:
    output = cancel(begin(runner))
    assert [entry["name"] for entry in runner.object("x")["resources"]] == ["first", "second"], (
        output
    )
    assert runner.object("x.tflock") is None
    left = runner.run(LEFT)
    assert left == (
        "the state is not locked\n"
        "all that was made is in the state: the next apply goes on from there\n"
    )


LEFT = "What the apply has left locked, and the state that it could not write"


def test_nothing_is_said_of_a_state_that_cannot_be_read(tmp_path: Path, aws: AwsEmulator) -> None:
    process = Runner(tmp_path, aws).start(LEFT)  # its backend is not initialised
    said = process.communicate(timeout=300)[0]
    assert process.returncode == 1
    assert "Backend initialization required" in said
    assert "not locked" not in said
    assert len(said.splitlines()) == 1


def test_an_apply_that_was_killed_is_unlocked_by_its_own_machine(runner: Runner) -> None:
    process = begin(runner)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert runner.object("x.tflock") is not None
    assert runner.run(LEFT).startswith("unlocked: OperationTypeApply of ")
    assert runner.object("x.tflock") is None


def test_what_another_machine_has_locked_is_named_and_left(runner: Runner) -> None:
    process = begin(runner)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    lock = {**runner.object("x.tflock"), "Who": "somebody@elsewhere"}
    runner.aws.client("s3").put_object(Bucket=BUCKET, Key="x.tflock", Body=json.dumps(lock))
    (runner.stack / "errored.tfstate").write_text("{}")
    process = runner.start(LEFT)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert f"eks-cluster run x force-unlock -force {lock['ID']}" in output
    assert f"eks-cluster run x state push {runner.stack / 'errored.tfstate'}" in output
    assert runner.object("x.tflock") == lock


def test_a_state_that_could_not_be_written_is_pushed(runner: Runner) -> None:
    process = begin(runner)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    # As Terraform leaves it when its credentials end during an apply.
    state = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 7,
        "lineage": "0f7ff4b3-0000-4000-8000-000000000000",
        "outputs": {"made": {"value": "all of it", "type": "string"}},
        "resources": [],
    }
    (runner.stack / "errored.tfstate").write_text(json.dumps(state))
    assert "pushed cdktf.out/stacks/x/errored.tfstate" in runner.run(LEFT)
    assert runner.object("x")["outputs"]["made"]["value"] == "all of it"
    assert runner.object("x.tflock") is None
    assert not (runner.stack / "errored.tfstate").exists()


def test_a_plan_that_fails_shows_terraform_s_errors_and_no_value(
    tmp_path: Path, aws: AwsEmulator
) -> None:
    runner = Runner(tmp_path, aws)
    stack = {
        "terraform": {"backend": {"local": {}}},
        "resource": {
            "terraform_data": {
                "config": {"input": {"db_password": SECRET}},
                "checked": {
                    "input": f"mysql -p{SECRET}",
                    "lifecycle": {
                        "precondition": [
                            {
                                "condition": '${terraform_data.config.input.db_password == "x"}',
                                "error_message": "The password is not x.",
                            }
                        ]
                    },
                },
            }
        },
    }
    (runner.stack / "cdk.tf.json").write_text(json.dumps(stack))
    runner.run("Init", "review")
    plan = runner.start("Plan", "review")
    shown = plan.communicate(timeout=300)[0]
    assert plan.returncode == 1
    # The plan is written all the same; what it holds goes to a file only.
    shown += runner.run("Show", "review")
    runner.environment["SHOWN"] = "success"
    said = runner.run("What Terraform says", "review")
    assert "Resource precondition failed" in said
    assert "The password is not x." in said
    assert SECRET not in shown + said
    assert SECRET in (tmp_path / "plan.json").read_text()
