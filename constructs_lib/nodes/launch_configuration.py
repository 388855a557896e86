"""Nodes of a launch configuration, which EC2 has kept for those who have one.

New accounts cannot make one since October 2024:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html
"""

from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.launch_configuration import (
    LaunchConfiguration,
    LaunchConfigurationMetadataOptions,
    LaunchConfigurationRootBlockDevice,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.machine import Machine, metadata_options
from constructs_lib.nodes.place import security_group_ids
from constructs_lib.nodes.scaling import autoscaling_group
from constructs_lib.spec import LaunchConfigurationNodeGroupSpec


class LaunchConfigurationNodeGroup(Construct):
    """Nodes as the chapter has them: a launch configuration and an autoscaling group."""

    def __init__(
        self,
        scope: Construct,
        key: str,
        spec: LaunchConfigurationNodeGroupSpec,
        *,
        machine: Machine,
        images: NodeImages,
        cluster: Identity,
        network: Networking,
        granted: Sequence[ITerraformDependable],
    ) -> None:
        """Make the group `key`; its nodes start when `granted` has let them into the cluster."""
        super().__init__(scope, key)
        options = metadata_options(spec)
        security_groups = security_group_ids(
            self, key, spec, cluster=cluster, network=network, groups=machine.groups
        )
        self.launch_configuration = LaunchConfiguration(
            self,
            f"aws_launch_configuration.{naming.node_group_address(key)}",
            name_prefix=spec.name_prefix or naming.node_group(cluster.name, key),
            **machine.arguments(spec, images),
            iam_instance_profile=machine.roles.instance_profile.name,
            security_groups=security_groups,
            associate_public_ip_address=False,
            root_block_device=LaunchConfigurationRootBlockDevice(
                volume_size=spec.volume_size_gib,
                volume_type=spec.volume.type,
                iops=spec.volume.iops,
                throughput=spec.volume.throughput_mib,
                encrypted=True if spec.volume.encrypted else None,
            ),
            metadata_options=LaunchConfigurationMetadataOptions(**options) if options else None,
            user_data_base64=machine.user_data(self, key, spec),
            # it cannot change and is in use: the next one first
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.made = autoscaling_group(
            self,
            key,
            spec,
            launch={"launch_configuration": self.launch_configuration.id},
            cluster=cluster,
            network=network,
            role=machine.roles.own,
            granted=granted,
        )
