"""Physical names and tags."""

import inspect

import pytest

from constructs_lib import naming
from constructs_lib.spec.cluster import MAX_CLUSTER_NAME

ROLES = (naming.control_plane, naming.node)


def test_every_name_starts_with_the_clusters() -> None:
    for compose in (*ROLES, naming.nodes, naming.kube2iam, naming.bastion):
        assert compose("lovelace").startswith("lovelace-")
    assert naming.node_group("lovelace", "node").startswith("lovelace-")


def test_names_of_one_cluster_differ_where_they_must() -> None:
    assert naming.control_plane("a") != naming.node("a")
    assert naming.node_group("a", "batch") != naming.node_group("a", "node")


def test_the_longest_cluster_name_fits_into_a_role_name() -> None:
    longest = "a" * MAX_CLUSTER_NAME

    assert max(len(compose(longest)) for compose in ROLES) == naming.ROLE_NAME_LIMIT


@pytest.mark.parametrize(("key", "address"), [("node", "node"), ("batch", "node-batch")])
def test_only_the_chapters_group_has_the_chapters_address(key: str, address: str) -> None:
    assert naming.node_group_address(key) == address


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-west-2", "aws"),
        ("eu-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
    ],
)
def test_partition_follows_from_the_region(region: str, partition: str) -> None:
    assert naming.partition(region) == partition


def test_an_address_is_made_of_what_terraform_takes() -> None:
    policy = "arn:aws:iam::123456789012:policy/team/s3.Read+Write@shop"
    assert naming.attachment("pod-api", policy) == "pod-api-s3-Read-Write-shop"


def test_names_compose_a_terraform_variable_as_well_as_a_name() -> None:
    assert naming.cluster_tag("${var.cluster_name}") == (
        "kubernetes.io/cluster/${var.cluster_name}"
    )


def test_every_name_is_documented() -> None:
    for name, function in inspect.getmembers(naming, inspect.isfunction):
        assert function.__doc__, name
