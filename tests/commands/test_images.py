"""`eks-cluster images`, with the real AWS CLI, on an account with images of several ages."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.tables.node_image import NodeImage
from tests import synthesis
from tests.emulator.aws import AwsEmulator
from tests.packer.node_images import ami_name
from tests.programs import write_aws

OWN = NodeImage.read()
HEAD = "name: ada\nregion: us-west-2\navailability_zones: [us-west-2a, us-west-2b]\n"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


def add(aws: AwsEmulator, day: int, architecture: str = "amd64") -> str:
    return aws.add_image(
        ami_name(
            OWN,
            kubernetes_minor="1.36",
            ubuntu_codename="noble",
            architecture=architecture,
            kubelet_version="1.36.2",
            timestamp=f"202611{day:02}000000",
        ),
        architecture={"amd64": "x86_64"}.get(architecture, architecture),
    )


def images(
    aws: AwsEmulator, path: Path, groups: str, *arguments: str, head: str = HEAD, **variables: str
) -> "subprocess.CompletedProcess[str]":
    (path / "clusters").mkdir(exist_ok=True)
    (path / "clusters" / "ada.yaml").write_text(f"{head}node_groups:\n{groups}")
    programs = write_aws(path / "bin").parent
    environment = {**aws.environment(os.environ), "PYTHONPATH": str(synthesis.ROOT)}
    environment |= {"PATH": f"{programs}:{os.environ['PATH']}", **variables}
    return subprocess.run(
        [sys.executable, "-m", "commands", "images", *arguments],
        cwd=path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_of_our_own_image_the_newest_of_the_architecture_is_told(
    aws: AwsEmulator, tmp_path: Path
) -> None:
    old, new = add(aws, 1), add(aws, 2)
    arm = add(aws, 3, architecture="arm64")
    told = images(
        aws,
        tmp_path,
        "  node: {}\n"
        "  arm: {instance_type: c7g.large, image: {release: 1.36.2-20261103000000}}\n"
        "  held: {image: {release: 1.36.2-20261101000000}}\n"
        f"  named: {{image: {{id: {old}}}}}\n"
        "  gone: {image: {id: ami-0123456789abcdef0}}\n"
        "  jobs: {kind: fargate, selectors: [{namespace: jobs}]}\n",
        "ada",
    )
    name = next(i["Name"] for i in aws.client("ec2").describe_images(ImageIds=[old])["Images"])
    newest = f"1.36.2-20261102000000 ({new})"
    assert told.stderr == ""
    assert told.stdout.splitlines() == [
        f"ada: node (packer x86_64): new nodes run the newest, {newest}",
        f"ada: arm (packer arm64): pinned to 1.36.2-20261103000000 ({arm}), the newest",
        f"ada: held (packer x86_64): pinned to 1.36.2-20261101000000; newest is {newest}",
        f"ada: named (packer x86_64): pinned to {old} ({name}); newest is {newest}",
        "ada: gone (packer x86_64): pinned to ami-0123456789abcdef0, which is not there: no node "
        f"starts; newest is {newest}",
    ]


def test_of_amazons_and_canonicals_the_published_one_is_told(
    aws: AwsEmulator, tmp_path: Path
) -> None:
    prefix = "/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/x86_64/standard/recommended"
    parameter = aws.client("ssm").get_parameter(Name=f"{prefix}/image_id")["Parameter"]["Value"]
    told = images(
        aws,
        tmp_path,
        "  node: {image: {family: al2023, release: 1.35.4-20251201}}\n"
        "  eks: {kind: managed, image: {family: al2023}}\n"
        "  held: {kind: managed, image: {family: al2023, release: 1.36.0-20260101}}\n"
        '  ubuntu: {image: {family: ubuntu-eks, release: "20251201"}}\n'
        "  rocket: {image: {family: bottlerocket, release: 1.53.0}}\n",
    )
    newest = f"1.36.0-20260101 ({parameter})"
    assert told.stderr == ""
    assert told.stdout.splitlines() == [
        f"ada: node (al2023 x86_64 standard): pinned to 1.35.4-20251201; newest is {newest}",
        "ada: eks (al2023 x86_64 standard): EKS chose when the group was made, or moved up; newest "
        f"is {newest}",
        f"ada: held (al2023 x86_64 standard): pinned to {newest}, the newest",
        f"ada: ubuntu (ubuntu-eks x86_64): pinned to 20251201; newest is {parameter}",
        "ada: rocket (bottlerocket x86_64 standard): pinned to 1.53.0; newest is 1.54.0 "
        f"({parameter})",
    ]


def test_where_nobody_has_built_an_image_the_way_to_one_is_told(
    aws: AwsEmulator, tmp_path: Path
) -> None:
    told = images(aws, tmp_path, "  node: {}\n", head=f'{HEAD}kubernetes_version: "1.33"\n')
    assert told.stdout == (
        "ada: node (packer x86_64): no image of this version is there; build one "
        "(docs/how-to/node-image.md)\n"
    )


def test_a_role_is_assumed_where_the_spec_names_one(aws: AwsEmulator, tmp_path: Path) -> None:
    head = f"{HEAD}role_arn: arn:aws:iam::111122223333:role/platform\n"
    told = images(aws, tmp_path, "  node: {}\n", head=head)
    assert (told.returncode, told.stderr) == (0, "")
    assert "no image of this version is there" in told.stdout  # the other account has built none


def test_without_credentials_one_sentence_says_so(aws: AwsEmulator, tmp_path: Path) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    told = images(aws, tmp_path, "  node: {}\n", **nobody)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("aws ec2 describe-images: ")
    assert "credentials" in told.stderr
    assert told.stderr.endswith("name credentials that may do that (AWS_PROFILE)\n")
    assert told.stderr.count("\n") == 1


def test_without_the_aws_cli_one_sentence_says_so(aws: AwsEmulator, tmp_path: Path) -> None:
    told = images(aws, tmp_path, "  node: {}\n", PATH=str(tmp_path / "nothing"))
    assert told.returncode == 1
    assert told.stderr.startswith("needs the AWS CLI, which is not on PATH; see https://")
