"""Manifests."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "a manifest outside the project": (
        also("manifests: {web: {path: ../web.yaml}}"),
        "6: manifests.web.path: is not a path inside the project, got ../web.yaml; "
        "write it from the project's root, without .. in it",
    ),
    "a manifest without a file": (
        also("manifests: {dashboard: {}}"),
        "6: manifests.dashboard: cannot be read: no such file or directory, in "
        "manifests/dashboard.yaml; check the file",
    ),
    "a manifest with the project's own name": (
        also("manifests: {kube2iam: {}}"),
        "6: manifests.kube2iam: is the project's own manifest, got kube2iam; "
        "use the section kube2iam for it",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
