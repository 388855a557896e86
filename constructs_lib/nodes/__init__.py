"""Nodes: the groups of a cluster, each of the kind that its spec names."""

from collections.abc import Callable, Mapping, Sequence

from cdktf import ITerraformDependable
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.launch_configuration import LaunchConfigurationNodeGroup
from constructs_lib.nodes.machine import Machine
from constructs_lib.nodes.self_managed import SelfManagedNodeGroup
from constructs_lib.spec import NodeGroup

KINDS: Mapping[str, Callable[..., SelfManagedNodeGroup | LaunchConfigurationNodeGroup]] = {
    "self_managed": SelfManagedNodeGroup,
    "launch_configuration": LaunchConfigurationNodeGroup,
}
"""The construct of each kind of node group."""


class NodeGroups(Construct):
    """The node groups of a cluster, by key."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        specs: Mapping[str, NodeGroup],
        *,
        machine: Machine,
        cluster: Identity,
        network: Networking,
        granted: Sequence[ITerraformDependable],
    ) -> None:
        """Make each group of `specs`; nodes start when `granted` has let them into the cluster."""
        super().__init__(scope, id_)
        images = NodeImages(self, "images", specs.values(), cluster=cluster)
        self.by_key: dict[str, SelfManagedNodeGroup | LaunchConfigurationNodeGroup] = {
            key: KINDS[spec.kind](
                self,
                key,
                spec,
                machine=machine,
                images=images,
                cluster=cluster,
                network=network,
                granted=granted,
            )
            for key, spec in specs.items()
        }
        self.resources = [group.autoscaling_group for group in self.by_key.values()]
