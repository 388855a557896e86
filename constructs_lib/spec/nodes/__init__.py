"""Groups of nodes, by their kinds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Tag

from constructs_lib.spec.nodes.kubelet import KubeletSpec
from constructs_lib.spec.nodes.machine import (
    ImageSpec,
    MetadataSpec,
    NodeGroupSpec,
    TaintSpec,
)
from constructs_lib.spec.nodes.managed import (
    FargateSpec,
    ManagedNodeGroupSpec,
    SelectorSpec,
    UpdateSpec,
)
from constructs_lib.spec.nodes.scaling import (
    AutoscaledNodeGroupSpec,
    MaintenanceSpec,
    MixedInstancesSpec,
    RefreshSpec,
    ScheduleSpec,
    WarmPoolSpec,
)
from constructs_lib.spec.nodes.user_data import UserDataSpec
from constructs_lib.spec.nodes.volumes import DataVolumeSpec, VolumeSpec
from constructs_lib.spec.section import Where, by_kind, matching
from constructs_lib.spec.types import Text
from constructs_lib.tables.user_data import Node

__all__ = [
    "HANDLER",
    "KINDS",
    "AutoscaledNodeGroupSpec",
    "DataVolumeSpec",
    "FargateSpec",
    "ImageSpec",
    "KubeletSpec",
    "LaunchConfigurationNodeGroupSpec",
    "MaintenanceSpec",
    "ManagedNodeGroupSpec",
    "MetadataSpec",
    "MixedInstancesSpec",
    "NodeGroup",
    "NodeGroupKey",
    "NodeGroupSpec",
    "RefreshSpec",
    "ScheduleSpec",
    "SelectorSpec",
    "SelfManagedNodeGroupSpec",
    "TaintSpec",
    "UpdateSpec",
    "UserDataSpec",
    "VolumeSpec",
    "WarmPoolSpec",
    "drained",
    "with_machines",
]

HANDLER: Final = "node-termination-handler"
"""What drains nodes: the name of its manifest, and of its Deployment and service account."""

NodeGroupKey = Annotated[
    str,
    matching(
        r"(?!node-)[a-z][a-z0-9-]{0,30}",
        "is not a key for a node group",
        "use lower-case letters, digits and hyphens, not starting with node-: "
        "the address is node-<key> already",
    ),
]


class SelfManagedNodeGroupSpec(AutoscaledNodeGroupSpec):
    """A launch template and an autoscaling group."""

    kind: Literal["self_managed"] = "self_managed"
    """What makes the nodes: a launch template and an autoscaling group (`self_managed`, the
    default); EKS (`managed`); AWS, a machine for each pod (`fargate`); or a `launch_configuration`
    and an autoscaling group."""

    mixed_instances: MixedInstancesSpec | None = None
    """Several instance types, in place of `instance_type`, and spot. By default one, on demand."""

    warm_pool: WarmPoolSpec | None = None
    """Instances that wait to become nodes. For the image of `packer/`, of one type, without
    `drain`. None by default."""

    def told(self, max_pods: int | str | None) -> Node:
        """What the nodes are told, with `max_pods` as their limit of pods."""
        return replace(super().told(max_pods), warm_pool=self.warm_pool is not None)

    def placed_types(self) -> Iterator[tuple[Where, str]]:
        """Every type that a node may be of, and where the spec says it."""
        if self.mixed_instances is None:
            yield from super().placed_types()
        else:
            for index, type_ in enumerate(self.mixed_instances.instance_types):
                yield ("mixed_instances", "instance_types", index), type_


class LaunchConfigurationNodeGroupSpec(AutoscaledNodeGroupSpec):
    """A launch configuration and an autoscaling group, as in the chapter.

    For clusters that have one: AWS makes none for accounts that are new since October 2024.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html
    """

    model_config = ConfigDict(
        json_schema_extra={
            "not": {"properties": {"volume": {"required": ["kms_key"]}}, "required": ["volume"]}
        }
    )

    kind: Literal["launch_configuration"]
    """What makes the nodes. Another kind starts new nodes differently and replaces none that
    runs."""

    name_prefix: (
        Annotated[Text, matching(r".{1,229}", "is too long for AWS", "use at most 229 characters")]
        | None
    ) = None
    """Start of the launch configuration's name; by default `<cluster>-<group>`."""


NodeGroup = Annotated[
    Annotated[SelfManagedNodeGroupSpec, Tag("self_managed")]
    | Annotated[ManagedNodeGroupSpec, Tag("managed")]
    | Annotated[FargateSpec, Tag("fargate")]
    | Annotated[LaunchConfigurationNodeGroupSpec, Tag("launch_configuration")],
    by_kind("self_managed"),
]
"""A group of one of the kinds."""

KINDS: Mapping[str, type[NodeGroupSpec] | type[FargateSpec]] = {
    "self_managed": SelfManagedNodeGroupSpec,
    "managed": ManagedNodeGroupSpec,
    "fargate": FargateSpec,
    "launch_configuration": LaunchConfigurationNodeGroupSpec,
}
"""The section of each kind."""


def drained(groups: Mapping[str, NodeGroup]) -> dict[str, AutoscaledNodeGroupSpec]:
    """Those of `groups` whose nodes are drained by a handler of the cluster's."""
    return {
        key: group
        for key, group in groups.items()
        if isinstance(group, AutoscaledNodeGroupSpec) and group.drain
    }


def may_be_without_nodes(groups: Mapping[str, NodeGroup]) -> bool:
    """Whether a pod may find no node to run on: each of `groups` may start with none."""
    machines = with_machines(groups)
    return len(machines) == len(groups) and not any(g.min_size for g in machines.values())


def with_machines(groups: Mapping[str, NodeGroup]) -> dict[str, NodeGroupSpec]:
    """Those of `groups` that have nodes of the owner's: all but Fargate."""
    return {key: group for key, group in groups.items() if isinstance(group, NodeGroupSpec)}
