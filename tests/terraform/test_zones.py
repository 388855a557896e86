"""Subnets by zone: what each change of the network plans on a cluster that runs."""

from typing import Any

import pytest
import yaml

from tests import golden
from tests.emulator.aws import AwsEmulator
from tests.terraform.conftest import add_node_images
from tests.terraform.project import Project
from tests.terraform.project import changed as actions

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("kubernetes")]

NAME = "subnets-by-zone"
Spec = dict[str, Any]


def _example() -> Spec:
    spec: Spec = yaml.safe_load((golden.EXAMPLES / f"{NAME}.yaml").read_text(encoding="utf-8"))
    return spec


def _first() -> Spec:
    """The example with one gateway, usual addresses for pods, and no control plane in zone b."""
    spec = _example()
    network = spec["networking"]
    network["nat"] = "single"
    del network["pod_cidrs"], spec["addons"]
    for ranges in network["subnets"].values():
        del ranges["pods"]
    spec["control_plane"]["availability_zones"] = [f"us-east-1{letter}" for letter in "acd"]
    return spec


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, aws: AwsEmulator) -> Project:
    add_node_images(aws, "us-east-1")
    path = tmp_path_factory.mktemp("zones") / "project"
    project = Project(path, aws, {NAME: yaml.safe_dump(_first())})
    project.synth()
    project.init(NAME)
    project.apply(NAME)
    return project


def _planned(project: Project, spec: Spec) -> dict[str, Any]:
    project.write_spec(NAME, yaml.safe_dump(spec))
    project.synth()
    return actions(project.plan(NAME))


def test_a_zone_leaves_from_the_middle_without_a_word_to_the_others(applied: Project) -> None:
    spec = _first()
    spec["availability_zones"].remove("us-east-1b")
    del spec["networking"]["subnets"]["us-east-1b"]

    planned = _planned(applied, spec)

    gone = {address for address, action in planned.items() if "delete" in action}
    assert gone == {
        'aws_route_table_association.private["us-east-1b"]',
        'aws_route_table_association.public["us-east-1b"]',
        "aws_route_table.private-us-east-1b",
        'aws_subnet.private["us-east-1b"]',
        'aws_subnet.public["us-east-1b"]',
    }
    assert all(planned[address] == ["delete"] for address in gone)


def test_a_gateway_in_each_zone_changes_routes_alone(applied: Project) -> None:
    spec = _first()
    spec["networking"]["nat"] = "per_zone"

    planned = _planned(applied, spec)

    zones = [f"us-east-1{letter}" for letter in "bcd"]
    assert planned == {
        **{f"aws_eip.nat-{zone}": ["create"] for zone in zones},
        **{f"aws_nat_gateway.nat_gateway-{zone}": ["create"] for zone in zones},
        **{f"aws_route_table.private-{zone}": ["update"] for zone in zones},
    }


def test_pods_get_ranges_of_their_own_in_place(applied: Project) -> None:
    spec = _first()
    example = _example()
    for key in ("pod_cidrs", "subnets"):
        spec["networking"][key] = example["networking"][key]
    spec["networking"]["pods_per_node"] = "high"
    spec["addons"] = example["addons"]

    planned = _planned(applied, spec)

    assert not [address for address, action in planned.items() if "delete" in action]
    assert planned["aws_launch_template.node"] == ["update"]
    assert {address for address, action in planned.items() if action == ["create"]} == {
        "aws_eks_addon.vpc-cni",
        "aws_vpc_ipv4_cidr_block_association.pods-100-64-0-0-17",
        "aws_vpc_ipv4_cidr_block_association.pods-100-65-0-0-17",
        *(f'aws_subnet.pods["us-east-1{letter}"]' for letter in "abcd"),
        *(f'aws_route_table_association.pods["us-east-1{letter}"]' for letter in "abcd"),
    }
