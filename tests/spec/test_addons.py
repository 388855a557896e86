"""EKS add-ons."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "an add-on version that is none": (
        also("addons: {vpc-cni: {addon_version: latest}}"),
        "6: addons.vpc-cni.addon_version: is not an add-on version, got latest; write one like "
        "v1.20.4-eksbuild.1; `aws eks describe-addon-versions` lists them",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
