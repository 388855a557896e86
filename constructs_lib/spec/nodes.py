"""Groups of nodes."""

from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from constructs_lib.spec.section import Matching, Section, wrong
from constructs_lib.spec.types import InstanceType, Text
from constructs_lib.tables import node_image, user_data

NodeGroupKey = Annotated[
    str,
    Matching(
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


class NodeGroupSpec(Section):
    """A launch template and an autoscaling group of nodes that are all alike."""

    instance_type: InstanceType = "c5.large"
    """EC2 instance type. A change reaches new nodes only, unless `instance_refresh` is on."""

    min_size: Annotated[int, Field(ge=0, le=5000)] = 1
    """Fewest nodes."""

    max_size: Annotated[int, Field(ge=1, le=5000, validate_default=True)] = 2
    """Most nodes. Between the two an autoscaler decides; Terraform does not."""

    volume_size_gib: Annotated[int, Field(ge=20, le=16384)] = 100
    """Size of the encrypted gp3 root volume, in GiB."""

    image: ImageSpec = ImageSpec()
    """The machine image; by default the one built from `packer/`."""

    labels: dict[str, str] = {}
    """Kubernetes labels the nodes register with. None by default."""

    taints: Annotated[tuple[TaintSpec, ...], Strict(False)] = ()
    """Taints the nodes register with. None by default."""

    max_pods: Annotated[int, Field(ge=4, le=737)] | None = None
    """Most pods on a node; by default what the network interfaces of the instance type carry."""

    instance_refresh: bool = False
    """Whether a change of the launch template replaces the running nodes, a few at a time. They
    are ended without draining their pods, so it is off by default."""

    @field_validator("max_size")
    @classmethod
    def _sizes_are_in_order(cls, most: int, info: ValidationInfo) -> int:
        fewest = info.data.get("min_size")
        if fewest is not None and fewest > most:
            wrong(f"is below min_size ({fewest})", "swap the two")
        return most

    @field_validator("labels")
    @classmethod
    def _kubelet_takes_the_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        _refuse(user_data.label_problems(labels))
        return labels

    @field_validator("taints")
    @classmethod
    def _kubelet_takes_the_taints(cls, taints: tuple[TaintSpec, ...]) -> tuple[TaintSpec, ...]:
        _refuse(user_data.taint_problems([taint.rendered() for taint in taints]))
        return taints


def _refuse(problems: list[str]) -> None:
    """Raise the first of `problems`, each "what is wrong; the way out"."""
    for problem in problems:
        what, _, todo = problem.partition("; ")
        wrong(f"holds something kubelet refuses: {what}", todo or "correct it", got="")
