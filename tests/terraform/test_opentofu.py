"""OpenTofu in Terraform's place: from deploy to destroy, and from one program to the other."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.terraform import VARIABLE
from tests.built import built
from tests.emulator.aws import AwsEmulator
from tests.requirements import ALL_MUST_RUN, require
from tests.synthesis import ROOT, SMALLEST
from tests.terminal import Said
from tests.terraform.conftest import add_node_images
from tests.terraform.project import CommandError, Project

NAME, BUCKET, KEY = "ada", "states", "ada.tfstate"
KEEP_THE_STATE = ROOT / "docs" / "how-to" / "keep-the-state.md"
NOTHING = "nothing to add, change or destroy"
INCOMPLETE = 3

SPEC: dict[str, Any] = {
    **SMALLEST,
    "region": "us-west-2",
    "availability_zones": ["us-west-2a", "us-west-2b"],
    "access": "access_entries",
    "kube2iam": {"enabled": False},
    "state": {"bucket": BUCKET, "key": KEY, "region": "us-west-2", "use_lockfile": True},
}
"""Without anything that kubectl applies: with those, `test_the_end_to_end_tests` has them."""


@pytest.fixture(scope="module")
def tofu() -> Iterator[str]:
    """The real OpenTofu, as the program that commands and tests start."""
    path = str(built("tofu"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, path)
        yield path


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    """An account with node images, and a bucket for states."""
    with AwsEmulator() as emulator:
        where = {"LocationConstraint": "us-west-2"}
        emulator.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        add_node_images(emulator)
        yield emulator


@pytest.fixture(scope="module")
def project(tofu: str, tmp_path_factory: pytest.TempPathFactory, aws: AwsEmulator) -> Project:
    path = tmp_path_factory.mktemp("tofu") / "project"
    project = Project(path, aws, {NAME: yaml.safe_dump(SPEC)})
    assert project.program == tofu
    project.synth()
    project.init(NAME)  # says why, where providers are not to be had
    return project


@pytest.fixture(scope="module")
def deployed(project: Project) -> Said:
    """What `eks-cluster deploy` said, with the question answered."""
    terminal = project.terminal("deploy")
    assert "OpenTofu" not in terminal.asked()  # a plan of a new cluster needs no word on it
    ended = terminal.answer("yes\r")
    assert ended.code == 0, ended.text
    return ended


def encryption_of_the_how_to() -> str:
    (block,) = re.findall(r"```hcl\n(key_provider.*?)```", KEEP_THE_STATE.read_text(), re.S)
    return str(block)


def reviewed(project: Project, *arguments: str) -> tuple[int, str]:
    """Plan by hand, and review the plan as a workflow does: exit code and report."""
    plan = project.path / "plan.json"
    plan.write_text(json.dumps(project.plan(NAME, "-lock=false", "-refresh=false", *arguments)))
    stack = project.stack(NAME) / "cdk.tf.json"
    command = (sys.executable, "-m", "plan_review", str(plan), "--stack-json", str(stack))
    done = project.complete(*command, "--format", "md", directory=ROOT)
    return done.returncode, done.stdout


def test_a_cluster_is_deployed_with_its_state_and_lock_file_in_place(
    project: Project, aws: AwsEmulator, deployed: Said
) -> None:
    assert deployed.lines[-3] == f"{NAME} is deployed. Next:"
    assert aws.client("eks").list_clusters()["clusters"] == [NAME]
    state = json.load(aws.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"])
    assert {resource["provider"] for resource in state["resources"]} == {
        'provider["registry.opentofu.org/hashicorp/aws"]'
    }
    locked = (project.path / "clusters" / f"{NAME}.tofu.lock.hcl").read_text()
    assert 'provider "registry.opentofu.org/hashicorp/aws"' in locked
    assert not (project.path / "clusters" / f"{NAME}.lock.hcl").exists()


@pytest.mark.full
def test_planning_again_changes_nothing(project: Project, deployed: Said) -> None:
    assert deployed
    for encryption in ("", encryption_of_the_how_to()):
        project.environment["TF_ENCRYPTION"] = encryption
        ended = project.terminal("review").end()
        del project.environment["TF_ENCRYPTION"]
        assert ended.code == 0, ended.text
        assert NOTHING in ended.text


@pytest.mark.full
def test_a_plan_that_leaves_something_out_is_told_from_a_whole_one(
    project: Project, deployed: Said
) -> None:
    assert deployed
    bigger = {**SPEC, "node_groups": {"node": {"instance_type": "c5.xlarge"}}}
    project.write_spec(NAME, yaml.safe_dump(bigger))
    project.synth()
    try:
        code, report = reviewed(project)
        assert (code, "PLAN02" in report) == (0, False), report
        assert "OpenTofu 1.12.6" in report
        for option in ("-exclude=aws_eks_cluster.control_plane", "-target=aws_vpc.vpc"):
            code, report = reviewed(project, option)
            assert (code, "PLAN02" in report) == (INCOMPLETE, True), report
    finally:
        project.write_spec(NAME, yaml.safe_dump(SPEC))
        project.synth()


def test_an_apply_is_refused_while_somebody_else_holds_the_lock(
    project: Project, aws: AwsEmulator, deployed: Said
) -> None:
    assert deployed
    held = {"ID": "0f0f0f0f", "Who": "ada@laptop", "Created": "2026-11-25T20:00:00Z"}
    aws.client("s3").put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=json.dumps(held))
    try:
        with pytest.raises(CommandError, match=r"(?s)acquiring the state lock.*ada@laptop"):
            project.apply(NAME)
    finally:
        aws.client("s3").delete_object(Bucket=BUCKET, Key=f"{KEY}.tflock")


def test_destroy_asks_for_the_name_and_leaves_nothing(
    project: Project, aws: AwsEmulator, deployed: Said
) -> None:
    assert deployed
    terminal = project.terminal("destroy")
    terminal.asked()
    ended = terminal.answer(f"{NAME}\r")
    assert (ended.code, ended.lines[-1]) == (0, f"{NAME} is destroyed."), ended.text
    assert project.terraform(NAME, "state", "list") == ""
    assert aws.client("eks").list_clusters()["clusters"] == []


# From one to the other, and what only OpenTofu has: a stack of one null_resource shows it.

STACK = {
    "terraform": {
        "required_providers": {"null": {"source": "hashicorp/null"}},
        "backend": {"local": {"path": "terraform.tfstate"}},
    },
    "resource": {"null_resource": {"only": {"triggers": {"secret": "hunter2"}}}},
}


def run(directory: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "CHECKPOINT_DISABLE": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def commands_of(page: Path, *start: str) -> list[list[str]]:
    """The commands of a how-to that start with these words."""
    found = [
        shlex.split(line)
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.S)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [words for words in found if words[: len(start)] == list(start)]


@pytest.fixture
def made(tofu: str, tmp_path: Path) -> Path:
    """A stack that OpenTofu has applied."""
    (tmp_path / "cdk.tf.json").write_text(json.dumps(STACK))
    run(tmp_path, tofu, "init", "-input=false")
    run(tmp_path, tofu, "apply", "-auto-approve", "-input=false")
    return tmp_path


def test_a_state_goes_to_terraform_as_the_how_to_says(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    from tests.programs import terraform  # noqa: PLC0415 - with the variable it is OpenTofu

    program = terraform()
    require(program.name == "Terraform", "terraform is not on PATH")
    to = commands_of(KEEP_THE_STATE, "eks-cluster", "run", "lovelace", "state", "replace-provider")
    assert [words[-1] for words in to] == ["hashicorp/aws", "hashicorp/null"]
    for words in to:
        if words[-1] == "hashicorp/null":
            run(made, program.path, *words[3:])
    (made / ".terraform.lock.hcl").unlink()
    run(made, program.path, "init", "-input=false", "-reconfigure")
    assert "No changes." in run(made, program.path, "plan", "-input=false")


def test_what_is_encrypted_is_read_by_its_key_and_named_without(
    made: Path, tofu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"TF_ENCRYPTION": encryption_of_the_how_to()}
    run(made, tofu, "apply", "-auto-approve", "-input=false", **key)
    run(made, tofu, "plan", "-input=false", "-out=plan", **key)

    assert "hunter2" not in (made / "terraform.tfstate").read_text()
    assert b"hunter2" not in (made / "plan").read_bytes()
    shown = json.loads(run(made, tofu, "show", "-json", "plan", **key))
    assert shown["resource_changes"][0]["change"]["actions"] == ["no-op"]

    monkeypatch.chdir(ROOT)
    for command in ("plan_review", "adopt"):
        done = subprocess.run(
            [sys.executable, "-m", command, str(made / "terraform.tfstate")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "encrypted by OpenTofu" in done.stderr, done.stderr


@pytest.mark.full
@pytest.mark.parametrize(
    "module",
    [
        "terraform/test_lovelace.py",
        "terraform/test_life.py",
        "terraform/test_workflow_signals.py",
        "adoption/test_adoption.py",
        "commands/test_migration.py",
        "commands/test_interrupted.py",
    ],
)
def test_the_end_to_end_tests_hold_with_opentofu(tofu: str, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{module}"],
        cwd=ROOT,
        env={**os.environ, VARIABLE: tofu, ALL_MUST_RUN: "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
