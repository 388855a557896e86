"""Nodes: the role they share, and node groups, each a launch template and an autoscaling group."""

from collections.abc import Iterable, Sequence

from cdktf import Fn, ITerraformDependable, TerraformLocal, Token
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupInstanceRefresh,
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
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

from constructs_lib import naming, node_image, user_data
from constructs_lib.control_plane import ControlPlane
from constructs_lib.iam import ServiceRole
from constructs_lib.networking import Networking
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import NodeGroupSpec
from constructs_lib.variables import Variables


class NodeRole(Construct):
    """What nodes may do in AWS.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
    """

    def __init__(self, scope: Construct, id_: str, *, region: str, variables: Variables) -> None:
        """Make the role and its instance profile."""
        super().__init__(scope, id_)
        service_role = ServiceRole(
            self,
            "role",
            address="node",
            name=naming.node(variables.cluster_name.string_value),
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
            self, "aws_iam_instance_profile.node", name=name, role=name
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
        cluster = variables.cluster_name.string_value
        name = naming.node_group(cluster, key)
        address = naming.node_group_address(key)
        text = user_data.render(
            spec.image.family,
            cluster=control_plane.connection,
            labels=spec.labels,
            taints=[taint.rendered() for taint in spec.taints],
            max_pods=spec.max_pods,
        )
        template = LaunchTemplate(
            self,
            f"aws_launch_template.{address}",
            name=name,
            update_default_version=True,
            image_id=images.id_for(spec),
            instance_type=spec.instance_type,
            key_name=key_name,
            iam_instance_profile=LaunchTemplateIamInstanceProfile(
                name=node_role.instance_profile.name
            ),
            network_interfaces=[
                LaunchTemplateNetworkInterfaces(
                    associate_public_ip_address="false",
                    delete_on_termination="true",
                    security_groups=[security_groups.nodes.id],
                )
            ],
            block_device_mappings=[
                LaunchTemplateBlockDeviceMappings(
                    device_name=node_image.root_device_name(spec.image.family),
                    ebs=LaunchTemplateBlockDeviceMappingsEbs(
                        volume_size=spec.volume_size_gib,
                        volume_type="gp3",
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            # a hop limit of one keeps pods off the node's own credentials
            metadata_options=LaunchTemplateMetadataOptions(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            user_data=self._encoded(f"{address}_user_data", text) if text else None,
            tag_specifications=[
                LaunchTemplateTagSpecifications(resource_type="volume", tags={"Name": name})
            ],
        )
        AutoscalingGroup(
            self,
            f"aws_autoscaling_group.{address}",
            name=name,
            # no desired_capacity: that is the autoscaler's to say
            min_size=spec.min_size,
            max_size=spec.max_size,
            vpc_zone_identifier=networking.private_subnet_ids,
            launch_template=AutoscalingGroupLaunchTemplate(
                id=template.id, version=Token.as_string(template.latest_version)
            ),
            instance_refresh=AutoscalingGroupInstanceRefresh(strategy="Rolling")
            if spec.instance_refresh
            else None,
            tag=[
                _tag("Name", name, on_nodes=True),
                _tag(naming.cluster_tag(cluster), "owned", on_nodes=True),
                # how cluster-autoscaler finds the group
                _tag("k8s.io/cluster-autoscaler/enabled", "enabled", on_nodes=False),
                _tag(f"k8s.io/cluster-autoscaler/{cluster}", "owned", on_nodes=False),
            ],
            # before the nodes start: they may log in, pull images and reach the internet
            depends_on=[*access, *node_role.attachments, networking.private_routes],
        )

    def _encoded(self, name: str, text: str) -> str:
        return Fn.base64encode(TerraformLocal(self, f"local.{name}", text).as_string)


def _tag(key: str, value: str, *, on_nodes: bool) -> AutoscalingGroupTag:
    return AutoscalingGroupTag(key=key, value=value, propagate_at_launch=on_nodes)
