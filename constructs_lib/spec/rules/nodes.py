"""Node groups."""

from collections.abc import Iterator

from constructs_lib.spec.nodes import NodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong

MAX_TAG_KEY = 128
MAX_TAGS = 50
"""https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html"""

_OTHER_TAGS = 4
"""Name, the cluster's, and two by which cluster-autoscaler finds a group."""

_HINT = "k8s.io/cluster-autoscaler/node-template"
_WITHOUT = "or say cluster_autoscaler_tags: false"


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


@rule
def tags_for_the_autoscaler_fit(group: NodeGroupSpec) -> Iterator[Wrong]:
    """cluster-autoscaler knows of labels and taints by tags, which EC2 limits."""
    if not group.cluster_autoscaler_tags:
        return
    for key in group.labels:
        if (length := len(f"{_HINT}/label/{key}")) > MAX_TAG_KEY:
            what = f"makes a tag of {length} characters, and EC2 takes {MAX_TAG_KEY}"
            yield Wrong(("labels", key), what, f"shorten the key, {_WITHOUT}", got=None)
    tags = _OTHER_TAGS + len(group.labels) + len({taint.key for taint in group.taints})
    if tags > MAX_TAGS:
        what = f"makes, with the taints, {tags} tags, and EC2 takes {MAX_TAGS}"
        yield Wrong(("labels",), what, f"leave some out, {_WITHOUT}", got=None)
