"""What security groups let in and out, read from all the ways there are to write it.

Inline `ingress` and `egress`, `aws_security_group_rule`, `aws_vpc_security_group_ingress_rule`,
its twin for egress and the default group are brought to one form and gathered by group, so that
moving a rule from one form to another is no change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from plan_review.facts import Facts, once
from plan_review.facts.cidr import Network, covers_the_internet, networks, not_covered
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json

GROUPS: Final = ("aws_security_group", "aws_default_security_group")
RULES: Final = (
    "aws_security_group_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
)
_NUMBERS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
_ICMP: Final = ("icmp", "icmpv6")
_LAST_PORT: Final = 65535

Side = Literal["before", "after"]
Way = Literal["ingress", "egress"]


@dataclass(frozen=True)
class Opening:
    """One permission: who may come in, on which ports."""

    address: str
    protocol: str
    first: int
    last: int
    ranges: tuple[Network, ...] = ()
    peers: frozenset[str] = frozenset()
    """Other groups: addresses of those in the plan, ids of the others."""
    lists: frozenset[str] = frozenset()
    """Prefix lists, by id."""
    is_unknown: bool = False
    """Whether its ranges are known only after the apply."""

    @cached_property
    def content(self) -> tuple[object, ...]:
        """What it says, wherever it is written."""
        ranges = frozenset(self.ranges)
        return self.protocol, self.first, self.last, ranges, self.peers, self.lists

    def covers_ports_of(self, other: Opening) -> bool:
        """Whether everything the other opens by protocol and port is open here too."""
        if self.protocol == "-1":
            return True
        return (
            self.protocol == other.protocol
            and self.first <= other.first
            and other.last <= self.last
        )

    def reaches(self, protocol: str, port: int) -> bool:
        """Whether one port is within the opening."""
        return self.protocol == "-1" or (
            self.protocol == protocol and self.first <= port <= self.last
        )

    @property
    def ports(self) -> str:
        """The opening in words: `tcp/22`, `udp/1-100`, `every protocol and port`."""
        if self.protocol == "-1":
            return "every protocol and port"
        if self.protocol in _ICMP:
            return self.protocol
        if (self.first, self.last) == (0, _LAST_PORT):
            return f"every {self.protocol} port"
        span = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol}/{span}"

    @property
    def is_web(self) -> bool:
        """Whether it opens nothing but tcp 80 or 443."""
        return self.protocol == "tcp" and self.first == self.last and self.first in (80, 443)

    @property
    def is_icmp(self) -> bool:
        """Whether it opens ping and the like only."""
        return self.protocol in _ICMP


class _ByPort:
    """Openings by their ports, so that the ones of a large group are found without a search."""

    def __init__(self, openings: Iterable[Opening]) -> None:
        self._of_one_port: dict[tuple[str, int], list[Opening]] = {}
        self._of_more: list[Opening] = []
        for opening in openings:
            if opening.first == opening.last and opening.protocol != "-1":
                key = (opening.protocol, opening.first)
                self._of_one_port.setdefault(key, []).append(opening)
            else:
                self._of_more.append(opening)

    def for_ports_of(self, opening: Opening) -> list[Opening]:
        """What is open on everything that an opening opens by protocol and port."""
        found = [other for other in self._of_more if other.covers_ports_of(opening)]
        if opening.first == opening.last and opening.protocol != "-1":
            found += self._of_one_port.get((opening.protocol, opening.first), ())
        return found


@dataclass(frozen=True)
class Group:
    """A security group with what it lets in, before and after."""

    key: str
    change: ResourceChange | None
    before: tuple[Opening, ...]
    after: tuple[Opening, ...]

    def newly_public(self) -> Iterator[Opening]:
        """What the plan opens to the internet and was not open to it before."""
        for opening in self._new():
            if covers_the_internet(opening.ranges) and not covers_the_internet(
                self._ranges_before(opening)
            ):
                yield opening

    def widened(self) -> Iterator[tuple[Opening, list[Network]]]:
        """Openings that admit ranges which the same ports did not admit before."""
        for opening in self._new():
            added = not_covered(opening.ranges, self._ranges_before(opening))
            if added and not covers_the_internet(opening.ranges):
                yield opening, added

    @cached_property
    def closed(self) -> list[tuple[Opening, frozenset[str], list[Network]]]:
        """Openings that are there before, with who loses them: groups, lists and ranges."""
        found = []
        same = {opening.content for opening in self.after}
        for opening in self.before:
            if opening.content in same:
                continue
            still = self._still_open(opening)
            if any(other.is_unknown for other in still):
                continue
            named = {name for other in still for name in (*other.peers, *other.lists)}
            groups_lost = (opening.peers | opening.lists) - named
            kept = [network for other in still for network in other.ranges]
            ranges_lost = not_covered(opening.ranges, kept)
            if groups_lost or ranges_lost:
                found.append((opening, groups_lost, ranges_lost))
        return found

    def newly_listed(self) -> Iterator[tuple[Opening, frozenset[str]]]:
        """Openings to prefix lists, or to groups elsewhere, that were closed to them."""
        same = {opening.content for opening in self.before}
        for opening in self.after:
            if opening.content in same or not (opening.lists or opening.peers):
                continue
            before = self._open_before.for_ports_of(opening)
            lists = opening.lists - {name for old in before for name in old.lists}
            groups_new = opening.peers - {peer for old in before for peer in old.peers}
            strange = {name for name in groups_new if _is_id_of_a_group(name)}
            if lists or strange:
                yield opening, frozenset(lists | strange)

    def _still_open(self, opening: Opening) -> list[Opening]:
        """What is open after on all that an opening opens.

        Every TCP and UDP port is as good as every protocol: what is left is ping.
        """
        found = self._open_after.for_ports_of(opening)
        if found or opening.protocol != "-1":
            return found
        tcp, udp = (
            self._open_after.for_ports_of(replace(opening, protocol=protocol))
            for protocol in ("tcp", "udp")
        )
        return tcp if tcp and udp else []

    def _new(self) -> Iterator[Opening]:
        """What is open after, ports merged, and was not so in the same words before."""
        same = {opening.content for opening in _merged_by_ports(self.before)}
        for opening in _merged_by_ports(self.after):
            if opening.content not in same:
                yield opening

    def _ranges_before(self, opening: Opening) -> list[Network]:
        before = self._open_before.for_ports_of(opening)
        return [network for old in before for network in old.ranges]

    @cached_property
    def _open_before(self) -> _ByPort:
        return _ByPort(self.before)

    @cached_property
    def _open_after(self) -> _ByPort:
        return _ByPort(self.after)


def _is_id_of_a_group(peer: str) -> bool:
    """Whether a peer is a group that the plan does not know, in this account or another."""
    return peer.rpartition("/")[2].startswith("sg-")


def groups(facts: Facts, way: Way = "ingress") -> list[Group]:
    """Every group of the plan that changes, or whose rules do, with its openings on both sides."""
    return _of_ingress(facts) if way == "ingress" else _of_egress(facts)


@once
def _of_ingress(facts: Facts) -> list[Group]:
    return _gathered(facts, "ingress")


@once
def _of_egress(facts: Facts) -> list[Group]:
    return _gathered(facts, "egress")


def _gathered(facts: Facts, way: Way) -> list[Group]:
    gathered: dict[str, dict[Side, list[Opening]]] = {}
    holders: dict[str, ResourceChange] = {}
    changing = _changing(facts)
    for change in facts.of(*GROUPS, *RULES):
        if change.action is Action.NO_OP and changing.isdisjoint(_keys(facts, change)):
            continue
        for side in _SIDES:
            for key, opening in _openings(facts, change, side, way):
                gathered.setdefault(key, {"before": [], "after": []})[side].append(opening)
        if change.type in GROUPS:
            holders[change.address] = change
            gathered.setdefault(change.address, {"before": [], "after": []})
    return [
        Group(key, holders.get(key), tuple(sides["before"]), tuple(sides["after"]))
        for key, sides in gathered.items()
    ]


@once
def _changing(facts: Facts) -> set[str]:
    """The groups that change, or have a rule that does; of the others nothing is said."""
    return {
        key
        for change in facts.of(*GROUPS, *RULES)
        if change.action is not Action.NO_OP
        for key in _keys(facts, change)
    }


def _keys(facts: Facts, change: ResourceChange) -> set[str]:
    if change.type in GROUPS:
        return {change.address}
    sides = (change.before, change.after)
    return {
        _group_key(facts, change, side)
        for side, values in zip(_SIDES, sides, strict=True)
        if values is not None
    }


_SIDES: Final[tuple[Side, Side]] = ("before", "after")


def _openings(
    facts: Facts, change: ResourceChange, side: Side, way: Way
) -> Iterator[tuple[str, Opening]]:
    if (change.before if side == "before" else change.after) is None:
        return
    if change.type in GROUPS:
        for entry in _inline(facts, change, side, way):
            yield change.address, entry
    elif _way_of(change, side) == way:
        yield _group_key(facts, change, side), _separate(facts, change, side)


def _way_of(change: ResourceChange, side: Side) -> Way:
    if change.type == "aws_security_group_rule":
        return "egress" if _get(change, side, "type") == "egress" else "ingress"
    return "egress" if change.type.endswith("egress_rule") else "ingress"


def _inline(facts: Facts, change: ResourceChange, side: Side, way: Way) -> Iterator[Opening]:
    if facts.is_set(change, way) is False and not facts.changes_at(change, way):
        return  # the provider's echo of rules that are resources of their own
    value = _get(change, side, way)
    if value is UNKNOWN:
        is_new = change.before is None or change.is_destroyed
        if not is_new or facts.is_set(change, way):
            yield Opening(change.address, "-1", 0, _LAST_PORT, is_unknown=True)
        return
    is_partly_unknown = side == "after" and change.is_unknown(way)
    for number, entry in enumerate(value if isinstance(value, list) else []):
        if not isinstance(entry, dict):
            continue
        unknown = is_partly_unknown and any(
            change.is_unknown(way, number, key) for key in ("cidr_blocks", "ipv6_cidr_blocks")
        )
        ranges = [*_list(entry.get("cidr_blocks")), *_list(entry.get("ipv6_cidr_blocks"))]
        peers = _list(entry.get("security_groups"))
        yield Opening(
            change.address,
            *_ports(entry.get("protocol"), entry.get("from_port"), entry.get("to_port")),
            ranges=tuple(networks(ranges)),
            peers=_peers(facts, peers, entry.get("self"), change.address),
            lists=_texts(entry.get("prefix_list_ids")),
            is_unknown=unknown,
        )


def _separate(facts: Facts, change: ResourceChange, side: Side) -> Opening:
    """Read a rule that is a resource of its own, old or new style."""
    old_style = change.type == "aws_security_group_rule"
    sources = ("cidr_blocks", "ipv6_cidr_blocks") if old_style else ("cidr_ipv4", "cidr_ipv6")
    peer = "source_security_group_id" if old_style else "referenced_security_group_id"
    ranges = []
    unknown = False
    for source in sources:
        value = _get(change, side, source)
        unknown |= value is UNKNOWN and facts.is_set(change, source) is not False
        ranges += value if isinstance(value, list) else [value]
    key = _group_key(facts, change, side)
    peers = _peers(facts, [_get(change, side, peer)], _get(change, side, "self"), key)
    if _get(change, side, peer) is UNKNOWN:
        peers |= {upstream.address for upstream in facts.upstream(change, peer)}
    protocol = _get(change, side, "protocol" if old_style else "ip_protocol")
    first, last = _get(change, side, "from_port"), _get(change, side, "to_port")
    return Opening(
        change.address,
        *_ports(protocol, first, last),
        ranges=tuple(networks(ranges)),
        peers=peers,
        lists=_texts(_get(change, side, "prefix_list_ids" if old_style else "prefix_list_id")),
        is_unknown=unknown,
    )


def _ports(protocol: Json, first: Json, last: Json) -> tuple[str, int, int]:
    """Protocol and ports in one form; what is left out, or has no ports, is all of them."""
    name = str(protocol).lower() if isinstance(protocol, str | int) else "-1"
    name = _NUMBERS.get(name, name)
    every = name == "-1" or name in _ICMP
    low = 0 if every or not isinstance(first, int) else first
    high = _LAST_PORT if every or not isinstance(last, int) else last
    return name, low, high


def _peers(facts: Facts, ids: list[Json], is_self: Json, own: str) -> frozenset[str]:
    found = {
        facts.by_id[value].address if value in facts.by_id else value
        for value in ids
        if isinstance(value, str) and value
    }
    return frozenset(found | ({own} if is_self is True else set()))


def _group_key(facts: Facts, change: ResourceChange, side: Side) -> str:
    """The address of the group a rule belongs to, its id, or the rule's own address."""
    value = _get(change, side, "security_group_id")
    if isinstance(value, str):
        return facts.by_id[value].address if value in facts.by_id else value
    for upstream in facts.upstream(change, "security_group_id"):
        if upstream.type in GROUPS:
            return upstream.address
    return change.address


def _merged_by_ports(openings: tuple[Opening, ...]) -> Iterator[Opening]:
    """Merge the ranges of openings with the same ports, so that a split `0.0.0.0/0` is seen."""
    merged: dict[tuple[str, int, int], Opening] = {}
    for opening in openings:
        key = (opening.protocol, opening.first, opening.last)
        known = merged.get(key)
        if opening.ranges:
            merged[key] = Opening(
                known.address if known else opening.address,
                *key,
                ranges=(*(known.ranges if known else ()), *opening.ranges),
            )
    yield from merged.values()


def _get(change: ResourceChange, side: Side, name: str) -> Json:
    return change.old(name) if side == "before" else change.new(name)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _texts(value: Json) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    return frozenset(text for text in values if isinstance(text, str) and text)
