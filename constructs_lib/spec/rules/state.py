"""The state."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.spec.state import StateSpec


@rule
def the_key_is_of_the_buckets_region(state: StateSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
    if state.kms_key is not None and not naming.is_of(state.kms_key, state.region):
        what = f"is a key of another region than the bucket's, {state.region}"
        yield Wrong(("kms_key",), what, "use a key of that region")


@rule
def the_bucket_is_of_the_partition(spec: ClusterSpec) -> Iterator[Wrong]:
    """No credentials are of two partitions.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    state = spec.state
    if state is not None and naming.partition(state.region) != naming.partition(spec.region):
        what = f"is of another partition than {spec.region}, and no credentials are of two"
        yield Wrong(("state", "region"), what, f"use a bucket of {spec.region}'s partition")
