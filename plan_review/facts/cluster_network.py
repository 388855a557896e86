"""Where a cluster lives: its subnets, their zones, their VPCs, before the plan and after it."""

from __future__ import annotations

from dataclasses import dataclass

from plan_review.facts import Facts
from plan_review.plan import ResourceChange
from plan_review.plan.paths import Json

_SUBNETS = ("vpc_config", 0, "subnet_ids")


@dataclass(frozen=True)
class Zones:
    """Zones before and after; None where the plan does not tell."""

    before: frozenset[str] | None
    after: frozenset[str] | None


def subnet_ids(cluster: ResourceChange) -> list[str]:
    """The ids of the subnets the cluster has now."""
    return [text for text in cluster.old_list(*_SUBNETS) if isinstance(text, str)]


def subnets_of(facts: Facts, cluster: ResourceChange) -> list[ResourceChange]:
    """The cluster's present subnets, as far as this plan manages them."""
    return [facts.by_id[text] for text in subnet_ids(cluster) if text in facts.by_id]


def vpcs_of(facts: Facts, cluster: ResourceChange) -> list[ResourceChange]:
    """The VPC that the cluster is in now, if this plan manages it."""
    ids = [cluster.old_text("vpc_config", 0, "vpc_id")]
    ids += [subnet.old_text("vpc_id") for subnet in subnets_of(facts, cluster)]
    found = [facts.by_id[text] for text in ids if text in facts.by_id]
    return list(dict.fromkeys(found))


def zones_of(facts: Facts, cluster: ResourceChange) -> Zones:
    """The cluster's zones before and after.

    After: from the ids where they are known, else from the subnets the argument refers to.
    Those are trusted only when they are exactly the subnets the cluster has now plus new
    ones; otherwise a `slice()` or a filter stands in between, which a plan does not show.
    """
    before = _zones_of_ids(facts, subnet_ids(cluster))
    value = cluster.new(*_SUBNETS)
    if isinstance(value, list) and not cluster.is_unknown(*_SUBNETS):
        return Zones(before, _zones_of_ids(facts, value))
    upstream = facts.configuration.upstream(cluster, _SUBNETS)
    subnets = [change for change in upstream.resources if change.type == "aws_subnet"]
    present = {change.old_text("id") for change in subnets if change.before is not None}
    if present != set(subnet_ids(cluster)):
        return Zones(before, None)
    after = [change.new("availability_zone") for change in subnets if change.after is not None]
    if not after or not all(isinstance(zone, str) for zone in after):
        return Zones(before, None)
    return Zones(before, frozenset(after))


def _zones_of_ids(facts: Facts, ids: list[Json]) -> frozenset[str] | None:
    zones = [facts.zone_of_subnet.get(str(identity)) for identity in ids]
    known = frozenset(zone for zone in zones if zone is not None)
    return known if ids and len(zones) == sum(zone is not None for zone in zones) else None
