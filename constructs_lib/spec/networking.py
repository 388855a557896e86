"""The cluster's range and zones."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Strict

from constructs_lib.spec.section import Check, Wrong
from constructs_lib.spec.types import UNIQUE, Cidr, network

MIN_ZONES = 2
"""EKS wants subnets in at least two zones.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

MAX_ZONES = 3
"""The first quarter of the VPC holds the public subnets, each other quarter one private subnet."""

MIN_VPC_PREFIX, MAX_VPC_PREFIX = 16, 20
"""AWS takes a VPC of /16 at most; below /20 the public subnets (8 bits longer) are under /28.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""


def _number_of_zones(zones: tuple[str, ...]) -> Iterator[Wrong]:
    got = f"{len(zones)} zone" + "s" * (len(zones) != 1)
    if len(zones) < MIN_ZONES:
        what = "is too short a list: EKS wants at least two zones"
        yield Wrong((), what, "name two or three", got=got)
    if len(zones) > MAX_ZONES:
        what = "is too long a list: a fourth private subnet runs past the VPC's range"
        yield Wrong((), what, "name two or three", got=got)


NO_HOSTS = {
    "0.0.0.0/8": "of this network",
    "127.0.0.0/8": "of a host to itself",
    "169.254.0.0/16": "of a link, where EC2 has its own services",
    "224.0.0.0/4": "of groups (multicast)",
    "240.0.0.0/4": "that are reserved",
}
"""Ranges in which no host can have an address.
https://www.iana.org/assignments/iana-ipv4-special-registry/"""


def _hosts_may_have_the_range(cidr: str) -> Iterator[Wrong]:
    own = network(cidr)
    for range_, whose in NO_HOSTS.items():
        if own.overlaps(network(range_)):
            what = f"lies in {range_}, addresses {whose}"
            yield Wrong((), what, "use a private range, like 10.1.0.0/16")


def _vpc_fits_its_subnets(cidr: str) -> Iterator[Wrong]:
    prefix = network(cidr).prefixlen
    todo = f"use a prefix from /{MIN_VPC_PREFIX} to /{MAX_VPC_PREFIX}"
    if prefix < MIN_VPC_PREFIX:
        yield Wrong((), "is larger than AWS allows a VPC to be", todo)
    if prefix > MAX_VPC_PREFIX:
        what = f"is too small for its subnets: the public ones would be /{prefix + 8}, "
        yield Wrong((), what + "and AWS allows /28 at least", todo)


Zones = Annotated[
    tuple[str, ...],
    Strict(False),
    UNIQUE,
    Check(_number_of_zones, {"minItems": MIN_ZONES, "maxItems": MAX_ZONES}),
]
VpcCidr = Annotated[
    Cidr,
    Check(_hosts_may_have_the_range, {"not": {"pattern": r"^(0|127|169\.254|22[4-9]|2[3-5]\d)\."}}),
    Check(_vpc_fits_its_subnets, {"pattern": "/(1[6-9]|20)$"}),
]
