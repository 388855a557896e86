"""Every example is applied, planned again without a change, and destroyed."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import golden, synthesis
from tests.emulator.aws import AwsEmulator
from tests.terraform.conftest import Cluster, add_node_images, not_there
from tests.terraform.project import CommandError, Project

NOT_MADE_HERE = "chapter7-as-printed"
"""A cluster that exists before its file: tests/adoption has it."""

IN_THE_GATE = ("finer-cut", "nat-per-zone", "private")

EXAMPLES = [
    pytest.param(path, id=path.stem, marks=[] if path.stem in IN_THE_GATE else pytest.mark.full)
    for path in sorted(golden.EXAMPLES.glob("*.yaml"))
    if path.stem != NOT_MADE_HERE and not golden.needs_version_6(golden.DIRECTORY / path.stem)
]


def _address(ec2: Any) -> str:
    return str(ec2.allocate_address(Domain="vpc")["AllocationId"])


def _transit_gateway(ec2: Any) -> str:
    return str(ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"])


def _peering(ec2: Any) -> str:
    vpcs = [ec2.create_vpc(CidrBlock=f"172.{number}.0.0/16")["Vpc"]["VpcId"] for number in (30, 31)]
    made = ec2.create_vpc_peering_connection(VpcId=vpcs[0], PeerVpcId=vpcs[1])
    return str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])


def _hosted_zone(aws: AwsEmulator, ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="172.29.0.0/16")["Vpc"]["VpcId"]
    made = aws.client("route53", "us-east-1").create_hosted_zone(
        Name="internal.example",
        CallerReference=str(uuid.uuid4()),
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": ec2.meta.region_name, "VPCId": vpc},
    )
    return str(made["HostedZone"]["Id"].rpartition("/")[2])


def existing_vpc(ec2: Any, region: str) -> dict[str, str]:
    """A VPC as its owner might have made it, with two zones: its ids by those of the example."""
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    tables = [
        ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        for _ in ("private", "public")
    ]
    subnets = []
    for number in range(8):
        made = ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.40.{number}.0/24",
            AvailabilityZone=f"{region}{'ab'[number % 2]}",
        )
        subnets.append(made["Subnet"]["SubnetId"])
    public = subnets[4:6]
    for first, tier in ((0, "private"), (2, "control-plane"), (4, "public"), (6, "pods")):
        named = {"Resources": subnets[first : first + 2]}
        ec2.create_tags(Tags=[{"Key": "tier", "Value": tier}], **named)
    for subnet in subnets:
        ec2.associate_route_table(SubnetId=subnet, RouteTableId=tables[subnet in public])
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[0], AllocationId=address)["NatGateway"]
    everywhere = {"DestinationCidrBlock": "0.0.0.0/0"}
    ec2.create_route(RouteTableId=tables[0], NatGatewayId=nat["NatGatewayId"], **everywhere)
    ec2.create_route(RouteTableId=tables[1], GatewayId=gateway, **everywhere)
    group = ec2.create_security_group(GroupName="office", Description="Office", VpcId=vpc)
    named = [f"subnet-0123456789abcdef{number}" for number in range(8)]
    return {
        "vpc-0123456789abcdef0": vpc,
        "sg-0123456789abcdef0": group["GroupId"],
        **dict(zip(named, subnets, strict=True)),
    }


def _vpn_gateway(ec2: Any) -> str:
    return str(ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"])


OF_THE_OWNER: Mapping[str, Callable[[Any], str]] = {
    "eipalloc": _address,
    "pcx": _peering,
    "tgw": _transit_gateway,
    "vgw": _vpn_gateway,
}
"""What an example expects to be there, by the start of its id."""


KEY = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
"""A key of the owner's, in examples."""


def with_what_is_there(text: str, aws: AwsEmulator) -> str:
    """The spec with ids of things that the account has."""
    region = re.search(r"(?m)^region: (\S+)", text)
    assert region
    ec2 = aws.client("ec2", region[1])
    for found in sorted(set(re.findall(rf"\b(?:{'|'.join(OF_THE_OWNER)})-[0-9a-f]{{17}}", text))):
        text = text.replace(found, OF_THE_OWNER[found.partition("-")[0]](ec2))
    if KEY in text:
        text = text.replace(KEY, aws.client("kms", region[1]).create_key()["KeyMetadata"]["Arn"])
    if "vpc-0123456789abcdef0" in text:
        for shown, made in existing_vpc(ec2, region[1]).items():
            text = text.replace(shown, made)
    text = re.sub("Z0123456789ABCDEFGHIJ", lambda _: _hosted_zone(aws, ec2), text)
    for bucket in re.findall(r"(?m)^ *bucket: (\S+)", text):
        aws.client("s3", "us-east-1").create_bucket(Bucket=bucket)
    return text


def protected(stack: Path) -> list[str]:
    """The addresses that no plan may destroy."""
    return [
        f"{kind}.{name}"
        for kind, named in json.loads(stack.read_text(encoding="utf-8"))["resource"].items()
        for name, block in named.items()
        if block.get("lifecycle", {}).get("prevent_destroy")
    ]


def allowing(text: str, address: str) -> str:
    """The spec with the way out of docs/how-to/choose-the-control-plane.md."""
    spec = yaml.safe_load(text)
    overrides = spec.setdefault("overrides", {}).setdefault(address, {})
    overrides["lifecycle"] = {"prevent_destroy": False}
    return yaml.safe_dump(spec)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_applied_then_changes_nothing_and_leaves_nothing(
    example: Path, tmp_path: Path, aws: AwsEmulator, kubernetes: Cluster
) -> None:
    kubernetes.clear()
    text = with_what_is_there(example.read_text(encoding="utf-8"), aws)
    name = synthesis.name_of(text)
    if "us-west-2" not in text:
        add_node_images(aws, "us-east-1")
    project = Project(tmp_path / "project", aws, {name: text})
    project.synth()
    project.init(name)

    assert "Apply complete!" in project.apply(name)
    assert not_there(kubernetes, project.stack(name)) == []
    printed = project.terraform(name, "plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert "No changes." in printed
    for address in protected(project.stack(name) / golden.JSON):
        with pytest.raises(CommandError, match="Instance cannot be destroyed"):
            project.plan(name, "-destroy")
        text = allowing(text, address)
    project.write_spec(name, text)
    project.synth()
    project.terraform(name, "destroy", "-input=false", "-auto-approve", "-no-color")
    assert project.terraform(name, "state", "list") == ""
