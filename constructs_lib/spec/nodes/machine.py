"""What a node is: its machine, and what it registers with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, Strict

from constructs_lib.spec.nodes.kubelet import KubeletSpec
from constructs_lib.spec.nodes.user_data import UserDataSpec
from constructs_lib.spec.nodes.volumes import DataVolumeSpec, Device, VolumeSpec
from constructs_lib.spec.section import THERE, Check, Section, Where, Wrong, matching
from constructs_lib.spec.security_groups import IngressKey, NodeIngressSpec
from constructs_lib.spec.types import (
    NOT_EMPTY,
    UNIQUE,
    ImageId,
    InstanceType,
    KeyName,
    SecurityGroupId,
    SubnetId,
    Text,
)
from constructs_lib.tables import node_image, user_data
from constructs_lib.tables.user_data import Node


class ImageSpec(Section):
    """Which machine image the nodes run."""

    family: node_image.Family = "packer"
    """`packer` (default): the account's own image, built from `packer/` as in the chapter.
    `ubuntu-eks` and `al2023`: Canonical's and Amazon's images for EKS, which need no build.
    `bottlerocket`: Amazon's system for containers alone, without a shell; `volume` and
    `volume_size_gib` are then about the volume of images and pods."""

    id: ImageId | None = None
    """Id of the one image to run, of that family. By default the newest that fits the cluster's
    version, looked up by each plan."""

    release: (
        Annotated[
            str,
            matching(
                "|".join(node_image.RELEASES.values()),
                "is not a release of an image",
                "write one as `eks-cluster images` shows it, like 1.36.2-20260828",
            ),
        ]
        | None
    ) = None
    """Release of the image to run, in place of the newest: Amazon's as EKS names it
    (1.36.2-20260828), Canonical's by its serial (20260828), your own as its name ends
    (1.36.2-20260828120000), Bottlerocket's by its number (1.54.0). Of Amazon's and your own it says
    the version of Kubernetes, which may stay behind the cluster's. `eks-cluster images` shows what
    is newer."""

    variant: node_image.Variant | None = None
    """Which of Amazon's images: `nvidia` and `neuron` have the drivers of the accelerators of that
    name, `standard` has none. By default what the instance type needs. `standard` on a type with
    accelerators: something else installs the drivers, such as NVIDIA's operator."""


class MetadataSpec(Section):
    """The instance metadata service, from which a node gets its credentials.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
    """

    http_tokens: Literal["optional", "required"] = "required"
    """`required` (default): with a token only (IMDSv2), and out of reach for pods. `optional`: as
    the image and the account have it."""


EFFECTS_OF_EKS: Final[dict[str, user_data.Effect]] = {
    "NO_SCHEDULE": "NoSchedule",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
    "NO_EXECUTE": "NoExecute",
}
"""What a taint does, in EKS's words and in Kubernetes'.
https://docs.aws.amazon.com/eks/latest/APIReference/API_Taint.html"""

Effect = user_data.Effect | Literal["NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE"]


def _as_kubernetes_writes_it(value: object) -> object:
    return EFFECTS_OF_EKS.get(value, value) if isinstance(value, str) else value


class TaintSpec(Section):
    """A taint, which keeps pods away that do not tolerate it."""

    key: Text
    """Key of the taint."""

    value: str = ""
    """Value of the taint; empty by default."""

    effect: Annotated[
        user_data.Effect,
        BeforeValidator(_as_kubernetes_writes_it, json_schema_input_type=Effect),
    ]
    """What happens to pods that do not tolerate it; EKS's spelling, `NO_SCHEDULE`, is taken too."""

    def rendered(self) -> user_data.Taint:
        """The taint as the node is told of it."""
        return user_data.Taint(self.key, self.value, self.effect)


def _kubelet_takes_the_labels(labels: Mapping[str, str]) -> Iterator[Wrong]:
    for refused in user_data.refused_labels(labels):
        got = THERE if refused.what == user_data.NO_VALUE else None
        yield Wrong(refused.at, refused.what, refused.todo, got)


def _kubelet_takes_the_taints(taints: Sequence[TaintSpec]) -> Iterator[Wrong]:
    for refused in user_data.refused_taints([taint.rendered() for taint in taints]):
        yield Wrong(refused.at, refused.what, refused.todo)


