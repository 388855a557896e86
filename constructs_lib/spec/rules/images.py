"""The machine images of node groups."""

import re
from collections.abc import Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import NodeGroupSpec, with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.tables import node_image

MAX_SKEW = 3
"""Minor versions that a kubelet may be behind the API.
https://kubernetes.io/releases/version-skew-policy/#kubelet"""


@rule
def images_have_drivers(group: NodeGroupSpec) -> Iterator[Wrong]:
    """An accelerator that no driver runs is idle, at its full price. Of our own image, which may
    have some, see `advice`.
    """
    if without_drivers(group) and group.image.family != "packer":
        hardware = node_image.accelerator_of(group.types[0])
        amazons = "" if hardware == "other" else "use family: al2023, "
        yield Wrong(
            next(group.placed_types())[0],
            f"has an accelerator, for which no image of {group.image.family} has drivers",
            f"{amazons}name an image with image.id, or say image: {{variant: standard}} if "
            "something else installs them",
        )


def without_drivers(group: NodeGroupSpec) -> bool:
    """Whether nobody has said what drives the accelerators of a group's instance type."""
    image, hardware = group.image, node_image.accelerator_of(group.types[0])
    if hardware is None or image.id is not None or image.variant is not None:
        return False
    return hardware not in node_image.DRIVERS[image.family]


@rule
def variants_are_for_the_type(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Each variant is published for some hardware, and by Amazon only."""
    image, hardware = group.image, node_image.accelerator_of(group.types[0])
    where, of_the_family = ("image", "variant"), node_image.DRIVERS[image.family]
    if image.variant is not None and image.id is not None:
        yield Wrong(where, "has no effect beside image.id", "delete one of the two")
    elif image.variant in ("nvidia", "neuron") and image.variant not in of_the_family:
        yield Wrong(where, f"is no image of {image.family}", "delete it, or say family: al2023")
    elif image.variant in ("nvidia", "neuron") and image.variant != hardware:
        what = f"has no drivers for a {group.types[0]}"
        yield Wrong(where, what, "delete it: the type tells which image fits")


@rule
def releases_are_of_the_family(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Each vendor has a way of naming them."""
    image, where = group.image, ("image", "release")
    if image.release is None:
        return
    if image.id is not None:
        yield Wrong(where, "has no effect beside image.id", "delete one of the two")
    elif not re.fullmatch(node_image.RELEASES[image.family], image.release):
        like = node_image.RELEASE_LIKE[image.family]
        yield Wrong(where, f"is no release of {image.family}", f"write one like {like}")


@rule
def releases_go_with_the_control_plane(spec: ClusterSpec) -> Iterator[Wrong]:
    """No kubelet is newer than the API, or far behind it."""
    major, minor = map(int, spec.kubernetes_version.split("."))
    for key, group in with_machines(spec.node_groups).items():
        release = group.image.release
        of_release = None if release is None else node_image.minor_of(release)
        if of_release is None:
            continue
        where, own = (
            ("node_groups", key, "image", "release"),
            tuple(map(int, of_release.split("."))),
        )
        if own > (major, minor):
            what = (
                f"is of Kubernetes {of_release}, and the control plane of {spec.kubernetes_version}"
            )
            yield Wrong(where, what, "upgrade the control plane first")
        elif own < (major, minor - MAX_SKEW):
            what = f"is more than {MAX_SKEW} versions behind {spec.kubernetes_version}"
            yield Wrong(where, what, f"use one of {major}.{minor - MAX_SKEW} or later")
