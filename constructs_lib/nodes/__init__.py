"""Nodes: the role they share, and node groups, each a launch template and an autoscaling group."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cdktf import (
    Fn,
    ITerraformDependable,
    TerraformLocal,
    TerraformResourceLifecycle,
    Token,
)
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupInstanceRefresh,
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.launch_configuration import (
    LaunchConfiguration,
    LaunchConfigurationMetadataOptions,
    LaunchConfigurationRootBlockDevice,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateNetworkInterfaces,
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.control_plane import ControlPlane
from constructs_lib.iam import ServiceRole
from constructs_lib.networking import Networking
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import NodeGroupAsPrintedSpec, NodeGroupSpec
from constructs_lib.tables import node_image, user_data
from constructs_lib.variables import Variables


class NodeRole(Construct):
    """What nodes may do in AWS.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
    """

    def __init__(self, scope: Construct, id_: str, *, names: naming.Names, region: str) -> None:
        """Make the role and its instance profile."""
        super().__init__(scope, id_)
        service_role = ServiceRole(
            self,
            "role",
            address="node",
            name=names.node_role,
            service="ec2.amazonaws.com.cn" if region.startswith("cn-") else "ec2.amazonaws.com",
            managed_policies={
                "eks_node": "AmazonEKSWorkerNodePolicy",
                "eks_node_cni": "AmazonEKS_CNI_Policy",
                "eks_node_ecr": "AmazonEC2ContainerRegistryReadOnly",
            },
            region=region,
        )
        self.role = service_role.role
        self.attachments = service_role.attachments
        self.arn = self.role.arn
        name = self.role.name
        self.instance_profile = IamInstanceProfile(
            self,
            "aws_iam_instance_profile.node",
            name=names.node_instance_profile or name,
            role=name,
        )


class NodeImages(Construct):
    """The newest image of each family and architecture that the node groups run."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        specs: Iterable[NodeGroupSpec],
        variables: Variables,
    ) -> None:
        """Look up each image once."""
        super().__init__(scope, id_)
        version = variables.k8s_version.string_value
        self._ids: dict[tuple[node_image.Family, node_image.Architecture], str] = {}
        for spec in specs:
            wanted = _image_of(spec)
            if wanted not in self._ids:
                look_up = self._own if spec.image.family == "packer" else self._vendors
                self._ids[wanted] = look_up(*wanted, version)

    def id_for(self, spec: NodeGroupSpec) -> str:
        """Give the image id for a node group among `specs`."""
        return self._ids[_image_of(spec)]

    def _own(
        self, _: node_image.Family, architecture: node_image.Architecture, version: str
    ) -> str:
        suffix = "" if architecture == "x86_64" else f"-{architecture}"
        return DataAwsAmi(
            self,
            f"data.aws_ami.eks-worker{suffix}",
            owners=["self"],
            most_recent=True,
            filter=[
                DataAwsAmiFilter(name="name", values=[node_image.ami_name_filter(version)]),
                DataAwsAmiFilter(name="architecture", values=[architecture]),
            ],
        ).id

    def _vendors(
        self, family: node_image.Family, architecture: node_image.Architecture, version: str
    ) -> str:
        return DataAwsSsmParameter(
            self,
            f"data.aws_ssm_parameter.{family}-{architecture}",
            name=node_image.ssm_parameter(family, version, architecture),
        ).insecure_value  # the public id of an image; as `value` the plan would hide it


def _image_of(spec: NodeGroupSpec) -> tuple[node_image.Family, node_image.Architecture]:
    return spec.image.family, node_image.architecture_of(spec.instance_type)


