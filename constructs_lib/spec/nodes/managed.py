"""Groups that EKS runs: managed node groups, and Fargate."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, Strict

from constructs_lib.spec.nodes.machine import NodeGroupSpec, OwnSubnets
from constructs_lib.spec.section import Check, Section, Where, Wrong, matching
from constructs_lib.spec.types import NOT_EMPTY, UNIQUE, InstanceType, Text, at_most

MAX_SELECTORS = 5
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateFargateProfile.html"""


class UpdateSpec(Section):
    """How EKS replaces the nodes of a managed group when its template or version changes.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupUpdateConfig.html
    """

    max_unavailable: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many nodes EKS replaces at once; by default one."""

    max_unavailable_percentage: Annotated[int, Field(ge=1, le=100)] | None = None
    """The same in per cent of the nodes; in place of `max_unavailable`."""

    strategy: Literal["default", "minimal"] = "default"
    """Whether EKS starts a node before it drains another (default), or after (`minimal`), where
    there is no capacity for both."""


class ManagedNodeGroupSpec(NodeGroupSpec):
    """A launch template and a managed node group: EKS makes the autoscaling group, and drains a
    node before it ends it.

    https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
    """

    kind: Literal["managed"]
    """What makes the nodes. Another kind is another group: make one beside this one first."""

    instance_types: (
        Annotated[tuple[InstanceType, ...], Strict(False), NOT_EMPTY, UNIQUE, at_most(20, "types")]
        | None
    ) = None
    """Several types in place of `instance_type`, the preferred one first, 20 at most. By default
    one."""

    capacity_type: Literal["on_demand", "spot"] = "on_demand"
    """Whether the nodes are on demand (default) or spot, which EC2 may end after a warning of two
    minutes; EKS starts the successor and drains the node."""

    node_repair: bool = False
    """Whether EKS replaces nodes that it finds unhealthy. Off by default."""

    update: UpdateSpec | None = None
    """How EKS replaces the nodes; by default one after the other. It needs the AWS provider 6.48 or
    newer: older ones show it as a change of every plan."""

    def placed_types(self) -> Iterator[tuple[Where, str]]:
        """Every type that a node may be of, and where the spec says it."""
        if self.instance_types is None:
            yield from super().placed_types()
        else:
            for index, type_ in enumerate(self.instance_types):
                yield ("instance_types", index), type_

    @property
    def runs_image_of_eks(self) -> bool:
        """Whether EKS chooses the image: Amazon's, unless the spec names one."""
        image = self.image
        # EKS calls Bottlerocket's releases by more than their number
        of_eks = image.family == "al2023" or (
            image.family == "bottlerocket" and image.release is None
        )
        return of_eks and image.id is None


class SelectorSpec(Section):
    """Which pods run on Fargate."""

    namespace: Annotated[
        str,
        matching(
            r"[a-z0-9*?]([a-z0-9*?-]{0,61}[a-z0-9*?])?",
            "is not the name of a namespace",
            "use lower-case letters, digits and hyphens; * and ? stand for others",
        ),
    ]
    """Namespace of the pods; `*` and `?` stand for any letters and any letter."""

    labels: dict[Text, Text] = {}
    """Labels that the pods have, all of them. None by default."""


def _few_enough(selectors: tuple[SelectorSpec, ...]) -> Iterator[Wrong]:
    if len(selectors) > MAX_SELECTORS:
        what = f"has {len(selectors)} selectors, and EKS takes {MAX_SELECTORS}"
        yield Wrong((), what, "make a second group of kind: fargate", got=None)


class FargateSpec(Section):
    """A Fargate profile: each pod that it selects gets a machine of its own, which AWS runs.

    https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html
    """

    kind: Literal["fargate"]
    """What makes the nodes. Another kind is another group."""

    selectors: Annotated[
        tuple[SelectorSpec, ...],
        Strict(False),
        NOT_EMPTY,
        Check(_few_enough, {"maxItems": MAX_SELECTORS}),
    ]
    """Which pods, at most five sets of them. A change **replaces** the profile with its pods."""

    availability_zones: Annotated[tuple[str, ...], Strict(False), NOT_EMPTY, UNIQUE] | None = None
    """Zones of the pods, among the cluster's: all of them by default."""

    subnet_ids: OwnSubnets | None = None
    """Subnets of the pods in a VPC that is there (`networking.vpc`), by id, in place of its private
    subnets: without a route to an internet gateway. By default those."""
