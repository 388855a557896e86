"""The network of a cluster: the VPC that a spec says, or one that stays its owner's.

Numbered or keyed as `constructs_lib.networking.zones` has them, whichever the route tables fit; any
other VPC is taken as it is, by the ids of its subnets, and all of it stays where it was.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adopt.state import Resource, State, StateError
from constructs_lib.spec import NetworkingSpec
from constructs_lib.spec.networking import EVERYWHERE, ROUTE_TARGETS

Spec = dict[str, Any]
Subnets = Mapping[str, Resource]
"""Subnets by zone."""

_BITS = range(1, 13)

_CUTS = ((8, 2), (8, 3), (4, 2), (6, 3), (4, 3))
"""Bits of the public and private prefixes, where the ranges follow no rule."""


@dataclass(frozen=True)
class Network:
    """What a spec says of a network, and the resources that it then has."""

    says: Spec
    """Keys of the spec: zones, range, and the section `networking`."""

    places: dict[str, Resource] = field(default_factory=dict)
    """By our address."""

    absorbs: Sequence[Resource] = ()
    """Routes of their own, which stand inside the tables here."""

    note: str = ""
    """Why it stays its owner's, where it does."""


class _OtherShapeError(Exception):
    """The network is none that is made here; the text says why."""


def find(
    state: State,
    vpc_id: str,
    of_cluster: Sequence[str],
    of_nodes: Sequence[str],
    *,
    made_here: bool,
) -> Network:
    """The network with `vpc_id`, by the ids of the subnets of control plane and nodes.

    If it may not be `made_here`, it stays its owner's whatever its shape.

    Raises:
        StateError: it is in no way one that a spec could say.
    """
    known = {subnet.id: subnet for subnet in state.of("aws_subnet")}  # to be taken over
    vpc = state.find("aws_vpc", id=vpc_id)
    finder = _Finder(state, vpc_id)
    why = "it has no NAT gateway, and nothing else by which the spec would let nodes out"
    if vpc is None or not set(of_cluster) | set(of_nodes) <= known.keys():
        why = "the state holds only a part of it"
    elif made_here:
        nodes = [known[id_] for id_ in of_nodes]
        try:
            return finder.made_here(vpc, [known[id_] for id_ in of_cluster], nodes)
        except _OtherShapeError as reason:
            why = str(reason)
    note = f"{vpc.address if vpc else vpc_id}: stays its owner's, since {why}"
    return Network(finder.existing(of_cluster, of_nodes), note=note)


