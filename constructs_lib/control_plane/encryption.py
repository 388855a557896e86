"""The key that encrypts the cluster's Secrets."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity

DELETION_WINDOW_IN_DAYS = 30
"""The longest that KMS has: a key that is gone takes every Secret with it."""


class SecretsKey(Construct):
    """A key of the cluster's own, rotated each year, that no plan may destroy.

    Its policy is KMS's default: IAM of the account says who uses it. EKS makes the grants that it
    works with as whoever creates the cluster, who needs kms:CreateGrant and kms:DescribeKey.
    https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
    """

    def __init__(self, scope: Construct, id_: str, *, cluster: Identity) -> None:
        super().__init__(scope, id_)
        self.key = KmsKey(
            self,
            "aws_kms_key.secrets",
            description=f"Secrets of the EKS cluster {cluster.name}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_IN_DAYS,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        KmsAlias(
            self,
            "aws_kms_alias.secrets",
            name=naming.secrets_key(cluster.name),
            target_key_id=self.key.key_id,
        )
