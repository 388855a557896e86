"""What kubelet would make of a node group: nodes that lie, or that never start."""

import re
from collections.abc import Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import KubeletSpec, NodeGroupSpec, with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
from constructs_lib.tables import instance_types
from constructs_lib.tables.node_image import architecture_of
from constructs_lib.tables.user_data import memory_kept_back

_HOST_NAME = "kubernetes.io/hostname"
_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_REGIONS = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
_TYPES = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_ARCHITECTURES = ("kubernetes.io/arch", "beta.kubernetes.io/arch")
_SYSTEMS = ("kubernetes.io/os", "beta.kubernetes.io/os")
_GO_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
_BY_ITSELF = "leave it out; the node has it by itself"


@rule
def labels_of_the_nodes_own_are_true(spec: ClusterSpec) -> Iterator[Wrong]:
    """A label of the group's overwrites what kubelet finds out, on every node of it."""
    for name, group in with_machines(spec.node_groups).items():
        zones = group.availability_zones or spec.availability_zones
        types = group.types
        architecture = _GO_ARCHITECTURES[architecture_of(types[0])]
        truths = dict.fromkeys(_REGIONS, spec.region) | dict.fromkeys(_SYSTEMS, "linux")
        truths |= dict.fromkeys(_ARCHITECTURES, architecture)
        truths |= dict.fromkeys(_TYPES, types[0])
        truths |= dict.fromkeys(_ZONES, zones[0])
        for key, value in group.labels.items():
            where = ("node_groups", name, "labels", key)
            several = (key in _ZONES and len(zones) > 1) or (key in _TYPES and len(types) > 1)
            if key == _HOST_NAME or several:
                yield Wrong(where, "would be the same on nodes that differ in it", _BY_ITSELF)
            elif value != truths.get(key, value):
                what = f"is not true of these nodes, which are {truths[key]}"
                yield Wrong(where, what, _BY_ITSELF)


