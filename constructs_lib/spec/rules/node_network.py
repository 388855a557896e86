"""Where the nodes of a group stand, and who reaches them."""

from collections.abc import Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import NodeGroupSpec, with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong

MAX_SECURITY_GROUPS = 16
"""Of a network interface, where the quota of five was raised.
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"""


@rule
def subnets_of_groups_are_of_a_vpc_that_is_there(spec: ClusterSpec) -> Iterator[Wrong]:
    """The subnets that a cluster makes have no ids before."""
    for key, group in spec.node_groups.items():
        where = ("node_groups", key, "subnet_ids")
        if group.subnet_ids is None:
            continue
        if spec.networking.vpc is None:
            what = "names subnets, and this cluster makes its own"
            yield Wrong(where, what, "use availability_zones, or add networking.vpc", got=None)
        elif group.availability_zones is not None:
            what = "stands beside availability_zones, and each says where nodes start"
            yield Wrong(where, what, "delete one of the two", got=None)


@rule
def nodes_stand_in_private_subnets(spec: ClusterSpec) -> Iterator[Wrong]:
    """Nodes have no public address, without which nothing goes out of a public subnet."""
    vpc = spec.networking.vpc
    public = () if vpc is None or vpc.public_subnets is None else vpc.public_subnets.ids or ()
    for key, group in spec.node_groups.items():
        for index, subnet in enumerate(group.subnet_ids or ()):
            if subnet in public:
                yield Wrong(
                    ("node_groups", key, "subnet_ids", index),
                    "is among networking.vpc.public_subnets, and nodes have no public address",
                    "use a private subnet",
                )


@rule
def interfaces_take_few_security_groups(spec: ClusterSpec) -> Iterator[Wrong]:
    """What EC2 takes on one interface, with the group of all nodes and the group's own."""
    for key, group in with_machines(spec.node_groups).items():
        count = number_of_security_groups(group)
        if count > MAX_SECURITY_GROUPS:
            what = f"is, with the cluster's, {count} groups, and EC2 takes {MAX_SECURITY_GROUPS}"
            where = ("node_groups", key, "security_group_ids")
            yield Wrong(where, what, "leave some out", got=None)


def number_of_security_groups(group: NodeGroupSpec) -> int:
    """How many security groups a node of the group has."""
    return 1 + (group.ingress is not None) + len(group.security_group_ids)
