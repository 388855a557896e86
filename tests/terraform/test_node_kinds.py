"""A group of one kind gives way to one of another, beside it: no step is without nodes."""

from pathlib import Path

import pytest

from tests import synthesis
from tests.emulator.aws import AwsEmulator
from tests.terraform.project import Project

GROUPS = {
    "self-managed": "  node:\n    image: {family: al2023}\n",
    "managed": "  web:\n    kind: managed\n    image: {family: al2023}\n",
}
HEAD = """\
name: ada
region: us-west-2
availability_zones: [us-west-2a, us-west-2b]
kube2iam: {enabled: false}
access: access_entries
node_groups:
"""


@pytest.mark.full
@pytest.mark.usefixtures("kubernetes")
@pytest.mark.parametrize("kinds", [("self-managed", "managed"), ("managed", "self-managed")])
def test_a_second_group_stands_beside_the_first_before_that_is_deleted(
    kinds: tuple[str, str], tmp_path: Path, aws: AwsEmulator
) -> None:
    old, new = (GROUPS[kind] for kind in kinds)
    name = synthesis.name_of(HEAD)
    project = Project(tmp_path / "project", aws, {name: HEAD + old})
    project.synth()
    project.init(name)
    project.apply(name)

    project.write_spec(name, HEAD + old + new)
    project.synth()
    both = project.apply(name)
    assert "0 changed, 0 destroyed" in both

    project.write_spec(name, HEAD + new)
    project.synth()
    one = project.apply(name)
    assert "0 added, 0 changed" in one
    printed = project.terraform(name, "plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert "No changes." in printed
