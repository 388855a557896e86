"""cluster-autoscaler: its role, its image, and what its manifest is told."""

from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.terraform_json import blocks

SPEC = {**synthesis.SMALLEST, "cluster_autoscaler": True}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return blocks(synthesis.synth(SPEC))


def manifest(**changes: Any) -> str:
    document = synthesis.synth({**SPEC, **changes})
    text: str = document["locals"]["cluster-autoscaler_manifest"]
    return text


def test_there_is_none_unless_asked_for() -> None:
    resources = synthesis.synth(synthesis.SMALLEST)["resource"]

    assert "cluster-autoscaler" not in {*resources["null_resource"], *resources["aws_iam_role"]}


def test_it_changes_groups_with_the_clusters_tag_alone(found: dict[str, Any]) -> None:
    changing, looking = found["data.aws_iam_policy_document.cluster-autoscaler"]["statement"]

    assert changing["actions"] == [
        "autoscaling:SetDesiredCapacity",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
    ]
    assert changing["resources"] == ["arn:aws:autoscaling:eu-central-1:*:autoScalingGroup:*"]
    (condition,) = changing["condition"]
    tags = {t["key"]: t["value"] for t in found["aws_autoscaling_group.node"]["tag"]}
    assert condition["variable"].removeprefix("aws:ResourceTag/") in tags
    assert condition["values"] == [tags[condition["variable"].removeprefix("aws:ResourceTag/")]]
    assert all(
        action.partition(":")[2].startswith(("Describe", "Get")) for action in looking["actions"]
    )


def test_its_role_is_there_before_its_pods(found: dict[str, Any]) -> None:
    association = found["aws_eks_pod_identity_association.cluster-autoscaler"]

    assert association["service_account"] == "cluster-autoscaler"
    assert association["role_arn"] == "${aws_iam_role.cluster-autoscaler.arn}"
    assert found["null_resource.cluster-autoscaler"]["depends_on"] == [
        "aws_iam_role_policy.cluster-autoscaler",
        "aws_eks_pod_identity_association.cluster-autoscaler",
    ]
    assert "aws_eks_addon.eks-pod-identity-agent" in found


def test_it_looks_for_the_tags_that_the_groups_have(found: dict[str, Any]) -> None:
    discovery = next(line for line in manifest().splitlines() if "asg:tag=" in line)
    tags = {tag["key"] for tag in found["aws_autoscaling_group.node"]["tag"]}

    assert set(discovery.partition("asg:tag=")[2].split(",")) <= tags


@pytest.mark.parametrize(
    ("version", "tag"), [("1.34", "v1.34.5"), ("1.36", "v1.36.1"), ("1.37", "v1.36.1")]
)
def test_its_image_is_of_the_clusters_version(version: str, tag: str) -> None:
    text = manifest(kubernetes_version=version)

    assert f'image: "registry.k8s.io/autoscaling/cluster-autoscaler:{tag}"' in text


def test_an_image_of_the_owners_takes_the_place() -> None:
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/autoscaler:v1.36.1"
    text = manifest(cluster_autoscaler={"enabled": True, "image": image})

    assert f'image: "{image}"' in text
    assert "registry.k8s.io" not in text


def test_where_pods_have_irsa_alone_the_account_names_the_role() -> None:
    document = synthesis.synth({**SPEC, "pod_identity": "irsa"})
    text = document["locals"]["cluster-autoscaler_manifest"]
    (account,) = [each for each in yaml.safe_load_all(text) if each["kind"] == "ServiceAccount"]

    role = {"eks.amazonaws.com/role-arn": "${aws_iam_role.cluster-autoscaler.arn}"}
    assert account["metadata"]["annotations"] == role
    assert "aws_eks_pod_identity_association" not in document["resource"]
    trust = blocks(document)["data.aws_iam_policy_document.cluster-autoscaler-trust"]
    assert [statement["sid"] for statement in trust["statement"]] == ["Irsa"]


def test_else_it_names_none() -> None:
    assert "role-arn" not in manifest()
