"""What nodes are told at their first boot."""

from collections.abc import Iterator

from constructs_lib.spec.nodes import NodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.tables import user_data


@rule
def user_data_fits(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Labels, taints and scripts reach a node by its user data, which EC2 limits."""
    scripts = group.user_data.before or group.user_data.after
    if not (group.labels or group.taints or scripts or group.kubelet.model_fields_set):
        return  # what else a node is told is a few lines
    size = user_data.largest_size(group.image.family, group.told(group.max_pods))
    if size <= user_data.MAX_BYTES:
        return
    if scripts:
        what = f"makes, with what else the nodes are told, up to {size} bytes"
        todo = "have a short script fetch the long one, or put it into an image"
        yield Wrong(("user_data",), f"{what}, and EC2 takes {user_data.MAX_BYTES}", todo, got=None)
    else:
        what = f"makes, with the taints, user data of up to {size} bytes"
        todo = "leave some out, or shorten them"
        yield Wrong(("labels",), f"{what}, and EC2 takes {user_data.MAX_BYTES}", todo, got=None)


@rule
def nothing_runs_after_amazons_image_has_joined(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Its nodeadm joins when cloud-init, which runs scripts, is through.

    https://github.com/awslabs/amazon-eks-ami/issues/1782
    """
    if group.user_data.after is not None and group.image.family == "al2023":
        what = "is not for al2023, whose user data ends before the node joins"
        todo = "write it into before, or run it as a DaemonSet"
        yield Wrong(("user_data", "after"), what, todo, got=None)
