"""kube2iam: pods get IAM roles of their own instead of the node's."""

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
)
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from constructs_lib import naming
from constructs_lib.control_plane import ControlPlane
from constructs_lib.kubectl import KubectlApply
from constructs_lib.kubectl.kubeconfig import Kubeconfig
from constructs_lib.nodes import NodeRole
from constructs_lib.spec import Kube2iamSpec
from constructs_lib.terraform.addresses import literal
from constructs_lib.variables import Variables

_EVERY_ROLE = DataAwsIamPolicyDocumentStatement(actions=["sts:AssumeRole"], resources=["*"])


class Kube2iam(Construct):
    """The nodes' right to take on the pods' roles, and the DaemonSet that does it for them.

    A role is in reach when it stands below the spec's IAM path and trusts the nodes' role.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        spec: Kube2iamSpec,
        of_the_chapter: bool,
        manifest: str,
        names: naming.Names,
        region: str,
        variables: Variables,
        node_role: NodeRole,
        control_plane: ControlPlane,
        kubeconfig: Kubeconfig,
    ) -> None:
        """Grant the right and apply `manifest`, the text of manifests/kube2iam.yaml.

        The one `of_the_chapter` goes with every role and with what is applied already: the
        manifest's kube2iam is newer than its policy.
        """
        super().__init__(scope, id_)
        document = DataAwsIamPolicyDocument(
            self,
            "data.aws_iam_policy_document.kube2iam",
            statement=[_EVERY_ROLE]
            if of_the_chapter
            else self._pod_roles(spec, region, variables.cluster_name.string_value),
        )
        policy = IamRolePolicy(
            self,
            "aws_iam_role_policy.node",
            name=names.kube2iam_policy,
            role=node_role.role.id,
            policy=document.json,
        )
        if not of_the_chapter:
            KubectlApply(
                self,
                "kubectl",
                address="null_resource.kube2iam",
                manifest=literal(manifest),
                control_plane=control_plane,
                kubeconfig=kubeconfig,
                depends_on=[policy],
            )

    def _pod_roles(
        self, spec: Kube2iamSpec, region: str, cluster: str
    ) -> list[DataAwsIamPolicyDocumentStatement]:
        account = DataAwsCallerIdentity(self, "data.aws_caller_identity.current").account_id
        path = spec.role_path or naming.pod_role_path(cluster)
        return [
            DataAwsIamPolicyDocumentStatement(
                sid="PodRoles",
                actions=["sts:AssumeRole"],
                resources=[f"arn:{naming.partition(region)}:iam::{account}:role{path}*"],
            ),
            # kube2iam 0.12 and newer lists the regions before it takes on a role, and the
            # action knows no resources: https://github.com/jtblin/kube2iam#iam-roles
            DataAwsIamPolicyDocumentStatement(
                sid="Regions", actions=["ec2:DescribeRegions"], resources=["*"]
            ),
        ]
