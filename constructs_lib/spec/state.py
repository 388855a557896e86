"""Where a cluster's Terraform state is kept."""

from typing import Annotated

from constructs_lib.spec.section import Section, matching
from constructs_lib.spec.types import KmsKeyArn, Region


class StateSpec(Section):
    """Where Terraform keeps its state: an S3 bucket, with a lock.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    bucket: Annotated[
        str,
        matching(
            r"(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
            "is not a bucket name",
            "use 3 to 63 lower-case letters, digits, dots and hyphens",
        ),
    ]
    """Name of the bucket. Bucket names are unique among all AWS customers, so choose your own."""

    key: Annotated[
        str,
        matching(
            r"[^/\s][^\s]*[^/\s]|[^/\s]",
            "is not an object key",
            "write one without spaces or slashes at its ends, like us-west-2.tfstate",
        ),
    ]
    """The object that holds this cluster's state. No two clusters may share it."""

    region: Region
    """Region of the bucket and the lock table."""

    dynamodb_table: (
        Annotated[
            str,
            matching(
                r"[A-Za-z0-9_.-]{3,255}",
                "is not a table name",
                "use 3 to 255 letters, digits, dots, hyphens and underscores",
            ),
        ]
        | None
    ) = None
    """DynamoDB table that holds the lock, the chapter's way. By default there is none."""

    kms_key: KmsKeyArn | None = None
    """KMS key that encrypts the state, of the bucket's region. By default S3 encrypts with a key of
    its own (SSE-S3)."""

    use_lockfile: bool = False
    """Lock with an object beside the state instead of, or as well as, the table: Terraform's own
    successor of the table. Off by default."""

    create: bool = False
    """Synthesise a second stack, `<cluster>-state`, that creates the bucket and the table. Deploy
    it once, before the cluster. Its own small state stays in the checkout. Off by default."""