OwnSubnets = Annotated[tuple[SubnetId, ...], Strict(False), NOT_EMPTY, UNIQUE]


class NodeGroupSpec(Section):
    """Nodes that are all alike: what every kind of group says of them."""

    instance_type: InstanceType = "c5.large"
    """EC2 instance type. A change reaches new nodes only, unless `instance_refresh` is on."""

    min_size: Annotated[int, Field(ge=0, le=5000)] = 1
    """Fewest nodes."""

    max_size: Annotated[int, Field(ge=1, le=5000)] = 2
    """Most nodes. Between the two an autoscaler decides; Terraform does not."""

    volume_size_gib: Annotated[int, Field(ge=20, le=16384)] = 100
    """Size of the root volume, in GiB."""

    volume: VolumeSpec = VolumeSpec()
    """The root volume; by default encrypted gp3."""

    volumes: dict[Device, DataVolumeSpec] = {}
    """Further volumes of each node by device name, `/dev/sdf` to `/dev/sdp`: made empty with it,
    and deleted with it. None by default."""

    metadata: MetadataSpec = MetadataSpec()
    """The instance metadata service; by default with tokens only."""

    image: ImageSpec = ImageSpec()
    """The machine image; by default the one built from `packer/`."""

    availability_zones: Annotated[tuple[str, ...], Strict(False), NOT_EMPTY, UNIQUE] | None = None
    """Zones of the group, among the cluster's: all of them by default. A group of one zone for each
    of them suits volumes that are bound to a zone, as EBS's are."""

    subnet_ids: OwnSubnets | None = None
    """Subnets of the group in a VPC that is there (`networking.vpc`), by id, in place of its
    private subnets. By default those, or those in `availability_zones`."""

    key_name: KeyName | None = None
    """EC2 key pair for SSH to these nodes; by default the cluster's."""

    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Strict(False), UNIQUE] = ()
    """Security groups of yours that the nodes have besides the cluster's, of the same VPC. Without
    the tag `kubernetes.io/cluster/<name>`: Kubernetes wants one group of a node to have it, and
    that is the cluster's. None by default."""

    ingress: dict[IngressKey, NodeIngressSpec] | None = None
    """Openings for these nodes alone, by name, as in `node_ingress`: in a security group of the
    group's own, which `{}` makes too. By default there is none. AWS deletes it when no node has it
    any more: write `{}` first, and delete the key when the nodes have been replaced."""

    labels: Annotated[dict[str, str], Check(_kubelet_takes_the_labels)] = {}
    """Kubernetes labels the nodes register with. None by default."""

    taints: Annotated[tuple[TaintSpec, ...], Strict(False), Check(_kubelet_takes_the_taints)] = ()
    """Taints the nodes register with. None by default."""

    max_pods: Annotated[int, Field(ge=4, le=737)] | None = None
    """Most pods on a node; by default what the network interfaces of the instance type carry."""

    kubelet: KubeletSpec = KubeletSpec()
    """Other settings of kubelet: what is kept back, when pods are evicted, logs, feature gates. By
    default those of the image."""

    instance_store: user_data.InstanceStore | None = None
    """What becomes of the disks that the instance type has itself, and that are empty at each
    start. `raid0`: one file system over all, for images, containers, `emptyDir` and pods' logs.
    `mount`: one each, at `/mnt/k8s-disks/1` and so on. By default nothing. For `packer` and
    `al2023`."""

    user_data: UserDataSpec = UserDataSpec()
    """Scripts of yours at a node's first boot. None by default; not for Bottlerocket."""

    def told(self, max_pods: int | str | None) -> Node:
        """What the nodes are told, with `max_pods` as their limit of pods."""
        return Node(
            labels=self.labels,
            taints=[taint.rendered() for taint in self.taints],
            max_pods=max_pods,
            kubelet=self.kubelet.rendered(),
            instance_store=self.instance_store,
            before=self.user_data.before,
            after=self.user_data.after,
        )

    def placed_types(self) -> Iterator[tuple[Where, str]]:
        """Every type that a node may be of, and where the spec says it."""
        yield ("instance_type",), self.instance_type

    @property
    def types(self) -> tuple[str, ...]:
        """Every type that a node may be of."""
        return tuple(type_ for _, type_ in self.placed_types())
