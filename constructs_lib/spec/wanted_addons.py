"""The EKS add-ons of a cluster: those of `addons`, and those that a key elsewhere stands for."""

import contextlib
from collections.abc import Collection, Mapping
from typing import Final

from constructs_lib.spec.addons import EKS_DEFAULT, AddonSpec
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.pod_identity import Way
from constructs_lib.spec.section import Unknown, Where
from constructs_lib.tables import addon_identities, cluster_autoscaler

AGENT: Final = "eks-pod-identity-agent"
"""The add-on by which pods get roles with Pod Identity."""

KEYS: Final[Mapping[str, tuple[str, str]]] = {
    "aws-ebs-csi-driver": ("storage", "ebs"),
    "aws-efs-csi-driver": ("storage", "efs"),
    "snapshot-controller": ("storage", "snapshots"),
    "metrics-server": ("monitoring", "metrics_server"),
    "eks-node-monitoring-agent": ("monitoring", "node_monitoring"),
    "amazon-cloudwatch-observability": ("monitoring", "cloudwatch"),
}
"""The key that stands for an add-on: section and field."""


def asked_for(spec: ClusterSpec) -> dict[str, Where]:
    """The add-ons that other keys stand for, each with the key; what `addons` has is not here.

    Their roles need the agent, unless IRSA alone gives roles to pods.
    """
    found: dict[str, Where] = {addon: key for addon, key in KEYS.items() if _says(spec, *key)}
    with_role: list[Where] = [key for addon, key in found.items() if gets_a_role(spec, addon)]
    if spec.cluster_autoscaler.enabled:
        with_role.append(("cluster_autoscaler",))
    if spec.controllers.wanted():
        with_role.append(("controllers",))
    if with_role and by_association(spec.pod_identity.by):
        found[AGENT] = with_role[0]
    return {addon: key for addon, key in found.items() if addon not in spec.addons}


def wanted(spec: ClusterSpec) -> dict[str, AddonSpec]:
    """All add-ons of the cluster; one that a key stands for is in the version that EKS prefers."""
    return {**spec.addons, **{n: AddonSpec(addon_version=EKS_DEFAULT) for n in asked_for(spec)}}


AUTOSCALER: Final = "cluster-autoscaler"
"""What sets the number of nodes: the name of its manifest, and of its Deployment and account."""

IMAGE: Final = "${IMAGE}"
"""What its manifest has in place of its image."""

STORAGE_CLASSES: Final = "storage-classes"
"""The name of their manifest."""


def applied_by_keys(spec: ClusterSpec) -> dict[str, Where]:
    """The project's own manifests that keys stand for, each with the key, as far as it is right."""
    found: dict[str, Where] = {}
    with contextlib.suppress(Unknown):
        if spec.storage.ebs and spec.storage.storage_classes:
            found[STORAGE_CLASSES] = ("storage", "ebs")
    with contextlib.suppress(Unknown):
        if spec.cluster_autoscaler.enabled:
            found[AUTOSCALER] = ("cluster_autoscaler",)
    return found


def autoscaler_image(spec: ClusterSpec) -> str:
    """The image of cluster-autoscaler: the owner's, or that of the cluster's version."""
    return spec.cluster_autoscaler.image or cluster_autoscaler.image(spec.kubernetes_version)


def by_association(ways: Collection[Way]) -> bool:
    """Whether what a cluster runs itself gets its roles by Pod Identity: not by IRSA alone."""
    return "eks_pod_identity" in ways or "irsa" not in ways


def gets_a_role(spec: ClusterSpec, addon: str) -> bool:
    """Whether the pods of an add-on get a role that is made here.

    Not where the spec names a role of the owner's. One that stands in `addons` alone needs a way in
    `pod_identity`: Pod Identity or, without that, IRSA.
    """
    if addon not in addon_identities.POLICIES:
        return False
    asked, own = _says(spec, *KEYS[addon]), spec.addons.get(addon)
    if own is None:
        return asked
    by_a_way = spec.gives_roles_by("eks_pod_identity") or spec.gives_roles_by("irsa")
    return (asked or by_a_way) and own.service_account_role_arn is None


def _says(spec: ClusterSpec, section: str, key: str) -> bool:
    return bool(getattr(getattr(spec, section), key))
