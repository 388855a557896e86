"""kube2iam: pods get IAM roles of their own instead of the node's."""

from collections.abc import Iterable, Mapping

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
)
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.kubectl import Kubectl, KubectlApply, KubectlDelete
from constructs_lib.nodes.role import NodeRoles
from constructs_lib.spec import ClusterSpec, Kube2iamSpec
from constructs_lib.spec.manifests import Manifest
from constructs_lib.terraform.literals import literal

REGION, RESTRICTIONS = "${AWS_REGION}", "${NAMESPACE_RESTRICTIONS}"
"""What the manifest has in place of the cluster's region and of the spec's word."""


class Kube2iam(Construct):
    """The nodes' right to assume the pods' roles, and the DaemonSet that does it for them.

    A role is in reach when it stands below the spec's IAM path, or anywhere in the account if the
    spec says so, and trusts the nodes' role.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: Kube2iamSpec,
        *,
        manifest: Manifest | None,
        cluster: Identity,
        roles: NodeRoles,
        kubectl: Kubectl,
    ) -> None:
        """Grant the right and apply `manifest`, if the spec says so: manifests/kube2iam.yaml."""
        super().__init__(scope, id_)
        document = DataAwsIamPolicyDocument(
            self,
            "data.aws_iam_policy_document.kube2iam",
            statement=[self._pod_roles(spec, cluster), *self._regions(spec)],
        )
        policy = IamRolePolicy(
            self,
            "aws_iam_role_policy.node",
            name=naming.kube2iam(cluster.name),
            role=roles.own.role.id,
            policy=document.json,
        )
        if roles.managed is not None:
            IamRolePolicy(
                self,
                "aws_iam_role_policy.managed_node",
                name=naming.kube2iam(cluster.name),
                role=roles.managed.role.id,
                policy=document.json,
            )
        if spec.manifest and manifest is not None:
            KubectlApply(
                self,
                "kubectl",
                literal(_filled_in(manifest.text, spec, cluster)),
                address="null_resource.kube2iam",
                kubectl=kubectl,
                depends_on=[policy],
            )

    def _pod_roles(
        self, spec: Kube2iamSpec, cluster: Identity
    ) -> DataAwsIamPolicyDocumentStatement:
        if spec.reach == "account":
            return DataAwsIamPolicyDocumentStatement(actions=["sts:AssumeRole"], resources=["*"])
        account = DataAwsCallerIdentity(self, "data.aws_caller_identity.current").account_id
        path = cluster.pod_role_path(spec.role_path)
        return DataAwsIamPolicyDocumentStatement(
            sid="PodRoles",
            actions=["sts:AssumeRole"],
            resources=[f"arn:{cluster.partition}:iam::{account}:role{path}*"],
        )

    @staticmethod
    def _regions(spec: Kube2iamSpec) -> list[DataAwsIamPolicyDocumentStatement]:
        """What the manifest's kube2iam asks for before it assumes a role, since 0.12.

        The action knows no resources: https://github.com/jtblin/kube2iam#iam-roles
        """
        if not spec.manifest:
            return []
        return [
            DataAwsIamPolicyDocumentStatement(
                sid="Regions", actions=["ec2:DescribeRegions"], resources=["*"]
            )
        ]


def kube2iam(
    scope: Construct,
    spec: ClusterSpec,
    manifests: Mapping[str, Manifest],
    *,
    cluster: Identity,
    roles: NodeRoles,
    kubectl: Kubectl,
) -> None:
    """Make kube2iam, or take it out of the cluster, as `spec` says; or neither."""
    if spec.kube2iam.remove:
        _remove(scope, manifests["kube2iam"], spec.node_groups, cluster=cluster, kubectl=kubectl)
    if spec.gives_roles_by("kube2iam"):
        Kube2iam(
            scope,
            "kube2iam",
            spec.kube2iam,
            manifest=manifests.get("kube2iam"),
            cluster=cluster,
            roles=roles,
            kubectl=kubectl,
        )


def _remove(
    scope: Construct,
    manifest: Manifest,
    groups: Iterable[str],
    *,
    cluster: Identity,
    kubectl: Kubectl,
) -> None:
    """Delete from the cluster what kube2iam's manifest made, where it is there.

    Its iptables rule stays on each node that ran it: https://github.com/jtblin/kube2iam/issues/44
    """
    KubectlDelete(
        scope,
        "kube2iam-removal",
        literal(_filled_in(manifest.text, Kube2iamSpec(), cluster)),
        address="null_resource.kube2iam_removal",
        kubectl=kubectl,
        afterwards="kube2iam is gone; its rule stays on running nodes, whose pods get no "
        f"credentials: replace the nodes of {', '.join(groups)}",
    )


def _filled_in(manifest: str, spec: Kube2iamSpec, cluster: Identity) -> str:
    restrictions = str(spec.namespace_restrictions).lower()
    return manifest.replace(REGION, cluster.region).replace(RESTRICTIONS, restrictions)
