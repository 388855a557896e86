"""Ranges, zones and openings."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from constructs_lib.spec import endpoints
from constructs_lib.spec.bastion import BastionSpec
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.control_plane import ControlPlaneIngressSpec
from constructs_lib.spec.networking import (
    EVERYWHERE,
    MAX_SUBNET_PREFIX,
    MOST_NEWBITS,
    FlowLogsSpec,
    RouteSpec,
)
from constructs_lib.spec.nodes import with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
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
    if spec.networking.vpc is not None or not network(service).overlaps(network(vpc)):
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
    yield from _overlaps(_opened(("node_ingress",), spec.node_ingress))
    for key, group in with_machines(spec.node_groups).items():
        yield from _overlaps(_opened(("node_groups", key, "ingress"), group.ingress or {}))


@rule
def openings_of_the_control_plane_differ(spec: ClusterSpec) -> Iterator[Wrong]:
    """All of them are to one port."""
    openings = spec.control_plane.ingress
    yield from _overlaps(
        _Opened(("control_plane", "ingress", key, "cidr_blocks", index), "tcp", (443, 443), cidr)
        for key, opening in openings.items()
        for index, cidr in enumerate(opening.cidr_blocks or ())
    )
    seen: dict[str, str] = {}
    for key, opening in openings.items():
        for index, group in enumerate(opening.security_groups or ()):
            if (other := seen.setdefault(group, key)) != key:
                yield Wrong(
                    ("control_plane", "ingress", key, "security_groups", index),
                    f"is let in by control_plane.ingress.{other}",
                    "keep it in one of the two",
                )


@dataclass(frozen=True)
class _Opened:
    """A range that is let in, where it stands in the spec."""

    where: Where
    protocol: str
    ports: tuple[int, int]
    cidr: str

    @cached_property
    def addresses(self) -> tuple[int, int]:
        """The first address and the last."""
        own = network(self.cidr)
        return int(own.network_address), int(own.broadcast_address)


def _opened(where: Where, openings: Mapping[str, NodeIngressSpec]) -> Iterator[_Opened]:
    for key, opening in openings.items():
        for index, cidr in enumerate(opening.cidr_blocks):
            place = (*where, key, "cidr_blocks", index)
            yield _Opened(place, opening.protocol, (opening.from_port, opening.last_port), cidr)


_MOST_RULES = 1000
"""https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"""


def _overlaps(openings: Iterable[_Opened]) -> Iterator[Wrong]:
    """Each that one before it lets in too, or could: by the same ports, range, or wider in both.

    Two that only cross, such as one port for all and all ports for one office, are both of use.
    """
    seen: list[_Opened] = []
    for new in openings:
        if len(seen) == _MOST_RULES:
            what = f"is one more than the {_MOST_RULES} rules that AWS takes at most"
            yield Wrong(new.where, what, "join ranges, or leave some out")
            return
        for old in seen:
            if new.protocol != old.protocol or not (
                _meet(new.ports, old.ports) and _meet(new.addresses, old.addresses)
            ):
                continue
            same_ports, same_range = new.ports == old.ports, new.cidr == old.cidr
            if same_ports and same_range:
                what = f"is let in by {_opening(old)} to the same ports"
                yield Wrong(new.where, what, "keep it in one of the two")
            elif same_ports or same_range or _nested(new, old) or _nested(old, new):
                ports = "-".join(str(port) for port in dict.fromkeys(old.ports))
                what = f"overlaps {old.cidr} of {_opening(old)}, which is let in to port {ports}"
                yield Wrong(new.where, what, "write the two as one, or cut one of them")
            else:
                continue
            break
        seen.append(new)


def _opening(opened: _Opened) -> str:
    return ".".join(str(part) for part in opened.where[:-2])


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _nested(inner: _Opened, outer: _Opened) -> bool:
    return all(
        b[0] <= a[0] and a[1] <= b[1]
        for a, b in ((inner.ports, outer.ports), (inner.addresses, outer.addresses))
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


@rule
def subnets_fit_into_the_vpc(spec: ClusterSpec) -> Iterator[Wrong]:
    """The public subnets share the first slot of the private ones; each zone has one of those."""
    section, zones = spec.networking, spec.availability_zones
    if section.vpc is not None or section.subnets is not None:
        return
    if section.public_newbits < section.private_newbits:
        yield Wrong(
            ("networking", "public_newbits"),
            f"is below private_newbits ({section.private_newbits}), so no public subnet fits "
            "before the private ones",
            f"write {section.private_newbits} or more",
        )
        return
    prefix, most = network(spec.vpc_cidr).prefixlen, section.max_zones
    if len(zones) > most:
        if most == 2**section.private_newbits - 1:
            what = f"private subnet {most + 1} runs past the VPC's range"
            todo = "cut the VPC finer with networking.private_newbits"
        else:
            what = "the public subnets run into the private ones"
            bits = (len(zones) - 1).bit_length()  # that the public ones need within their slot
            room = min(MOST_NEWBITS, MAX_SUBNET_PREFIX - prefix)
            fits = section.private_newbits + bits <= room
            key, value = (
                ("public_newbits", f"{section.private_newbits + bits} or more")
                if fits
                else ("private_newbits", f"{room - bits} or less")
            )
            todo = f"write networking.{key}: {value}"
        yield Wrong(
            ("availability_zones",),
            f"is too long a list: {what}",
            f"name {_up_to(most)}, or {todo}" if most > 1 else todo,
            got=f"{len(zones)} zones",
        )
    if prefix > section.max_vpc_prefix:
        smallest = prefix + max(section.public_newbits, section.private_newbits)
        yield Wrong(
            ("vpc_cidr",),
            f"is too small for its subnets: the public ones would be /{smallest}, "
            "and AWS allows /28 at least",
            f"use a prefix from /16 to /{section.max_vpc_prefix}",
        )


def _up_to(most: int) -> str:
    words = {2: "two", 3: "two or three"}
    return words.get(most, f"two to {most}")


@rule
def the_way_out_is_said_once(spec: ClusterSpec) -> Iterator[Wrong]:
    """A table has one route for a range."""
    section = spec.networking
    if section.vpc is not None:
        return
    ours = {"private": section.nat != "none", "public": section.public_subnets}
    seen: set[tuple[str, str]] = set()
    for index, route in enumerate(section.routes):
        where = ("networking", "routes", index)
        kinds = ("private", "public") if route.subnets == "all" else (route.subnets,)
        for kind in kinds:
            if route.to == EVERYWHERE and ours[kind]:
                way = "nat: none" if kind == "private" else "public_subnets: false"
                what = f"is the way out of the {kind} subnets, which have one already"
                yield Wrong((*where, "to"), what, f"write another range, or {way}")
            elif (kind, route.to) in seen:
                what = f"is routed already for the {kind} subnets"
                yield Wrong((*where, "to"), what, "keep one of the two")
            seen.add((kind, route.to))
        if route.to == spec.vpc_cidr:
            what = "is the VPC itself, whose route cannot be changed"
            yield Wrong((*where, "to"), what, "write the range that is elsewhere")
        elif network(route.to).subnet_of(network(spec.vpc_cidr)) and not _in_between(route):
            what = f"lies inside vpc_cidr {spec.vpc_cidr}, which nothing leads out of"
            yield Wrong((*where, "to"), what, "write the range that is elsewhere")
        if "public" in kinds and not section.public_subnets:
            what = "names public subnets, and there are none"
            yield Wrong((*where, "subnets"), what, "write private, or public_subnets: true")


def _in_between(route: RouteSpec) -> bool:
    """Whether what a route leads to may stand between two subnets of the VPC.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    return route.via.startswith(("eni-", "nat-", "vpce-"))