class _Finder:
    def __init__(self, state: State, vpc_id: str) -> None:
        self._state, self._vpc_id = state, vpc_id
        self._main = state.find("aws_default_route_table", vpc_id=vpc_id)
        self._tables = {t.id: t for t in state.of("aws_route_table")}
        if self._main is not None:
            self._tables[self._main.id] = self._main
        self._associations = {
            r.text("subnet_id"): r for r in state.of("aws_route_table_association")
        }
        self._routes: dict[str, list[Resource]] = {}
        for route in state.of("aws_route"):
            self._routes.setdefault(route.text("route_table_id"), []).append(route)

    # --- of this project's shape -----------------------------------------------------------------

    def made_here(
        self, vpc: Resource, of_cluster: Sequence[Resource], nodes: Sequence[Resource]
    ) -> Network:
        """The network as one that is made here.

        Raises:
            _OtherShapeError: it has another shape.
        """
        public = [
            subnet
            for subnet in self._state.of("aws_subnet")
            if subnet.text("vpc_id") == self._vpc_id and self._leads_out(self._table(subnet.id))
        ]
        outside = {subnet.id for subnet in public}
        if exposed := [subnet.address for subnet in nodes if subnet.id in outside]:
            raise _OtherShapeError(f"nodes are in public subnets, {', '.join(exposed)}")
        private = _by_zone([s for s in [*of_cluster, *nodes] if s.id not in outside])
        public_by_zone = _by_zone([s for s in public if s in of_cluster] or public)
        zones = list(private)
        if len(zones) <= 1 or (public_by_zone and set(public_by_zone) != set(zones)):
            raise _OtherShapeError(
                f"its private subnets are in {', '.join(zones) or 'no zone'} and its public ones "
                f"in {', '.join(public_by_zone) or 'none'}"
            )
        public_by_zone = {zone: public_by_zone[zone] for zone in zones if public_by_zone}
        places: dict[str, Resource] = {"aws_vpc.k8s": vpc}
        networking, keyed, found = self._ways_out(private, public_by_zone)
        places |= self._way_in(public_by_zone) | found
        if not public_by_zone:
            networking["public_subnets"] = False
        for kind, subnets in (("public", public_by_zone), ("private", private)):
            for number, zone in enumerate(zones if subnets else ()):
                key = f'"{zone}"' if keyed else str(number)
                places[f"aws_subnet.{kind}[{key}]"] = subnets[zone]
                association = self._associations.get(subnets[zone].id)
                if association is not None:
                    places[f"aws_route_table_association.{kind}[{key}]"] = association
        cut = _keyed_cut if keyed else _numbered_cut
        networking |= cut(vpc.text("cidr_block"), private, public_by_zone)
        absorbed: list[Resource] = []
        for address, table in list(places.items()):
            if routes := self._routes.get(table.id) if "route_table." in address else None:
                absorbed += routes
                places[address] = _with_routes(table, routes)
        if elsewhere := list(_routes(places)):
            networking["routes"] = elsewhere
        says = {"availability_zones": zones, "vpc_cidr": vpc.text("cidr_block")}
        return Network(says | ({"networking": networking} if networking else {}), places, absorbed)

    def _table(self, subnet: str) -> Resource | None:
        """The route table of a subnet: its own, or else the VPC's main one."""
        association = self._associations.get(subnet)
        if association is None:
            return self._main
        return self._tables.get(association.text("route_table_id"))

    def _targets(self, table: Resource | None, argument: str) -> set[str]:
        """Where the default routes of a table lead to."""
        if table is None:
            return set()
        inside = [r for r in table.blocks("route") if r.get("cidr_block") == EVERYWHERE]
        beside = [
            r.values
            for r in self._routes.get(table.id, ())
            if r.text("destination_cidr_block") == EVERYWHERE
        ]
        return {str(route[argument]) for route in [*inside, *beside] if route.get(argument)}

    def _leads_out(self, table: Resource | None) -> bool:
        """Whether a table leads to an internet gateway: what makes a subnet public.

        https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html#subnet-types
        """
        return any(target.startswith("igw-") for target in self._targets(table, "gateway_id"))

    def _way_in(self, public: Subnets) -> dict[str, Resource]:
        """The gateway and the table of the public subnets, which share one of their own."""
        tables = {t.id: t for s in public.values() if (t := self._table(s.id)) is not None}
        if not public:
            return {}
        if len(tables) != 1 or (self._main is not None and self._main.id in tables):
            raise _OtherShapeError("its public subnets have not one table of their own")
        (table,) = tables.values()
        found = {"aws_route_table.public": table}
        (target, *_) = self._targets(table, "gateway_id")
        if gateway := self._state.find("aws_internet_gateway", id=target):
            found["aws_internet_gateway.gateway"] = gateway
        return found

    def _ways_out(
        self, private: Subnets, public: Subnets
    ) -> tuple[Spec, bool, dict[str, Resource]]:
        """What the section says of them, whether each zone has a table, and the resources."""
        tables = [self._table(subnet.id) for subnet in private.values()]
        ids = [table.id for table in tables if table is not None]
        main = None if self._main is None else self._main.id
        if len(ids) != len(private):
            raise _OtherShapeError("the state does not hold the tables of its private subnets")
        zones = list(private)
        alone = len(set(ids)) == len(ids)
        if main in ids and ids[0] == main and (alone or len(set(ids)) == 1):
            keyed, own = False, zip(zones[1:], tables[1:], strict=True) if alone else ()
        elif main not in ids and alone:
            keyed, own = True, zip(zones, tables, strict=True)
        else:
            raise _OtherShapeError(
                "its private subnets have neither the VPC's main table nor one in each zone, but "
                + ", ".join(dict.fromkeys(t.address for t in tables if t is not None))
            )
        places = {f"aws_route_table.private-{zone}": t for zone, t in own if t is not None}
        if self._main is not None:
            places["aws_default_route_table.private"] = self._main
        gateways = [self._targets(table, "nat_gateway_id") for table in tables]
        says, made = self._nat(zones, gateways, public, keyed=keyed)
        return says, keyed, places | made

    def _nat(
        self, zones: Sequence[str], targets: Sequence[set[str]], public: Subnets, *, keyed: bool
    ) -> tuple[Spec, dict[str, Resource]]:
        """The gateways that the tables of `zones` lead to: none, one, or one in each zone."""
        used = [next(iter(target), "") for target in targets]
        if not any(used):
            return {"nat": "none"}, {}
        single = len(set(used)) == 1
        if not all(used) or not (single or len(set(used)) == len(zones)):
            raise _OtherShapeError("its NAT gateways are neither one nor one in each zone")
        inside = {subnet.id for subnet in public.values()}
        places = {}
        used = used[:1] if single else used
        for number, (zone, id_) in enumerate(zip(zones, used, strict=False)):
            behind = "" if number == 0 and not keyed else f"-{zone}"
            gateway = self._state.find("aws_nat_gateway", id=id_)
            if gateway is None:
                raise _OtherShapeError(f"the state does not hold {id_}, its NAT gateway")
            if gateway.text("subnet_id") not in inside:
                # one of the whole region is in none
                raise _OtherShapeError(f"{gateway.address} is in none of its public subnets")
            places[f"aws_nat_gateway.nat_gateway{behind}"] = gateway
            if address := self._state.find("aws_eip", id=gateway.text("allocation_id")):
                places[f"aws_eip.nat{behind}"] = address
        addresses = [p.text("allocation_id") for a, p in places.items() if "nat_gateway" in a]
        says: Spec = {} if single and not (keyed and len(zones) == 1) else {"nat": "per_zone"}
        if not any(address.startswith("aws_eip.") for address in places):
            says["nat_eips"] = addresses
        return says, places

    # --- of somebody else's ----------------------------------------------------------------------

    def existing(self, of_cluster: Sequence[str], of_nodes: Sequence[str]) -> Spec:
        """The VPC as `networking.vpc` says it: by ids, and nothing of it taken.

        Raises:
            StateError: a subnet of the cluster is not in the state.
        """
        known = {subnet.id: subnet for subnet in self._state.subnets()}
        if unknown := [id_ for id_ in [*of_nodes, *of_cluster] if id_ not in known]:
            raise StateError(
                f"does not hold {', '.join(sorted(set(unknown)))}, so the zones of the cluster's "
                "subnets are not known; add a data source aws_subnet for each of them there, and "
                "`terraform apply`"
            )
        nodes = sorted(dict.fromkeys(of_nodes or of_cluster))
        plane = sorted(dict.fromkeys(of_cluster))
        vpc: Spec = {"id": self._vpc_id, "private_subnets": {"ids": nodes}}
        if plane != nodes:
            vpc["control_plane_subnets"] = {"ids": plane}
        zones = sorted({known[id_].text("availability_zone") for id_ in nodes})
        public = sorted(
            s.id
            for s in known.values()
            if s.text("vpc_id") == self._vpc_id
            and s.text("availability_zone") in zones
            and s.id not in nodes
            and self._leads_out(self._table(s.id))
        )
        if public:
            vpc["public_subnets"] = {"ids": public}
        return {"availability_zones": zones, "networking": {"vpc": vpc}}


