"""Ranges, zones and openings."""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from constructs_lib.spec.bastion import BastionSpec
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.control_plane import ControlPlaneIngressSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.spec.security_groups import NodeIngressSpec, OpenRange
from constructs_lib.spec.types import network
from constructs_lib.tables import regions

_SERVICE_RANGES = ("172.20.0.0/16", "10.100.0.0/16")
"""What EKS itself chooses for Services."""


@rule
def zones_are_of_the_region(spec: ClusterSpec) -> Iterator[Wrong]:
    """A zone is called like its region, with a letter behind."""
    region = spec.region
    for index, zone in enumerate(spec.availability_zones):
        if not re.fullmatch(rf"{re.escape(region)}[a-z]", zone):
            where = ("availability_zones", index)
            yield Wrong(where, f"is not a zone of {region}", f"write one like {region}a")


@rule
def zones_are_those_of_the_table(spec: ClusterSpec) -> Iterator[Wrong]:
    """A letter that the region has not."""
    letters = regions.ZONES.get(spec.region)
    for index, zone in enumerate(spec.availability_zones):
        found = re.fullmatch(rf"{re.escape(spec.region)}([a-z])", zone)
        if letters is not None and found is not None and found[1] not in letters:
            where = ("availability_zones", index)
            what = f"is beyond the zones of {spec.region}, a to {letters[-1]} on {regions.AS_OF}"
            yield Wrong(where, what, f"write one like {spec.region}{letters[0]}")


@rule
def services_are_outside_the_vpc(spec: ClusterSpec) -> Iterator[Wrong]:
    """Addresses of Services inside the VPC would hide what stands there."""
    plane = spec.control_plane
    service, vpc = plane.service_ipv4_cidr, spec.vpc_cidr
    if not network(service).overlaps(network(vpc)):
        return
    free = next(range_ for range_ in _SERVICE_RANGES if not network(range_).overlaps(network(vpc)))
    if "service_ipv4_cidr" in plane.model_fields_set:
        where = ("control_plane", "service_ipv4_cidr")
        yield Wrong(where, f"overlaps vpc_cidr {vpc}", f"use another range, like {free}")
    else:
        yield Wrong(
            ("vpc_cidr",),
            f"overlaps the range of the Services, {service} by default",
            "use another range, like 10.1.0.0/16, "
            f"or add control_plane: {{service_ipv4_cidr: {free}}}",
        )


@rule
def the_world_is_let_in_by_word_only(opening: OpenRange) -> Iterator[Wrong]:
    """All ranges of an opening together may not be the internet, or half of it, by the way."""
    if not opening.open_to_the_world:
        todo = "name the ranges you mean, or say open_to_the_world: true beside it"
        yield from _world(opening.cidr_blocks, todo)


@rule
def the_control_plane_is_not_open_to_everyone(opening: ControlPlaneIngressSpec) -> Iterator[Wrong]:
    """Whoever asks for a way in inside the VPC knows from where."""
    yield from _world(opening.cidr_blocks or (), "name the ranges you mean")


def _world(ranges: Iterable[str], todo: str) -> Iterator[Wrong]:
    ranges = tuple(ranges)
    whole = [n for n in map(network, ranges) if n.prefixlen == 0]
    united = [*ipaddress.collapse_addresses(map(network, ranges))]
    covered = sum(network.num_addresses for network in united)
    if whole:
        index = ranges.index(str(whole[0]))
        yield Wrong(("cidr_blocks", index), "lets in the whole internet", todo)
    elif covered >= _HALF_THE_INTERNET:
        yield Wrong(
            ("cidr_blocks",),
            "lets in half of the internet or more, taken together",
            todo,
            got=", ".join(ranges),
        )


_HALF_THE_INTERNET = 2**31
"""Addresses; no organisation has as many, so a list that does was meant to be all."""


@rule
def control_plane_openings_let_someone_in(opening: ControlPlaneIngressSpec) -> Iterator[Wrong]:
    """An opening without ranges and groups is none."""
    if opening.cidr_blocks is None and opening.security_groups is None:
        yield Wrong((), "lets nobody in", "add cidr_blocks or security_groups", got=None)


@rule
def openings_of_nodes_differ(spec: ClusterSpec) -> Iterator[Wrong]:
    """EC2 refuses a rule that is there already, half-way through an apply."""
    seen: dict[tuple[str, int, int, str], str] = {}
    for key, opening in spec.node_ingress.items():
        for index, cidr in enumerate(opening.cidr_blocks):
            rule_ = (opening.protocol, opening.from_port, opening.last_port, cidr)
            other = seen.setdefault(rule_, key)
            if other != key:
                yield Wrong(
                    ("node_ingress", key, "cidr_blocks", index),
                    f"is let in by node_ingress.{other} to the same ports",
                    "keep it in one of the two",
                )


@rule
def ports_are_in_order(opening: NodeIngressSpec) -> Iterator[Wrong]:
    """The first port is the lower one."""
    first, last = opening.from_port, opening.to_port
    if last is not None and last < first:
        yield Wrong(("to_port",), f"is below from_port ({first})", "swap the two")


@rule
def the_bastion_has_a_key(spec: ClusterSpec) -> Iterator[Wrong]:
    """Without a key nobody could log in."""
    bastion: BastionSpec | None = spec.bastion
    if bastion is not None and spec.key_name is None:
        yield Wrong(
            ("bastion",),
            "has no key, so nobody could log in",
            "add key_name with the name of an EC2 key pair",
            got="no key_name",
        )
