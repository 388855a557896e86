"""Node groups."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import LaunchConfigurationNodeGroupSpec, NodeGroupSpec, VolumeSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.tables import node_image, user_data

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


@rule
def user_data_fits(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Labels and taints reach a node by its user data, which EC2 limits."""
    size = user_data.largest_size(
        group.image.family,
        labels=group.labels,
        taints=[taint.rendered() for taint in group.taints],
        max_pods=group.max_pods,
    )
    if size > user_data.MAX_BYTES:
        what = (
            f"makes, with the taints, user data of up to {size} bytes, and EC2 takes "
            f"{user_data.MAX_BYTES}"
        )
        yield Wrong(("labels",), what, "leave some out, or shorten them", got=None)


@rule
def images_have_drivers(group: NodeGroupSpec) -> Iterator[Wrong]:
    """An accelerator that no driver runs is idle, at its full price. Of our own image, which may
    have some, see `advice`."""
    if without_drivers(group) and group.image.family != "packer":
        hardware = node_image.accelerator_of(group.instance_type)
        amazons = "" if hardware == "other" else "use family: al2023, "
        yield Wrong(
            ("instance_type",),
            f"has an accelerator, for which no image of {group.image.family} has drivers",
            f"{amazons}name an image with image.id, or say image: {{variant: standard}} if "
            "something else installs them",
        )


def without_drivers(group: NodeGroupSpec) -> bool:
    """Whether nobody has said what drives the accelerators of a group's instance type."""
    image, hardware = group.image, node_image.accelerator_of(group.instance_type)
    if hardware is None or image.id is not None or image.variant is not None:
        return False
    return image.family != "al2023" or hardware == "other"


@rule
def variants_are_for_the_type(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Each variant is published for some hardware, and by Amazon only."""
    image, hardware = group.image, node_image.accelerator_of(group.instance_type)
    where = ("image", "variant")
    if image.variant is not None and image.id is not None:
        yield Wrong(where, "has no effect beside image.id", "delete one of the two")
    elif image.variant in ("nvidia", "neuron") and image.family != "al2023":
        yield Wrong(where, f"is no image of {image.family}", "delete it, or say family: al2023")
    elif image.variant in ("nvidia", "neuron") and image.variant != hardware:
        what = f"has no drivers for a {group.instance_type}"
        yield Wrong(where, what, "delete it: the type tells which image fits")


@rule
def keys_are_for_what_is_encrypted(volume: VolumeSpec) -> Iterator[Wrong]:
    """A key for nothing means that one of the two is a mistake."""
    if volume.kms_key is not None and not volume.encrypted:
        yield Wrong(("kms_key",), "has no effect while encrypted is off", "delete one of the two")


@rule
def launch_configurations_take_no_key(group: LaunchConfigurationNodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Ebs.html"""
    if group.volume.kms_key is not None:
        yield Wrong(
            ("volume", "kms_key"),
            "is nothing that a launch configuration takes",
            "delete it, or say kind: self_managed",
        )


@rule
def keys_are_of_the_region(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html"""
    for key, group in spec.node_groups.items():
        if group.volume.kms_key is None:
            continue
        partition, region = (group.volume.kms_key.split(":")[part] for part in (1, 3))
        if (partition, region) != (naming.partition(spec.region), spec.region):
            where = ("node_groups", key, "volume", "kms_key")
            yield Wrong(where, "is a key of another region", f"use a key of {spec.region}")


@rule
def zones_of_groups_are_the_clusters(spec: ClusterSpec) -> Iterator[Wrong]:
    """Nodes start in the cluster's subnets."""
    for key, group in spec.node_groups.items():
        for index, zone in enumerate(group.availability_zones or ()):
            if zone not in spec.availability_zones:
                yield Wrong(
                    ("node_groups", key, "availability_zones", index),
                    "is not among the cluster's availability_zones",
                    f"use those of {', '.join(spec.availability_zones)}",
                )