class NodeGroup(Construct):
    """Nodes that are all alike, as many as an autoscaler wants between the two sizes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        key: str,
        spec: NodeGroupSpec,
        as_printed: NodeGroupAsPrintedSpec,
        names: naming.Names,
        key_name: str | None,
        variables: Variables,
        networking: Networking,
        security_groups: SecurityGroups,
        node_role: NodeRole,
        images: NodeImages,
        control_plane: ControlPlane,
        access: Sequence[ITerraformDependable],
    ) -> None:
        """Make the group `key`; its nodes start when `access` has let them into the cluster."""
        super().__init__(scope, id_)
        self._spec = spec
        self._as_printed = as_printed
        self._address = naming.node_group_address(key)
        self._key_name = key_name
        self._image_id = as_printed.image_id or images.id_for(spec)
        self._instance_profile = node_role.instance_profile.name
        self._security_groups = [security_groups.nodes.id]
        cluster = variables.cluster_name.string_value
        name = names.autoscaling_group(key)
        text = user_data.render(
            spec.image.family,
            cluster=control_plane.connection,
            labels=spec.labels,
            taints=[taint.rendered() for taint in spec.taints],
            max_pods=spec.max_pods,
        )
        launch: Mapping[str, Any]
        if as_printed.launch_configuration is None:
            template = self._launch_template(names.launch_template(key), text)
            launch = {
                "launch_template": AutoscalingGroupLaunchTemplate(
                    id=template.id, version=Token.as_string(template.latest_version)
                )
            }
        else:
            configuration = self._launch_configuration(as_printed.launch_configuration, text)
            launch = {"launch_configuration": configuration.id}
        tags = [
            _tag("Name", name, on_nodes=True),
            _tag(naming.cluster_tag(cluster), "owned", on_nodes=True),
        ]
        if as_printed.cluster_autoscaler_tags:  # how cluster-autoscaler finds the group
            tags += [
                _tag("k8s.io/cluster-autoscaler/enabled", "enabled", on_nodes=False),
                _tag(f"k8s.io/cluster-autoscaler/{cluster}", "owned", on_nodes=False),
                *(_tag(k, v, on_nodes=False) for k, v in _node_template(spec).items()),
            ]
        AutoscalingGroup(
            self,
            f"aws_autoscaling_group.{self._address}",
            name=name,
            # no desired_capacity: that is the autoscaler's to say
            min_size=spec.min_size,
            max_size=spec.max_size,
            vpc_zone_identifier=networking.private_subnet_ids,
            **launch,
            instance_refresh=AutoscalingGroupInstanceRefresh(strategy="Rolling")
            if spec.instance_refresh
            else None,
            tag=tags,
            # before the nodes start: they may log in, pull images and reach the internet
            depends_on=[*access, *node_role.attachments, networking.private_routes],
        )

    def _launch_template(self, name: str, text: str) -> LaunchTemplate:
        volume = self._as_printed
        return LaunchTemplate(
            self,
            f"aws_launch_template.{self._address}",
            name=name,
            update_default_version=True,
            image_id=self._image_id,
            instance_type=self._spec.instance_type,
            key_name=self._key_name,
            iam_instance_profile=LaunchTemplateIamInstanceProfile(name=self._instance_profile),
            network_interfaces=[
                LaunchTemplateNetworkInterfaces(
                    associate_public_ip_address="false",
                    delete_on_termination="true",
                    security_groups=self._security_groups,
                )
            ],
            block_device_mappings=[
                LaunchTemplateBlockDeviceMappings(
                    device_name=node_image.root_device_name(self._spec.image.family),
                    ebs=LaunchTemplateBlockDeviceMappingsEbs(
                        volume_size=self._spec.volume_size_gib,
                        volume_type=volume.volume_type,
                        encrypted="true" if volume.volume_encrypted else None,
                        delete_on_termination="true",
                    ),
                )
            ],
            metadata_options=LaunchTemplateMetadataOptions(**self._metadata_options())
            if self._metadata_options()
            else None,
            user_data=self._encoded(text),
            tag_specifications=[
                LaunchTemplateTagSpecifications(resource_type="volume", tags={"Name": name})
            ],
        )

    def _launch_configuration(self, name_prefix: str, text: str) -> LaunchConfiguration:
        volume = self._as_printed
        return LaunchConfiguration(
            self,
            f"aws_launch_configuration.{self._address}",
            name_prefix=name_prefix,
            image_id=self._image_id,
            instance_type=self._spec.instance_type,
            key_name=self._key_name,
            iam_instance_profile=self._instance_profile,
            security_groups=self._security_groups,
            associate_public_ip_address=False,
            root_block_device=LaunchConfigurationRootBlockDevice(
                volume_size=self._spec.volume_size_gib,
                volume_type=volume.volume_type,
                encrypted=True if volume.volume_encrypted else None,
            ),
            metadata_options=LaunchConfigurationMetadataOptions(**self._metadata_options())
            if self._metadata_options()
            else None,
            user_data_base64=self._encoded(text),
            # it cannot change and is in use: the next one first
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _metadata_options(self) -> dict[str, Any]:
        if self._as_printed.http_tokens == "optional":
            return {}
        # a hop limit of one keeps pods off the node's own credentials
        return {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
        }

    def _encoded(self, text: str) -> str | None:
        if not text:
            return None
        local = TerraformLocal(self, f"local.{self._address}_user_data", text)
        return Fn.base64encode(local.as_string)


def _node_template(spec: NodeGroupSpec) -> dict[str, str]:
    """The tags that tell cluster-autoscaler of a group without nodes what its nodes would have.

    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
    """
    template = "k8s.io/cluster-autoscaler/node-template"
    labels = {f"{template}/label/{key}": value for key, value in spec.labels.items()}
    taints = {f"{template}/taint/{t.key}": f"{t.value}:{t.effect}" for t in spec.taints}
    return labels | taints


def _tag(key: str, value: str, *, on_nodes: bool) -> AutoscalingGroupTag:
    return AutoscalingGroupTag(key=key, value=value, propagate_at_launch=on_nodes)
