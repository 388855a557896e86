"""Roles, and the managed policies they hold."""

from typing import Any

import pytest

from tests.conftest import Synth
from tests.terraform_json import blocks, of_kind

CHINA: dict[str, Any] = {
    "region": "cn-north-1",
    "availability_zones": ["cn-north-1a", "cn-north-1b"],
}
GOVCLOUD: dict[str, Any] = {
    "region": "us-gov-west-1",
    "availability_zones": ["us-gov-west-1a", "us-gov-west-1b"],
}


@pytest.mark.parametrize(
    ("role", "service"), [("control_plane", "eks.amazonaws.com"), ("node", "ec2.amazonaws.com")]
)
def test_only_its_service_takes_on_a_role(
    lovelace: dict[str, Any], role: str, service: str
) -> None:
    (statement,) = blocks(lovelace)[f"data.aws_iam_policy_document.{role}"]["statement"]

    assert statement["actions"] == ["sts:AssumeRole"]
    assert statement["principals"] == [{"type": "Service", "identifiers": [service]}]
    assert lovelace["resource"]["aws_iam_role"][role]["assume_role_policy"] == (
        f"${{data.aws_iam_policy_document.{role}.json}}"
    )


def test_roles_hold_these_policies_and_no_others(lovelace: dict[str, Any]) -> None:
    attachments = of_kind(lovelace, "aws_iam_role_policy_attachment")

    assert {(a["role"], a["policy_arn"].rpartition("/")[2]) for a in attachments.values()} == {
        ("${aws_iam_role.control_plane.name}", "AmazonEKSClusterPolicy"),
        ("${aws_iam_role.node.name}", "AmazonEKSWorkerNodePolicy"),
        ("${aws_iam_role.node.name}", "AmazonEKS_CNI_Policy"),
        ("${aws_iam_role.node.name}", "AmazonEC2ContainerRegistryReadOnly"),
    }


@pytest.mark.parametrize(("place", "partition"), [(CHINA, "aws-cn"), (GOVCLOUD, "aws-us-gov")])
def test_policies_are_of_the_regions_partition(
    synth: Synth, place: dict[str, Any], partition: str
) -> None:
    for attachment in of_kind(synth(**place), "aws_iam_role_policy_attachment").values():
        assert attachment["policy_arn"].startswith(f"arn:{partition}:iam::aws:policy/")


def test_ec2_has_another_name_in_china(synth: Synth) -> None:
    (statement,) = blocks(synth(**CHINA))["data.aws_iam_policy_document.node"]["statement"]

    assert statement["principals"][0]["identifiers"] == ["ec2.amazonaws.com.cn"]