def _by_zone(subnets: Sequence[Resource]) -> dict[str, Resource]:
    """Subnets by zone, in their owner's order if he counts them.

    Raises:
        _OtherShapeError: a zone has two.
    """
    found: dict[str, Resource] = {}
    counted = all(isinstance(subnet.key, int) for subnet in subnets)
    for subnet in sorted(
        subnets, key=lambda s: (s.key if counted else 0, s.text("availability_zone"))
    ):
        first = found.setdefault(subnet.text("availability_zone"), subnet)
        if first.id != subnet.id:
            both = f"{first.address} and {subnet.address}"
            raise _OtherShapeError(f"{both} are in one zone")
    return found


# --- ranges --------------------------------------------------------------------------------------


def _numbered_cut(vpc: str, private: Subnets, public: Subnets) -> Spec:
    """The bits by which the ranges are cut; where they follow no rule, some that leave room."""
    there = [[s.text("cidr_block") for s in kind.values()] for kind in (public, private)]
    length = ipaddress.ip_network(vpc).prefixlen
    bits = [ipaddress.ip_network(ranges[0]).prefixlen - length if ranges else 8 for ranges in there]
    fits = all(
        more in _BITS and ranges == list(_cut(vpc, more, first, len(ranges)))
        for more, first, ranges in zip(bits, (0, 1), there, strict=True)
    )
    for public_bits, private_bits in ([(bits[0], bits[1])] if fits else []) + list(_CUTS):
        room = NetworkingSpec(public_newbits=public_bits, private_newbits=private_bits)
        if len(private) <= room.max_zones and length <= room.max_vpc_prefix:
            said = {"public_newbits": public_bits, "private_newbits": private_bits}
            default = NetworkingSpec()
            return {key: value for key, value in said.items() if value != getattr(default, key)}
    raise _OtherShapeError(f"{vpc} leaves no room for the subnets that a spec makes")


