import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.aws import AwsEmulator
from tests.requirements import require

from .script import Script
from .server import ControlPlane


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def control_plane(aws: AwsEmulator, started_control_plane: ControlPlane) -> ControlPlane:
    """The API of `lovelace`, a cluster of this AWS, with nothing of earlier tests."""
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    started_control_plane.clear()
    started_control_plane.serve(aws)
    create_cluster(aws, "lovelace")
    return started_control_plane


@pytest.fixture
def script(aws: AwsEmulator, control_plane: ControlPlane, tmp_path: Path) -> Script:
    control_plane.serve(aws)
    return Script(aws, control_plane, tmp_path)


def create_cluster(aws: AwsEmulator, name: str, **options: Any) -> None:
    """Make a cluster in a VPC of its own, as little as EKS takes."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=aws.region + zone)
        for block, zone in (("10.1.0.0/24", "a"), ("10.1.1.0/24", "b"))
    ]
    aws.client("eks").create_cluster(
        name=name,
        roleArn="arn:aws:iam::123456789012:role/control-plane",
        resourcesVpcConfig={"subnetIds": [each["Subnet"]["SubnetId"] for each in subnets]},
        **options,
    )


Credentials = dict[str, str]


@pytest.fixture(scope="session")
def assume() -> Callable[..., Credentials]:
    """`assume(aws, role)`: what the AWS CLI needs of a role's session; the role is made."""

    def assume(aws: AwsEmulator, role: str, session: str = "ada") -> Credentials:
        iam = aws.client("iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
        arn = f"arn:aws:iam::123456789012:role/{role}"
        given = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    return assume


@pytest.fixture
def assumed(aws: AwsEmulator, assume: Callable[..., Credentials]) -> Callable[..., Credentials]:
    """`assumed(role)`: the same in the AWS of the module."""
    return lambda role, session="ada": assume(aws, role, session)
