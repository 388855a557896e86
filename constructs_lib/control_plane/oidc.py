"""The OIDC provider whose people the Kubernetes API lets in."""

from cdktf_cdktf_provider_aws.eks_cluster import EksCluster
from cdktf_cdktf_provider_aws.eks_identity_provider_config import (
    EksIdentityProviderConfig,
    EksIdentityProviderConfigOidc,
)
from constructs import Construct

from constructs_lib.spec import OidcSpec


class Oidc(Construct):
    """The API server's second way to know people, besides IAM.

    https://docs.aws.amazon.com/eks/latest/userguide/authenticate-oidc-identity-provider.html
    """

    def __init__(
        self, scope: Construct, id_: str, spec: OidcSpec, *, control_plane: EksCluster
    ) -> None:
        """Tell EKS of the provider in `spec`."""
        super().__init__(scope, id_)
        EksIdentityProviderConfig(
            self,
            "aws_eks_identity_provider_config.oidc",
            cluster_name=control_plane.name,
            oidc=EksIdentityProviderConfigOidc(
                identity_provider_config_name=spec.name,
                issuer_url=spec.issuer_url,
                client_id=spec.client_id,
                username_claim=spec.username_claim,
                username_prefix=spec.username_prefix,
                groups_claim=spec.groups_claim,
                groups_prefix=spec.groups_prefix,
                required_claims=spec.required_claims or None,
            ),
        )
