"""Nodes that end by the clock: sizes at certain times, and a longest life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/autoscaling/ec2/userguide"
_DAY: Final = 86400
_ARRIVES: Final = (Action.CREATE, Action.UPDATE, Action.REPLACE)


@rule(
    "ASG08",
    Level.REVIEW,
    when="instances of a group that is there get a longest life, or a shorter one",
    title="Instances end after {days} days",
    why="From the apply on those that are older are replaced, one after the other, without "
    "draining pods.",
    action="Check a drain hook (node termination handler), and how old the instances are.",
    source=f"{_GUIDE}/asg-max-instance-lifetime.html",
)
def life_gets_shorter(facts: Facts) -> Iterator[Match]:
    """In seconds; 0 and none are for ever."""
    for group in facts.of("aws_autoscaling_group"):
        old, new = group.old("max_instance_lifetime"), group.new("max_instance_lifetime")
        if group.action is not Action.UPDATE or not isinstance(new, int) or new <= 0:
            continue
        if not isinstance(old, int) or old <= 0 or new < old:
            yield Match(group.address, {"days": f"{new / _DAY:g}"})


@rule(
    "ASG09",
    Level.REVIEW,
    when="a schedule gives a group that is there other sizes at a time; disruption where it takes "
    "the group to nothing",
    title="{group} has other sizes at {when}",
    why="{what} at that time, whatever the group runs then; instances that are too many end "
    "without draining pods.",
    action="Check what runs there then, and that another schedule brings the nodes back.",
    source=f"{_GUIDE}/ec2-auto-scaling-scheduled-scaling.html",
)
def sizes_go_by_the_clock(facts: Facts) -> Iterator[Match]:
    """-1 leaves a size as it is; a schedule of a group that the plan makes takes nobody's nodes."""
    groups = facts.of("aws_autoscaling_group")
    standing = {name for group in groups if isinstance(name := group.old("name"), str)}
    for schedule in facts.of("aws_autoscaling_schedule"):
        group = schedule.new("autoscaling_group_name")
        if schedule.action not in _ARRIVES or not isinstance(group, str) or group not in standing:
            continue
        sizes = {
            name: size
            for name in ("min_size", "max_size", "desired_capacity")
            if isinstance(size := schedule.new(name), int) and size >= 0
        }
        if sizes and any(schedule.old(name) != size for name, size in sizes.items()):
            empty = 0 in (sizes.get("max_size"), sizes.get("desired_capacity"))
            when = schedule.new("recurrence") or schedule.new("start_time")
            values = {
                "group": code(group),
                "when": code(when) if isinstance(when, str) else "a time known after the apply",
                "what": ", ".join(f"{code(name)} is {size}" for name, size in sizes.items()),
            }
            yield Match(schedule.address, values, Level.DISRUPTION if empty else None)
