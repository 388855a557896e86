"""Roles for controllers whose charts are the owner's."""

import json
from typing import Any

import pytest

from constructs_lib.tables import controllers
from tests import synthesis
from tests.terraform_json import blocks

ALL = {"load_balancers": True, "external_dns_zones": ["Z123"], "karpenter": True}
NAMES = ("external-dns", "karpenter", "lb-controller")
LIMIT = 10_240
"""Characters of the policies inside a role, white space aside.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def synth(**changes: Any) -> dict[str, Any]:
    return synthesis.synth({**synthesis.SMALLEST, "controllers": ALL, **changes})


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return blocks(synth())


def statements(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    document: list[dict[str, Any]] = found[f"data.aws_iam_policy_document.{name}"]["statement"]
    return document


def conditions(statement: dict[str, Any]) -> dict[str, list[str]]:
    return {each["variable"]: each["values"] for each in statement.get("condition", [])}


def test_there_are_none_unless_asked_for() -> None:
    resources = synth(controllers={})["resource"]

    assert not set(NAMES) & resources["aws_iam_role"].keys()


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_role_for_its_charts_account_alone(found: dict[str, Any], name: str) -> None:
    association = found[f"aws_eks_pod_identity_association.{name}"]
    namespace, account = controllers.ACCOUNTS[name]

    assert (association["namespace"], association["service_account"]) == (namespace, account)
    assert association["role_arn"] == f"${{aws_iam_role.{name}.arn}}"
    (trust,) = statements(found, f"{name}-trust")
    assert conditions(trust)["aws:RequestTag/kubernetes-service-account"] == [account]
    assert "aws_eks_addon.eks-pod-identity-agent" in found


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_fits_into_its_role_whatever_the_clusters_name(
    found: dict[str, Any], name: str
) -> None:
    text = json.dumps(statements(found, name), separators=(",", ":"))

    assert len(text.replace("${var.cluster_name}", "a" * 50)) < LIMIT


def test_load_balancers_of_other_clusters_are_out_of_reach(found: dict[str, Any]) -> None:
    by_action = {a: s for s in statements(found, "lb-controller") for a in s["actions"]}

    for action in (
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteTags",
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
    ):
        tag = conditions(by_action[action])["aws:ResourceTag/elbv2.k8s.aws/cluster"]
        assert tag == ["${var.cluster_name}"]


def test_external_dns_writes_in_its_zones_alone(found: dict[str, Any]) -> None:
    writing, listing = statements(found, "external-dns")

    assert writing["resources"] == ["arn:aws:route53:::hostedzone/Z123"]
    assert listing["actions"] == ["route53:ListHostedZones"]


def test_karpenter_ends_its_own_nodes_alone_and_passes_the_nodes_role(
    found: dict[str, Any],
) -> None:
    by_action = {a: s for s in statements(found, "karpenter") for a in s["actions"]}

    ending = conditions(by_action["ec2:TerminateInstances"])
    assert ending == {
        "aws:ResourceTag/kubernetes.io/cluster/${var.cluster_name}": ["owned"],
        "aws:ResourceTag/karpenter.sh/nodepool": ["*"],
    }
    assert by_action["iam:PassRole"]["resources"] == ["${aws_iam_role.node.arn}"]
    assert by_action["iam:GetInstanceProfile"]["resources"] == [
        "${aws_iam_instance_profile.node.arn}"
    ]


def test_where_pods_have_irsa_alone_charts_are_told_the_roles() -> None:
    document = synth(pod_identity="irsa")

    assert "aws_eks_pod_identity_association" not in document["resource"]
    assert "aws_eks_addon" not in document["resource"]
    assert document["output"]["controller_role_arns"]["value"] == {
        name: f"${{aws_iam_role.{name}.arn}}" for name in NAMES
    }
