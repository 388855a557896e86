"""IAM roles of pods: whom they trust by each way, and what they may do."""

from typing import Any

import pytest

from tests.conftest import Synth
from tests.terraform_json import blocks

AGENT = {"eks-pod-identity-agent": {"addon_version": "eks_default"}}
ROLE = {
    "namespace": "shop",
    "service_account": "api",
    "policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
}


def trust(document: dict[str, Any], role: str = "pod-api") -> dict[str, dict[str, Any]]:
    """The statements of a role's trust policy by their sids."""
    found = blocks(document)[f"data.aws_iam_policy_document.{role}-trust"]["statement"]
    return {statement["sid"]: statement for statement in found}


def conditions(statement: dict[str, Any]) -> dict[str, list[str]]:
    return {c["variable"]: c["values"] for c in statement["condition"]}


def test_pod_identity_gives_a_role_to_one_service_account_of_this_cluster(synth: Synth) -> None:
    found = synth(pod_identity={"by": ["eks_pod_identity"], "roles": {"api": ROLE}}, addons=AGENT)

    assert list(trust(found)) == ["PodIdentity"]
    statement = trust(found)["PodIdentity"]
    assert statement["actions"] == ["sts:AssumeRole", "sts:TagSession"]
    assert conditions(statement) == {
        "aws:RequestTag/eks-cluster-arn": ["${aws_eks_cluster.control_plane.arn}"],
        "aws:RequestTag/kubernetes-namespace": ["shop"],
        "aws:RequestTag/kubernetes-service-account": ["api"],
    }
    association = found["resource"]["aws_eks_pod_identity_association"]["pod-api"]
    assert (association["namespace"], association["service_account"]) == ("shop", "api")
    assert association["role_arn"] == "${aws_iam_role.pod-api.arn}"
    assert (
        "null_resource" not in found["resource"]
        or "kube2iam" not in found["resource"]["null_resource"]
    )


def test_irsa_has_a_provider_without_a_thumbprint(synth: Synth) -> None:
    found = synth(pod_identity={"by": ["irsa"], "roles": {"api": ROLE}})

    provider = found["resource"]["aws_iam_openid_connect_provider"]["irsa"]
    assert provider["client_id_list"] == ["sts.amazonaws.com"]
    assert provider["url"] == "${aws_eks_cluster.control_plane.identity[0].oidc[0].issuer}"
    assert "thumbprint_list" not in provider
    (issuer_aud, aud), (issuer_sub, sub) = conditions(trust(found)["Irsa"]).items()
    assert (issuer_aud.endswith(":aud"), aud) == (True, ["sts.amazonaws.com"])
    assert (issuer_sub.endswith(":sub"), sub) == (True, ["system:serviceaccount:shop:api"])


def test_a_role_trusts_every_way_that_the_cluster_has(synth: Synth) -> None:
    ways = ["kube2iam", "irsa", "eks_pod_identity"]
    found = synth(pod_identity={"by": ways, "roles": {"api": ROLE}}, addons=AGENT)

    assert sorted(trust(found)) == ["Irsa", "Kube2iam", "PodIdentity"]
    assert trust(found)["Kube2iam"]["principals"][0]["identifiers"] == ["${aws_iam_role.node.arn}"]


def test_kube2iam_reaches_the_roles_by_their_path(synth: Synth) -> None:
    role = synth(pod_identity={"roles": {"api": ROLE}})["resource"]["aws_iam_role"]["pod-api"]

    assert role["path"] == "/${var.cluster_name}/"


@pytest.mark.parametrize("word", ["none", "irsa"])
def test_without_kube2iam_the_nodes_assume_no_role(synth: Synth, word: str) -> None:
    found = synth(pod_identity=word)

    assert "aws_iam_role_policy" not in found["resource"]
    assert "kube2iam_manifest" not in found["locals"]


def test_the_ebs_driver_gets_its_role_by_pod_identity(synth: Synth) -> None:
    addons = {**AGENT, "aws-ebs-csi-driver": {"addon_version": "eks_default"}}
    found = synth(pod_identity="eks_pod_identity", addons=addons)

    addon = found["resource"]["aws_eks_addon"]["aws-ebs-csi-driver"]
    assert addon["pod_identity_association"] == [
        {
            "role_arn": "${aws_iam_role.addon-aws-ebs-csi-driver.arn}",
            "service_account": "ebs-csi-controller-sa",
        }
    ]
    assert "service_account_role_arn" not in addon
    (attachment,) = [a for a in addon["depends_on"] if "role_policy_attachment" in a]
    assert attachment.startswith("aws_iam_role_policy_attachment.addon-aws-ebs-csi-driver-")


def test_and_by_irsa_where_that_is_the_way(synth: Synth) -> None:
    addons = {"aws-ebs-csi-driver": {"addon_version": "eks_default"}}
    found = synth(pod_identity={"by": ["kube2iam", "irsa"]}, addons=addons)

    addon = found["resource"]["aws_eks_addon"]["aws-ebs-csi-driver"]
    assert addon["service_account_role_arn"] == "${aws_iam_role.addon-aws-ebs-csi-driver.arn}"
    assert "pod_identity_association" not in addon
    assert list(trust(found, "addon-aws-ebs-csi-driver")) == ["Irsa"]


def test_statements_are_a_policy_of_the_roles_own(synth: Synth) -> None:
    statement = {
        "actions": ["s3:ListBucket"],
        "resources": ["arn:aws:s3:::b"],
        "conditions": {"StringLike": {"s3:prefix": ["a/*"]}},
    }
    role = {"namespace": "shop", "service_account": "api", "statements": [statement]}
    found = synth(pod_identity={"by": ["irsa"], "roles": {"api": role}})

    (allowed,) = blocks(found)["data.aws_iam_policy_document.pod-api"]["statement"]
    assert allowed == {
        "actions": ["s3:ListBucket"],
        "resources": ["arn:aws:s3:::b"],
        "condition": [{"test": "StringLike", "values": ["a/*"], "variable": "s3:prefix"}],
    }
    assert found["resource"]["aws_iam_role_policy"]["pod-api"]["role"] == (
        "${aws_iam_role.pod-api.id}"
    )


def test_pods_roles_are_as_the_organisation_wants_them(synth: Synth) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    wanted = {"path": "/clusters/", "name_prefix": "acme-", "permissions_boundary": boundary}
    found = synth(iam=wanted, pod_identity={"roles": {"api": ROLE}})

    role = found["resource"]["aws_iam_role"]["pod-api"]
    assert role["name"] == "acme-${var.cluster_name}-pod-api"
    assert role["path"] == "/clusters/${var.cluster_name}/"
    assert role["permissions_boundary"] == boundary
    (reach,) = [
        s
        for s in blocks(found)["data.aws_iam_policy_document.kube2iam"]["statement"]
        if s["sid"] == "PodRoles"
    ]
    assert reach["resources"][0].endswith(":role/clusters/${var.cluster_name}/*")
