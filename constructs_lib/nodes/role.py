"""The roles of nodes: that of the cluster's own, of managed ones, and of pods on Fargate."""

from collections.abc import Mapping

from cdktf import Fn
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from constructs_lib import naming
from constructs_lib.control_plane import ControlPlane
from constructs_lib.iam import ServiceRole, arn_in_aws_auth, role
from constructs_lib.identity import Identity
from constructs_lib.spec import NodeGroup


class NodeRole(Construct):
    """A role with what nodes may do in AWS.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
    """

    def __init__(
        self, scope: Construct, id_: str, *, address: str, name: str, cluster: Identity
    ) -> None:
        """Make the role at `aws_iam_role.<address>`."""
        super().__init__(scope, id_)
        service_role = ServiceRole(
            self,
            "role",
            address=address,
            name=name,
            service="ec2.amazonaws.com.cn"
            if cluster.partition == "aws-cn"
            else "ec2.amazonaws.com",
            managed_policies={
                f"eks_{address}": "AmazonEKSWorkerNodePolicy",
                f"eks_{address}_cni": "AmazonEKS_CNI_Policy",
                f"eks_{address}_ecr": "AmazonEC2ContainerRegistryReadOnly",
            },
            cluster=cluster,
        )
        self.role = service_role.role
        self.attachments = service_role.attachments
        self.arn = self.role.arn
        self.arn_in_aws_auth = arn_in_aws_auth(self.role, cluster)


class FargateRole(Construct):
    """What AWS may do to start a pod: fetch its image, write its logs. Not what the pod may do.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html
    """

    def __init__(self, scope: Construct, id_: str, *, cluster: Identity, cluster_arn: str) -> None:
        """Make the role, which no other cluster's profile may have assumed."""
        super().__init__(scope, id_)
        profiles = Fn.replace(cluster_arn, ":cluster/", ":fargateprofile/")
        trust = DataAwsIamPolicyDocument(
            self,
            "data.aws_iam_policy_document.fargate",
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    actions=["sts:AssumeRole"],
                    principals=[
                        DataAwsIamPolicyDocumentStatementPrincipals(
                            type="Service", identifiers=["eks-fargate-pods.amazonaws.com"]
                        )
                    ],
                    condition=[
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="ArnLike", variable="aws:SourceArn", values=[f"{profiles}/*"]
                        )
                    ],
                )
            ],
        )
        made = role(
            self,
            "fargate",
            name=naming.fargate(cluster.name),
            trust_policy=trust.json,
            cluster=cluster,
        )
        self.arn = made.arn
        self.arn_in_aws_auth = arn_in_aws_auth(made, cluster)
        self.attachments = [
            IamRolePolicyAttachment(
                self,
                "aws_iam_role_policy_attachment.fargate",
                role=made.name,
                policy_arn=cluster.managed_policy("AmazonEKSFargatePodExecutionRolePolicy"),
            )
        ]


class NodeRoles(Construct):
    """The roles of all nodes of a cluster, each there if a node group needs it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        specs: Mapping[str, NodeGroup],
        *,
        cluster: Identity,
        control_plane: ControlPlane,
    ) -> None:
        """Make the role of the cluster's own nodes, its profile, and what kinds of `specs` need."""
        super().__init__(scope, id_)
        kinds = {spec.kind for spec in specs.values()}
        own, managed = naming.node(cluster.name), naming.managed_node(cluster.name)
        path = cluster.iam.path
        self.own = NodeRole(self, "own", address="node", name=own, cluster=cluster)
        self.instance_profile = IamInstanceProfile(
            self,
            "aws_iam_instance_profile.node",
            name=self.own.role.name,
            path=None if path == "/" else path,
            role=self.own.role.name,
        )
        self.managed: NodeRole | None = None
        if "managed" in kinds:
            # one of its own: with the last managed group EKS takes its role out of the cluster
            # https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html
            self.managed = NodeRole(
                self, "managed", address="managed_node", name=managed, cluster=cluster
            )
        self.fargate: FargateRole | None = None
        if "fargate" in kinds:
            arn = control_plane.cluster.arn
            self.fargate = FargateRole(self, "fargate", cluster=cluster, cluster_arn=arn)
        self.of_machines: list[NodeRole] = [self.own, *filter(None, [self.managed])]
        """Those that nodes take which pods run on; on Fargate a pod has none of them."""
