"""The machine images that node groups run."""

from collections.abc import Iterable

from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.spec import NodeGroupSpec
from constructs_lib.tables import node_image


class NodeImages(Construct):
    """The newest image of each family and architecture that the node groups run."""

    def __init__(
        self, scope: Construct, id_: str, specs: Iterable[NodeGroupSpec], *, cluster: Identity
    ) -> None:
        """Look up each image once; none for a group that names its image."""
        super().__init__(scope, id_)
        self._ids: dict[tuple[node_image.Family, node_image.Architecture], str] = {}
        for spec in specs:
            wanted = _image_of(spec)
            if spec.image.id is None and wanted not in self._ids:
                look_up = self._own if spec.image.family == "packer" else self._vendors
                self._ids[wanted] = look_up(*wanted, cluster.version)

    def id_for(self, spec: NodeGroupSpec) -> str:
        """Give the image id for a node group among `specs`."""
        return spec.image.id or self._ids[_image_of(spec)]

    def _own(
        self, _: node_image.Family, architecture: node_image.Architecture, version: str
    ) -> str:
        suffix = "" if architecture == "x86_64" else f"-{architecture}"
        return DataAwsAmi(
            self,
            f"data.aws_ami.eks-worker{suffix}",
            owners=["self"],
            most_recent=True,
            filter=[
                DataAwsAmiFilter(name="name", values=[node_image.ami_name_filter(version)]),
                DataAwsAmiFilter(name="architecture", values=[architecture]),
            ],
        ).id

    def _vendors(
        self, family: node_image.Family, architecture: node_image.Architecture, version: str
    ) -> str:
        return DataAwsSsmParameter(
            self,
            f"data.aws_ssm_parameter.{family}-{architecture}",
            name=node_image.ssm_parameter(family, version, architecture),
        ).insecure_value  # the public id of an image; as `value` the plan would hide it


def _image_of(spec: NodeGroupSpec) -> tuple[node_image.Family, node_image.Architecture]:
    return spec.image.family, node_image.architecture_of(spec.instance_type)
