"""Where Terraform keeps the state: an S3 bucket with a lock, or a file in the checkout."""

from cdktf import LocalBackend, S3Backend, S3BackendAssumeRoleConfig, TerraformStack

from constructs_lib.spec import StateSpec

CHECKOUT = "../../.."
"""The checkout, seen from ``cdktf.out/stacks/<stack>`` where Terraform runs. CDKTF's own default
is an absolute path, so that the same spec would give other bytes in another directory."""


def keep_state(stack: TerraformStack, spec: StateSpec | None, role_arn: str | None = None) -> None:
    """Keep the stack's state where `spec` says, as the role of `role_arn`, or in the checkout."""
    if spec is None:
        keep_state_in_checkout(stack)
    else:
        keep_state_in_s3(stack, spec, role_arn)


def keep_state_in_s3(stack: TerraformStack, spec: StateSpec, role_arn: str | None) -> None:
    """Keep the stack's state in the bucket of `spec`, always encrypted.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """
    S3Backend(
        stack,
        bucket=spec.bucket,
        key=spec.key,
        region=spec.region,
        encrypt=True,
        kms_key_id=spec.kms_key,
        dynamodb_table=spec.dynamodb_table,
        assume_role=None if role_arn is None else S3BackendAssumeRoleConfig(role_arn=role_arn),
    )
    if spec.use_lockfile:  # newer than CDKTF 0.21, which has no argument for it
        stack.add_override("terraform.backend.s3.use_lockfile", True)


def keep_state_in_checkout(stack: TerraformStack) -> None:
    """Keep the stack's state in ``terraform.<stack>.tfstate`` of the checkout."""
    LocalBackend(stack, path=f"{CHECKOUT}/terraform.{stack.node.id}.tfstate")
