"""Every golden case is valid for the real provider; the one with everything on is applied."""

from pathlib import Path

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


@pytest.mark.parametrize(
    "case",
    [case for case in golden.cases() if not golden.needs_version_6(case)],
    ids=lambda case: case.name,
)
def test_terraform_finds_every_golden_case_valid(
    case: Path, tmp_path: Path, aws: AwsEmulator
) -> None:
    project, _ = project_of(case, tmp_path, aws)
    for stack in sorted(path.name for path in (project.path / "cdktf.out" / "stacks").iterdir()):
        project.init(stack, "-backend=false")
        assert "The configuration is valid" in project.terraform(stack, "validate", "-no-color")


def test_the_cluster_with_everything_on_applies_and_then_changes_nothing(
    tmp_path: Path, aws: AwsEmulator, kubernetes: Cluster
) -> None:
    kubernetes.clear()
    case = golden.DIRECTORY / "everything"
    add_node_images(aws, "eu-west-1")
    project, name = project_of(case, tmp_path, aws, without=FOREIGN_GROUP)
    project.init(f"{name}-state")
    project.apply(f"{name}-state")
    project.init(name)
    assert "Apply complete!" in project.apply(name)
    printed = project.terraform(name, "plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert "No changes." in printed
    assert not_there(kubernetes, project.stack(name)) == []
