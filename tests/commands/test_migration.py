"""A state that is to be elsewhere than it was: nothing is planned until it is moved."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.terraform import VARIABLE
from tests.commands.conftest import Project
from tests.emulator.aws import AwsEmulator
from tests.programs import terraform

BUCKET = "states"
SPEC = "clusters/ada.yaml"


@pytest.fixture(scope="module")
def account() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        where = {"LocationConstraint": "us-west-2"}
        emulator.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield emulator


@pytest.fixture
def project(playing: Project, account: AwsEmulator) -> Project:
    """A cluster whose stack is one object, deployed by the real Terraform, its state in a file."""
    (playing.path.parent / "bin" / "terraform").unlink()
    environment = {
        **account.environment(playing.environment),
        "PATH": playing.environment["PATH"],
        VARIABLE: terraform().path,
    }
    project = Project(playing.path, environment, playing.program)
    keep_state(project, None)
    deployed = project.run("deploy", "--auto-approve")
    assert deployed.code == 0, deployed.text
    return project


def keep_state(project: Project, key: str | None) -> None:
    """Say in the spec and in the stack where the state is: in a file, or under a key."""
    state = None if key is None else {"bucket": BUCKET, "key": key, "region": "us-west-2"}
    spec = yaml.safe_load((project.path / SPEC).read_text())
    spec.pop("state", None)
    text = yaml.safe_dump({**spec, **({"state": state} if state else {})})
    (project.path / SPEC).write_text(text)
    path = "../../../terraform.ada.tfstate"
    backend: dict[str, Any] = {"s3": state} if state else {"local": {"path": path}}
    stack = {
        "terraform": {"backend": backend},
        "resource": {"terraform_data": {"only": {"input": "1"}}},
    }
    file = project.path / "cdktf.out/stacks/ada/cdk.tf.json"
    file.write_text(json.dumps(stack))


def key_of(project: Project, name: str = "a") -> str:
    return f"{project.path.parent.name}-{name}.tfstate"


def objects(account: AwsEmulator) -> list[str]:
    listed = account.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [entry["Key"] for entry in listed]


def test_a_state_that_has_moved_stops_every_command(project: Project) -> None:
    key = key_of(project)
    keep_state(project, key)
    for command in (["plan"], ["review"], ["deploy", "--auto-approve"]):
        stopped = project.run(*command)
        assert stopped.code == 1
        assert stopped.lines[-1].startswith(
            f"the state of ada was terraform.ada.tfstate, and now is to be s3://{BUCKET}/{key}, "
            "where a plan would make the cluster anew; correct state in its file, or move what is "
            "there: "
        )


def test_migrate_moves_it_and_goes_on(project: Project, account: AwsEmulator) -> None:
    for name in ("a", "b"):
        keep_state(project, key_of(project, name))
        moved = project.run("plan", "--migrate")
        assert moved.code == 0, moved.text
        assert "nothing to add, change or destroy" in moved.text
        (kept,) = re.findall(r"A copy of the state is kept in (\S+)", moved.text)
        copy = Path(kept)
        assert copy.stat().st_mode & 0o777 == 0o600
        assert [r["name"] for r in json.loads(copy.read_text())["resources"]] == ["only"]
        copy.unlink()
        assert key_of(project, name) in objects(account)
        assert "nothing to add, change or destroy" in project.run("plan").text


def test_a_place_that_holds_a_state_is_not_overwritten(project: Project) -> None:
    for name in ("a", "b"):
        keep_state(project, key_of(project, name))
        assert project.run("plan", "--migrate").code == 0
    keep_state(project, key_of(project, "a"))
    refused = project.run("plan", "--migrate")
    assert refused.code == 1
    assert refused.lines[-1] == (
        f"s3://{BUCKET}/{key_of(project, 'a')} holds a state already, so "
        f"s3://{BUCKET}/{key_of(project, 'b')} cannot be moved there; "
        "correct state in clusters/ada.yaml"
    )


def git(project: Project, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *who, *arguments], cwd=project.path, check=True, capture_output=True)


@pytest.fixture
def fresh(project: Project) -> Project:
    """A fresh checkout of a branch that has given the state another key than main has."""
    keep_state(project, key_of(project))
    assert project.run("plan", "--migrate").code == 0
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "clusters")
    git(project, "commit", "-qm", "x")
    git(project, "checkout", "-qb", "branch")
    keep_state(project, key_of(project, "forgotten"))
    stack = project.path / "cdktf.out/stacks/ada"
    subprocess.run(["rm", "-r", stack / ".terraform"], check=True)
    return project


def test_a_fresh_checkout_is_told_by_the_base_branch(fresh: Project) -> None:
    stopped = fresh.run("plan")
    assert stopped.code == 1
    assert stopped.lines[-1].startswith(
        f"the state of ada was s3://{BUCKET}/{key_of(fresh)}, and now is to be "
        f"s3://{BUCKET}/{key_of(fresh, 'forgotten')}"
    )


def test_migrate_moves_what_the_base_branch_has(fresh: Project) -> None:
    moved = fresh.run("plan", "--migrate")
    assert moved.code == 0, moved.text
    assert "nothing to add, change or destroy" in moved.text
    assert "nothing to add, change or destroy" in fresh.run("plan").text


def test_a_lock_that_changes_is_no_move(project: Project) -> None:
    keep_state(project, key_of(project))
    assert project.run("plan", "--migrate").code == 0
    file = project.path / "cdktf.out/stacks/ada/cdk.tf.json"
    stack = json.loads(file.read_text())
    stack["terraform"]["backend"]["s3"]["use_lockfile"] = True
    file.write_text(json.dumps(stack))
    again = project.run("plan")
    assert again.code == 0, again.text
    assert "nothing to add, change or destroy" in again.text
