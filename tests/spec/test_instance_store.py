"""The disks that an instance type has itself."""

from pathlib import Path

import pytest

from constructs_lib.tables.instance_types import has_instance_store
from tests.spec.bad import Change, in_group, told

BAD: dict[str, tuple[Change, str]] = {
    "disks of Canonical's image": (
        in_group(
            "instance_store: raid0\n    instance_type: m6id.large\n    image: {family: ubuntu-eks}"
        ),
        "8: node_groups.node.instance_store: is nothing that the image of ubuntu-eks does, got "
        "raid0; use family: packer or al2023, or mount the disks in user_data.before",
    ),
    "disks of a type without": (
        in_group("instance_store: mount\n    instance_type: m6i.large"),
        "8: node_groups.node.instance_store: needs disks, and a m6i.large has none of its own, got "
        "mount; delete it, or use a type like m6id.large or i4i.large",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_disks_that_nobody_mounts_are_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


@pytest.mark.parametrize(
    ("type_", "has_some"),
    [
        *((name, True) for name in ("c5d.large", "m6idn.large", "x2iedn.xlarge", "i4i.large")),
        *((name, True) for name in ("im4gn.large", "z1d.large", "g5.xlarge", "p4d.24xlarge")),
        *(
            (name, False)
            for name in ("c5.large", "m7g.large", "t3.micro", "r5b.large", "c5n.large")
        ),
        *((name, None) for name in ("x1.16xlarge", "inf2.xlarge", "g5g.xlarge", "m9zd9.large")),
    ],
)
def test_which_types_have_disks(type_: str, has_some: bool | None) -> None:
    assert has_instance_store(type_) is has_some
