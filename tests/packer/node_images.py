"""What the tests know of node images besides `constructs_lib.tables.node_image`."""

from typing import get_args

from constructs_lib.tables.node_image import Family, NodeImage

FAMILIES: tuple[Family, ...] = get_args(Family)


def ami_name(image: NodeImage, **parts: str) -> str:
    """The name of one image, as `local.ami_names` of the Packer template fills it in.

    `parts` is a value for each `{...}` part, e.g. ``kubernetes_minor="1.36"``; a KeyError names one
    that was not given.
    """
    return "-".join(part.format_map(parts) for part in image.name)
