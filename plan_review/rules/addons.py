"""EKS add-ons: taken away, set back, left behind by an upgrade, without their role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.kubernetes_versions import version_of
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
_TYPE: Final = "aws_eks_addon"
_ONE_MINOR_AT_A_TIME: Final = ("vpc-cni",)
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-eksbuild\.(\d+))?")

_EFFECTS: Final = {
    "vpc-cni": "New pods get no address, and new nodes stay NotReady.",
    "coredns": "Names inside the cluster no longer resolve.",
    "kube-proxy": "Services no longer reach their pods from new or restarted nodes.",
    "eks-pod-identity-agent": "Pods with a pod identity get no credentials.",
    "aws-ebs-csi-driver": "Volumes are no longer made, attached or detached.",
    "aws-efs-csi-driver": "File systems are no longer mounted.",
    "aws-fsx-csi-driver": "File systems are no longer mounted.",
    "aws-mountpoint-s3-csi-driver": "Buckets are no longer mounted.",
    "snapshot-controller": "Volume snapshots are no longer made.",
}


@rule(
    "ADD01",
    Level.DISRUPTION,
    when="an EKS add-on is destroyed or replaced while its cluster stays; review where "
    "`preserve` keeps its software running",
    title="The add-on {name} is {fate}",
    why="{because} {effect}",
    action="{advice}",
    source=f"{_GUIDE}/removing-an-add-on.html",
)
def addon_is_lost(facts: Facts) -> Iterator[Match]:
    """Without `preserve` EKS deletes the software with the add-on."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    for addon in facts.of(_TYPE):
        if not addon.is_destroyed:
            continue
        name = addon.old_text("addon_name")
        kept = addon.old("preserve") is True
        twin = _twin(facts, addon)
        effect = _EFFECTS.get(name, "What it runs in the cluster is deleted.")
        advice = "Keep it, or set `preserve` first and let its software be managed another way."
        if kept and twin is None:
            effect = "`preserve` is on: its software stays in the cluster, and EKS no longer "
            effect += "looks after it."
            advice = "Say in the pull request what manages it from now on."
        elif twin is not None:
            effect += (
                f" {code(twin.address)} makes the same add-on at the same time: EKS refuses a "
                "second one, or the delete takes the new one's software away."
            )
            advice = "Write a `moved` block from the old address to the new one."
        elif addon.action is Action.REPLACE:
            effect += " Until the new one runs."
        yield Match(
            addon.address,
            {
                "name": code(name or addon.name),
                "fate": addon.fate,
                "because": facts.because(addon),
                "effect": effect,
                "advice": advice,
            },
            Level.REVIEW if kept and twin is None else None,
        )


def _twin(facts: Facts, addon: ResourceChange) -> ResourceChange | None:
    """The same add-on where the plan makes it anew at another address."""
    key = (addon.old("cluster_name"), addon.old("addon_name"))
    for other in facts.of(_TYPE):
        if other.action is Action.CREATE and (other.new("addon_name") == key[1]):
            cluster = other.new("cluster_name")
            if cluster in (key[0], UNKNOWN):
                return other
    return None


@rule(
    "ADD02",
    Level.REVIEW,
    when="an add-on's version goes back, or `vpc-cni` moves by more than one minor",
    title="The add-on {name} goes from {old} {way} {new}",
    why="{why}",
    action="{advice}",
    source=f"{_GUIDE}/updating-an-add-on.html",
)
def addon_version_jumps(facts: Facts) -> Iterator[Match]:
    """A patch, or one minor forward, is routine."""
    for addon in facts.of(_TYPE):
        if addon.action not in (Action.UPDATE, Action.REPLACE):
            continue
        old, new = addon.old_text("addon_version"), addon.new_text("addon_version")
        before, after = _parsed(old), _parsed(new)
        if before is None or after is None or before == after:
            continue
        name = addon.old_text("addon_name")
        values = {"name": code(name), "old": code(old), "new": code(new)}
        minors = abs(after[1] - before[1]) if after[0] == before[0] else 2
        if after < before:
            why = "What the newer version changed in the cluster is not taken back with it"
            why += ", and this is more than one minor at once." if minors > 1 else "."
            advice = "Check that this version runs on the cluster's Kubernetes version."
            yield Match(addon.address, {**values, "way": "back to", "why": why, "advice": advice})
        elif name in _ONE_MINOR_AT_A_TIME and minors > 1:
            why = "AWS advises one minor at a time for this add-on."
            advice = "Go through the minors in between, one apply each."
            yield Match(addon.address, {**values, "way": "to", "why": why, "advice": advice})


def _parsed(version: str) -> tuple[int, ...] | None:
    match = _VERSION.match(version)
    return tuple(int(part or 0) for part in match.groups()) if match else None


@rule(
    "ADD03",
    Level.REVIEW,
    when="the cluster's version rises and an add-on of the plan stays at its version",
    title="Add-ons stay behind the upgrade to {new}",
    why="{addons}: EKS does not move them along with the control plane.",
    action="Raise their versions with the upgrade, or check that these ones support {new} "
    "(`aws eks describe-addon-versions`).",
    source=f"{_GUIDE}/update-cluster.html",
)
def addons_stay_behind(facts: Facts) -> Iterator[Match]:
    """Pinned, or made once without a version: either way it stays."""
    for cluster in facts.clusters:
        old, new = version_of(cluster.old("version")), version_of(cluster.new("version"))
        if cluster.action is not Action.UPDATE or old is None or new is None or new <= old:
            continue
        behind = [
            addon.old_text("addon_name") or addon.name
            for addon in facts.of(_TYPE)
            if addon.stays
            and addon.old("cluster_name") in (cluster.old("name"), None)
            and not facts.changes_at(addon, "addon_version")
        ]
        if behind:
            yield Match(cluster.address, {"new": str(new), "addons": codes(behind, 6)})


@rule(
    "ADD04",
    Level.DISRUPTION,
    when="an add-on loses the role it works under, or its pod identity",
    title="The add-on {name} loses its role",
    why="{effect}",
    action="Give it the new role in the same change, or check that the nodes' role suffices.",
    source=f"{_GUIDE}/add-ons-iam.html",
)
def addon_loses_its_role(facts: Facts) -> Iterator[Match]:
    """A role exchanged for another, or for a pod identity, is not lost."""
    for addon in facts.of(_TYPE):
        if addon.action is not Action.UPDATE:
            continue
        had = addon.old("service_account_role_arn") or addon.old("pod_identity_association")
        has = addon.new("service_account_role_arn") or addon.new("pod_identity_association")
        if had and not has:
            name = addon.old_text("addon_name")
            effect = _EFFECTS.get(name, "What it runs is refused by AWS.")
            why = f"It falls back on the nodes' role. Where that does not allow it: {effect}"
            yield Match(addon.address, {"name": code(name), "effect": why})
