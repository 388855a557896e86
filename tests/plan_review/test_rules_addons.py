"""EKS add-ons: each rule with a plan that fires it and a near one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from .build import CREATE, DELETE, REPLACE, change, cluster, found, reviewed, same, update

EKS = "aws_eks_cluster.control_plane"
CNI = "aws_eks_addon.cni"


def addon(name: str = "vpc-cni", version: str = "v1.19.0-eksbuild.1", **more: Any) -> Any:
    values = {"cluster_name": "lovelace", "addon_name": name, "addon_version": version}
    return {"id": f"lovelace:{name}", **values, **more}


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("vpc-cni", "New pods get no address"),
        ("coredns", "no longer resolve"),
        ("kube-proxy", "no longer reach their pods"),
        ("eks-pod-identity-agent", "get no credentials"),
        ("aws-ebs-csi-driver", "no longer made, attached"),
        ("metrics-server", "is deleted"),
    ],
)
@pytest.mark.parametrize("actions", [DELETE, REPLACE])
def test_an_addon_that_goes_disturbs(name: str, effect: str, actions: list[str]) -> None:
    after = addon(name) if actions == REPLACE else None
    result = reviewed(same(EKS, cluster()), change(CNI, actions, addon(name), after))
    assert found(result) == [("ADD01", "disruption")]
    assert effect in result.findings[0].why


def test_an_addon_that_is_preserved_is_only_for_review() -> None:
    result = reviewed(change(CNI, DELETE, addon(preserve=True)))
    assert found(result) == [("ADD01", "review")]
    assert "stays in the cluster" in result.findings[0].why


def test_an_addon_that_goes_with_its_cluster_is_not_told_as_one() -> None:
    result = reviewed(change(EKS, DELETE, cluster()), change(CNI, DELETE, addon()))
    assert found(result) == [("EKS02", "outage"), ("LOSS02", "review")]


def test_an_addon_at_a_new_address_without_moved_is_told_the_way_out() -> None:
    again = change("aws_eks_addon.this", CREATE, None, addon())
    result = reviewed(change(CNI, DELETE, addon(preserve=True)), again)
    assert found(result) == [("ADDR01", "will-fail"), ("ADD01", "disruption")]
    assert all("`moved`" in finding.action for finding in result.findings)
    other = change("aws_eks_addon.dns", CREATE, None, addon("coredns"))
    assert found(reviewed(change(CNI, DELETE, addon(preserve=True)), other)) == [
        ("ADD01", "review")
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("vpc-cni", "v1.19.0-eksbuild.1", "v1.15.1-eksbuild.1", [("ADD02", "review")]),
        ("coredns", "v1.11.4-eksbuild.2", "v1.11.4-eksbuild.1", [("ADD02", "review")]),
        ("vpc-cni", "v1.15.1-eksbuild.1", "v1.19.0-eksbuild.1", [("ADD02", "review")]),
        ("vpc-cni", "v1.9.0-eksbuild.1", "v1.10.0-eksbuild.1", []),
        ("vpc-cni", "v1.19.0-eksbuild.1", "v1.19.2-eksbuild.1", []),
        ("coredns", "v1.9.3-eksbuild.2", "v1.11.1-eksbuild.2", []),
        ("vpc-cni", "v1.19.0-eksbuild.1", "latest", []),
    ],
)
def test_an_addon_that_goes_back_is_for_review(
    name: str, old: str, new: str, expected: list[tuple[str, str]]
) -> None:
    assert found(reviewed(update(CNI, addon(name, old), addon_version=new))) == expected


def test_addons_that_an_upgrade_leaves_behind_are_named() -> None:
    upgrade = update(EKS, cluster(version="1.35"), version="1.36")
    result = reviewed(upgrade, same(CNI, addon()), same("aws_eks_addon.dns", addon("coredns")))
    assert found(result) == [("EKS05", "disruption"), ("ADD03", "review")]
    assert "`vpc-cni`, `coredns`" in result.findings[1].why
    moves = update(CNI, addon(), addon_version="v1.19.2-eksbuild.1")
    assert found(reviewed(upgrade, moves)) == [("EKS05", "disruption")]
    elsewhere = {**addon(), "cluster_name": "turing"}
    assert found(reviewed(upgrade, same(CNI, elsewhere))) == [("EKS05", "disruption")]


def test_an_addon_that_loses_its_role_disturbs() -> None:
    before = addon(service_account_role_arn="arn:aws:iam::123456789012:role/cni")
    lost = update(CNI, before, service_account_role_arn=None)
    assert found(reviewed(lost)) == [("ADD04", "disruption")]
    link = [{"service_account": "aws-node", "role_arn": "arn:aws:iam::123456789012:role/cni"}]
    swapped = update(CNI, before, service_account_role_arn=None, pod_identity_association=link)
    assert found(reviewed(swapped)) == []
