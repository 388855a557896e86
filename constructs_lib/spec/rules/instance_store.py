"""Disks that an instance type has itself."""

from collections.abc import Iterator

from constructs_lib.spec.nodes import NodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.tables import instance_types

_WHERE = ("instance_store",)


@rule
def canonicals_image_mounts_no_disks(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Its bootstrap script has no argument for it."""
    if group.instance_store is not None and group.image.family == "ubuntu-eks":
        what = "is nothing that the image of ubuntu-eks does"
        yield Wrong(_WHERE, what, "use another family, or mount the disks in user_data.before")


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
