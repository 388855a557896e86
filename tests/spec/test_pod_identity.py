"""IAM roles for pods."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "a role path that is none": (
        also("kube2iam: {role_path: pods}"),
        "6: kube2iam.role_path: is not an IAM path, got pods; "
        "write one that begins and ends with a slash, like /lovelace/",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
