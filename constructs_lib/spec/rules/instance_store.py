"""Disks that an instance type has itself."""

from collections.abc import Iterator

from constructs_lib.spec.nodes import NodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.tables import instance_types

_WHERE = ("instance_store",)


@rule
def some_images_mount_no_disks(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Canonical's bootstrap script has no argument for it, Bottlerocket no setting."""
    family = group.image.family
    if group.instance_store is not None and family not in ("packer", "al2023"):
        what = f"is nothing that the image of {family} does"
        by_hand = ", or mount the disks in user_data.before" if family == "ubuntu-eks" else ""
        yield Wrong(_WHERE, what, f"use family: packer or al2023{by_hand}")


@rule
def instance_stores_are_the_types(group: NodeGroupSpec) -> Iterator[Wrong]:
    """A node without disks would not join."""
    if group.instance_store is None:
        return
    for each in group.types:
        if instance_types.has_instance_store(each) is False:
            what = f"needs disks, and a {each} has none of its own"
            yield Wrong(_WHERE, what, "delete it, or use a type like m6id.large or i4i.large")
            return
