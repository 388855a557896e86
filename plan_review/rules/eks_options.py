"""The control plane: zonal shift, options of version 6 of the AWS provider, unknown versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/eks/latest/userguide"
_EGRESS: Final = ("vpc_config", 0, "control_plane_egress_mode")
_PORTS: Final = ("kube_api_server_config", 0, "service_node_port_range", 0)
_TIER: Final = ("control_plane_scaling_config", 0, "tier")
_TIERS: Final = ("standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl")
_CAPABILITIES: Final = {
    "ACK": "AWS resources that are described in the cluster are no longer looked after.",
    "ARGOCD": "What Argo CD deploys is no longer deployed or kept as it is in Git.",
    "KRO": "Resource groups of kro are no longer resolved.",
}


def _updated(facts: Facts) -> Iterator[ResourceChange]:
    return (cluster for cluster in facts.clusters if cluster.action is Action.UPDATE)


@rule(
    "EKS22",
    Level.REVIEW,
    when="the control plane's egress mode changes; will-fail where it goes back to `AWS_MANAGED`",
    title="The control plane's egress goes to {new}",
    why="{why}",
    action="{advice}",
    source=f"{_GUIDE}/network-reqs.html",
)
def egress_mode_changes(facts: Facts) -> Iterator[Match]:
    """One way only, as far as the documentation of 2026-11 says; not tried on AWS."""
    for cluster in _updated(facts):
        old, new = cluster.old(*_EGRESS) or "AWS_MANAGED", cluster.new(*_EGRESS)
        if not isinstance(new, str) or not new or new == old:
            continue
        if new == "AWS_MANAGED":
            why = f"EKS does not take it back from {code(str(old))}; it refuses the update."
            advice = f"Put {code(str(old))} back."
            values = {"new": code(new), "why": why, "advice": advice}
            yield Match(cluster.address, values, Level.WILL_FAIL)
        else:
            why = "There is no way back. Webhooks, OIDC providers and registries need a route from "
            why += "the cluster's own subnets from then on."
            advice = "Check the routes of the cluster's subnets before it is applied."
            yield Match(cluster.address, {"new": code(new), "why": why, "advice": advice})


@rule(
    "EKS23",
    Level.DISRUPTION,
    when="the range of node ports becomes narrower; review where it becomes another one",
    title="Node ports go from {old} to {new}",
    why="Services that have a port outside the new range keep it only until they are changed, and "
    "load balancers and security groups still point at the old one.",
    action="List the services with a node port (`kubectl get services -A`) and compare.",
    source="https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport",
)
def node_ports_change(facts: Facts) -> Iterator[Match]:
    """30000 to 32767 where nothing is said."""
    for cluster in _updated(facts):
        old, new = _range(cluster, is_new=False), _range(cluster, is_new=True)
        if old is None or new is None or old == new:
            continue
        narrower = new[0] > old[0] or new[1] < old[1]
        values = {"old": f"{old[0]}-{old[1]}", "new": f"{new[0]}-{new[1]}"}
        yield Match(cluster.address, values, None if narrower else Level.REVIEW)


def _range(cluster: ResourceChange, *, is_new: bool) -> tuple[int, int] | None:
    read = cluster.new if is_new else cluster.old
    first, last = read(*_PORTS, "min_port"), read(*_PORTS, "max_port")
    if UNKNOWN in (first, last):
        return None
    return (
        first if isinstance(first, int) else 30000,
        last if isinstance(last, int) else 32767,
    )


@rule(
    "EKS24",
    Level.REVIEW,
    when="the control plane's provisioned tier changes; disruption where it falls",
    title="The control plane's tier goes from {old} to {new}",
    why="{why}",
    action="Look at the API server's load over a week first.",
    source=f"{_GUIDE}/eks-provisioned-control-plane.html",
)
def tier_changes(facts: Facts) -> Iterator[Match]:
    """Billed by the hour."""
    for cluster in _updated(facts):
        old, new = cluster.old(*_TIER) or _TIERS[0], cluster.new(*_TIER) or _TIERS[0]
        if new is UNKNOWN or old == new:
            continue
        ranks = [_TIERS.index(tier) if tier in _TIERS else -1 for tier in (old, new)]
        falls = -1 not in ranks and ranks[1] < ranks[0]
        why = "A control plane with less room throttles requests that it took before."
        if not falls:
            why = "A higher tier costs a multiple, by the hour."
        values = {"old": code(str(old)), "new": code(str(new)), "why": why}
        yield Match(cluster.address, values, Level.DISRUPTION if falls else None)


@rule(
    "EKS29",
    Level.WILL_FAIL,
    when="the block `zonal_shift_config` leaves a cluster",
    title="Zonal shift is not turned off by leaving `zonal_shift_config` out",
    why="The provider then sends EKS an update in which nothing is to be updated.",
    action="Write `enabled = false` in the block, and let it stand.",
    source=f"{_GUIDE}/zone-shift-enable.html",
)
def zonal_shift_is_left_out(facts: Facts) -> Iterator[Match]:
    """Read in the code of provider 5.100 and 6; seen on an emulator, not tried on AWS."""
    for cluster in _updated(facts):
        new = cluster.new("zonal_shift_config")
        if cluster.old("zonal_shift_config") and new is not UNKNOWN and not new:
            yield Match(cluster.address)


@rule(
    "EKS25",
    Level.DISRUPTION,
    when="a capability of the cluster (Argo CD, ACK, kro) is destroyed or replaced while it stays",
    title="The capability {name} is {fate}",
    why="{effect} {rest}",
    action="Check what it manages, and what is to manage that afterwards.",
    source=f"{_GUIDE}/capabilities.html",
)
def capability_is_lost(facts: Facts) -> Iterator[Match]:
    """What it made in AWS or in the cluster stays where its policy says so."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    for change in facts.of("aws_eks_capability"):
        if change.is_destroyed and not change.creates_first:
            kept = change.old("delete_propagation_policy") == "RETAIN"
            rest = "What it made stays." if kept else "What it made may be deleted with it."
            name = code(change.old_text("capability_name") or change.name)
            kind = change.old_text("type").upper().replace("_", "")
            effect = _CAPABILITIES.get(kind, "What it manages is no longer managed.")
            values = {"name": name, "fate": change.fate, "effect": effect, "rest": rest}
            yield Match(change.address, values)


