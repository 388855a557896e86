"""Manifests that Terraform applied with kubectl, and does no more."""

from __future__ import annotations

from typing import Any

import pytest

from plan_review import Level

from .build import CREATE, DELETE, REPLACE, change, cluster, found, reviewed, same, scaling_group

EKS = same("aws_eks_cluster.control_plane", cluster())
APPLIED = {"id": "1", "triggers": {"manifest_sha1": "0a", "cluster_endpoint": "https://x"}}


def test_what_leaves_the_spec_is_named_with_its_command() -> None:
    result = reviewed(change("null_resource.web", DELETE, APPLIED), EKS)

    (finding,) = [each for each in result.findings if each.rule == "MAN01"]
    assert finding.level is Level.REVIEW
    assert finding.title == "The manifest `web` is applied no more, and stays in the cluster"
    assert "`kubectl delete -f manifests/web.yaml`" in finding.action


def test_kube2iam_names_the_nodes_to_replace() -> None:
    groups = [
        same("aws_autoscaling_group.node", scaling_group()),
        change("aws_autoscaling_group.gone", DELETE, scaling_group()),
    ]
    result = reviewed(change("null_resource.kube2iam", DELETE, APPLIED), EKS, *groups)

    (finding,) = [each for each in result.findings if each.rule == "MAN01"]
    assert "its iptables rule stays on running nodes" in finding.why
    assert finding.action.endswith("Then replace the nodes of `aws_autoscaling_group.node`.")


DELETED = {"id": "2", "triggers": {"deleted_sha1": "0a", "cluster_endpoint": "https://x"}}


@pytest.mark.parametrize(
    "removal",
    [
        change("null_resource.kube2iam_removal", CREATE, None, DELETED),
        change("null_resource.kube2iam_removal", REPLACE, DELETED, DELETED),
    ],
)
def test_what_the_apply_deletes_does_not_stay(removal: Any) -> None:
    group = same("aws_autoscaling_group.node", scaling_group())
    gone = change("null_resource.kube2iam", DELETE, APPLIED)
    result = reviewed(gone, removal, EKS, group)

    rules = {finding.rule: finding for finding in result.findings}
    assert "MAN01" not in rules
    finding = rules["MAN02"]
    assert finding.level is Level.DISRUPTION
    assert finding.title == "What the manifest `kube2iam` made is deleted from the cluster"
    assert finding.addresses == ("null_resource.kube2iam_removal",)
    assert finding.action.endswith("Then replace the nodes of `aws_autoscaling_group.node`.")


@pytest.mark.parametrize(
    "changes",
    [
        [change("null_resource.kube2iam_removal", DELETE, DELETED), EKS],
        [same("null_resource.kube2iam_removal", DELETED), EKS],
        [
            change("null_resource.kube2iam_removal", CREATE, None, DELETED),
            change("aws_eks_cluster.control_plane", DELETE, cluster()),
        ],
    ],
)
def test_what_has_been_deleted_is_told_once(changes: list[Any]) -> None:
    assert "MAN02" not in {rule for rule, _ in found(reviewed(*changes))}


@pytest.mark.parametrize(
    "changes",
    [
        [change("null_resource.web", REPLACE, APPLIED, APPLIED), EKS],
        [change("null_resource.web", CREATE, None, APPLIED), EKS],
        [change("null_resource.web", DELETE, {"id": "1", "triggers": {"a": "b"}}), EKS],
        [change("null_resource.aws_auth", DELETE, APPLIED), EKS],
        [
            change("null_resource.web", DELETE, APPLIED),
            change("aws_eks_cluster.control_plane", DELETE, cluster()),
        ],
    ],
)
def test_what_is_applied_again_or_goes_with_its_cluster_is_not(changes: list[Any]) -> None:
    assert "MAN01" not in {rule for rule, _ in found(reviewed(*changes))}


def test_triggers_that_nobody_knows_yet_are_no_deletion() -> None:
    """Of a new cluster they are all unknown, since its endpoint is."""
    made = change("null_resource.kube2iam", CREATE, None, {}, {"id": True, "triggers": True})

    assert "MAN02" not in {finding.rule for finding in reviewed(made).findings}
