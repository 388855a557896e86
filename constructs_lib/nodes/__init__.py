"""Nodes: the groups of a cluster, each of the kind that its spec names."""

from collections.abc import Callable, Mapping, Sequence

from cdktf import ITerraformDependable
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.fargate import FargateProfile
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.launch_configuration import LaunchConfigurationNodeGroup
from constructs_lib.nodes.machine import Machine
from constructs_lib.nodes.managed import ManagedNodeGroup
from constructs_lib.nodes.self_managed import SelfManagedNodeGroup
from constructs_lib.spec import NodeGroup, with_machines

Group = SelfManagedNodeGroup | LaunchConfigurationNodeGroup | ManagedNodeGroup | FargateProfile

KINDS: Mapping[str, Callable[..., Group]] = {
    "self_managed": SelfManagedNodeGroup,
    "managed": ManagedNodeGroup,
    "fargate": FargateProfile,
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
        images = NodeImages(self, "images", with_machines(specs).values(), cluster=cluster)
        self.by_key: dict[str, Group] = {}
        profiles: list[ITerraformDependable] = []
        for key, spec in specs.items():
            group = KINDS[spec.kind](
                self,
                key,
                spec,
                machine=machine,
                images=images,
                cluster=cluster,
                network=network,
                # EKS makes one Fargate profile at a time
                granted=[*granted, *profiles] if spec.kind == "fargate" else granted,
            )
            self.by_key[key] = group
            if isinstance(group, FargateProfile):
                profiles = [group.made]
        self.resources = [group.made for group in self.by_key.values()]
