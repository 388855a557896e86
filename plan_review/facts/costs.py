"""What begins to be billed by a plan, and what ends: kinds and numbers, no prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.plan import Action, ResourceChange

BILLED: Final = {
    "aws_autoscaling_group": (
        "group of nodes",
        "by the hour of each node and by the size of disks",
    ),
    "aws_cloudwatch_log_group": ("log group", "by the GB taken in and kept"),
    "aws_db_instance": ("database", "by the hour and by its size"),
    "aws_eip": ("public address", "by the hour"),
    "aws_eks_cluster": ("control plane", "by the hour"),
    "aws_eks_fargate_profile": ("Fargate profile", "by CPU and memory of its pods"),
    "aws_eks_node_group": ("group of nodes", "by the hour of each node and by the size of disks"),
    "aws_flow_log": ("flow log", "by the GB"),
    "aws_instance": ("instance", "by the hour and by the size of its disks"),
    "aws_kms_key": ("KMS key", "by the month and by calls"),
    "aws_lb": ("load balancer", "by the hour and by traffic"),
    "aws_nat_gateway": ("NAT gateway", "by the hour and by the GB"),
    "aws_vpc_endpoint": ("interface endpoint", "by the hour and zone, and by the GB"),
}
"""What a kind is called, and what AWS bills it by: docs/costs.md has the sources."""

_GATEWAY: Final = "Gateway"


def begins_and_ends(facts: Facts) -> list[str]:
    """A sentence on what begins to be billed, and one on what ends; none where nothing."""
    begins, ends = (list(_named(facts, is_new=is_new)) for is_new in (True, False))
    begins += [text for change in facts.changes for text in _turned_on(change)]
    found = [f"Begins to be billed: {'; '.join(begins)}."] if begins else []
    return found + ([f"Is no longer billed: {'; '.join(ends)}."] if ends else [])


def _named(facts: Facts, *, is_new: bool) -> Iterator[str]:
    """The kinds that come, or that go, each with its number."""
    action = Action.CREATE if is_new else Action.DELETE
    numbers: dict[tuple[str, str], int] = {}
    for change in facts.changes:
        billed = BILLED.get(change.type)
        if billed is None or change.action is not action or change.is_import:
            continue
        endpoint = (change.new if is_new else change.old)("vpc_endpoint_type")
        if change.type == "aws_vpc_endpoint" and endpoint in (_GATEWAY, None):
            continue
        numbers[billed] = numbers.get(billed, 0) + 1
    for (name, by), number in sorted(numbers.items()):
        plural = name.replace("group", "groups", 1) if name.startswith("group ") else f"{name}s"
        shown = f"{number} {name}" if number == 1 else f"{number} {plural}"
        yield f"{shown} ({by})" if is_new else shown


def _turned_on(change: ResourceChange) -> Iterator[str]:
    """What a cluster that stays begins to cost more for."""
    if change.type != "aws_eks_cluster" or change.action is not Action.UPDATE:
        return
    types = "enabled_cluster_log_types"
    old, new = change.old(types), change.new(types)
    if isinstance(new, list) and new and not old:
        yield "logs of the control plane (by the GB)"
