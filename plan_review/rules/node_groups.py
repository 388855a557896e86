"""EKS managed node groups: replaced, rolled, scaled down, too old or too new."""

from __future__ import annotations

from collections.abc import Iterator

from plan_review.facts import Facts, once
from plan_review.facts.capacity import other_capacity
from plan_review.facts.kubernetes_versions import MOST_MINORS_BEHIND, Version, version_of
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, dotted
from plan_review.quoting import code, codes
from plan_review.rules.launch_templates import template_of
from plan_review.rules.rule import Match, rule

_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
_PROVIDER = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources"
_TYPE = "aws_eks_node_group"
_DESIRED = ("scaling_config", 0, "desired_size")
_MAXIMUM = ("scaling_config", 0, "max_size")


@rule(
    "NG01",
    Level.DISRUPTION,
    when="a managed node group is replaced; outage when the old one goes first and nothing else "
    "in the plan can take its pods",
    title="Managed node group is replaced, {order}",
    why="{because} {effect}",
    action="{advice}",
    source=f"{_PROVIDER}/eks_node_group",
)
def group_is_replaced(facts: Facts) -> Iterator[Match]:
    """Most arguments of a managed node group force this."""
    for group in facts.of(_TYPE):
        if group.action is not Action.REPLACE:
            continue
        because = facts.because(group)
        name = group.old("node_group_name")
        if group.creates_first and name and name == group.new("node_group_name"):
            yield Match(
                group.address,
                {
                    "order": "under its own name",
                    "because": because,
                    "effect": f"The new group is made first, and {code(str(name))} is taken: "
                    "EKS refuses a second one.",
                    "advice": "Use `node_group_name_prefix` instead of `node_group_name`.",
                },
                Level.WILL_FAIL,
            )
        elif group.creates_first:
            yield Match(
                group.address,
                {
                    "order": "new one first",
                    "because": because,
                    "effect": "The old nodes are drained once the new ones are there.",
                    "advice": "Check that pod disruption budgets let a drain finish.",
                },
            )
        else:
            refuge = other_capacity(facts, group)
            yield Match(
                group.address,
                {
                    "order": "old one first",
                    "because": because,
                    "effect": "The old nodes are drained and deleted before the new ones exist: "
                    + (
                        f"until then pods have only {codes(refuge)} to go to."
                        if refuge
                        else "pods have nowhere to go."
                    ),
                    "advice": _advice(facts, group),
                },
                None if refuge else Level.OUTAGE,
            )


def _advice(facts: Facts, group: ResourceChange) -> str:
    if facts.is_forced_by(group, "subnet_ids"):
        return (
            "Make one group a zone, so that a new zone is a new group and the present ones "
            "keep their subnets."
        )
    if facts.is_forced_by(group, "cluster_name", "node_role_arn"):
        return "Keep what it stands on; see where the replacements start."
    return (
        "Use `node_group_name_prefix` with create_before_destroy, or add a second group and "
        "move over."
    )


@rule(
    "NG02",
    Level.DISRUPTION,
    when="a managed node group is destroyed; outage when nothing else can take its pods and the "
    "cluster stays",
    title="Managed node group is destroyed",
    why="{because} Its nodes are drained and deleted; {effect}.",
    action="Check that the remaining nodes have room, and that zone-bound volumes can follow.",
    source=f"{_GUIDE}/delete-managed-node-group.html",
)
def group_is_destroyed(facts: Facts) -> Iterator[Match]:
    """Taints, labels and zones decide whether others really can take the pods."""
    cluster_stays = not any(cluster.is_destroyed for cluster in facts.clusters)
    for group in facts.of(_TYPE):
        if group.action is Action.DELETE:
            refuge = other_capacity(facts, group)
            effect = f"pods move to {codes(refuge)}" if refuge else "pods have nowhere in this plan"
            yield Match(
                group.address,
                {"because": facts.because(group), "effect": effect},
                None if refuge or not cluster_stays else Level.OUTAGE,
            )