@rule(
    "PUB05",
    Level.SECURITY,
    when="a bucket takes objects with keys of the client's own (SSE-C) again",
    title="The bucket {bucket} takes SSE-C again",
    why="Whoever may write to it can encrypt every object under a key that nobody else has; "
    "extortion works this way. Versions 6.22 to 6.39 of the AWS provider plan this by themselves.",
    action="Write `blocked_encryption_types`, or take a provider from 6.40 on.",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/47320",
)
def block_of_sse_c_is_lifted(facts: Facts) -> Iterator[Match]:
    """AWS blocks it for new buckets."""
    path = ("rule", 0, "blocked_encryption_types")
    for change in facts.of("aws_s3_bucket_server_side_encryption_configuration"):
        old, new = change.old(*path), change.new(*path)
        blocked = isinstance(old, list) and "SSE-C" in old
        still = new is UNKNOWN or (isinstance(new, list) and "SSE-C" in new)
        if change.action is Action.UPDATE and blocked and not still:
            yield Match(change.address, {"bucket": code(change.old_text("bucket"))})


@rule(
    "EKS26",
    Level.REVIEW,
    when="the cluster's `version` becomes one that only the apply knows",
    title="The Kubernetes version is known only after the apply",
    why="Whether it is the next minor, skips one or goes back cannot be reviewed; EKS refuses the "
    "latter two.",
    action="Write the version as a literal, or read it from something that exists already.",
    source=f"{_GUIDE}/update-cluster.html",
)
def version_is_unknown(facts: Facts) -> Iterator[Match]:
    """It comes from another resource, or from a data source that waits for one."""
    for cluster in _updated(facts):
        is_set = facts.is_set(cluster, "version") is not False
        if is_set and cluster.old("version") and cluster.new("version") is UNKNOWN:
            yield Match(cluster.address)
