"""A VPC that is there."""

from collections.abc import Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.networking import ExistingVpcSpec, SubnetsSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong

_WITH_A_VPC_OF_OTHERS = frozenset({"ip_family", "pods_per_node", "private_zones", "vpc"})


@rule
def a_vpc_that_is_there_is_not_cut(spec: ClusterSpec) -> Iterator[Wrong]:
    """What says how a VPC is made says nothing of one that is there."""
    section = spec.networking
    if section.vpc is None:
        return
    what = "has no effect in a VPC that is there"
    todo = "delete it; who owns the VPC sees to that"
    for key in section.model_fields_set - _WITH_A_VPC_OF_OTHERS:
        yield Wrong(("networking", key), what, todo, got=None)
    if "vpc_cidr" in spec.model_fields_set:
        yield Wrong(("vpc_cidr",), what, "delete it; each plan looks up the VPC's ranges")
    if spec.bastion is not None and section.vpc.public_subnets is None:
        yield Wrong(
            ("networking", "vpc"),
            "has no public_subnets, and the bastion stands in one",
            "add public_subnets, or delete the section bastion",
            got=None,
        )


@rule
def subnets_are_said_one_way(subnets: SubnetsSpec) -> Iterator[Wrong]:
    """By ids or by tags."""
    if (subnets.ids is None) == (subnets.tags is None):
        both = subnets.ids is not None
        yield Wrong(
            (),
            "has both ids and tags" if both else "names no subnets",
            "keep one of the two" if both else "add ids, or tags that the subnets have",
            got=None,
        )


@rule
def subnets_are_of_one_kind(vpc: ExistingVpcSpec) -> Iterator[Wrong]:
    """A subnet has a route to an internet gateway or it has not."""
    private = vpc.private_subnets.ids or ()
    public = vpc.public_subnets.ids or () if vpc.public_subnets is not None else ()
    for index, subnet in enumerate(public):
        if subnet in private:
            what = "is among the private_subnets too"
            yield Wrong(("public_subnets", "ids", index), what, "keep it in one of the two")
