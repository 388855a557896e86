"""Where a cluster's Terraform state is kept."""

from collections.abc import Iterator
from typing import Annotated

from constructs_lib.spec.section import Check, Section, Wrong, matching
from constructs_lib.spec.types import BucketName, KmsKeyArn, Region

MAX_KEY_BYTES = 1024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


def _at_most_1024_bytes(key: str) -> Iterator[Wrong]:
    if (size := len(key.encode())) > MAX_KEY_BYTES:
        what = f"is longer than the {MAX_KEY_BYTES} bytes of an object key"
        yield Wrong((), what, "shorten it", got=f"{size} bytes")


class StateSpec(Section):
    """Where Terraform keeps its state: an S3 bucket, with a lock.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    bucket: BucketName
    """Name of the bucket. Bucket names are unique among all AWS customers, so choose your own."""

    key: Annotated[
        str,
        matching(
            r"[^/\s][^\s]*[^/\s]|[^/\s]",
            "is not an object key",
            "write one without spaces or slashes at its ends, like us-west-2.tfstate",
        ),
        matching(
            r"((?![$%]\{).)*",
            "holds an expression, which no backend takes: it would be the key, to the letter",
            "write the key itself",
        ),
        matching(
            r"(?!.*//).*", "holds //, which Terraform's backend refuses", "write one slash there"
        ),
        Check(_at_most_1024_bytes, {"maxLength": MAX_KEY_BYTES}),
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

    kms_key: (
        Annotated[
            KmsKeyArn,
            matching(
                r".*:(key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}"
                r"-[89ab][0-9a-f]{3}-[0-9a-f]{12})|alias/.+)",
                "is no key that the S3 backend takes",
                "copy it from `aws kms describe-key --key-id <id>`",
            ),
        ]
        | None
    ) = None
    """KMS key that encrypts the state, of the bucket's region. By default S3 encrypts with a key of
    its own (SSE-S3)."""

    use_lockfile: bool = False
    """Lock with an object beside the state instead of, or as well as, the table: Terraform's own
    successor of the table. Off by default."""

    create: bool = False
    """Synthesise a second stack, `<cluster>-state`, that creates the bucket and the table. Deploy
    it once, before the cluster. Its own small state stays in the checkout. Off by default."""
