"""How nodes are rolled, what they start from, and pods without nodes (Fargate)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.capacity import other_capacity
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, dicts, is_empty
from plan_review.quoting import codes
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/eks/latest/userguide"
_ASG_GUIDE: Final = "https://docs.aws.amazon.com/autoscaling/ec2/userguide"
_HEALTHY: Final = ("instance_refresh", 0, "preferences", 0, "min_healthy_percentage")
_ALL: Final = 100
_TEMPLATE_ARGUMENTS: Final = ("launch_template", "launch_configuration", "mixed_instances_policy")


@rule(
    "ASG07",
    Level.DISRUPTION,
    when="an instance refresh may take every instance at once (`min_healthy_percentage` 0), where "
    "this plan rolls the group; review where it only allows it for later",
    title="An instance refresh may take every instance at once",
    why="`min_healthy_percentage` is {value}: the group goes down to nothing before new instances "
    "are up.{now}",
    action="Set 90 or more, and `max_healthy_percentage` above 100 to add before taking away.",
    source=f"{_ASG_GUIDE}/understand-instance-refresh-default-values.html",
)
def refresh_takes_everything(facts: Facts) -> Iterator[Match]:
    """The default is 90."""
    for group in facts.of("aws_autoscaling_group"):
        value = group.new(*_HEALTHY)
        if group.action is not Action.UPDATE or value not in (0, "0"):
            continue
        rolls = any(facts.changes_at(group, name) for name in _TEMPLATE_ARGUMENTS)
        rolls = rolls or any(facts.changes_at(group, name) for name in _triggers(group))
        if rolls or facts.changes_at(group, *_HEALTHY):
            now = " This plan rolls it." if rolls else ""
            level = None if rolls else Level.REVIEW
            yield Match(group.address, {"value": str(value), "now": now}, level)


def _triggers(group: ResourceChange) -> list[str]:
    named = group.new("instance_refresh", 0, "triggers")
    return [text for text in named if isinstance(text, str)] if isinstance(named, list) else []


@rule(
    "NG08",
    Level.DISRUPTION,
    when="a managed node group may update all its nodes at once, where this plan rolls it; review "
    "where it only allows it for later",
    title="All nodes of the group may be updated at once",
    why="{what}: every node is drained at the same time, and pods have nowhere to go.{now}",
    action="Allow a third of the nodes at most.",
    source=f"{_GUIDE}/managed-node-update-behavior.html",
)
def update_takes_everything(facts: Facts) -> Iterator[Match]:
    """The default is one node at a time."""
    for group in facts.of("aws_eks_node_group"):
        if group.action is not Action.UPDATE:
            continue
        share = group.new("update_config", 0, "max_unavailable_percentage")
        number = group.new("update_config", 0, "max_unavailable")
        size = group.new("scaling_config", 0, "desired_size")
        whole = isinstance(size, int) and size > 1 and isinstance(number, int) and number >= size
        if share != _ALL and not whole:
            continue
        rolls = any(
            facts.changes_at(group, name)
            for name in ("version", "release_version", "launch_template")
        )
        if rolls or facts.changes_at(group, "update_config"):
            what = f"`max_unavailable_percentage` is {share}"
            if share != _ALL:
                what = f"`max_unavailable` is {number} of {size} nodes"
            now = " This plan rolls it." if rolls else ""
            yield Match(group.address, {"what": what, "now": now}, None if rolls else Level.REVIEW)


@rule(
    "NG09",
    Level.DISRUPTION,
    when="a Fargate profile is destroyed or replaced while its cluster stays; outage where nothing "
    "else in the plan can take its pods",
    title="Fargate profile is {fate}",
    why="{because} The pods that it runs are deleted with it, and those of {selectors} stay "
    "Pending{until}.",
    action="Make a second profile with the same selectors first, then delete this one.",
    source=f"{_GUIDE}/fargate-profile.html",
)
def fargate_profile_is_lost(facts: Facts) -> Iterator[Match]:
    """Every argument of a profile replaces it."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    for profile in facts.of("aws_eks_fargate_profile"):
        if not profile.is_destroyed or profile.creates_first:
            continue
        names = [str(one.get("namespace")) for one in dicts(profile.old("selector"))]
        refuge = other_capacity(facts, profile)
        until = " until the new one is there" if profile.action is Action.REPLACE else ""
        yield Match(
            profile.address,
            {
                "fate": profile.fate,
                "because": facts.because(profile),
                "selectors": codes(names) if names else "its namespaces",
                "until": until or (f", unless {codes(refuge)} takes them" if refuge else ""),
            },
            None if refuge else Level.OUTAGE,
        )


