"""The aws-auth ConfigMap: who is let in by it, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.aws_auth import (
    CONFIG_MAPS,
    is_aws_auth,
    mapping_after,
    mapping_before,
)
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.manifests import MANIFESTS
from plan_review.quoting import codes
from plan_review.rules.rule import Match, rule

_NODES: Final = ("system:nodes", "system:bootstrappers", "system:node-proxier")
_MASTERS: Final = "system:masters"
_MODE: Final = ("access_config", 0, "authentication_mode")


@rule(
    "AUTH01",
    Level.DISRUPTION,
    when="the aws-auth ConfigMap goes, or maps fewer roles, users or groups; outage where it is a "
    "node's role, review where the cluster does not read it any more",
    title="aws-auth {what}",
    why="No longer: {lost}. {effect}",
    action="Keep the entries, or give each principal an access entry first.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html",
)
def mapping_is_lost(facts: Facts) -> Iterator[Match]:
    """Whoever is not mapped is out at once, running nodes among them."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    for change in _config_maps(facts):
        before, after = mapping_before(change), mapping_after(change)
        if change.before is None or after is None:
            continue
        kept = {} if change.is_destroyed and not change.creates_first else after
        elsewhere = _made_elsewhere(facts, change)
        lost = {
            arn: groups - kept.get(arn, frozenset()) - elsewhere.get(arn, frozenset())
            for arn, groups in before.items()
            if groups - kept.get(arn, frozenset()) - elsewhere.get(arn, frozenset())
            or (arn not in kept and arn not in elsewhere)
        }
        if not lost and not (change.is_destroyed and not before):
            continue
        nodes = any(group in _NODES for groups in lost.values() for group in groups)
        effect = "Whoever it let in is out."
        if nodes:
            effect = "Nodes of that role can no longer talk to the API and go NotReady."
        level = Level.OUTAGE if nodes else None
        if _is_not_read(facts):
            effect = "The cluster's authentication mode is `API`, so it is not read any more."
            level = Level.REVIEW
        what = f"is {change.fate}" if change.is_destroyed else "lets fewer in"
        shown = codes((_entry(arn, groups) for arn, groups in lost.items()), 5)
        values = {"what": what, "lost": shown or "what it held", "effect": effect}
        yield Match(change.address, values, level)


@rule(
    "AUTH02",
    Level.REVIEW,
    when="the aws-auth ConfigMap maps more roles, users or groups; security for `system:masters`",
    title="aws-auth lets in {added}",
    why="{why}",
    action="Check who may assume it, and what its groups may do; prefer an access entry.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html",
)
def mapping_grows(facts: Facts) -> Iterator[Match]:
    """`system:masters` may do everything, and no binding limits it."""
    for change in _config_maps(facts):
        after = mapping_after(change)
        if after is None:
            if change.action is Action.UPDATE:
                why = "The plan does not tell whom, so it cannot be reviewed."
                values = {"added": "whoever is known only after the apply", "why": why}
                yield Match(change.address, values)
            continue
        if not change.is_written or change.before is None:
            continue
        before = mapping_before(change)
        added = {
            arn: groups - before.get(arn, frozenset())
            for arn, groups in after.items()
            if groups - before.get(arn, frozenset()) or arn not in before
        }
        if added:
            masters = any(_MASTERS in groups for groups in added.values())
            why = "What the groups may do is in the cluster's role bindings."
            if masters:
                why = "`system:masters` may do everything in the cluster, and nothing limits it."
            shown = codes((_entry(arn, groups) for arn, groups in added.items()), 5)
            level = Level.SECURITY if masters else None
            yield Match(change.address, {"added": shown, "why": why}, level)


def _config_maps(facts: Facts) -> Iterator[ResourceChange]:
    return (change for change in facts.of(*CONFIG_MAPS, *MANIFESTS) if is_aws_auth(change))


def _made_elsewhere(facts: Facts, change: ResourceChange) -> dict[str, frozenset[str]]:
    """What another resource of the plan maps in the same ConfigMap, made or kept."""
    found: dict[str, frozenset[str]] = {}
    for other in _config_maps(facts):
        if other is not change and other.after is not None and other.action is not Action.CREATE:
            found |= mapping_after(other) or {}
    return found


def _is_not_read(facts: Facts) -> bool:
    modes = [cluster.new(*_MODE) for cluster in facts.clusters if cluster.after is not None]
    return bool(modes) and all(mode == "API" for mode in modes)


def _entry(arn: str, groups: frozenset[str]) -> str:
    return f"{arn} ({', '.join(sorted(groups))})" if groups else arn
