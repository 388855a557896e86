"""Lovelace's own life: what people do to a cluster, planned by Terraform and reviewed."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.emulator.aws import AwsEmulator
from tests.synthesis import LOVELACE, ROOT
from tests.terraform.project import Project
from tests.terraform.project import changed as actions

Spec = dict[str, Any]
Change = Callable[[Spec], None]

FINDING = 3
"""Exit code of a review with a finding at or above the level to fail on."""


def first_spec() -> Spec:
    """Lovelace as shipped, one version back so that there is room to move, its state in a file."""
    spec: Spec = yaml.safe_load(LOVELACE.read_text())
    del spec["state"]
    return {**spec, "kubernetes_version": "1.35"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, aws: AwsEmulator) -> Project:
    """Lovelace, applied."""
    path = tmp_path_factory.mktemp("life") / "project"
    project = Project(path, aws, {"lovelace": yaml.safe_dump(first_spec())})
    project.synth()
    project.init("lovelace")
    return project


@pytest.fixture(scope="module")
def first_plan(project: Project) -> dict[str, Any]:
    """The plan of the first apply."""
    return project.plan("lovelace")


@pytest.fixture(scope="module")
def applied(project: Project, first_plan: dict[str, Any]) -> Project:
    """The project after its first apply."""
    assert first_plan
    project.apply("lovelace")
    return project


def review(project: Project, plan: dict[str, Any], fail_on: str = "disruption") -> dict[str, Any]:
    """Review a plan as the pull request does: by the command, with the stack's own JSON."""
    file = project.path / "plan.json"
    file.write_text(json.dumps(plan))
    stack = project.stack("lovelace") / "cdk.tf.json"
    command = (sys.executable, "-m", "plan_review", str(file), "--stack-json", str(stack))
    found: dict[str, Any] = json.loads(project.run(*command, "--format", "json", directory=ROOT))
    result = project.complete(*command, "--format", "md", "--fail-on", fail_on, directory=ROOT)
    assert result.returncode == (0 if found["verdict"] in ("review", "routine") else FINDING)
    return found


def planned(project: Project, change: Change) -> dict[str, Any]:
    """Plan lovelace with a change of its spec; what was there is put back afterwards."""
    stack = project.stack("lovelace") / "cdk.tf.json"
    first = stack.read_bytes()
    spec = first_spec()
    change(spec)
    stack.write_text(synthesis.stacks(yaml.safe_dump(spec))["lovelace"])
    try:
        return project.plan("lovelace", "-refresh=false")
    finally:
        stack.write_bytes(first)


def changed(project: Project, change: Change) -> dict[str, Any]:
    """Plan and review lovelace with a change of its spec."""
    return review(project, planned(project, change))


def rules(found: dict[str, Any]) -> dict[str, set[str]]:
    """The addresses of each rule that spoke."""
    addresses: dict[str, set[str]] = {}
    for finding in found["findings"]:
        addresses.setdefault(finding["rule"], set()).update(finding["addresses"])
    return addresses


def test_the_first_apply_is_worth_a_look_and_no_more(
    project: Project, first_plan: dict[str, Any]
) -> None:
    found = review(project, first_plan)
    assert found["verdict"] == "review"
    assert rules(found)["RUN01"] == {"null_resource.aws_auth", "null_resource.kube2iam"}


def test_planning_again_is_routine(applied: Project) -> None:
    found = review(applied, applied.plan("lovelace"))
    assert (found["verdict"], found["findings"]) == ("routine", [])


def test_a_further_node_group_disturbs_nobody(applied: Project) -> None:
    def change(spec: Spec) -> None:
        spec["node_groups"]["memory"] = {"instance_type": "r6i.large"}

    assert changed(applied, change)["verdict"] == "routine"


