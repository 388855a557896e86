"""Nodes that the cluster runs itself: a launch template and an autoscaling group."""

from collections.abc import Mapping, Sequence
from typing import Any

from cdktf import ITerraformDependable, Token
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupMixedInstancesPolicy,
    AutoscalingGroupMixedInstancesPolicyInstancesDistribution,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplate,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride,
    AutoscalingGroupWarmPool,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateNetworkInterfaces,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.machine import Machine, metadata_options, tag_specifications
from constructs_lib.nodes.place import security_group_ids
from constructs_lib.nodes.scaling import autoscaling_group
from constructs_lib.nodes.volumes import block_devices
from constructs_lib.spec import SelfManagedNodeGroupSpec, WarmPoolSpec


class SelfManagedNodeGroup(Construct):
    """Nodes that are all alike, as many as an autoscaler wants between the two sizes."""

    def __init__(
        self,
        scope: Construct,
        key: str,
        spec: SelfManagedNodeGroupSpec,
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
        name = naming.node_group(cluster.name, key)
        self.launch_template = LaunchTemplate(
            self,
            f"aws_launch_template.{naming.node_group_address(key)}",
            name=name,
            update_default_version=True,
            **machine.arguments(spec, images),
            iam_instance_profile=LaunchTemplateIamInstanceProfile(
                name=machine.roles.instance_profile.name
            ),
            network_interfaces=[
                LaunchTemplateNetworkInterfaces(
                    associate_public_ip_address="false",
                    delete_on_termination="true",
                    security_groups=security_groups,
                )
            ],
            block_device_mappings=block_devices(spec),
            metadata_options=LaunchTemplateMetadataOptions(**options) if options else None,
            user_data=machine.user_data(self, key, spec),
            tag_specifications=tag_specifications(cluster, volume={"Name": name}),
        )
        self.made = autoscaling_group(
            self,
            key,
            spec,
            launch={
                **_launch(spec, self.launch_template),
                "warm_pool": _warm_pool(spec.warm_pool) if spec.warm_pool else None,
            },
            cluster=cluster,
            network=network,
            role=machine.roles.own,
            granted=granted,
        )


def _warm_pool(spec: WarmPoolSpec) -> AutoscalingGroupWarmPool:
    return AutoscalingGroupWarmPool(
        pool_state=spec.state.capitalize(),
        min_size=spec.min_size,
        max_group_prepared_capacity=spec.max_prepared,
    )


def _launch(spec: SelfManagedNodeGroupSpec, template: LaunchTemplate) -> Mapping[str, Any]:
    """What the autoscaling group starts: the template as it is, or with one of several types."""
    version = Token.as_string(template.latest_version)
    mixed = spec.mixed_instances
    if mixed is None:
        launch = AutoscalingGroupLaunchTemplate(id=template.id, version=version)
        return {"launch_template": launch}
    return {
        "mixed_instances_policy": AutoscalingGroupMixedInstancesPolicy(
            instances_distribution=AutoscalingGroupMixedInstancesPolicyInstancesDistribution(
                on_demand_base_capacity=mixed.on_demand_base,
                on_demand_percentage_above_base_capacity=mixed.on_demand_percentage,
                on_demand_allocation_strategy=mixed.on_demand_strategy,
                spot_allocation_strategy=mixed.spot_strategy,
                spot_instance_pools=mixed.spot_pools,
                spot_max_price=mixed.spot_max_price,
            ),
            launch_template=AutoscalingGroupMixedInstancesPolicyLaunchTemplate(
                launch_template_specification=(
                    AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification(
                        launch_template_id=template.id, version=version
                    )
                ),
                override=[
                    AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride(
                        instance_type=each,
                        weighted_capacity=str(mixed.weights[each]) if mixed.weights else None,
                    )
                    for each in mixed.instance_types
                ],
            ),
        ),
        "capacity_rebalance": mixed.capacity_rebalance or None,
    }
