"""Who gets into the cluster: each rule with a plan that fires it and a near one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from .build import CREATE, DELETE, change, cluster, found, reviewed, same, update

EKS = "aws_eks_cluster.control_plane"
ARN = "arn:aws:eks:us-west-2:123456789012:cluster/lovelace"
OURS = "arn:aws:iam::123456789012:role/ci"
THEIRS = "arn:aws:iam::999999999999:role/vendor"
STANDING = same(EKS, cluster(arn=ARN))


def mode(old: str, new: str) -> list[tuple[str, str]]:
    before = cluster(access_config=[{"authentication_mode": old}])
    return found(reviewed(update(EKS, before, access_config=[{"authentication_mode": new}])))


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("API", "CONFIG_MAP", "will-fail"),
        ("API", "API_AND_CONFIG_MAP", "will-fail"),
        ("API_AND_CONFIG_MAP", "CONFIG_MAP", "will-fail"),
        ("CONFIG_MAP", "API_AND_CONFIG_MAP", "review"),
        ("API_AND_CONFIG_MAP", "API", "review"),
    ],
)
def test_the_authentication_mode_goes_one_way(old: str, new: str, level: str) -> None:
    assert mode(old, new) == [("EKS16", level)]


def test_an_identity_provider_that_comes_is_for_review() -> None:
    oidc = {"cluster_name": "lovelace", "oidc": [{"issuer_url": "https://login.example.com"}]}
    comes = reviewed(STANDING, change("aws_eks_identity_provider_config.p", CREATE, None, oidc))
    assert found(comes) == [("EKS30", "review")]
    assert "https://login.example.com" in comes.findings[0].title
    stays = reviewed(STANDING, update("aws_eks_identity_provider_config.p", oidc, tags={"a": "b"}))
    assert found(stays) == []


def association(policy: str, who: str = OURS, scope: str = "cluster") -> dict[str, Any]:
    return {
        "cluster_name": "lovelace",
        "principal_arn": who,
        "policy_arn": f"arn:aws:eks::aws:cluster-access-policy/{policy}",
        "access_scope": [{"type": scope, "namespaces": []}],
    }


@pytest.mark.parametrize(
    ("policy", "who", "scope", "expected"),
    [
        ("AmazonEKSClusterAdminPolicy", OURS, "cluster", [("ACC01", "security")]),
        ("AmazonEKSAdminPolicy", OURS, "cluster", [("ACC01", "security")]),
        ("AmazonEKSAdminPolicy", OURS, "namespace", [("ACC01", "review")]),
        ("AmazonEKSAdminPolicy", THEIRS, "namespace", [("ACC01", "security")]),
        ("AmazonEKSAdminViewPolicy", OURS, "cluster", [("ACC01", "review")]),
        ("AmazonEKSViewPolicy", OURS, "cluster", []),
        ("AmazonEKSViewPolicy", THEIRS, "cluster", [("ACC01", "review")]),
    ],
)
def test_an_administrator_of_the_cluster_is_told(
    policy: str, who: str, scope: str, expected: list[tuple[str, str]]
) -> None:
    given = association(policy, who, scope)
    made = change("aws_eks_access_policy_association.a", CREATE, None, given)
    assert found(reviewed(STANDING, made)) == expected


def test_a_stranger_is_named_by_account_and_a_new_cluster_needs_an_administrator() -> None:
    given = association("AmazonEKSClusterAdminPolicy", THEIRS)
    made = change("aws_eks_access_policy_association.a", CREATE, None, given)
    assert "another account, `999999999999`" in reviewed(STANDING, made).findings[0].why
    ours = association("AmazonEKSClusterAdminPolicy")
    made = change("aws_eks_access_policy_association.a", CREATE, None, ours)
    new = change(EKS, CREATE, None, cluster())
    assert found(reviewed(new, made)) == [("ACC01", "review")]


def entry(*groups: str, who: str = OURS) -> dict[str, Any]:
    return {
        "cluster_name": "lovelace",
        "principal_arn": who,
        "kubernetes_groups": list(groups),
        "type": "STANDARD",
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["viewers"], ["viewers", "operators"], [("ACC02", "review")]),
        (["viewers", "operators"], ["viewers"], [("ACC02", "disruption")]),
        (["viewers"], ["viewers", "system:masters"], [("ACC02", "will-fail")]),
        (["a", "b"], ["b", "a"], []),
    ],
)
def test_the_groups_of_an_access_entry_are_watched(
    old: list[str], new: list[str], expected: list[tuple[str, str]]
) -> None:
    changed = update("aws_eks_access_entry.e", entry(*old), kubernetes_groups=new)
    assert found(reviewed(STANDING, changed)) == expected


def test_a_new_access_entry_is_for_review_and_a_stranger_s_a_security_finding() -> None:
    made = change("aws_eks_access_entry.e", CREATE, None, entry("viewers"))
    assert found(reviewed(STANDING, made)) == [("ACC02", "review")]
    theirs = change("aws_eks_access_entry.e", CREATE, None, entry(who=THEIRS))
    assert found(reviewed(STANDING, theirs)) == [("ACC02", "security")]
    nodes = change("aws_eks_access_entry.e", CREATE, None, {**entry(), "type": "EC2_LINUX"})
    assert found(reviewed(STANDING, nodes)) == []
    assert found(reviewed(change(EKS, CREATE, None, cluster()), made)) == []


POD = {
    "cluster_name": "lovelace",
    "namespace": "kube-system",
    "service_account": "ebs",
    "role_arn": OURS,
}


def test_a_pod_identity_that_goes_disturbs() -> None:
    address = "aws_eks_pod_identity_association.ebs"
    result = reviewed(STANDING, change(address, DELETE, POD))
    assert found(result) == [("ACC03", "disruption")]
    assert "`kube-system/ebs`" in result.findings[0].title
    swapped = update(address, POD, role_arn="arn:aws:iam::123456789012:role/other")
    assert found(reviewed(STANDING, swapped)) == [("ACC03", "review")]
    assert found(reviewed(STANDING, update(address, POD, tags={"a": "b"}))) == []


def test_an_audience_that_leaves_the_oidc_provider_disturbs() -> None:
    before = {"url": "https://x", "client_id_list": ["sts.amazonaws.com", "other"]}
    address = "aws_iam_openid_connect_provider.o"
    lost = update(address, before, client_id_list=["other"])
    assert found(reviewed(lost)) == [("ACC04", "disruption")]
    more = update(address, before, client_id_list=["sts.amazonaws.com", "other", "third"])
    assert found(reviewed(more)) == []


def ranges(old: list[str], new: list[str], *, private: bool = True) -> list[tuple[str, str]]:
    network = {"endpoint_private_access": private}
    before = cluster(vpc_config={**network, "public_access_cidrs": old})
    after = cluster(vpc_config={**network, "public_access_cidrs": new})
    return found(reviewed(update(EKS, before, vpc_config=after["vpc_config"])))


@pytest.mark.parametrize(
    ("old", "new", "private", "expected"),
    [
        (["203.0.113.0/24"], ["203.0.113.7/32"], False, [("EKS19", "review")]),
        (["0.0.0.0/0"], ["203.0.113.0/24"], True, [("EKS19", "review")]),
        (
            ["203.0.113.0/24"],
            ["198.51.100.0/24"],
            False,
            [("EKS08", "security"), ("EKS19", "disruption")],
        ),
        (["203.0.113.0/24"], ["203.0.113.0/25", "203.0.113.128/25"], True, []),
    ],
)
def test_fewer_networks_at_the_public_endpoint_are_told(
    old: list[str], new: list[str], private: bool, expected: list[tuple[str, str]]
) -> None:
    assert ranges(old, new, private=private) == expected


def test_security_groups_of_the_control_plane_are_watched() -> None:
    def groups(*new: str) -> list[tuple[str, str]]:
        after = cluster(vpc_config={"security_group_ids": list(new)})
        return found(reviewed(update(EKS, cluster(), vpc_config=after["vpc_config"])))

    assert groups("sg-9") == [("EKS20", "disruption")]
    assert groups("sg-1", "sg-9") == [("EKS20", "review")]
    assert groups("sg-1") == []


def test_a_cluster_that_is_superseded_is_an_outage() -> None:
    for actions in (["forget", "create"], ["create", "forget"]):
        result = reviewed(change(EKS, actions, cluster(), cluster(name="turing")))
        assert found(result)[0] == ("EKS01", "outage")
        assert "goes on running, unwatched" in result.findings[0].why
