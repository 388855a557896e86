"""The EKS cluster and the role it works with."""

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.eks_cluster import (
    EksCluster,
    EksClusterAccessConfig,
    EksClusterEncryptionConfig,
    EksClusterEncryptionConfigProvider,
    EksClusterKubernetesNetworkConfig,
    EksClusterUpgradePolicy,
    EksClusterVpcConfig,
    EksClusterZonalShiftConfig,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.control_plane.encryption import SecretsKey
from constructs_lib.control_plane.logs import ControlPlaneLogs
from constructs_lib.control_plane.oidc import Oidc
from constructs_lib.iam import ServiceRole
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import MADE_HERE, AccessSpec, ControlPlaneSpec
from constructs_lib.tables.user_data import ClusterConnection


class ControlPlane(Construct):
    """The Kubernetes API, run by EKS in the cluster's subnets.

    EKS accepts subnets only in the zones the cluster was created with, so a spec that appends a
    zone names the first ones for the control plane.
    https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: ControlPlaneSpec,
        *,
        access: AccessSpec,
        cluster: Identity,
        network: Networking,
        groups: SecurityGroups,
    ) -> None:
        """Make the role and the cluster; `access` is how EKS knows IAM principals."""
        super().__init__(scope, id_)
        policies = {"eks_cluster": "AmazonEKSClusterPolicy"}
        if spec.eks_service_policy:
            policies["eks_service"] = "AmazonEKSServicePolicy"
        role = ServiceRole(
            self,
            "role",
            address="control_plane",
            name=naming.control_plane(cluster.name),
            service="eks.amazonaws.com",
            managed_policies=policies,
            cluster=cluster,
        )
        before: list[ITerraformDependable] = [*role.attachments]
        if spec.logs.model_fields_set:
            before.append(ControlPlaneLogs(self, "logs", spec.logs, cluster=cluster).group)
        self.cluster = EksCluster(
            self,
            "aws_eks_cluster.control_plane",
            name=cluster.name,
            version=cluster.version,
            role_arn=role.role.arn,
            enabled_cluster_log_types=list(spec.enabled_cluster_log_types) or None,
            bootstrap_self_managed_addons=None if spec.bootstrap_self_managed_addons else False,
            deletion_protection=spec.deletion_protection,
            encryption_config=self._encryption(spec, cluster),
            upgrade_policy=None
            if spec.support is None
            else EksClusterUpgradePolicy(support_type=spec.support.upper()),
            zonal_shift_config=None
            if spec.zonal_shift is None
            else EksClusterZonalShiftConfig(enabled=spec.zonal_shift),
            access_config=_access_config(access),
            kubernetes_network_config=EksClusterKubernetesNetworkConfig(
                service_ipv4_cidr=spec.service_ipv4_cidr
            ),
            vpc_config=EksClusterVpcConfig(
                subnet_ids=network.subnet_ids(spec.availability_zones),
                security_group_ids=[groups.control_plane.id],
                endpoint_public_access=spec.endpoint_public_access,
                endpoint_private_access=spec.endpoint_private_access,
                public_access_cidrs=list(spec.public_access_cidrs or ()) or None,
            ),
            depends_on=before,
        )
        if spec.oidc is not None:
            Oidc(self, "oidc", spec.oidc, control_plane=self.cluster)
        self.connection = ClusterConnection(
            name=self.cluster.name,
            endpoint=self.cluster.endpoint,
            certificate_authority=self.cluster.certificate_authority.get(0).data,
            service_ipv4_cidr=spec.service_ipv4_cidr,
        )

    def _encryption(
        self, spec: ControlPlaneSpec, cluster: Identity
    ) -> EksClusterEncryptionConfig | None:
        """What encrypts Secrets, where the spec names a key or wants one."""
        if spec.secrets_key is None:
            return None
        key = spec.secrets_key
        if key == MADE_HERE:
            key = SecretsKey(self, "encryption", cluster=cluster).key.arn
        return EksClusterEncryptionConfig(
            resources=["secrets"],
            provider=EksClusterEncryptionConfigProvider(key_arn=key),
        )


def _access_config(access: AccessSpec) -> EksClusterAccessConfig | None:
    """How EKS knows IAM principals; nothing for CONFIG_MAP, which it is where nobody says.

    Otherwise both arguments, always: with the mode alone the provider sends "no" for the second,
    and whoever creates the cluster is locked out of it.
    """
    if access.authentication_mode == "CONFIG_MAP":
        return None
    return EksClusterAccessConfig(
        authentication_mode=access.authentication_mode,
        bootstrap_cluster_creator_admin_permissions=access.creator_admin,
    )