@rule(
    "NG10",
    Level.REVIEW,
    when="a group of nodes is superseded: a new one is made and the old one forgotten; will-fail "
    "where both have one name",
    title="A group of nodes is superseded",
    why="{effect}",
    action="Give the new group a name of its own; drain and delete the old one by hand afterwards.",
    source="https://opentofu.org/docs/language/resources/behavior/",
)
def group_is_superseded(facts: Facts) -> Iterator[Match]:
    """OpenTofu's `lifecycle.destroy = false`."""
    names = {"aws_eks_node_group": "node_group_name", "aws_autoscaling_group": "name"}
    for group in facts.of(*names):
        if group.action is not Action.SUPERSEDE:
            continue
        name = names[group.type]
        if group.old(name) and group.old(name) == group.new(name):
            effect = "The old group stays and keeps its name: AWS refuses a second one."
            yield Match(group.address, {"effect": effect}, Level.WILL_FAIL)
        else:
            effect = "The old nodes go on running, paid for and unwatched, beside the new ones."
            yield Match(group.address, {"effect": effect})


@rule(
    "LT03",
    Level.DISRUPTION,
    when="a launch template, launch configuration or instance loses its security groups, user data "
    "or instance profile",
    title="{what} {lost}",
    why="{effect}",
    action="Put it back, or check that what replaces it is in the image.",
    source=f"{_GUIDE}/launch-templates.html",
)
def template_loses_what_nodes_need(facts: Facts) -> Iterator[Match]:
    """Without user data nothing tells a node which cluster is its own."""
    kinds = ("aws_launch_template", "aws_launch_configuration", "aws_instance")
    for change in facts.of(*kinds):
        if change.action not in (Action.UPDATE, Action.REPLACE):
            continue
        lost = list(_lost(change))
        if lost:
            what = "The instance loses" if change.type == "aws_instance" else "New nodes lose"
            effect = " ".join(dict.fromkeys(effect for _, effect in lost))
            names = " and ".join(name for name, _ in lost)
            yield Match(change.address, {"what": what, "lost": names, "effect": effect})


def _lost(change: ResourceChange) -> Iterator[tuple[str, str]]:
    groups = (("vpc_security_group_ids",), ("security_groups",), ("security_group_names",))
    interfaces = ("network_interfaces", 0, "security_groups")
    had = any(not is_empty(change.old(*path)) for path in (*groups, interfaces))
    has = any(
        change.new(*path) is UNKNOWN or not is_empty(change.new(*path))
        for path in (*groups, interfaces)
    )
    if had and not has and not change.is_unknown("network_interfaces"):
        yield "their security groups", "They get the VPC's default group, and reach no API server."
    names = ("user_data", "user_data_base64")
    if _is_lost(change, *names):
        yield "their user data", "They start, and join no cluster."
    if _is_lost(change, "iam_instance_profile"):
        yield "their instance profile", "They have no role, and the cluster does not know them."


def _is_lost(change: ResourceChange, *names: str) -> bool:
    had = any(not is_empty(change.old(name)) for name in names)
    has = any(change.new(name) is UNKNOWN or not is_empty(change.new(name)) for name in names)
    return had and not has
