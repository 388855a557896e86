"""The role that all nodes of a cluster share."""

from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from constructs import Construct

from constructs_lib import naming
from constructs_lib.iam import ServiceRole
from constructs_lib.identity import Identity


class NodeRole(Construct):
    """What nodes may do in AWS.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
    """

    def __init__(self, scope: Construct, id_: str, *, cluster: Identity) -> None:
        """Make the role and its instance profile."""
        super().__init__(scope, id_)
        service_role = ServiceRole(
            self,
            "role",
            address="node",
            name=naming.node(cluster.name),
            service="ec2.amazonaws.com.cn"
            if cluster.partition == "aws-cn"
            else "ec2.amazonaws.com",
            managed_policies={
                "eks_node": "AmazonEKSWorkerNodePolicy",
                "eks_node_cni": "AmazonEKS_CNI_Policy",
                "eks_node_ecr": "AmazonEC2ContainerRegistryReadOnly",
            },
            cluster=cluster,
        )
        self.role = service_role.role
        self.attachments = service_role.attachments
        self.arn = self.role.arn
        name = self.role.name
        self.instance_profile = IamInstanceProfile(
            self, "aws_iam_instance_profile.node", name=name, role=name
        )
