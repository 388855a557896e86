"""The EKS cluster and the role it works with."""

import json

from cdktf import Fn, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.eks_cluster import (
    EksCluster,
    EksClusterAccessConfig,
    EksClusterKubernetesNetworkConfig,
    EksClusterVpcConfig,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.iam import ServiceRole
from constructs_lib.networking import Networking
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import AdoptedSpec, AsPrintedSpec, ControlPlaneSpec
from constructs_lib.tables.user_data import ClusterConnection
from constructs_lib.variables import Variables


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
        *,
        spec: ControlPlaneSpec,
        adopted: AdoptedSpec | None,
        as_printed: AsPrintedSpec,
        names: naming.Names,
        region: str,
        variables: Variables,
        networking: Networking,
        security_groups: SecurityGroups,
    ) -> None:
        """Make the role and the cluster."""
        super().__init__(scope, id_)
        name = variables.cluster_name.string_value
        role = ServiceRole(
            self,
            "role",
            address="control_plane",
            name=names.control_plane_role,
            service="eks.amazonaws.com",
            managed_policies={
                "eks_cluster": "AmazonEKSClusterPolicy",
                **(
                    {"eks_service": "AmazonEKSServicePolicy"}
                    if as_printed.eks_service_policy
                    else {}
                ),
            },
            region=region,
        )
        self.cluster = EksCluster(
            self,
            "aws_eks_cluster.control_plane",
            name=name,
            version=variables.k8s_version.string_value,
            role_arn=role.role.arn,
            enabled_cluster_log_types=list(spec.enabled_cluster_log_types) or None,
            access_config=_access_config(adopted, as_printed),
            kubernetes_network_config=EksClusterKubernetesNetworkConfig(
                service_ipv4_cidr=spec.service_ipv4_cidr
            ),
            vpc_config=EksClusterVpcConfig(
                subnet_ids=_subnet_ids(spec, networking),
                security_group_ids=[security_groups.control_plane.id],
                endpoint_public_access=spec.endpoint_public_access,
                endpoint_private_access=spec.endpoint_private_access,
                public_access_cidrs=list(spec.public_access_cidrs or ()) or None,
            ),
            depends_on=role.attachments,
            # a plan that would replace a cluster of somebody's hand fails, whatever the reason
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if adopted else None,
        )
        self.connection = ClusterConnection(
            name=self.cluster.name,
            endpoint=self.cluster.endpoint,
            certificate_authority=self.cluster.certificate_authority.get(0).data,
            service_ipv4_cidr=spec.service_ipv4_cidr,
        )


def _access_config(
    adopted: AdoptedSpec | None, as_printed: AsPrintedSpec
) -> EksClusterAccessConfig | None:
    """How EKS knows IAM principals; nothing for CONFIG_MAP, which it is where nobody says.

    Otherwise both arguments, always: with the mode alone the provider sends "no" for the second,
    and whoever creates the cluster is locked out of it.
    """
    if as_printed.authentication_mode == "CONFIG_MAP":
        return None
    return EksClusterAccessConfig(
        authentication_mode=as_printed.authentication_mode,
        bootstrap_cluster_creator_admin_permissions=adopted is None
        or adopted.bootstrap_cluster_creator_admin_permissions,
    )


def _subnet_ids(spec: ControlPlaneSpec, networking: Networking) -> list[str]:
    """All subnets, or those in the zones of the spec."""
    public, private = networking.public_subnets, networking.private_subnets
    if spec.availability_zones is None:
        return Token.as_list(
            Fn.concat([networking.public_subnet_ids, networking.private_subnet_ids])
        )
    zones = json.dumps(spec.availability_zones)
    return Token.as_list(
        f"${{[for subnet in concat({public.terraform_resource_type}.public, "
        f"{private.terraform_resource_type}.private) : subnet.id "
        f"if contains({zones}, subnet.availability_zone)]}}"
    )