@rule(
    "NG03",
    Level.DISRUPTION,
    when="a managed node group's version, release, or launch template version changes in place",
    title="Every node of a managed group is rolled",
    why="{what} changes: nodes are replaced one batch after the other, and a pod disruption "
    "budget that never lets go stops it half-way (PodEvictionFailure).",
    action="Check the budgets and spare room; `force_update_version` overrides the budgets.",
    source=f"{_GUIDE}/managed-node-update-behavior.html",
)
def group_is_rolled(facts: Facts) -> Iterator[Match]:
    """A template that changes only its tags makes no new version, and rolls nothing."""
    for group in facts.of(_TYPE):
        if group.action is not Action.UPDATE:
            continue
        rolled = []
        for leaf in facts.authored(group):
            if leaf.path in (("version",), ("release_version",)):
                rolled.append(_change(leaf.path, leaf.before, leaf.after))
            if leaf.top == "launch_template":
                template = template_of(facts, group)
                if template is None or not facts.is_tags_only(template):
                    rolled.append(_change(leaf.path, leaf.before, leaf.after))
        if rolled:
            yield Match(group.address, {"what": ", ".join(rolled)})


@rule(
    "NG11",
    Level.WILL_FAIL,
    when="the launch template of a managed node group whose image EKS chose names an image",
    title="EKS takes no image for a managed node group whose image it chose",
    why="{template} names an image, and the group was made as `{type}`: EKS refuses the update, "
    "half-way through the apply.",
    action="Make a second group with the image beside it, and let this one go.",
    source="https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2434",
)
def group_gets_an_image(facts: Facts) -> Iterator[Match]:
    """The provider keeps the type that the configuration no longer says, and plans an update."""
    for group in facts.of(_TYPE):
        template = template_of(facts, group)
        if group.action is not Action.UPDATE or template is None:
            continue
        type_ = group.new_text("ami_type")
        had, has = template.old("image_id"), template.new("image_id")
        if type_ and type_ != _CUSTOM and has and not had:
            yield Match(group.address, {"template": code(template.address), "type": type_})


_CUSTOM = "CUSTOM"
"""The type of a group whose template names an image."""


def _change(path: tuple[str | int, ...], before: Json, after: Json) -> str:
    sides = [code(str(side)) for side in (before, after) if isinstance(side, str | int)]
    return (
        f"{code(dotted(path))} {' → '.join(sides)}".strip()
        if len(sides) > 1
        else (code(dotted(path)))
    )


@rule(
    "NG04",
    Level.DISRUPTION,
    when="a managed node group's desired or maximum size falls; outage where it falls to zero and "
    "nothing else in the plan can take its pods",
    title="Managed node group is scaled down",
    why="{what}: nodes above the new size are drained and deleted.",
    action="Check that the pods fit on what is left.",
    source=f"{_PROVIDER}/eks_node_group",
)
def group_shrinks(facts: Facts) -> Iterator[Match]:
    """Growing is routine."""
    for group in facts.of(_TYPE):
        if group.action is not Action.UPDATE:
            continue
        falls = []
        for size in ("desired_size", "max_size"):
            old = group.old("scaling_config", 0, size)
            new = group.new("scaling_config", 0, size)
            if isinstance(old, int) and isinstance(new, int) and new < old:
                falls.append(f"`{size}` {old} → {new}")
        if falls:
            empty = 0 in (group.new(*_DESIRED), group.new(*_MAXIMUM))
            level = Level.OUTAGE if empty and not other_capacity(facts, group) else None
            yield Match(group.address, {"what": ", ".join(falls)}, level)


