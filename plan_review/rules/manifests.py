"""Manifests that Terraform applies with kubectl, told by the checksum in their triggers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_NODES: Final = ("aws_autoscaling_group", "aws_eks_node_group")
_OTHERS: Final = ("aws_auth",)
"""Which has rules of its own."""


@rule(
    "MAN01",
    Level.REVIEW,
    when="a `null_resource` with the trigger `manifest_sha1` is destroyed while the cluster stays: "
    "what it applied with kubectl",
    title="The manifest {name} is applied no more, and stays in the cluster",
    why="Terraform deletes nothing of what kubectl applied.{effect}",
    action="Delete it by hand if it is not needed: {command}, or with the file from before "
    "(`git show`).{nodes}",
    source="https://kubernetes.io/docs/reference/kubectl/generated/kubectl_delete/",
)
def manifest_leaves(facts: Facts) -> Iterator[Match]:
    """Terraform knows the objects no more, and nobody updates them."""
    if any(cluster.goes for cluster in facts.clusters):
        return
    for change in facts.of("null_resource"):
        applied = change.old("triggers", "manifest_sha1")
        if change.action is not Action.DELETE or not applied or change.name in _OTHERS:
            continue
        values = {
            "name": code(change.name),
            "command": code(f"kubectl delete -f manifests/{change.name}.yaml"),
            "effect": "",
            "nodes": "",
        }
        groups = [group.address for group in facts.of(*_NODES) if group.after is not None]
        if change.name == "kube2iam":
            values["effect"] = (
                " kube2iam goes on to answer pods, and its iptables rule stays on running nodes "
                "even when its pods are gone."
            )
            values["nodes"] = f" Then replace the nodes of {codes(groups) or 'each group'}."
        yield Match(change.address, values)
