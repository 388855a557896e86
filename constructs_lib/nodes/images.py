"""The machine images that node groups run."""

from collections.abc import Iterable
from typing import NamedTuple

from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.spec import ManagedNodeGroupSpec, NodeGroupSpec
from constructs_lib.tables import node_image


class _Image(NamedTuple):
    family: node_image.Family
    architecture: node_image.Architecture
    variant: node_image.Variant
    release: str | None

    @property
    def suffix(self) -> str:
        """The end of the address of a release's image; nothing for the newest."""
        return "" if self.release is None else f"-{self.release.replace('.', '-')}"


class NodeImages(Construct):
    """The images that the node groups run: of each kind the newest, or the release of the spec."""

    def __init__(
        self, scope: Construct, id_: str, specs: Iterable[NodeGroupSpec], *, cluster: Identity
    ) -> None:
        """Look up each image once; none for a group that names its image."""
        super().__init__(scope, id_)
        self._ids: dict[_Image, str] = {}
        for spec in specs:
            if isinstance(spec, ManagedNodeGroupSpec) and spec.runs_image_of_eks:
                continue
            wanted = _image_of(spec)
            if spec.image.id is None and wanted not in self._ids:
                look_up = self._own if spec.image.family == "packer" else self._vendors
                self._ids[wanted] = look_up(wanted, cluster.version)

    def id_for(self, spec: NodeGroupSpec) -> str:
        """The image id for a node group among `specs`."""
        return spec.image.id or self._ids[_image_of(spec)]

    def _own(self, image: _Image, version: str) -> str:
        architecture = image.architecture
        suffix = "" if architecture == "x86_64" else f"-{architecture}"
        name = node_image.ami_name_filter(version, image.release)
        return DataAwsAmi(
            self,
            f"data.aws_ami.eks-worker{suffix}{image.suffix}",
            owners=["self"],
            most_recent=True,
            filter=[
                DataAwsAmiFilter(name="name", values=[name]),
                DataAwsAmiFilter(name="architecture", values=[architecture]),
            ],
        ).id

    def _vendors(self, image: _Image, version: str) -> str:
        suffix = "" if image.variant == "standard" else f"-{image.variant}"
        return DataAwsSsmParameter(
            self,
            f"data.aws_ssm_parameter.{image.family}-{image.architecture}{suffix}{image.suffix}",
            name=node_image.ssm_parameter(
                image.family, version, image.architecture, image.variant, release=image.release
            ),
        ).insecure_value  # the public id of an image; as `value` the plan would hide it


def _image_of(spec: NodeGroupSpec) -> _Image:
    architecture = node_image.architecture_of(spec.types[0])
    variant = spec.image.variant or node_image.variant_for(spec.image.family, spec.types[0])
    return _Image(spec.image.family, architecture, variant, spec.image.release)
