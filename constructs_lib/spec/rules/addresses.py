"""Addresses: ranges of subnets by zone, and those of pods."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
from constructs_lib.spec.types import network
from constructs_lib.tables import cni, instance_types
from constructs_lib.tables.user_data import memory_kept_back

SUBNETS = ("networking", "subnets")


@rule
def each_zone_has_ranges(spec: ClusterSpec) -> Iterator[Wrong]:
    """Subnets by zone are those of the cluster's zones, and no others."""
    section, zones = spec.networking, spec.availability_zones
    if section.subnets is None:
        return
    for key in ("public_newbits", "private_newbits"):
        if key in section.model_fields_set:
            yield Wrong(("networking", key), "has no effect beside subnets", "delete it")
    for zone in zones:
        if zone not in section.subnets:
            yield Wrong(SUBNETS, f"has no ranges for {zone}", "add them by its name", got=None)
    for zone in section.subnets:
        if zone not in zones:
            what = "is not among the cluster's availability_zones"
            yield Wrong((*SUBNETS, zone), what, f"use those of {', '.join(zones)}", got=None)


@rule
def each_zone_has_the_subnets_there_are(spec: ClusterSpec) -> Iterator[Wrong]:
    """A public one where there are public ones, and one of pods where pods have ranges."""
    section = spec.networking
    for zone, ranges in (section.subnets or {}).items():
        where = (*SUBNETS, zone)
        if section.public_subnets and ranges.public is None:
            todo = "add one, or write public_subnets: false"
            yield Wrong(where, "has no range for the public subnet", todo, got=None)
        if not section.public_subnets and ranges.public is not None:
            what = "has no effect while public_subnets is off"
            yield Wrong((*where, "public"), what, "delete it, or turn them on")
        if section.pod_cidrs and ranges.pods is None:
            what = "has no range for the pods' subnet"
            yield Wrong(where, what, "add one inside pod_cidrs", got=None)
        if not section.pod_cidrs and ranges.pods is not None:
            what = "has no effect without pod_cidrs"
            yield Wrong((*where, "pods"), what, "delete it, or add pod_cidrs")


@rule
def subnets_lie_inside_and_apart(spec: ClusterSpec) -> Iterator[Wrong]:
    """AWS refuses a subnet outside the VPC's ranges, or over another."""
    seen: dict[str, str] = {}
    for where, cidr in _ranges(spec):
        inside = spec.networking.pod_cidrs if where[-1] == "pods" else (spec.vpc_cidr,)
        if inside and not any(network(cidr).subnet_of(network(range_)) for range_ in inside):
            key = "pod_cidrs" if where[-1] == "pods" else "vpc_cidr"
            what = f"is not inside {key} {', '.join(inside)}"
            yield Wrong(where, what, "write a range inside it")
        for other, place in seen.items():
            if network(cidr).overlaps(network(other)):
                yield Wrong(where, f"overlaps {place} {other}", "write a range apart from it")
                break
        seen.setdefault(cidr, f"{where[-2]}.{where[-1]}")


def _ranges(spec: ClusterSpec) -> Iterator[tuple[Where, str]]:
    for zone, ranges in (spec.networking.subnets or {}).items():
        for kind in ("public", "private", "pods"):
            cidr = getattr(ranges, kind)
            if cidr is not None:
                yield (*SUBNETS, zone, kind), cidr


PODS = ("networking", "pod_cidrs")


