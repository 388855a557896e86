"""The control plane: what takes it away, what EKS refuses, who can reach it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from plan_review.facts import Facts
from plan_review.facts.cluster_network import subnet_ids, vpcs_of, zones_of
from plan_review.facts.kubernetes_versions import AS_OF, SUPPORT, Version, version_of
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
_SUBNETS = ("vpc_config", 0, "subnet_ids")
_GROUPS = ("vpc_config", 0, "security_group_ids")
_ROLLBACK_SINCE = datetime.date(2026, 7, 1)

_LOST = (
    "The API endpoint, its certificate, the OIDC issuer and every workload go with the old "
    "cluster; the new one starts empty."
)
_SUPERSEDED = (
    "The old cluster goes on running, unwatched and paid for, and nothing in this code reaches it "
    "any more; the new one starts empty."
)
_KEEP = {
    "name": "Keep the name; a new name is a new cluster, built beside this one and moved to.",
    "role_arn": "Keep the role; mend what replaces it and this goes away with it.",
    "encryption_config": "Leave the encryption in place; EKS cannot take it away.",
    "kubernetes_network_config": "Keep the service range and the address family.",
    "access_config": "Put the bootstrap setting back; it counts only when a cluster is made.",
    "bootstrap_self_managed_addons": "Put it back; it counts only when a cluster is made.",
}


def _updated(facts: Facts) -> Iterator[ResourceChange]:
    return (cluster for cluster in facts.clusters if cluster.action is Action.UPDATE)


def _step(cluster: ResourceChange) -> tuple[Version, Version] | None:
    old, new = version_of(cluster.old("version")), version_of(cluster.new("version"))
    return (old, new) if old and new else None


@rule(
    "EKS01",
    Level.OUTAGE,
    when="an `aws_eks_cluster` is replaced, or superseded by a new one while the old one is "
    "forgotten (`lifecycle.destroy = false`)",
    title="The EKS cluster is {fate}",
    why="{because} {effect}",
    action="{advice}",
    source=f"{_GUIDE}/delete-cluster.html",
)
def cluster_is_replaced(facts: Facts) -> Iterator[Match]:
    """The worst that a plan can do to a cluster."""
    for cluster in facts.clusters:
        if cluster.action in (Action.REPLACE, Action.SUPERSEDE):
            advice = [
                text for argument, text in _KEEP.items() if facts.is_forced_by(cluster, argument)
            ]
            if cluster.action_reason == "replace_because_tainted":
                advice = [f"If the cluster works, `{facts.plan.command} untaint` it."]
            yield Match(
                cluster.address,
                {
                    "fate": cluster.fate,
                    "because": facts.because(cluster),
                    "effect": _LOST if cluster.is_destroyed else _SUPERSEDED,
                    "advice": advice[0]
                    if advice
                    else "Keep the argument, or build the new cluster beside this one and move.",
                },
            )


@rule(
    "EKS02",
    Level.OUTAGE,
    when="an `aws_eks_cluster` is destroyed",
    title="The EKS cluster is destroyed",
    why="{because} The API and every workload on it stop.",
    action="Merge only if the cluster is meant to end; move its workloads and volumes first.",
    source=f"{_GUIDE}/delete-cluster.html",
)
def cluster_is_destroyed(facts: Facts) -> Iterator[Match]:
    """A cluster that leaves the configuration."""
    for cluster in facts.clusters:
        if cluster.action is Action.DELETE:
            yield Match(cluster.address, {"because": facts.because(cluster)})


@rule(
    "EKS03",
    Level.WILL_FAIL,
    when="the cluster's `version` rises by two minors or more",
    title="Kubernetes {old} → {new} skips {skipped}",
    why="EKS moves a control plane one minor at a time and refuses this; what was ordered "
    "before it has been applied by then.",
    action="Go to {next} first, the nodes too, then on.",
    source=f"{_GUIDE}/update-cluster.html",
)
def version_skips(facts: Facts) -> Iterator[Match]:
    """The provider plans a plain update; only the service refuses."""
    for cluster in _updated(facts):
        step = _step(cluster)
        if step and step[1].minors_after(step[0]) > 1:
            old, new = step
            skipped = new.minors_after(old) - 1
            yield Match(
                cluster.address,
                {
                    "old": str(old),
                    "new": str(new),
                    "skipped": f"{skipped} minor version" + ("s" if skipped > 1 else ""),
                    "next": str(Version(old.major, old.minor + 1)),
                },
            )


@rule(
    "EKS04",
    Level.WILL_FAIL,
    when="the cluster's `version` falls; disruption where it falls by one minor, which EKS has "
    "allowed since 2026-07-01 within seven days of an upgrade in place",
    title="Kubernetes {old} → {new} is a downgrade",
    why="{why}",
    action="{advice}",
    source=f"{_GUIDE}/update-cluster.html",
)
def version_falls(facts: Facts) -> Iterator[Match]:
    """A version that was raised elsewhere, or a branch that is behind."""
    for cluster in _updated(facts):
        step = _step(cluster)
        if not step or step[1] >= step[0]:
            continue
        values = {"old": str(step[0]), "new": str(step[1])}
        if facts.today >= _ROLLBACK_SINCE and step[0].minors_after(step[1]) == 1:
            why = (
                "EKS takes a control plane back by one minor only within seven days of its "
                "upgrade in place, and never below the version it was made with; a plan does "
                "not show either, and otherwise AWS refuses."
            )
            advice = "Take the nodes and add-ons back first; after seven days restore the number."
            yield Match(cluster.address, {**values, "why": why, "advice": advice}, Level.DISRUPTION)
        else:
            why = (
                "EKS cannot take a control plane back that far; an update is planned that AWS "
                "refuses."
            )
            advice = "Restore the number; going back means a new cluster beside this one."
            yield Match(cluster.address, {**values, "why": why, "advice": advice})


@rule(
    "EKS05",
    Level.DISRUPTION,
    when="the cluster's `version` rises by one minor",
    title="Kubernetes {old} → {new}",
    why="The way back is open for seven days only, and not at all below the version the cluster "
    "was made with. API versions that {new} removed stop working, and nodes may be "
    "at most three minors behind the control plane and never ahead of it.",
    action="Check for removed APIs (EKS upgrade insights), the add-ons' versions and admission "
    "webhooks; upgrade the nodes after the control plane.",
    source=f"{_GUIDE}/update-cluster.html",
)
def version_rises(facts: Facts) -> Iterator[Match]:
    """The ordinary upgrade."""
    for cluster in _updated(facts):
        step = _step(cluster)
        if step and step[1].minors_after(step[0]) == 1:
            yield Match(cluster.address, {"old": str(step[0]), "new": str(step[1])})


@rule(
    "EKS05b",
    Level.REVIEW,
    when="a cluster comes to a version in extended support, past it, or not in the dated table",
    title="Kubernetes {new} {state}",
    why="{effect} (EKS calendar as of {as_of}.)",
    action="{advice}",
    source=f"{_GUIDE}/kubernetes-versions.html",
)
def version_is_not_in_standard_support(facts: Facts) -> Iterator[Match]:
    """Extended support costs six times the price; an unknown version may not exist yet."""
    for cluster in facts.clusters:
        new = version_of(cluster.new("version"))
        changing = (Action.CREATE, Action.UPDATE, Action.REPLACE)
        arrives = cluster.action in changing and version_of(cluster.old("version")) != new
        if new is None or not arrives:
            continue
        support = SUPPORT.get(new)
        if support is not None and facts.today < support.end_of_standard_support:
            continue
        values = {"new": str(new), "as_of": AS_OF.isoformat()}
        if support is None:
            values |= {
                "state": "is not in the table of versions EKS offers",
                "effect": "EKS refuses a version it does not offer, or offers no more.",
                "advice": "Ask `aws eks describe-cluster-versions` before merging.",
            }
        elif facts.today < support.end_of_extended_support:
            values |= {
                "state": f"is in extended support until {support.end_of_extended_support}",
                "effect": "An hour of the control plane costs several times as much.",
                "advice": "Plan the next upgrade, or accept the price.",
            }
        else:
            values |= {
                "state": f"has had no support since {support.end_of_extended_support}",
                "effect": "EKS makes no such cluster any more, and upgrades old ones by itself.",
                "advice": "Choose a version in standard support.",
            }
        yield Match(cluster.address, values)


@rule(
    "EKS06",
    Level.WILL_FAIL,
    when="the cluster's VPC is replaced or destroyed, or its subnets move to another VPC, while "
    "the cluster is planned as an update",
    title="The cluster's VPC changes under it",
    why="A cluster cannot change its VPC. Terraform plans an update in place, AWS refuses it, "
    "and by then much of the old network is gone.",
    action="Keep {vpc}; a new network needs a new cluster beside this one.",
    source=f"{_GUIDE}/network-reqs.html",
)
def vpc_changes(facts: Facts) -> Iterator[Match]:
    """The plan calls the cluster an update, and it cannot be one."""
    for cluster in facts.clusters:
        if not cluster.stays:
            continue
        gone = [vpc.address for vpc in vpcs_of(facts, cluster) if vpc.is_destroyed]
        if gone:
            yield Match(cluster.address, {"vpc": codes(gone)})
            continue
        then = cluster.new(*_SUBNETS) if facts.changes_at(cluster, *_SUBNETS) else None
        before = _vpc_ids(facts, subnet_ids(cluster))
        after = _vpc_ids(facts, then if isinstance(then, list) else [])
        if before and after and not before & after:
            yield Match(cluster.address, {"vpc": "the present VPC"})


def _vpc_ids(facts: Facts, ids: list[Json]) -> set[str]:
    """The VPCs of subnets that exist now, as far as this plan manages them."""
    subnets = [facts.by_id[text] for text in ids if isinstance(text, str) and text in facts.by_id]
    return {vpc for subnet in subnets if isinstance(vpc := subnet.old("vpc_id"), str)}


@rule(
    "EKS11",
    Level.SECURITY,
    when="`audit` leaves `enabled_cluster_log_types`",
    title="The API audit log is switched off",
    why="Who did what in the cluster is no longer recorded.",
    action="Keep `audit`; shorten the log group's retention if it is the price.",
    source=f"{_GUIDE}/control-plane-logs.html",
)
def audit_log_is_lost(facts: Facts) -> Iterator[Match]:
    """The one log that cannot be had afterwards."""
    for cluster in facts.clusters:
        if cluster.action in (Action.UPDATE, Action.REPLACE):
            new = cluster.new("enabled_cluster_log_types")
            had = "audit" in cluster.old_list("enabled_cluster_log_types")
            keeps = "audit" in cluster.new_list("enabled_cluster_log_types")
            if had and new is not UNKNOWN and not keeps:
                yield Match(cluster.address)


@rule(
    "EKS12",
    Level.REVIEW,
    when="`encryption_config` is added",
    title="Envelope encryption of secrets is switched on",
    why="It cannot be switched off again, and without the KMS key the cluster cannot be repaired.",
    action="Check the key's policy and that nobody can schedule its deletion.",
    source=f"{_GUIDE}/enable-kms.html",
)
def encryption_is_added(facts: Facts) -> Iterator[Match]:
    """One way only."""
    for cluster in _updated(facts):
        if not cluster.old("encryption_config") and cluster.new("encryption_config"):
            yield Match(cluster.address)


@rule(
    "EKS13",
    Level.REVIEW,
    when="`upgrade_policy` changes",
    title="The upgrade policy changes to {new}",
    why="`STANDARD` upgrades the cluster by itself when standard support ends; `EXTENDED` keeps "
    "it at several times the price.",
    action="Decide which of the two you want at the end of support.",
    source=f"{_GUIDE}/extended-support-control.html",
)
def upgrade_policy_changes(facts: Facts) -> Iterator[Match]:
    """Money or a surprise upgrade."""
    path = ("upgrade_policy", 0, "support_type")
    for cluster in _updated(facts):
        new = cluster.new(*path)
        if facts.changes_at(cluster, "upgrade_policy") and cluster.old(*path) != new:
            shown = code(new) if isinstance(new, str) else "the default"
            yield Match(cluster.address, {"new": shown})


@rule(
    "EKS14",
    Level.REVIEW,
    when="the cluster's own subnets change, its zones as far as known do not",
    title="The control plane's subnets change",
    why="EKS moves its network interfaces. It takes only subnets in exactly the zones the "
    "cluster was made with{doubt}.",
    action="Check the zones, and that each subnet has at least six free addresses.",
    source=f"{_GUIDE}/network-reqs.html",
)
def cluster_subnets_change(facts: Facts) -> Iterator[Match]:
    """Possible, and narrow."""
    for cluster in _updated(facts):
        if facts.changes_at(cluster, *_SUBNETS) and not _zones_change(facts, cluster):
            known = zones_of(facts, cluster).after is not None
            doubt = "" if known else ", and this plan does not tell the new ones"
            yield Match(cluster.address, {"doubt": doubt})


@rule(
    "EKS15",
    Level.WILL_FAIL,
    when="the set of the cluster's zones changes",
    title="The cluster's zones change: {old} → {new}",
    why="EKS takes only subnets in exactly the zones the cluster was made with; Terraform plans "
    "an update, AWS refuses it.",
    action="For a new zone, give its subnets to node groups only and leave the cluster's own "
    "list as it is.",
    source="https://github.com/aws/containers-roadmap/issues/2258",
)
def cluster_zones_change(facts: Facts) -> Iterator[Match]:
    """The trap of adding a zone."""
    for cluster in _updated(facts):
        if _zones_change(facts, cluster):
            zones = zones_of(facts, cluster)
            old, new = sorted(zones.before or ()), sorted(zones.after or ())
            yield Match(cluster.address, {"old": codes(old, 6), "new": codes(new, 6)})


def _zones_change(facts: Facts, cluster: ResourceChange) -> bool:
    zones = zones_of(facts, cluster)
    return None not in (zones.before, zones.after) and zones.before != zones.after


@rule(
    "EKS20",
    Level.DISRUPTION,
    when="the cluster's own security groups change; review where only some are added",
    title="The control plane's security groups change",
    why="{what} EKS puts the new ones on its network interfaces; what the old ones let through "
    "stops.",
    action="Check that nodes reach 443 and the control plane 10250 by the groups that stay.",
    source=f"{_GUIDE}/sec-group-reqs.html",
)
def cluster_groups_change(facts: Facts) -> Iterator[Match]:
    """In place, and cuts nodes off where they had no other way."""
    for cluster in _updated(facts):
        if not facts.changes_at(cluster, *_GROUPS):
            continue
        old, new = cluster.old_list(*_GROUPS), cluster.new_list(*_GROUPS)
        unknown = cluster.is_unknown(*_GROUPS)
        gone = [text for text in old if text not in new]
        added = [text for text in new if text not in old]
        what = f"Taken off: {codes(gone)}." if gone and not unknown else ""
        if added:
            what += f" Put on: {codes(added)}."
        what = what or "Which ones is known only after the apply."
        yield Match(cluster.address, {"what": what}, None if gone else Level.REVIEW)


@rule(
    "EKS21",
    Level.REVIEW,
    when="a log type other than `audit` leaves `enabled_cluster_log_types`",
    title="Control plane logs are switched off: {types}",
    why="What these components did is no longer recorded; it cannot be had afterwards.",
    action="Keep them, or shorten the log group's retention if it is the price.",
    source=f"{_GUIDE}/control-plane-logs.html",
)
def other_logs_go(facts: Facts) -> Iterator[Match]:
    """`audit` is EKS11's."""
    for cluster in _updated(facts):
        if cluster.new("enabled_cluster_log_types") is UNKNOWN:
            continue
        new = cluster.new_list("enabled_cluster_log_types")
        gone = [t for t in cluster.old_list("enabled_cluster_log_types") if t not in new]
        shown = sorted(str(text) for text in gone if text != "audit")
        if shown:
            yield Match(cluster.address, {"types": codes(shown, 5)})
