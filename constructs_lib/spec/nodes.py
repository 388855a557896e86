"""Groups of nodes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, Strict

from constructs_lib.spec.section import THERE, Check, Section, Wrong, matching
from constructs_lib.spec.types import InstanceType, Text
from constructs_lib.tables import node_image, user_data

NodeGroupKey = Annotated[
    str,
    matching(
        r"(?!node-)[a-z][a-z0-9-]{0,30}",
        "is not a key for a node group",
        "use lower-case letters, digits and hyphens, not starting with node-: "
        "the address is node-<key> already",
    ),
]


class ImageSpec(Section):
    """Which machine image the nodes run."""

    family: node_image.Family = "packer"
    """`packer` (default): the account's own image, built from `packer/` as in the chapter.
    `ubuntu-eks` and `al2023`: Canonical's and Amazon's images for EKS, which need no build."""


class TaintSpec(Section):
    """A taint, which keeps pods away that do not tolerate it."""

    key: Text
    """Key of the taint."""

    value: str = ""
    """Value of the taint; empty by default."""

    effect: user_data.Effect
    """What happens to pods that do not tolerate it."""

    def rendered(self) -> user_data.Taint:
        """Give the taint as the node is told of it."""
        return user_data.Taint(self.key, self.value, self.effect)


def _kubelet_takes_the_labels(labels: Mapping[str, str]) -> Iterator[Wrong]:
    for refused in user_data.refused_labels(labels):
        got = THERE if refused.what == user_data.NO_VALUE else None
        yield Wrong(refused.at, refused.what, refused.todo, got)


def _kubelet_takes_the_taints(taints: Sequence[TaintSpec]) -> Iterator[Wrong]:
    for refused in user_data.refused_taints([taint.rendered() for taint in taints]):
        yield Wrong(refused.at, refused.what, refused.todo)


class NodeGroupSpec(Section):
    """A launch template and an autoscaling group of nodes that are all alike."""

    kind: Literal["self_managed"] = "self_managed"
    """What makes the nodes. `self_managed` (default): a launch template and an autoscaling group,
    as in the chapter."""

    instance_type: InstanceType = "c5.large"
    """EC2 instance type. A change reaches new nodes only, unless `instance_refresh` is on."""

    min_size: Annotated[int, Field(ge=0, le=5000)] = 1
    """Fewest nodes."""

    max_size: Annotated[int, Field(ge=1, le=5000)] = 2
    """Most nodes. Between the two an autoscaler decides; Terraform does not."""

    volume_size_gib: Annotated[int, Field(ge=20, le=16384)] = 100
    """Size of the encrypted gp3 root volume, in GiB."""

    image: ImageSpec = ImageSpec()
    """The machine image; by default the one built from `packer/`."""

    labels: Annotated[dict[str, str], Check(_kubelet_takes_the_labels)] = {}
    """Kubernetes labels the nodes register with. None by default."""

    taints: Annotated[tuple[TaintSpec, ...], Strict(False), Check(_kubelet_takes_the_taints)] = ()
    """Taints the nodes register with. None by default."""

    max_pods: Annotated[int, Field(ge=4, le=737)] | None = None
    """Most pods on a node; by default what the network interfaces of the instance type carry."""

    instance_refresh: bool = False
    """Whether a change of the launch template replaces the running nodes, a few at a time. They
    are ended without draining their pods, so it is off by default."""
