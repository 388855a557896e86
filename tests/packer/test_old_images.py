"""packer/old-images with the real AWS CLI, on an account with images of several ages."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.tables.node_image import NodeImage
from tests.emulator.aws import AwsEmulator
from tests.packer.node_images import ami_name
from tests.programs import write_aws

from .paths import PACKER

IMAGE = NodeImage.read()


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


def add(aws: AwsEmulator, day: int, minor: str = "1.36", architecture: str = "amd64") -> str:
    return aws.add_image(
        ami_name(
            IMAGE,
            kubernetes_minor=minor,
            ubuntu_codename="noble",
            architecture=architecture,
            kubelet_version=f"{minor}.2",
            timestamp=f"202611{day:02}000000",
        )
    )


def run(aws: AwsEmulator, path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    programs = write_aws(path / "bin").parent
    return subprocess.run(
        [sys.executable, PACKER / "old-images", *arguments],
        env={**aws.environment(os.environ), "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_newest_those_in_use_and_those_that_are_shared_stay(
    aws: AwsEmulator, tmp_path: Path
) -> None:
    ec2 = aws.client("ec2")
    running, in_template, in_group, shared, old, *newest = [add(aws, day) for day in range(1, 8)]
    other_architecture, other_minor = add(aws, 1, architecture="arm64"), add(aws, 1, minor="1.35")
    foreign = aws.add_image("eks-worker-of-somebody")
    (instance,) = ec2.run_instances(ImageId=running, MinCount=1, MaxCount=1)["Instances"]
    ec2.create_launch_template(
        LaunchTemplateName="spare", LaunchTemplateData={"ImageId": in_template}
    )
    ec2.create_launch_template(LaunchTemplateName="group", LaunchTemplateData={"ImageId": in_group})
    ec2.create_launch_template_version(
        LaunchTemplateName="group", LaunchTemplateData={"ImageId": newest[1]}
    )
    ec2.modify_launch_template(LaunchTemplateName="group", DefaultVersion="2")
    aws.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="g",
        LaunchTemplate={"LaunchTemplateName": "group", "Version": "1"},
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["us-west-2a"],
    )
    ec2.modify_image_attribute(
        ImageId=shared, LaunchPermission={"Add": [{"UserId": "111122223333"}]}
    )
    there = {image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"]}

    listed = run(aws, tmp_path, "--keep", "2")
    assert listed.returncode == 0, listed.stderr
    said = {line.split()[0]: line.split("  ")[-1] for line in listed.stdout.splitlines()}
    assert said == {
        newest[1]: "stays: one of the newest 2",
        newest[0]: "stays: one of the newest 2",
        old: "old",
        shared: "stays: shared with 111122223333",
        in_group: "stays: used by group version 1",
        in_template: "stays: used by spare version 1",
        running: f"stays: used by {instance['InstanceId']}",
        other_architecture: "stays: one of the newest 2",
        other_minor: "stays: one of the newest 2",
        "1": "1 old; --delete removes them",
    }
    assert {i["ImageId"] for i in ec2.describe_images(Owners=["self"])["Images"]} == there

    removed = run(aws, tmp_path, "--keep", "2", "--delete")
    assert removed.returncode == 0, removed.stderr
    assert removed.stdout.splitlines()[-1] == f"removed {old}"
    left = {image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"]}
    assert there - left == {old}
    assert foreign in left


def test_what_the_aws_cli_says_is_told_in_a_line(aws: AwsEmulator, tmp_path: Path) -> None:
    environment = {**aws.environment(os.environ), "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, PACKER / "old-images"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = "packer/old-images: the AWS CLI is not on PATH; install it, version 2\n"
    assert (done.returncode, done.stderr) == (1, said)
    done = run(aws, tmp_path, "--keep", "0")
    assert done.returncode != 0
    assert "keep at least one" in done.stderr
