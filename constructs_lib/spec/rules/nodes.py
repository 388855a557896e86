"""Node groups."""

from collections.abc import Iterator

from constructs_lib.spec.nodes import NodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong


@rule
def sizes_are_in_order(group: NodeGroupSpec) -> Iterator[Wrong]:
    """The fewest nodes are not more than the most."""
    fewest, most = group.min_size, group.max_size
    if fewest <= most:
        return
    if "max_size" in group.model_fields_set:
        yield Wrong(("max_size",), f"is below min_size ({fewest})", "swap the two")
    else:
        what = f"is above max_size ({most} by default)"
        yield Wrong(("min_size",), what, f"add max_size: {fewest} or more")
