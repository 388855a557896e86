"""`eks-cluster images`: which images the node groups run, and what is newer."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from commands.names import ClusterName

if TYPE_CHECKING:
    from commands.aws import Aws
    from constructs_lib.spec import ClusterSpec, NodeGroupSpec
    from constructs_lib.tables.node_image import Architecture, Variant


@click.command
@click.argument("clusters", metavar="[CLUSTER]...", nargs=-1, type=ClusterName())
def command(clusters: tuple[str, ...]) -> None:
    """Say which machine images the node groups run, and what is newer.

    With the AWS CLI and your own credentials, which need ssm:GetParameters and ec2:DescribeImages.
    Nothing is changed. Without CLUSTER, of all of them.
    """
    # here, not above: --help is to come at once
    from datetime import date  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from commands.aws import Aws  # noqa: PLC0415
    from constructs_lib.spec.loader import load  # noqa: PLC0415

    for cluster in load(Path.cwd(), names=clusters, today=date.today()).clusters:
        aws = Aws(cluster.spec.region, cluster.spec.role_arn)
        for line in _told(cluster.spec, aws):
            click.echo(line)


class _Image(NamedTuple):
    id: str
    release: str

    def __str__(self) -> str:
        return f"{self.release} ({self.id})" if self.release else self.id


def _told(spec: "ClusterSpec", aws: "Aws") -> Iterator[str]:
    """A line for each node group."""
    from constructs_lib.spec import with_machines  # noqa: PLC0415
    from constructs_lib.tables import node_image  # noqa: PLC0415

    for key, group in with_machines(spec.node_groups).items():
        family, type_ = group.image.family, group.types[0]
        architecture = node_image.architecture_of(type_)
        variant = group.image.variant or node_image.variant_for(family, type_)
        what = " ".join([family, architecture, *([variant] if node_image.DRIVERS[family] else [])])
        newest = _newest(group, spec.kubernetes_version, architecture, variant, aws)
        yield f"{spec.name}: {key} ({what}): {_sentence(group, newest, aws)}"


def _sentence(group: "NodeGroupSpec", newest: _Image | None, aws: "Aws") -> str:
    from constructs_lib.spec import ManagedNodeGroupSpec  # noqa: PLC0415

    image = group.image
    if newest is None:
        return "no image of this version is there; build one (docs/how-to/node-image.md)"
    if newest.id == image.id or newest.release == image.release:
        return f"pinned to {newest}, the newest"
    if image.id is not None:
        return f"pinned to {image.id}{_called(image.id, aws)}; newest is {newest}"
    if image.release is not None:
        return f"pinned to {image.release}; newest is {newest}"
    if isinstance(group, ManagedNodeGroupSpec) and group.runs_image_of_eks:
        return f"EKS chose when the group was made, or moved up; newest is {newest}"
    return f"new nodes run the newest, {newest}"


def _called(id_: str, aws: "Aws") -> str:
    """What an image is called, or that it is gone."""
    there = aws.ask(
        *("ec2", "describe-images", "--include-deprecated"),
        *("--filters", f"Name=image-id,Values={id_}"),
    )["Images"]
    return f" ({there[0]['Name']})" if there else ", which is not there: no node starts"


def _newest(
    group: "NodeGroupSpec",
    version: str,
    architecture: "Architecture",
    variant: "Variant",
    aws: "Aws",
) -> _Image | None:
    """The newest image that a node group could run; None where nobody has built one."""
    from constructs_lib.tables import node_image  # noqa: PLC0415

    family = group.image.family
    if family == "packer":
        return _own(version, architecture, aws)
    of_id = node_image.ssm_parameter(family, version, architecture, variant)
    if family == "al2023":
        of_release = of_id.replace("/image_id", "/release_version")
        found = _parameters(aws, of_id, of_release)
        return _Image(found[of_id], found[of_release])
    if family == "bottlerocket":
        of_release = of_id.replace("/image_id", "/image_version")
        found = _parameters(aws, of_id, of_release)
        return _Image(found[of_id], found[of_release].partition("-")[0])
    id_ = _parameters(aws, of_id)[of_id]
    images = aws.ask("ec2", "describe-images", "--image-ids", id_)["Images"]
    serial = re.search(r"-(\d{8}(\.\d+)?)$", images[0]["Name"]) if images else None
    return _Image(id_, serial[1] if serial else "")


def _parameters(aws: "Aws", *names: str) -> dict[str, str]:
    """The values of public parameters.

    Raises:
        AwsError: one is not published in this region.
    """
    from commands.aws import AwsError  # noqa: PLC0415

    answer = aws.ask("ssm", "get-parameters", "--names", *names)
    if answer.get("InvalidParameters"):
        raise AwsError(
            f"{', '.join(answer['InvalidParameters'])} is not published in this region; "
            "use another family of images, or another region"
        )
    return {each["Name"]: each["Value"] for each in answer["Parameters"]}


def _own(version: str, architecture: "Architecture", aws: "Aws") -> _Image | None:
    from constructs_lib.tables.node_image import NodeImage  # noqa: PLC0415

    image = NodeImage.read()
    found: list[dict[str, Any]] = aws.ask(
        *("ec2", "describe-images", "--owners", "self", "--filters"),
        f"Name=name,Values={image.ami_name_filter(version)}",
        f"Name=architecture,Values={architecture}",
    )["Images"]
    if not found:
        return None
    newest = max(found, key=lambda each: (str(each["CreationDate"]), str(each["Name"])))
    return _Image(newest["ImageId"], image.release_in(newest["Name"]) or newest["Name"])
