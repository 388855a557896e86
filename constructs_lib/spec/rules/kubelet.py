"""What kubelet would make of a node group: nodes that lie, or that never start."""

from collections.abc import Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import NodeGroupSpec, with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
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
    if group.max_pods is None:
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