@rule
def ranges_of_pods_are_apart(spec: ClusterSpec) -> Iterator[Wrong]:
    """EC2 refuses a range over another, over a route's, and some that do not go together."""
    section, vpc = spec.networking, spec.vpc_cidr
    others = {vpc: "vpc_cidr", spec.control_plane.service_ipv4_cidr: "the range of the Services,"}
    for index, cidr in enumerate(section.pod_cidrs):
        where, own = (*PODS, index), network(cidr)
        todo = "use another range, like 100.64.0.0/16"
        for other, name in others.items():
            if own.overlaps(network(other)):
                yield Wrong(where, f"overlaps {name} {other}", todo)
                break
        else:
            for block in cni.CLASSES:
                if own.subnet_of(network(block)) and not network(vpc).subnet_of(network(block)):
                    what = f"lies in {block}, and AWS takes none of it beside a VPC of {vpc}"
                    yield Wrong(where, what, todo)
            for first, block in cni.APART:
                if own.subnet_of(network(block)) and network(vpc).subnet_of(network(first)):
                    what = f"lies in {block}, and AWS takes none of it beside a VPC of {vpc}"
                    yield Wrong(where, what, todo)
            for route in section.routes:
                if network(route.to).subnet_of(own):
                    yield Wrong(where, f"holds {route.to}, which a route leads elsewhere", todo)
        others[cidr] = "pod_cidrs"


@rule
def ranges_of_pods_suffice(spec: ClusterSpec) -> Iterator[Wrong]:
    """One range is cut for all zones, or each zone has its own."""
    section, zones = spec.networking, spec.availability_zones
    ranges = section.pod_cidrs
    if not ranges or section.subnets is not None:
        return
    if len(ranges) not in (1, len(zones)):
        what = f"is {len(ranges)} ranges for {len(zones)} zones"
        todo = "name one, which all zones share, or one for each"
        yield Wrong(PODS, what, todo, got=None)
    elif len(ranges) == 1:
        smallest = network(ranges[0]).prefixlen + section.private_newbits
        if smallest > cni.MAX_SUBNET_PREFIX:
            what = f"is too small for a subnet in each zone: they would be /{smallest}"
            todo = f"use a prefix of /{cni.MAX_SUBNET_PREFIX - section.private_newbits} or less"
            yield Wrong((*PODS, 0), what, todo)


@rule
def the_cni_is_an_addon(spec: ClusterSpec) -> Iterator[Wrong]:
    """What EKS installs by itself cannot be told of subnets and prefixes."""
    section = spec.networking
    wanted: dict[Where, Mapping[str, Any]] = {}
    if section.pod_cidrs:
        wanted[PODS] = cni.CUSTOM_NETWORKING
    if section.vpc is not None and section.vpc.pod_subnets is not None:
        wanted["networking", "vpc", "pod_subnets"] = cni.CUSTOM_NETWORKING
    if section.pods_per_node == "high":
        wanted["networking", "pods_per_node"] = cni.PREFIXES
    addon = spec.addons.get("vpc-cni")
    for where, own in wanted.items():
        if addon is None:
            what = "needs the add-on vpc-cni, which is told of it before the first node"
            todo = "add addons: {vpc-cni: {addon_version: eks_default}}"
            yield Wrong(where, what, todo, got=None)
            continue
        values = addon.configuration_values or {}
        env = values.get("env")
        place = ("addons", "vpc-cni", "configuration_values")
        what = f"is said by {'.'.join(map(str, where))}"
        for name in own:
            if isinstance(env, dict) and name in env:
                yield Wrong((*place, "env", name), what, "delete it")
        if own is cni.CUSTOM_NETWORKING and cni.CONFIGS in values:
            yield Wrong((*place, cni.CONFIGS), what, "delete it", got=None)


@rule
def nodes_take_many_pods(spec: ClusterSpec) -> Iterator[Wrong]:
    """Prefixes are for Nitro's interfaces, and each pod costs memory that kubelet keeps back."""
    if spec.networking.pods_per_node != "high":
        return
    for key, group in with_machines(spec.node_groups).items():
        for where, type_ in group.placed_types():
            if not instance_types.is_nitro(type_):
                what = "is no Nitro type, and pods_per_node: high needs its interfaces"
                yield Wrong(("node_groups", key, *where), what, "use a newer type, like c5.large")
                continue
            size = instance_types.size(type_)
            if size is None or group.max_pods is not None:
                continue
            kept = memory_kept_back(cni.most_pods(size.cpus))
            if kept > size.mib:
                what = (
                    f"has {size.mib} MiB, and pods_per_node: high keeps {kept} of them back for "
                    "Kubernetes"
                )
                yield Wrong(("node_groups", key, *where), what, "add max_pods, or a larger type")
