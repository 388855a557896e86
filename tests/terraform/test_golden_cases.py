"""Every golden case is valid for the real provider; the one with everything on is applied."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import golden, synthesis
from tests.emulator.aws import AwsEmulator
from tests.terraform.conftest import Cluster, add_node_images, not_there
from tests.terraform.project import Project

FOREIGN_GROUP = "      security_groups: [sg-0a1b2c3d4e5f67890]\n"
"""What only AWS has: no emulator lets a test choose the id of a group."""


def project_of(case: Path, path: Path, aws: AwsEmulator, without: str = "") -> tuple[Project, str]:
    text = golden.spec(case).read_text(encoding="utf-8")
    assert without in text
    text = text.replace(without, "")
    name = synthesis.name_of(text)
    project = Project(path / "project", aws, {name: text})
    project.synth()
    return project, name


def _alone(document: Mapping[str, Any]) -> bool:
    """Whether a stack holds what Terraform takes in no module."""
    return bool({"import", "removed"} & document.keys())


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every stack of every golden case, as a module of one configuration.

    Providers are the root's, which has one of each form: each by itself takes seconds to say what
    it knows, and a configuration asks each once.
    """
    root = tmp_path_factory.mktemp("modules")
    calls, providers = {}, {}
    for file in sorted(golden.DIRECTORY.glob(f"**/{golden.JSON}")):
        document = json.loads(file.read_text(encoding="utf-8"))
        aws = document["terraform"]["required_providers"].get("aws", {"version": ""})
        if aws["version"].startswith(">= 6.") or _alone(document):
            continue
        name = "-".join(file.relative_to(golden.DIRECTORY).parts[:-1])
        for number, provider in enumerate(document.pop("provider").get("aws", [])):
            providers.setdefault(str(sorted(provider)), provider | {"alias": f"of-{name}-{number}"})
        del document["terraform"]["backend"]
        (root / name).mkdir()
        (root / name / golden.JSON).write_text(json.dumps(document))
        calls[name] = {"source": f"./{name}"}
    formed = [{"region": "us-west-2"}, *providers.values()]
    looked_up = {each["alias"]: {"provider": f"aws.{each['alias']}"} for each in providers.values()}
    whole = {"provider": {"aws": formed}, "data": {"aws_region": looked_up}, "module": calls}
    (root / golden.JSON).write_text(json.dumps(whole))
    return root


def test_terraform_finds_every_golden_case_valid(
    modules: Path, tmp_path: Path, aws: AwsEmulator
) -> None:
    project = Project(tmp_path / "project", aws, {})
    project.init(modules)
    said = project.run(project.program, "validate", "-no-color", directory=modules)

    assert "The configuration is valid" in said
    assert len([*modules.glob(f"*/{golden.JSON}")]) > 40


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in golden.cases()
        if (case / golden.JSON).exists()
        and _alone(json.loads((case / golden.JSON).read_text(encoding="utf-8")))
    ],
    ids=lambda case: case.name,
)
def test_a_case_that_takes_something_over_is_valid(
    case: Path, tmp_path: Path, aws: AwsEmulator
) -> None:
    project, name = project_of(case, tmp_path, aws)
    project.init(name, "-backend=false")
    assert "The configuration is valid" in project.terraform(name, "validate", "-no-color")


@pytest.mark.full
def test_the_place_of_its_state_applies_and_then_changes_nothing(
    tmp_path: Path, aws: AwsEmulator
) -> None:
    """That of the chapter's cluster is applied in the gate: AWS takes a minute for a bucket."""
    spec = golden.spec(golden.DIRECTORY / "everything").read_text(encoding="utf-8")
    name = synthesis.name_of(spec)
    # a bucket of its own: the other test may have made the one of the case
    project = Project(tmp_path / "project", aws, {name: spec.replace("bucket: ", "bucket: other-")})
    project.synth()
    stack = f"{name}-state"
    project.init(stack)
    assert "Apply complete!" in project.apply(stack)
    printed = project.terraform(stack, "plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert "No changes." in printed


def make_place_for_state(stack: Path, aws: AwsEmulator) -> None:
    """Make the bucket that a stack keeps its state in; its lock is an object there."""
    backend = json.loads((stack / golden.JSON).read_text())["terraform"]["backend"]["s3"]
    where = {"LocationConstraint": backend["region"]}
    aws.client("s3", backend["region"]).create_bucket(
        Bucket=backend["bucket"], CreateBucketConfiguration=where
    )


def test_the_cluster_with_everything_on_applies_and_then_changes_nothing(
    tmp_path: Path, aws: AwsEmulator, kubernetes: Cluster
) -> None:
    kubernetes.clear()
    case = golden.DIRECTORY / "everything"
    add_node_images(aws, "eu-west-1")
    project, name = project_of(case, tmp_path, aws, without=FOREIGN_GROUP)
    make_place_for_state(project.stack(name), aws)
    project.init(name)
    assert "Apply complete!" in project.apply(name)
    printed = project.terraform(name, "plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert "No changes." in printed
    assert not_there(kubernetes, project.stack(name)) == []
