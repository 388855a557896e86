"""The bucket and the lock table that hold the clusters' state, made by a small stack of its own."""

from collections.abc import Mapping
from types import MappingProxyType

from cdktf import TerraformOutput, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
)
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from constructs_lib.spec import StateSpec
from constructs_lib.terraform import addresses
from constructs_lib.terraform.backend import keep_state_in_checkout
from constructs_lib.terraform.providers import Providers

LOCK_KEY = "LockID"
"""https://developer.hashicorp.com/terraform/language/backend/s3#dynamodb-state-locking"""

VERSIONS_DAYS = 365
"""How long a version of a state is kept after a newer one took its place. The newest stays.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html"""


class StateBackendStack(addresses.Stack):
    """An S3 bucket for state and, if the spec names one, a DynamoDB table for the lock.

    Neither can be destroyed by Terraform: the state in them is worth more than both. The state of
    this stack itself is a file in the checkout; lost, it is imported again by two names.
    """

    def __init__(
        self,
        scope: Construct,
        cluster_name: str,
        spec: StateSpec,
        *,
        account_id: str | None = None,
        role_arn: str | None = None,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Make the stack `<cluster_name>-state`; with `account_id`, in that AWS account alone.

        `role_arn` is who makes it, `tags` are on all of it.
        """
        super().__init__(scope, f"{cluster_name}-state")
        Providers(
            self, "aws", region=spec.region, account_id=account_id, role_arn=role_arn, tags=tags
        )
        keep_state_in_checkout(self)
        kept = TerraformResourceLifecycle(prevent_destroy=True)

        bucket = S3Bucket(self, "aws_s3_bucket.state", bucket=spec.bucket, lifecycle=kept)
        bucket_id, bucket_arn = bucket.id, bucket.arn
        versioning = S3BucketVersioningA(
            self,
            "aws_s3_bucket_versioning.state",
            bucket=bucket_id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketLifecycleConfiguration(
            self,
            "aws_s3_bucket_lifecycle_configuration.state",
            bucket=bucket_id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="old-versions",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter()],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                            noncurrent_days=VERSIONS_DAYS
                        )
                    ],
                    # of lock objects, one for each apply
                    expiration=[
                        S3BucketLifecycleConfigurationRuleExpiration(
                            expired_object_delete_marker=True
                        )
                    ],
                )
            ],
            depends_on=[versioning],
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "aws_s3_bucket_server_side_encryption_configuration.state",
            bucket=bucket_id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="aws:kms", kms_master_key_id=spec.kms_key
                        )
                    ),
                    bucket_key_enabled=True,
                )
            ],
        )
        S3BucketOwnershipControls(
            self,
            "aws_s3_bucket_ownership_controls.state",
            bucket=bucket_id,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        public_access = S3BucketPublicAccessBlock(
            self,
            "aws_s3_bucket_public_access_block.state",
            bucket=bucket_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        tls_only = DataAwsIamPolicyDocument(
            self,
            "data.aws_iam_policy_document.state",
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    sid="TlsOnly",
                    effect="Deny",
                    actions=["s3:*"],
                    resources=[bucket_arn, f"{bucket_arn}/*"],
                    principals=[
                        DataAwsIamPolicyDocumentStatementPrincipals(type="*", identifiers=["*"])
                    ],
                    condition=[
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="Bool", variable="aws:SecureTransport", values=["false"]
                        )
                    ],
                )
            ],
        )
        S3BucketPolicy(
            self,
            "aws_s3_bucket_policy.state",
            bucket=bucket_id,
            policy=tls_only.json,
            depends_on=[public_access],  # S3 refuses the two at once
        )
        if spec.dynamodb_table is not None:
            DynamodbTable(
                self,
                "aws_dynamodb_table.lock",
                name=spec.dynamodb_table,
                billing_mode="PAY_PER_REQUEST",
                hash_key=LOCK_KEY,
                attribute=[DynamodbTableAttribute(name=LOCK_KEY, type="S")],
                point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
                lifecycle=kept,
            )
        TerraformOutput(self, "output.bucket", value=bucket_id)
        addresses.say_moved(self, addresses.check(self))
