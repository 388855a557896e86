"""What each resource of a state is in a cluster of this project: its part, named by our address."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adopt.state import Resource, StateError, whole_address
from constructs_lib import naming
from constructs_lib.tables.openings import OPENINGS

SSH = 22

MAX_KEY = 30
"""Characters of a node group's key at most."""

CLUSTER = "aws_eks_cluster.control_plane"

CONTROL_PLANE_POLICIES = {
    "eks_cluster": "AmazonEKSClusterPolicy",
    "eks_service": "AmazonEKSServicePolicy",
}
NODE_POLICIES = {
    "eks_node": "AmazonEKSWorkerNodePolicy",
    "eks_node_cni": "AmazonEKS_CNI_Policy",
    "eks_node_ecr": "AmazonEC2ContainerRegistryReadOnly",
}
NODE_POLICY = "aws_iam_role_policy.node"

SHARED = "shared"
"""In place of a type: what a node group launches and another has placed."""

BASTION = (
    "aws_instance.ssh_bastion",
    "aws_security_group.ssh_bastion",
    f"aws_security_group_rule.{naming.BASTION_RULE}",
)

RULES = tuple(opening.name for opening in OPENINGS)
"""The rules of every cluster; the last part of their addresses."""


@dataclass
class Parts:
    """The resources of one cluster by our addresses; a node group's also by its key."""

    by_address: dict[str, Resource]
    groups: dict[str, dict[str, Resource]]
    """By node group, then by the type of the resource."""

    network: dict[str, Any] = field(default_factory=dict)
    """What a spec says of the network: some of its keys."""

    absorbed: list[Resource] = field(default_factory=list)
    """What stands by itself in the state and inside another part here, such as routes."""

    imports: dict[str, str] = field(default_factory=dict)
    """The id in AWS of what no state has as it is here, by our address."""

    subnets_by_id: dict[str, Resource] = field(default_factory=dict)
    """Every subnet of the state, also where the VPC stays its owner's."""

    notes: list[str] = field(default_factory=list)
    """What has no place in a spec, in sentences."""

    def get(self, address: str) -> Resource | None:
        """The part at one of our addresses."""
        return self.by_address.get(address)

    def of(self, address: str) -> Resource:
        """The part at one of our addresses.

        Raises:
            StateError: the state does not have it, and a spec cannot be without.
        """
        if address in self.by_address:
            return self.by_address[address]
        what = address.partition(".")[0]
        raise StateError(
            f"has no {what} that could be {address}; this cluster has another shape, so make a new "
            "one beside it and move the workloads"
        )

    def leave_bastion(self) -> None:
        """Take the bastion for its owner's."""
        for address in BASTION:
            self.by_address.pop(address, None)
            self.imports.pop(address, None)

    def arns_of_nodes(self) -> set[str]:
        """The roles of nodes, each of which has its entry in aws-auth anyway."""
        names = ("node", "managed_node", "fargate")
        return {r.text("arn") for n in names if (r := self.get(f"aws_iam_role.{n}")) is not None}

    def subnets(self, kind: str) -> list[Resource]:
        """The instances of ``aws_subnet.<kind>``, in order."""
        start = f"aws_subnet.{kind}["
        return [r for address, r in self.by_address.items() if address.startswith(start)]

    def whole_addresses(self) -> set[str]:
        """Our addresses of all parts, without the keys of their instances."""
        return {whole_address(address) for address, _ in self.placed()}

    def placed(self) -> Iterator[tuple[str, Resource]]:
        """Every part with its address here."""
        yield from self.by_address.items()
        for key, group in self.groups.items():
            for type_, resource in group.items():
                if type_ == SHARED:
                    continue
                yield f"{type_}.{naming.node_group_address(key)}", resource
