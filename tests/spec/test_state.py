"""Where the state is kept."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

ELSEWHERE = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"

BAD: dict[str, tuple[Change, str]] = {
    "an empty state bucket": (
        also('state: {bucket: "", key: ada.tfstate, region: us-west-2}'),
        "6: state.bucket: is not a bucket name, got an empty text; "
        "use 3 to 63 lower-case letters, digits and hyphens, and single dots",
    ),
    "an empty state key": (
        also('state: {bucket: states, key: "", region: us-west-2}'),
        "6: state.key: is not an object key, got an empty text; "
        "write one without spaces or slashes at its ends, like us-west-2.tfstate",
    ),
    "an empty lock table": (
        also('state: {bucket: states, key: a, region: us-west-2, dynamodb_table: ""}'),
        "6: state.dynamodb_table: is not a table name, got an empty text; "
        "use 3 to 255 letters, digits, dots, hyphens and underscores",
    ),
    "a section that is no mapping": (
        also("state: s3"),
        "6: state: is not a mapping, got s3; write a mapping with keys like bucket: ...",
    ),
    "a bucket with two dots": (
        also("state: {bucket: my..bucket, key: a, region: us-west-2}"),
        "6: state.bucket: is not a bucket name, got my..bucket; "
        "use 3 to 63 lower-case letters, digits and hyphens, and single dots",
    ),
    "a bucket that is an address": (
        also("state: {bucket: 192.168.5.4, key: a, region: us-west-2}"),
        "6: state.bucket: is a name that S3 keeps, or an IP address, got 192.168.5.4; "
        "choose another",
    ),
    "a bucket with a prefix of S3's": (
        also("state: {bucket: sthree-states, key: a, region: us-west-2}"),
        "6: state.bucket: is a name that S3 keeps, or an IP address, got sthree-states; "
        "choose another",
    ),
    "a bucket with a suffix of S3's": (
        also("state: {bucket: states--x-s3, key: a, region: us-west-2}"),
        "6: state.bucket: is a name that S3 keeps, or an IP address, got states--x-s3; "
        "choose another",
    ),
    "a key that is an expression": (
        also('state: {bucket: states, key: "${terraform.workspace}", region: us-west-2}'),
        "6: state.key: holds an expression, which no backend takes: it would be the key, to the "
        "letter, got ${terraform.workspace}; write the key itself",
    ),
    "a key that is too long": (
        also(f"state: {{bucket: states, key: {'a' * 1025}, region: us-west-2}}"),
        "6: state.key: is longer than the 1024 bytes of an object key, got 1025 bytes; shorten it",
    ),
    "a KMS key that is none": (
        also("state: {bucket: states, key: a, region: us-west-2, kms_key: alias/states}"),
        "6: state.kms_key: is not the ARN of a KMS key, got alias/states; "
        "write one like arn:aws:kms:us-west-2:123456789012:key/<id>",
    ),
    "a KMS key that Terraform's backend refuses": (
        also(
            "state: {bucket: states, key: a, region: us-west-2, kms_key: "
            "'arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'}"
        ),
        "6: state.kms_key: is no key that the S3 backend takes, got "
        "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab; copy it from "
        "`aws kms describe-key --key-id <id>`",
    ),
    "a KMS key of another region": (
        also(f"state: {{bucket: states, key: a, region: us-west-2, kms_key: '{ELSEWHERE}'}}"),
        "6: state.kms_key: is a key of another region than the bucket's, us-west-2, got "
        f"{ELSEWHERE}; use a key of that region",
    ),
    "a key with two slashes": (
        also("state: {bucket: states, key: a//b, region: us-west-2}"),
        "6: state.key: holds //, which Terraform's backend refuses, got a//b; write one slash "
        "there",
    ),
    "a bucket of another partition": (
        also("state: {bucket: states, key: a, region: cn-north-1}"),
        "6: state.region: is of another partition than us-west-2, and no credentials are of two, "
        "got cn-north-1; use a bucket of us-west-2's partition",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
