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
def manifest_is_lost(facts: Facts) -> Iterator[Match]:
    """Terraform knows the objects no more, and nobody updates them."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    kept = set(_OTHERS) | {name for _, name in _deleted(facts)}
    for change in facts.of("null_resource"):
        applied = change.old("triggers", "manifest_sha1")
        if change.action is not Action.DELETE or not applied or change.name in kept:
            continue
        values = {
            "name": code(change.name),
            "command": code(f"kubectl delete -f manifests/{change.name}.yaml"),
            "effect": "",
            "nodes": "",
        }
        if change.name == "kube2iam":
            values["effect"] = (
                " kube2iam goes on to answer pods, and its iptables rule stays on running nodes "
                "even when its pods are gone."
            )
            values["nodes"] = f" Then replace the nodes of {_groups(facts)}."
        yield Match(change.address, values)


@rule(
    "MAN02",
    Level.DISRUPTION,
    when="a `null_resource` with the trigger `deleted_sha1` is made or replaced while the cluster "
    "stays: what the apply deletes with kubectl",
    title="What the manifest {name} made is deleted from the cluster",
    why="The apply runs `kubectl delete` on it.{effect}",
    action="Check that nothing needs it any more{nodes}.",
    source="https://kubernetes.io/docs/reference/kubectl/generated/kubectl_delete/",
)
def manifest_is_deleted(facts: Facts) -> Iterator[Match]:
    """A plan shows a command that runs, and not what it takes away."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    for address, name in _deleted(facts):
        values = {"name": code(name), "effect": "", "nodes": ""}
        if name == "kube2iam":
            values["effect"] = (
                " Pods that take a role from kube2iam get none from then on, and its iptables rule "
                "stays on running nodes."
            )
            values["nodes"] = (
                ": `kubectl get pods -A -o yaml | grep iam.amazonaws.com/role` names none. "
                f"Then replace the nodes of {_groups(facts)}"
            )
        yield Match(address, values)


def _deleted(facts: Facts) -> Iterator[tuple[str, str]]:
    """The addresses and names of the manifests whose objects an apply deletes."""
    for change in facts.of("null_resource"):
        is_run = change.action in (Action.CREATE, Action.REPLACE)
        if is_run and change.new_text("triggers", "deleted_sha1"):
            yield change.address, change.name.removesuffix("_removal")


def _groups(facts: Facts) -> str:
    stay = [group.address for group in facts.of(*_NODES) if group.after is not None]
    return codes(stay) or "each group"
