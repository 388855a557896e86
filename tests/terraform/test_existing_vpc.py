"""A VPC that is there: what would never work ends the plan, and says which key of the spec."""

import re
from pathlib import Path

import pytest

from tests import golden
from tests.emulator.aws import AwsEmulator
from tests.terraform.project import Project
from tests.terraform.test_examples import existing_vpc

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("kubernetes")]

REGION = "us-west-2"


def _spec(ids: dict[str, str], example: str = "existing-vpc") -> str:
    text = (golden.EXAMPLES / f"{example}.yaml").read_text(encoding="utf-8")
    for shown, made in ids.items():
        text = text.replace(shown, made)
    return re.sub(r"(?m)^  private_zones:.*\n", "", text)


def _said(project: Project, name: str = "existing-vpc") -> str:
    """What a plan prints, as one line."""
    project.synth()
    printed = project.complete(
        *(project.program, "plan", "-input=false", "-no-color"), directory=project.stack(name)
    ).stdout
    return " ".join(re.sub("[│╷╵]", " ", printed).split())


def test_a_plan_names_the_key_of_whatever_does_not_fit(tmp_path: Path, aws: AwsEmulator) -> None:
    ec2 = aws.client("ec2", REGION)
    ids = existing_vpc(ec2, REGION)
    other = existing_vpc(ec2, REGION)
    first, second, fourth = (ids[f"subnet-0123456789abcdef{n}"] for n in (0, 1, 3))
    foreign = other["subnet-0123456789abcdef3"]
    vpc = ids["vpc-0123456789abcdef0"]
    good = _spec(ids)
    project = Project(tmp_path / "project", aws, {"existing-vpc": good})
    project.synth()
    project.init("existing-vpc")

    fine = _said(project)
    assert "Plan:" in fine
    assert "Warning: Check block assertion failed" not in fine

    project.write_spec("existing-vpc", good.replace(fourth, foreign))
    assert (
        f"networking.vpc.control_plane_subnets: {foreign} is in another VPC, "
        f"{other['vpc-0123456789abcdef0']}." in _said(project)
    )

    project.write_spec("existing-vpc", good.replace(f", {fourth}", ""))
    assert "networking.vpc.control_plane_subnets: EKS wants subnets in at least two zones." in (
        _said(project)
    )

    zones = "availability_zones: [us-west-2a, us-west-2b]"
    project.write_spec("existing-vpc", good.replace(zones, zones.replace("b]", "c]")))
    said = _said(project)
    for kind, subnet in (("private", second), ("control_plane", fourth)):
        assert (
            f"networking.vpc.{kind}_subnets: {subnet} is in us-west-2b, which is not among "
            "availability_zones; add the zone or leave the subnet out." in said
        )

    project.write_spec("existing-vpc", good.replace(f"{first}, {second}", first))
    assert (
        "networking.vpc.private_subnets: none is in us-west-2b of availability_zones; add one or "
        "leave the zone out." in _said(project)
    )

    pod = ids["subnet-0123456789abcdef7"]
    project.write_spec("existing-vpc", good.replace(f", {pod}", ""))
    assert "networking.vpc.pod_subnets: name one subnet in each of availability_zones" in (
        _said(project)
    )

    project.write_spec("existing-vpc", good.replace("tier: public", "tier: nowhere"))
    assert (
        "networking.vpc.public_subnets: no subnet of the cluster's zones has these tags; where "
        "another account shares the VPC, its tags are not seen here: name the ids."
        in _said(project)
    )

    service = "control_plane: {service_ipv4_cidr: 10.40.128.0/20}\naccess:"
    project.write_spec("existing-vpc", good.replace("access:", service))
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    said = _said(project)
    assert (
        f"networking.vpc.id: {vpc} overlaps the range of the Services, 10.40.128.0/20; set "
        "control_plane.service_ipv4_cidr to another." in said
    )
    assert f"networking.vpc.id: {vpc} has no DNS of its own" in said
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})


def test_what_may_be_right_is_a_warning(tmp_path: Path, aws: AwsEmulator) -> None:
    ec2 = aws.client("ec2", REGION)
    ids = existing_vpc(ec2, REGION)
    private = ids["subnet-0123456789abcdef0"]
    (table,) = ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [private]}]
    )["RouteTables"]
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    project = Project(tmp_path / "project", aws, {"existing-vpc": _spec(ids)})
    project.synth()
    project.init("existing-vpc")

    said = _said(project)

    assert "Plan:" in said
    assert "networking.vpc.private_subnets:" in said
    assert "have no route to 0.0.0.0/0 but by an internet gateway" in said
    assert "networking.vpc.public_subnets" not in said


def test_a_plan_names_the_group_whose_place_does_not_fit(tmp_path: Path, aws: AwsEmulator) -> None:
    ec2 = aws.client("ec2", REGION)
    ids, other = existing_vpc(ec2, REGION), existing_vpc(ec2, REGION)
    name = "groups-of-their-own"
    good = _spec(ids, name)
    project = Project(tmp_path / "project", aws, {name: good})
    project.synth()
    project.init(name)
    assert "Plan:" in _said(project, name)

    subnet = "subnet-0123456789abcdef6"
    project.write_spec(name, good.replace(ids[subnet], other[subnet]))
    assert (
        f"node_groups.game.subnet_ids: {other[subnet]} is in another VPC, "
        f"{other['vpc-0123456789abcdef0']}." in _said(project, name)
    )

    group = "sg-0123456789abcdef0"
    project.write_spec(name, good.replace(ids[group], other[group]))
    said = _said(project, name)
    for key in ("system", "game"):
        assert (
            f"node_groups.{key}.security_group_ids: {other[group]} is of another VPC, "
            f"{other['vpc-0123456789abcdef0']}." in said
        )

    project.write_spec(name, good)
    tag = f"kubernetes.io/cluster/{name}"
    ec2.create_tags(Resources=[ids[group]], Tags=[{"Key": tag, "Value": "owned"}])
    assert (
        f"node_groups.game.security_group_ids: {ids[group]} has the tag {tag}, which one security "
        "group of a node may have, the cluster's; take the tag away." in _said(project, name)
    )
