"""The SSH bastion: the way to the nodes for people with the key."""

from cdktf import Fn, TerraformOutput, Token
from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from cdktf_cdktf_provider_aws.instance import (
    Instance,
    InstanceMetadataOptions,
    InstanceRootBlockDevice,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupIngress
from cdktf_cdktf_provider_aws.security_group_rule import SecurityGroupRule
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.security_groups import SecurityGroups, egress_everywhere
from constructs_lib.spec import BastionSpec
from constructs_lib.tables import node_image

SSH = 22

UBUNTU_SERVER = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-*-server-*"


class Bastion(Construct):
    """A small Ubuntu host in the first public subnet, open to the ranges of the spec only."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: BastionSpec,
        *,
        key_name: str | None,
        cluster: Identity,
        network: Networking,
        groups: SecurityGroups,
    ) -> None:
        """Make the host, its security group and the openings from it to nodes and API."""
        super().__init__(scope, id_)
        name = naming.bastion(cluster.name)
        group = SecurityGroup(
            self,
            "aws_security_group.ssh_bastion",
            name=name,
            description="SSH bastion",
            vpc_id=network.vpc.id,
            ingress=[
                SecurityGroupIngress(
                    protocol="tcp",
                    from_port=SSH,
                    to_port=SSH,
                    cidr_blocks=list(spec.cidr_blocks),
                    description="SSH",
                )
            ],
            egress=[egress_everywhere()],
            tags={"Name": name},
        )
        group_id = group.id
        SecurityGroupRule(
            self,
            "aws_security_group_rule.bastion-ingress-nodes-ssh",
            type="ingress",
            security_group_id=groups.nodes.id,
            source_security_group_id=group_id,
            protocol="tcp",
            from_port=SSH,
            to_port=SSH,
            description="Bastion reaches the nodes by SSH",
        )
        if spec.kubernetes_api:
            groups.open_api(
                self,
                "bastion",
                "Bastion reaches the Kubernetes API",
                source_security_group_id=group_id,
            )
        image = DataAwsAmi(
            self,
            "data.aws_ami.ubuntu",
            owners=[node_image.CANONICAL[cluster.partition]],
            most_recent=True,
            filter=[
                DataAwsAmiFilter(name="name", values=[UBUNTU_SERVER]),
                DataAwsAmiFilter(
                    name="architecture", values=[node_image.architecture_of(spec.instance_type)]
                ),
            ],
        )
        self.instance = Instance(
            self,
            "aws_instance.ssh_bastion",
            ami=image.id,
            instance_type=spec.instance_type,
            key_name=key_name,
            subnet_id=Token.as_string(Fn.element(network.public_subnet_ids, 0)),
            vpc_security_group_ids=[group_id],
            metadata_options=InstanceMetadataOptions(
                http_endpoint="enabled", http_tokens="required"
            ),
            root_block_device=InstanceRootBlockDevice(
                volume_type="gp3", volume_size=8, encrypted=True
            ),
            tags={"Name": name},
            lifecycle={"create_before_destroy": True, "ignore_changes": ["ami"]},
        )
        TerraformOutput(self, "output.bastion_public_ip", value=self.instance.public_ip)
