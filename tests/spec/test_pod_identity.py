"""IAM roles for pods."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "a role path that is none": (
        also("kube2iam: {role_path: pods}"),
        "6: kube2iam.role_path: is not an IAM path, got pods; "
        "write at most 512 characters between two slashes, like /lovelace/",
    ),
    "a kube2iam that is applied and removed": (
        also("kube2iam: {remove: true}"),
        "6: kube2iam.remove: deletes what enabled applies, got true; add enabled: false",
    ),
    "a role path that IAM finds too long": (
        also(f"kube2iam: {{role_path: /{'a' * 511}/}}"),
        f"6: kube2iam.role_path: is not an IAM path, got /{'a' * 79}...; "
        "write at most 512 characters between two slashes, like /lovelace/",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
