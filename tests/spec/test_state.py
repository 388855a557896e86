"""Where the state is kept."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "an empty state bucket": (
        also('state: {bucket: "", key: ada.tfstate, region: us-west-2}'),
        "6: state.bucket: is not a bucket name, got an empty text; "
        "use 3 to 63 lower-case letters, digits, dots and hyphens",
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
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
