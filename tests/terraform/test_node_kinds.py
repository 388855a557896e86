"""docs/how-to/move-to-other-nodes.md, step by step: no plan is an outage, or replaces anything."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan_review.levels import Level
from plan_review.review import Review, review
from tests.emulator.aws import AwsEmulator
from tests.synthesis import ROOT
from tests.terraform.project import Project, changed

HOW_TO = ROOT / "docs" / "how-to" / "move-to-other-nodes.md"

Groups = dict[str, dict[str, Any]]


def steps() -> list[Groups]:
    """The node groups of the page: before, both, after, and after the change in place."""
    text = HOW_TO.read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    return [yaml.safe_load(block)["node_groups"] for block in blocks]


def of_kinds(groups: Groups, old: str, new: str) -> Groups:
    """The groups of a step, of another pair of kinds."""
    kinds = {"web": old, "web-managed": new}
    changed: Groups = {key: {**groups[key], "kind": kinds[key]} for key in groups}
    if "web-managed" in changed and new == "fargate":
        changed["web-managed"] = {"kind": new, "selectors": [{"namespace": "shop"}]}
    return changed


class Cluster:
    """A cluster whose steps are planned, reviewed and applied."""

    def __init__(self, name: str, path: Path, aws: AwsEmulator) -> None:
        self.name = name
        self.project = Project(path / "project", aws, {})

    def step(self, groups: Groups) -> tuple[Review, dict[str, list[str]]]:
        """Apply what the plan review has seen, and give the review and the changes."""
        told, changes = self.planned(groups)
        file = self.project.path / f"{self.name}.tfplan"
        self.project.terraform(self.name, "apply", "-input=false", "-no-color", str(file))
        return told, changes

    def planned(self, groups: Groups) -> tuple[Review, dict[str, list[str]]]:
        """What a change would do, reviewed."""
        spec = {
            "name": self.name,
            "region": "us-west-2",
            "availability_zones": ["us-west-2a", "us-west-2b"],
            "kube2iam": {"enabled": False},
            "access": "access_entries",
            "node_groups": groups,
        }
        self.project.write_spec(self.name, yaml.safe_dump(spec))
        self.project.synth()
        if not (self.project.stack(self.name) / ".terraform").exists():
            self.project.init(self.name)
        plan = self.project.plan(self.name)
        return review(plan), changed(plan)


KINDS = [
    ("self_managed", "managed"),
    ("managed", "self_managed"),
    ("launch_configuration", "managed"),
    ("self_managed", "fargate"),
]


@pytest.mark.full
@pytest.mark.usefixtures("kubernetes")
@pytest.mark.parametrize(("old", "new"), KINDS, ids=lambda kind: kind)
def test_a_second_group_stands_beside_the_first_before_that_goes(
    old: str, new: str, tmp_path: Path, aws: AwsEmulator
) -> None:
    before, both, after, _ = (of_kinds(groups, old, new) for groups in steps())
    cluster = Cluster(f"{old}-{new}".replace("_", "-"), tmp_path, aws)
    if new == "fargate":  # a pod that no selector names needs a node
        before, both, after = ({**groups, "node": {}} for groups in (before, both, after))
    cluster.step(before)

    told, changes = cluster.step(both)
    assert not told.reaches(Level.DISRUPTION), [f.title for f in told.findings]
    assert {*map(tuple, changes.values())} == {("create",)}

    told, changes = cluster.step(after)
    assert not told.reaches(Level.OUTAGE), [f.title for f in told.findings]
    assert {*map(tuple, changes.values())} == {("delete",)}
    assert [f.addresses for f in told.findings if "is destroyed" in f.title]
    planned = cluster.project.terraform(
        cluster.name, "plan", "-detailed-exitcode", "-input=false", "-no-color"
    )
    assert "No changes." in planned


@pytest.mark.full
@pytest.mark.usefixtures("kubernetes")
def test_a_launch_configuration_gives_way_in_place(tmp_path: Path, aws: AwsEmulator) -> None:
    before, _, _, after = steps()
    cluster = Cluster("in-place", tmp_path, aws)
    cluster.step(of_kinds(before, "launch_configuration", ""))

    told, changes = cluster.step(after)
    assert not told.reaches(Level.OUTAGE), [f.title for f in told.findings]
    assert changes == {
        "aws_autoscaling_group.node-web": ["update"],
        "aws_launch_configuration.node-web": ["delete"],
        "aws_launch_template.node-web": ["create"],
    }


@pytest.mark.full
@pytest.mark.usefixtures("kubernetes")
def test_an_image_of_ones_own_is_for_another_group_than_one_of_eks(
    tmp_path: Path, aws: AwsEmulator
) -> None:
    cluster = Cluster("image", tmp_path, aws)
    web = {"kind": "managed", "image": {"family": "al2023"}}
    cluster.step({"web": web})

    image = {"family": "al2023", "id": aws.add_image("own")}
    told, changes = cluster.planned({"web": {**web, "image": image}})
    assert changes["aws_eks_node_group.node-web"] == ["update"]
    assert "NG11" in [finding.rule for finding in told.findings]
    assert told.verdict is Level.WILL_FAIL