def test_another_instance_type_reaches_new_nodes_only(applied: Project) -> None:
    def change(spec: Spec) -> None:
        spec["node_groups"]["node"]["instance_type"] = "c5.xlarge"

    found = changed(applied, change)
    assert found["verdict"] == "review"
    assert rules(found)["ASG04"] == {"aws_autoscaling_group.node"}


def test_another_instance_type_with_instance_refresh_rolls_the_nodes(applied: Project) -> None:
    def change(spec: Spec) -> None:
        spec["node_groups"]["node"] |= {"instance_type": "c5.xlarge", "instance_refresh": True}

    found = changed(applied, change)
    assert found["verdict"] == "disruption"
    assert rules(found)["ASG03"] == {"aws_autoscaling_group.node"}


def test_the_next_version_is_a_disruption(applied: Project) -> None:
    found = changed(applied, lambda spec: spec.update(kubernetes_version="1.36"))
    assert found["verdict"] == "disruption"
    assert rules(found)["EKS05"] == {"aws_eks_cluster.control_plane"}


def test_the_version_after_the_next_will_fail(applied: Project) -> None:
    found = changed(applied, lambda spec: spec.update(kubernetes_version="1.37"))
    assert found["verdict"] == "will-fail"
    assert rules(found)["EKS03"] == {"aws_eks_cluster.control_plane"}


def test_another_name_is_an_outage(applied: Project) -> None:
    """By variable: another name in the spec is another stack with another state."""
    found = review(applied, applied.plan("lovelace", "-refresh=false", "-var=cluster_name=ada"))
    assert found["verdict"] == "outage"
    assert rules(found)["EKS01"] == {"aws_eks_cluster.control_plane"}


def test_a_zone_at_the_end_fails_while_the_control_plane_takes_all_zones(
    applied: Project,
) -> None:
    found = changed(applied, lambda spec: spec["availability_zones"].append("us-west-2c"))
    assert found["verdict"] == "will-fail"
    assert rules(found)["EKS15"] == {"aws_eks_cluster.control_plane"}


def test_a_zone_at_the_end_with_the_control_planes_zones_named_is_fine(applied: Project) -> None:
    def change(spec: Spec) -> None:
        spec["control_plane"] = {"availability_zones": list(spec["availability_zones"])}
        spec["availability_zones"].append("us-west-2c")

    found = changed(applied, change)
    assert found["verdict"] == "review"
    assert "EKS15" not in rules(found)


def test_a_zone_at_the_front_is_an_outage(applied: Project) -> None:
    found = changed(applied, lambda spec: spec["availability_zones"].insert(0, "us-west-2c"))
    assert found["verdict"] == "outage"
    assert {f"aws_subnet.private[{i}]" for i in (0, 1)} <= rules(found)["NET01"]


def test_port_80_opened_to_the_world_is_named(applied: Project) -> None:
    def change(spec: Spec) -> None:
        spec["node_ingress"] = {
            "http": {
                "description": "Web",
                "from_port": 80,
                "cidr_blocks": ["0.0.0.0/0"],
                "open_to_the_world": True,
            }
        }

    found = changed(applied, change)
    assert found["verdict"] == "review"
    assert rules(found)["SG02"] == {"aws_security_group_rule.nodes-ingress-http"}


def test_a_nat_gateway_in_each_zone_keeps_the_first(applied: Project) -> None:
    plan = planned(applied, lambda spec: spec.update(networking={"nat": "per_zone"}))
    assert actions(plan) == {
        "aws_eip.nat-us-west-2b": ["create"],
        "aws_nat_gateway.nat_gateway-us-west-2b": ["create"],
        "aws_route_table.private-us-west-2b": ["create"],
        "aws_route_table_association.private[1]": ["update"],
    }


def test_destroy_is_an_outage(applied: Project) -> None:
    found = review(applied, applied.plan("lovelace", "-refresh=false", "-destroy"))
    assert found["verdict"] == "outage"
    assert rules(found)["EKS02"] == {"aws_eks_cluster.control_plane"}
