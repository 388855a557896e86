"""Self-managed nodes: Auto Scaling groups, and whether a new template reaches them."""

from __future__ import annotations

from collections.abc import Iterator

from plan_review.facts import Facts
from plan_review.facts.capacity import is_node_group, other_capacity
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.quoting import codes
from plan_review.rules.launch_templates import (
    floating_version,
    template_of,
)
from plan_review.rules.rule import Match, rule

_PROVIDER = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources"
_TYPE = "aws_autoscaling_group"
_TEMPLATE_ARGUMENTS = ("launch_template", "launch_configuration", "mixed_instances_policy")


@rule(
    "ASG01",
    Level.DISRUPTION,
    when="an Auto Scaling group is replaced or destroyed; outage when it holds a cluster's nodes, "
    "goes first, and nothing else in the plan can take the pods",
    title="Auto Scaling group is {what}",
    why="{because} Its instances are terminated without draining pods; {effect}.",
    action="Drain the nodes first; keep the group's name, or make the new group before the old "
    "one goes.",
    source=f"{_PROVIDER}/autoscaling_group",
)
def group_is_lost(facts: Facts) -> Iterator[Match]:
    """Only a new name replaces a group."""
    cluster_stays = not any(cluster.is_destroyed for cluster in facts.clusters)
    for group in facts.of(_TYPE):
        if not group.is_destroyed:
            continue
        refuge = other_capacity(facts, group)
        stranded = is_node_group(group) and not refuge and not group.creates_first
        if group.creates_first:
            effect = "the new group is there by then"
        elif refuge:
            effect = f"until new ones are ready pods have only {codes(refuge)} to go to"
        else:
            effect = "nothing else in this plan can take their pods"
        yield Match(
            group.address,
            {
                "what": "destroyed" if group.action is Action.DELETE else "replaced",
                "because": facts.because(group),
                "effect": effect,
            },
            Level.OUTAGE if stranded and cluster_stays else None,
        )


@rule(
    "ASG02",
    Level.WILL_FAIL,
    when="a launch template changes its tags only, and that makes a group's version unknown",
    title="A change of tags alone ends in an inconsistent plan",
    why="{template} changes only its tags, which makes no new version, but the group's version "
    "is planned as unknown; the apply dies with `Provider produced inconsistent final plan`.",
    action="Apply the template alone first (`-target`), then plan again; or change something "
    "else of the template with it.",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/43559",
)
def tags_only_template_breaks_the_apply(facts: Facts) -> Iterator[Match]:
    """Seen to fail with provider 5.100.0."""
    for group in facts.of(_TYPE):
        template = _changing_template(facts, group)
        if (
            template is not None
            and facts.is_tags_only(template)
            and any(group.is_unknown(argument) for argument in _TEMPLATE_ARGUMENTS)
        ):
            yield Match(group.address, {"template": codes([template.address])})


@rule(
    "ASG03",
    Level.DISRUPTION,
    when="a group's launch template or configuration changes and `instance_refresh` is set",
    title="Instance refresh rolls every node",
    why="The group's launch template or configuration changes and `instance_refresh` is set: "
    "instances are replaced without draining pods.",
    action="Check a drain hook (node termination handler) and spare capacity.",
    source=f"{_PROVIDER}/autoscaling_group",
)
def refresh_rolls_nodes(facts: Facts) -> Iterator[Match]:
    """An instance refresh knows nothing of pods."""
    for group in _with_new_template(facts):
        if group.new("instance_refresh"):
            yield Match(group.address)


@rule(
    "ASG04",
    Level.REVIEW,
    when="a group's launch template or configuration changes and there is no `instance_refresh`",
    title="Nodes will not roll by themselves",
    why="The group's launch template or configuration changes, but without `instance_refresh` "
    "only new instances use it.",
    action="Replace the nodes afterwards, one by one, or set `instance_refresh`.",
    source=f"{_PROVIDER}/autoscaling_group",
)
def nodes_do_not_roll(facts: Facts) -> Iterator[Match]:
    """A reviewed change that reaches no node."""
    for group in _with_new_template(facts):
        if not group.new("instance_refresh"):
            yield Match(group.address)


@rule(
    "ASG05",
    Level.DISRUPTION,
    when="a group's desired size falls, or its maximum falls below the instances it has; outage "
    "where a cluster's nodes fall to zero and nothing else in the plan can take their pods",
    title="Auto Scaling group is scaled down",
    why="{what}: instances are terminated without draining pods.",
    action="Drain the nodes that go, or let the cluster autoscaler take them away.",
    source=f"{_PROVIDER}/autoscaling_group",
)
def group_shrinks(facts: Facts) -> Iterator[Match]:
    """Growing is routine, and so is a maximum that stays above what runs."""
    for group in facts.of(_TYPE):
        if group.action is not Action.UPDATE:
            continue
        running = group.old("desired_capacity")
        for size in ("desired_capacity", "max_size"):
            old, new = group.old(size), group.new(size)
            if not (isinstance(old, int) and isinstance(new, int) and new < old):
                continue
            if size == "desired_capacity" or (isinstance(running, int) and new < running):
                empty = 0 in (group.new("desired_capacity"), group.new("max_size"))
                stranded = empty and is_node_group(group) and not other_capacity(facts, group)
                what = {"what": f"`{size}` {old} → {new}"}
                yield Match(group.address, what, Level.OUTAGE if stranded else None)
                break


@rule(
    "ASG06",
    Level.REVIEW,
    when="a group's subnets change in place",
    title="Auto Scaling group subnets change",
    why="Instances are rebalanced over the new subnets.",
    action="Check zone-bound volumes (EBS).",
    source=f"{_PROVIDER}/autoscaling_group",
)
def group_moves(facts: Facts) -> Iterator[Match]:
    """A new zone, or one less."""
    for group in facts.of(_TYPE):
        if group.action is Action.UPDATE and facts.changes_at(group, "vpc_zone_identifier"):
            yield Match(group.address)


def _changing_template(facts: Facts, group: ResourceChange) -> ResourceChange | None:
    if group.action is not Action.UPDATE:
        return None
    template = template_of(facts, group)
    return template if template and template.action is Action.UPDATE else None


def _with_new_template(facts: Facts) -> Iterator[ResourceChange]:
    """The groups that get a really new template; a floating version is LT01's."""
    for group in facts.of(_TYPE):
        if group.action is not Action.UPDATE or floating_version(group):
            continue
        if not any(facts.changes_at(group, argument) for argument in _TEMPLATE_ARGUMENTS):
            continue
        template = _changing_template(facts, group)
        if template is None or not facts.is_tags_only(template):
            yield group