@rule
def the_memory_suffices_for_the_pods(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Where more is kept back for Kubernetes than there is, kubelet never starts."""
    if group.max_pods is None or _says_of("memory", group.kubelet) is not None:
        return
    kept = memory_kept_back(group.max_pods)
    for each in group.types:
        size = instance_types.size(each)
        if size is not None and kept > size.mib:
            fits = max(n for n in range(group.max_pods) if memory_kept_back(n) <= size.mib)
            yield Wrong(
                ("max_pods",),
                f"keeps {kept} MiB back for Kubernetes, and a {each} has {size.mib} MiB",
                f"use {fits} or less, or a larger type",
            )
            return


@rule
def what_is_kept_back_is_there(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Kubelet never starts where nothing would be left for pods.

    https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/#node-allocatable
    """
    for each in group.types:
        size = instance_types.size(each)
        if size is None:
            continue
        where = _says_of("memory", group.kubelet)
        kept = _memory_kept(group, size.mib)
        if where is not None and kept >= size.mib:
            what = f"keeps, with what else is, {kept} MiB from pods"
            yield Wrong(where, f"{what}, and a {each} has {size.mib}", _SAY_LESS)
            return
        where = _says_of("cpu", group.kubelet)
        cpus = _thousandths_kept(group.kubelet)
        if where is not None and cpus >= size.cpus * 1000:
            what = f"keeps, with what else is, {cpus}m CPUs from pods"
            yield Wrong(where, f"{what}, and a {each} has {size.cpus}", _SAY_LESS)
            return


_SAY_LESS = "say less, or use a larger type"


def _says_of(resource: str, kubelet: KubeletSpec) -> Where | None:
    """Where a group says first how much of something is kept back."""
    for key in ("kube_reserved", "system_reserved"):
        if getattr(getattr(kubelet, key), resource) is not None:
            return ("kubelet", key, resource)
    if resource == "memory" and kubelet.eviction_hard.memory_available is not None:
        return ("kubelet", "eviction_hard", "memory_available")
    return None


def _memory_kept(group: NodeGroupSpec, mib: int) -> int:
    """At least so many MiB, of `mib`, that no pod gets."""
    kubelet, eviction = group.kubelet, group.kubelet.eviction_hard.memory_available or "100Mi"
    kube = kubelet.kube_reserved.memory
    return (
        (255 + 11 * (group.max_pods or 0) if kube is None else _amount(kube, mib))
        + _amount(kubelet.system_reserved.memory or "0Mi", mib)
        + _amount(eviction, mib)
    )


def _thousandths_kept(kubelet: KubeletSpec) -> int:
    """At least so many thousandths of a CPU that no pod gets."""
    amounts = (kubelet.kube_reserved.cpu or "0", kubelet.system_reserved.cpu or "0")
    return sum(int(s.removesuffix("m")) * (1 if s.endswith("m") else 1000) for s in amounts)


def _amount(text: str, whole: int = 100) -> int:
    """MiB of a size, or of a share of `whole` MiB."""
    if text.endswith("%"):
        return int(float(text.removesuffix("%")) * whole / 100)
    return int(text[:-2]) * (1024 if text.endswith("Gi") else 1)


@rule
def soft_thresholds_are_above_hard_ones(kubelet: KubeletSpec) -> Iterator[Wrong]:
    """A soft one that is reached after the hard one never ends a pod by its grace period."""
    for signal in type(kubelet.eviction_soft).model_fields:
        soft = getattr(kubelet.eviction_soft, signal)
        hard = getattr(kubelet.eviction_hard, signal) or _HARD.get(signal)
        if soft is None or hard is None or _unit(soft.threshold) != _unit(hard):
            continue
        if _number(soft.threshold) <= _number(hard):
            where = ("eviction_soft", signal, "threshold")
            what = f"is not above the hard one, {hard}, at which pods end at once"
            yield Wrong(where, what, "write more, or lower eviction_hard")


_HARD = {"memory_available": "100Mi", "nodefs_available": "10%", "nodefs_inodes_free": "5%"}
"""What the images have."""


def _unit(threshold: str) -> str:
    return "%" if threshold.endswith("%") else "Mi" if threshold.endswith("i") else ""


def _number(threshold: str) -> float:
    if threshold.endswith("i"):
        return _amount(threshold)
    return float(threshold.removesuffix("%"))


@rule
def a_longest_grace_period_has_soft_thresholds(kubelet: KubeletSpec) -> Iterator[Wrong]:
    """Settings of what never happens mean that one of the two is a mistake."""
    if kubelet.eviction_max_pod_grace_period is not None and not kubelet.eviction_soft.rendered(
        "threshold"
    ):
        what = "has no effect without eviction_soft"
        yield Wrong(("eviction_max_pod_grace_period",), what, "add that, or delete it")


@rule
def images_are_kept_up_to_less_than_when_they_go(kubelet: KubeletSpec) -> Iterator[Wrong]:
    """https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle"""
    high = kubelet.image_gc_high_threshold_percent
    low = kubelet.image_gc_low_threshold_percent
    if (high or 85) <= (low or 80):
        key, other = ("low", high or 85) if low is not None else ("high", low or 80)
        relation = "below the high" if key == "low" else "above the low"
        where = (f"image_gc_{key}_threshold_percent",)
        yield Wrong(where, f"is not {relation} threshold ({other})", "set both, the low one lower")


_SHORTEST_AGE = 120
"""Seconds that kubelet keeps each image."""


@rule
def images_get_older_than_kubelet_keeps_them(kubelet: KubeletSpec) -> Iterator[Wrong]:
    """https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"""
    if kubelet.image_maximum_gc_age is None:
        return
    parts = re.findall(r"(\d+)([hms])", kubelet.image_maximum_gc_age)
    if sum(int(n) * {"h": 3600, "m": 60, "s": 1}[unit] for n, unit in parts) <= _SHORTEST_AGE:
        what = "is not more than the two minutes for which kubelet keeps each image"
        yield Wrong(("image_maximum_gc_age",), what, "write hours or days, like 168h")


_OURS = {
    "RotateKubeletServerCertificate": "by which kubelet gets its certificate",
    "GracefulNodeShutdown": "by which pods end before their node does",
}


@rule
def gates_that_the_images_rely_on_stay(kubelet: KubeletSpec) -> Iterator[Wrong]:
    """Kubelet would not start, and with all alpha gates hardly work."""
    for gate, why in _OURS.items():
        if kubelet.feature_gates.get(gate) is False:
            yield Wrong(("feature_gates", gate), f"is off, {why}", "delete it")
    if kubelet.feature_gates.get("AllAlpha"):
        yield Wrong(("feature_gates", "AllAlpha"), "opens gates unseen", "name those you mean")