@rule
def addresses_are_those_of_the_gateways(spec: ClusterSpec) -> Iterator[Wrong]:
    """Each NAT gateway has one address."""
    section = spec.networking
    if section.nat_eips is None or section.vpc is not None:
        return
    where = ("networking", "nat_eips")
    wanted = {"none": 0, "single": 1, "per_zone": len(spec.availability_zones)}[section.nat]
    if wanted == 0:
        yield Wrong(where, "has no effect with nat: none", "delete it", got=None)
    elif len(section.nat_eips) != wanted:
        got = f"{len(section.nat_eips)} address" + "es" * (len(section.nat_eips) != 1)
        gateways = f"{wanted} NAT gateway" + "s" * (wanted != 1)
        yield Wrong(where, f"is for {gateways}", f"name {wanted}", got=got)


@rule
def what_stands_in_public_subnets_has_some(spec: ClusterSpec) -> Iterator[Wrong]:
    """A NAT gateway and a bastion are reached through the internet gateway."""
    section = spec.networking
    if section.public_subnets or section.vpc is not None:
        return
    where = ("networking", "public_subnets")
    if section.nat != "none":
        what = "is off, and a NAT gateway stands in a public subnet"
        yield Wrong(where, what, "add nat: none, with endpoints or a route to another way out")
    if spec.bastion is not None:
        what = "is off, and the bastion stands in a public subnet"
        yield Wrong(where, what, "turn it on, or delete the section bastion")


@rule
def nodes_without_a_way_out_need_nothing_outside(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html"""
    if not endpoints.has_no_way_out(spec):
        return
    where = ("networking", "nat")
    if not spec.control_plane.endpoint_private_access:
        what = "is none while control_plane.endpoint_private_access is off, "
        todo = "turn the private endpoint on"
        yield Wrong(where, what + "so the nodes never reach the API", todo, got=None)
    there = endpoints.wanted(spec)
    missing = [
        f"{name} ({why})" for name, why in endpoints.needed(spec).items() if name not in there
    ]
    if missing:
        what = f"is none without the endpoints {', '.join(missing)}"
        yield Wrong(where, what, "write endpoints: auto, or add them", got=None)


@rule
def flow_logs_go_to_one_place(logs: FlowLogsSpec) -> Iterator[Wrong]:
    """CloudWatch keeps logs for days, a bucket by rules of its own."""
    if logs.to == "s3" and logs.bucket is None:
        yield Wrong(("to",), "is s3 without a bucket", "add bucket with its name", got=None)
    if logs.to == "s3" and "retention_in_days" in logs.model_fields_set:
        what = "has no effect in a bucket"
        yield Wrong(
            ("retention_in_days",), what, "delete it; the bucket's lifecycle rules say that"
        )
    if logs.to == "cloudwatch" and logs.bucket is not None:
        yield Wrong(("bucket",), "has no effect with to: cloudwatch", "delete it, or write to: s3")