def _cut(vpc: str, more: int, first: int, number: int) -> Iterator[str]:
    """What Terraform's `cidrsubnet` gives for some numbers."""
    whole = ipaddress.ip_network(vpc)
    step = 1 << (whole.max_prefixlen - whole.prefixlen - more)
    for index in range(first, first + number):
        address = whole.network_address + index * step
        yield f"{address}/{whole.prefixlen + more}"


def _keyed_cut(vpc: str, private: Subnets, public: Subnets) -> Spec:
    whole = ipaddress.ip_network(vpc)
    said: dict[str, dict[str, str]] = {}
    for kind, subnets in (("private", private), ("public", public)):
        for zone, subnet in subnets.items():
            cidr = subnet.text("cidr_block")
            if not ipaddress.ip_network(cidr).subnet_of(whole):  # type: ignore[arg-type]
                raise _OtherShapeError(f"{subnet.address} is outside its first range")
            said.setdefault(zone, {})[kind] = cidr
    return {"subnets": said}


# --- routes --------------------------------------------------------------------------------------


def _with_routes(table: Resource, beside: Sequence[Resource]) -> Resource:
    """A table with what stands beside it inside, as a refresh shows it."""
    inside = list(table.blocks("route"))
    for route in beside:
        said = {_INSIDE.get(key, key): value or "" for key, value in route.values.items()}
        if not any(
            (r.get(key) or "") == said[key] for r in inside for key in _WHERE if said.get(key)
        ):
            inside.append({key: said.get(key, "") for key in _KEYS})
    return table.with_values(route=inside)


_INSIDE = {
    "destination_cidr_block": "cidr_block",
    "destination_ipv6_cidr_block": "ipv6_cidr_block",
}
_WHERE = ("cidr_block", "ipv6_cidr_block", "destination_prefix_list_id")
_KEYS = (
    *_WHERE,
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
)


def _routes(places: Mapping[str, Resource]) -> Iterator[Spec]:
    """The routes to elsewhere that a spec can say; any other becomes an override."""
    tables = {
        "private": next((t for a, t in places.items() if "route_table.private" in a), None),
        "public": places.get("aws_route_table.public"),
    }
    for kind, table in tables.items():
        for route in table.blocks("route") if table is not None else ():
            said = {argument: value for argument, value in route.items() if value}
            to = said.pop("cidr_block", EVERYWHERE)
            if to == EVERYWHERE or len(said) != 1:
                continue
            ((argument, via),) = said.items()
            if ROUTE_TARGETS.get(str(via).partition("-")[0]) == argument:
                yield {"to": to, "via": via, **({} if kind == "private" else {"subnets": kind})}
