"""Nodes that EKS runs: a launch template and a managed node group."""

from collections.abc import Sequence
from typing import Final

from cdktf import ITerraformDependable, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.eks_node_group import (
    EksNodeGroup,
    EksNodeGroupLaunchTemplate,
    EksNodeGroupNodeRepairConfig,
    EksNodeGroupScalingConfig,
    EksNodeGroupTaint,
    EksNodeGroupUpdateConfig,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateMetadataOptions,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.machine import Machine, metadata_options, tag_specifications
from constructs_lib.nodes.place import security_group_ids, subnet_ids
from constructs_lib.nodes.volumes import block_devices
from constructs_lib.spec import ManagedNodeGroupSpec
from constructs_lib.spec.nodes.machine import EFFECTS_OF_EKS
from constructs_lib.tables import node_image

_EFFECTS: Final = {ours: theirs for theirs, ours in EFFECTS_OF_EKS.items()}


class ManagedNodeGroup(Construct):
    """Nodes in an autoscaling group that EKS makes, updates and drains.

    The launch template must not hold an instance profile, a subnet or a wish for spot:
    https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
    """

    def __init__(
        self,
        scope: Construct,
        key: str,
        spec: ManagedNodeGroupSpec,
        *,
        machine: Machine,
        images: NodeImages,
        cluster: Identity,
        network: Networking,
        granted: Sequence[ITerraformDependable],
    ) -> None:
        """Make the group `key`; its nodes start when `granted` has let them into the cluster."""
        super().__init__(scope, key)
        role = machine.roles.managed
        assert role is not None  # noqa: S101 - the stack makes it where a group is of this kind
        address, name = naming.node_group_address(key), naming.node_group(cluster.name, key)
        options = metadata_options(spec)
        security_groups = security_group_ids(
            self, key, spec, cluster=cluster, network=network, groups=machine.groups
        )
        self.launch_template = LaunchTemplate(
            self,
            f"aws_launch_template.{address}",
            name=name,
            update_default_version=True,
            image_id=None if spec.runs_image_of_eks else images.id_for(spec),
            # in one of the two only; here it changes without another group
            instance_type=spec.instance_type if spec.instance_types is None else None,
            key_name=spec.key_name or machine.key_name,
            vpc_security_group_ids=security_groups,
            block_device_mappings=block_devices(spec),
            metadata_options=LaunchTemplateMetadataOptions(**options) if options else None,
            user_data=machine.user_data(self, key, spec),
            tag_specifications=tag_specifications(
                cluster, instance={"Name": name, cluster.tag: "owned"}, volume={"Name": name}
            ),
        )
        self.made = EksNodeGroup(
            self,
            f"aws_eks_node_group.{address}",
            cluster_name=machine.connection.name,
            node_group_name=name,
            node_role_arn=role.arn,
            subnet_ids=subnet_ids(self, key, spec, network),
            instance_types=None if spec.instance_types is None else list(spec.instance_types),
            capacity_type=spec.capacity_type.upper(),
            # with an image of its own in the template EKS takes neither
            ami_type=_ami_type(spec) if spec.runs_image_of_eks else None,
            version=_version(spec, cluster) if spec.runs_image_of_eks else None,
            release_version=spec.image.release if spec.runs_image_of_eks else None,
            launch_template=EksNodeGroupLaunchTemplate(
                id=self.launch_template.id,
                version=Token.as_string(self.launch_template.latest_version),
            ),
            scaling_config=EksNodeGroupScalingConfig(
                min_size=spec.min_size, max_size=spec.max_size, desired_size=spec.min_size
            ),
            labels=dict(spec.labels) or None,
            taint=[
                EksNodeGroupTaint(key=t.key, value=t.value or None, effect=_EFFECTS[t.effect])
                for t in spec.taints
            ]
            or None,
            update_config=None
            if spec.update is None
            else EksNodeGroupUpdateConfig(
                # the provider wants one of the two, and EKS's own default is one node
                max_unavailable=spec.update.max_unavailable
                or (1 if spec.update.max_unavailable_percentage is None else None),
                max_unavailable_percentage=spec.update.max_unavailable_percentage,
            ),
            node_repair_config=EksNodeGroupNodeRepairConfig(enabled=True)
            if spec.node_repair
            else None,
            # how many there are is an autoscaler's to say
            lifecycle=TerraformResourceLifecycle(ignore_changes=["scaling_config[0].desired_size"]),
            depends_on=[*granted, *role.attachments, *network.ways_out],
        )

        if spec.update is not None:  # newer than the bindings
            strategy = spec.update.strategy.upper()
            self.made.add_override("update_config.update_strategy", strategy)


def _version(spec: ManagedNodeGroupSpec, cluster: Identity) -> str:
    """The cluster's version of Kubernetes, or that of the release that the spec names."""
    release = spec.image.release
    return (release and node_image.minor_of(release)) or cluster.version


def _ami_type(spec: ManagedNodeGroupSpec) -> str:
    """What EKS calls its images of the family.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html
    """
    architecture = node_image.architecture_of(spec.types[0])
    processor = "x86_64" if architecture == "x86_64" else "ARM_64"
    variant = spec.image.variant or node_image.variant_for(spec.image.family, spec.types[0])
    if spec.image.family == "bottlerocket":
        return f"BOTTLEROCKET_{processor}{'' if variant == 'standard' else f'_{variant.upper()}'}"
    return f"AL2023_{processor}_{variant.upper()}"
