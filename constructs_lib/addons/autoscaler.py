"""cluster-autoscaler: as many nodes as the pods need, within the sizes of the groups."""

from collections.abc import Mapping

from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.kubectl import Kubectl, KubectlApply
from constructs_lib.pod_identity.roles import PodRole, Trust
from constructs_lib.spec import ClusterSpec, PodRoleSpec, StatementSpec
from constructs_lib.spec.manifests import Manifest
from constructs_lib.spec.wanted_addons import AUTOSCALER
from constructs_lib.terraform.literals import literal

REGION, CLUSTER, ROLE = "${AWS_REGION}", "${CLUSTER_NAME}", "${ROLE_ARN}"
"""What the manifest has in place of the cluster's region and name, and of the role."""


def autoscale(
    scope: Construct,
    spec: ClusterSpec,
    manifests: Mapping[str, Manifest],
    *,
    cluster: Identity,
    kubectl: Kubectl,
    trust: Trust,
) -> None:
    """Apply cluster-autoscaler where `spec` says so."""
    if spec.cluster_autoscaler.enabled:
        Autoscaler(
            scope,
            AUTOSCALER,
            manifests[AUTOSCALER].text,
            cluster=cluster,
            kubectl=kubectl,
            trust=trust,
        )


class Autoscaler(Construct):
    """The Deployment, and the role by which it changes groups that have the cluster's tag alone."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        manifest: str,
        *,
        cluster: Identity,
        kubectl: Kubectl,
        trust: Trust,
    ) -> None:
        """Make the role and apply `manifest`, which has its image."""
        super().__init__(scope, id_)
        role = PodRole(
            self,
            "role",
            _rights(cluster),
            address=AUTOSCALER,
            name=naming.autoscaler(cluster.name),
            cluster=cluster,
            trust=trust,
        )
        # pods that are there already would not get it
        before = [*role.rights, *role.associate(kubectl.connection.name)]
        if trust.pod_identity:
            lines = manifest.splitlines(keepends=True)
            manifest = "".join(line for line in lines if ROLE not in line)
        text = literal(manifest.replace(REGION, cluster.region))
        for placeholder, value in ((CLUSTER, cluster.name), (ROLE, role.arn)):
            text = text.replace(literal(placeholder), value)
        KubectlApply(
            self,
            "kubectl",
            text,
            address=f"null_resource.{AUTOSCALER}",
            kubectl=kubectl,
            depends_on=before,
        )


def _rights(cluster: Identity) -> PodRoleSpec:
    """What it may do: look everywhere, which knows no resources, and change the cluster's groups.

    EKS tags the groups of managed nodes like the cluster's own.
    https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
    """
    groups = f"arn:{cluster.partition}:autoscaling:{cluster.region}:*:autoScalingGroup:*"
    tag = f"aws:ResourceTag/{naming.AUTOSCALER_TAGS}/{cluster.name}"
    return PodRoleSpec.model_construct(
        namespace="kube-system",
        service_account=AUTOSCALER,
        statements=(
            StatementSpec.model_construct(
                actions=(
                    "autoscaling:SetDesiredCapacity",
                    "autoscaling:TerminateInstanceInAutoScalingGroup",
                ),
                resources=(groups,),
                conditions={"StringEquals": {tag: ("owned",)}},
            ),
            StatementSpec.model_construct(
                actions=(
                    "autoscaling:DescribeAutoScalingGroups",
                    "autoscaling:DescribeAutoScalingInstances",
                    "autoscaling:DescribeLaunchConfigurations",
                    "autoscaling:DescribeScalingActivities",
                    "autoscaling:DescribeTags",
                    "ec2:DescribeImages",
                    "ec2:DescribeInstanceTypes",
                    "ec2:DescribeLaunchTemplateVersions",
                    "ec2:GetInstanceTypesFromInstanceRequirements",
                    "eks:DescribeNodegroup",
                ),
                resources=("*",),
            ),
        ),
    )