@rule(
    "NG05",
    Level.DISRUPTION,
    when="the taints of a managed node group change in place",
    title="Taints of a managed node group change",
    why="{what}",
    action="Check the tolerations of what runs there.",
    source=f"{_GUIDE}/node-taints-managed-node-groups.html",
)
def group_taints_change(facts: Facts) -> Iterator[Match]:
    """A new taint keeps pods out, or throws them out; one taken off lets everything in."""
    for group in facts.of(_TYPE):
        if group.action is not Action.UPDATE or not facts.changes_at(group, "taint"):
            continue
        old, new = _taints(group.old("taint")), _taints(group.new("taint"))
        added = [taint for taint in new if taint not in old]
        if added or group.new("taint") is UNKNOWN:
            shown = codes(added) if added else "one known after the apply"
            what = f"New: {shown}. Pods without the toleration are not placed, or are evicted."
            yield Match(group.address, {"what": what})
        else:
            gone = [taint for taint in old if taint not in new]
            what = f"Gone: {codes(gone)}. Any pod may be placed on these nodes now."
            yield Match(group.address, {"what": what}, Level.REVIEW)


def _taints(value: Json) -> list[str]:
    return [
        f"{taint.get('key')}={taint.get('value') or ''}:{taint.get('effect')}"
        for taint in (value if isinstance(value, list) else [])
        if isinstance(taint, dict)
    ]


@rule(
    "NG06",
    Level.WILL_FAIL,
    when="a managed node group's version is ahead of its cluster's",
    title="Nodes at {node}, control plane at {cluster}",
    why="A kubelet may not be newer than the API server; EKS refuses the group.",
    action="Upgrade the control plane first, or lower the group's version.",
    source="https://kubernetes.io/releases/version-skew-policy/",
)
def nodes_are_ahead(facts: Facts) -> Iterator[Match]:
    """Told only where this plan brings it about."""
    for group, cluster, node in _skews(facts):
        if node > cluster:
            yield Match(group.address, {"node": str(node), "cluster": str(cluster)})


@rule(
    "NG07",
    Level.REVIEW,
    when="a managed node group is more than three minors behind its cluster",
    title="Nodes at {node} are too old for a control plane at {cluster}",
    why="A kubelet may be at most three minors behind the API server.",
    action="Upgrade the nodes before the control plane goes on.",
    source="https://kubernetes.io/releases/version-skew-policy/",
)
def nodes_are_too_old(facts: Facts) -> Iterator[Match]:
    """The control plane went on and the nodes did not."""
    for group, cluster, node in _skews(facts):
        if cluster.minors_after(node) > MOST_MINORS_BEHIND:
            yield Match(group.address, {"node": str(node), "cluster": str(cluster)})


def _skews(facts: Facts) -> Iterator[tuple[ResourceChange, Version, Version]]:
    """Each group whose skew this plan changes, with its cluster's and its own version."""
    for group in facts.of(_TYPE):
        cluster = _cluster_of(facts, group)
        if cluster is None or group.after is None or cluster.after is None:
            continue
        node, control_plane = version_of(group.new("version")), version_of(cluster.new("version"))
        touched = _changes_version(group) or _changes_version(cluster)
        if node and control_plane and touched:
            yield group, control_plane, node


def _changes_version(change: ResourceChange) -> bool:
    return change.is_made or change.old("version") != change.new("version")


@once
def _by_name(facts: Facts) -> dict[str, ResourceChange]:
    """The clusters by the names they have now and get; of two of a name the first."""
    found: dict[str, ResourceChange] = {}
    for cluster in facts.clusters:
        for name in (cluster.new("name"), cluster.old("name")):
            if isinstance(name, str):
                found.setdefault(name, cluster)
    return found


def _cluster_of(facts: Facts, group: ResourceChange) -> ResourceChange | None:
    name = group.new("cluster_name")
    if isinstance(name, str) and name in _by_name(facts):
        return _by_name(facts)[name]
    upstream = facts.upstream(group, "cluster_name")
    return next((change for change in upstream if change.type == "aws_eks_cluster"), None)
