"""Whether pods have somewhere to go while a group of nodes is rebuilt or removed.

Counted is what this plan manages and leaves standing, or makes: managed node groups, Fargate
profiles, and Auto Scaling groups whose tags say that they belong to a cluster. Karpenter and
EKS Auto Mode are not in a plan.
"""

from __future__ import annotations

from typing import Final

from plan_review.facts import Facts, once
from plan_review.plan import Action, ResourceChange

_NODE_TAGS: Final = (
    "kubernetes.io/cluster/",
    "k8s.io/cluster/",
    "k8s.io/cluster-autoscaler/",
    "eks:cluster-name",
)
_MAX_SIZE: Final = ("scaling_config", 0, "max_size")


def other_capacity(facts: Facts, group: ResourceChange) -> list[str]:
    """The addresses of the other groups that can take a group's pods."""
    cluster = _cluster_of(group)
    rooms = _with_room(facts)
    likely = (*rooms.get(cluster, ()), *rooms.get("", ())) if cluster else _every(rooms)
    return [
        other.address
        for other in dict.fromkeys(likely)
        if other is not group and not _takes_the_name_of(other, group)
    ]


def capacity_of(facts: Facts, cluster: str) -> list[str]:
    """The addresses of all groups that can take pods of a cluster, by its name."""
    rooms = _with_room(facts)
    return [group.address for group in (*rooms.get(cluster, ()), *rooms.get("", ()))]


@once
def _with_room(facts: Facts) -> dict[str, list[ResourceChange]]:
    """The groups that take pods, by the name of their cluster; "" where it is unknown."""
    groups = (
        *facts.of("aws_eks_node_group"),
        *facts.of("aws_eks_fargate_profile"),
        *(asg for asg in facts.of("aws_autoscaling_group") if is_node_group(asg)),
    )
    found: dict[str, list[ResourceChange]] = {}
    for group in groups:
        if _offers_room(group):
            found.setdefault(_cluster_of(group), []).append(group)
    return found


def _every(rooms: dict[str, list[ResourceChange]]) -> list[ResourceChange]:
    return [group for groups in rooms.values() for group in groups]


def is_node_group(asg: ResourceChange) -> bool:
    """Whether an Auto Scaling group's tags say that its instances are a cluster's nodes."""
    return any(
        isinstance(tag, dict) and str(tag.get("key", "")).startswith(_NODE_TAGS)
        for side in (asg.old("tag"), asg.new("tag"))
        if isinstance(side, list)
        for tag in side
    )


def _takes_the_name_of(other: ResourceChange, group: ResourceChange) -> bool:
    """Whether a new group has the name of one that goes: AWS refuses it until that is gone."""
    name = "name" if group.type == "aws_autoscaling_group" else "node_group_name"
    return (
        other.type == group.type
        and other.action is Action.CREATE
        and bool(group.old_text(name))
        and group.old(name) == other.new(name)
    )


def _offers_room(other: ResourceChange) -> bool:
    if not (other.stays or other.creates_first or other.action is Action.CREATE):
        return False
    if other.type == "aws_eks_fargate_profile":
        return True
    path = ("max_size",) if other.type == "aws_autoscaling_group" else _MAX_SIZE
    return bool(other.new(*path) != 0)


def _cluster_of(group: ResourceChange) -> str:
    """The name of a group's cluster, empty where it is not known."""
    key = "cluster_name"
    return group.old_text(key) if group.before is not None else group.new_text(key)
