"""Network ACLs: the stateless filter of a subnet, which nobody looks at until it bites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.cidr import Network, covers_the_internet, networks, not_covered
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import codes
from plan_review.rules.rule import Match, rule

_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html"
_ACLS: Final = ("aws_default_network_acl", "aws_network_acl")
_RULE: Final = "aws_network_acl_rule"
_LAST_PORT: Final = 65535


@dataclass(frozen=True)
class _Entry:
    """One numbered line of an ACL; the lowest number that fits decides."""

    number: int
    allows: bool
    way: str
    protocol: str
    first: int
    last: int
    ranges: tuple[Network, ...]

    def decides_before(self, other: _Entry) -> bool:
        """Whether all that the other line is about is decided by this one."""
        return (
            self.way == other.way
            and self.number < other.number
            and self.protocol in ("-1", other.protocol)
            and self.first <= other.first
            and other.last <= self.last
            and not not_covered(other.ranges, self.ranges)
        )

    @property
    def ports(self) -> str:
        """The line in words: `ingress tcp/22`."""
        if self.protocol == "-1":
            return f"all {self.way}"
        return f"{self.way} {self.protocol}/{self.first}-{self.last}"


@rule(
    "NET16",
    Level.DISRUPTION,
    when="a network ACL no longer allows what it did, by a rule less or a denial more",
    title="A network ACL closes {ports}",
    why="{what}. ACLs are stateless: answers need the way back open too, on the high ports.",
    action="Check the nodes' traffic in both directions before it is applied.",
    source=_GUIDE,
)
def acl_closes(facts: Facts) -> Iterator[Match]:
    """Numbers count: a denial behind an allowance changes nothing."""
    for change, before, after in _acls(facts):
        lost = [old for old in _effective(before) if old.allows and not _still(old, after)]
        for entry in lost:
            ranges = codes(map(str, entry.ranges))
            yield Match(change.address, {"ports": entry.ports, "what": f"Was allowed: {ranges}"})


@rule(
    "NET17",
    Level.SECURITY,
    when="a network ACL newly allows (nearly) the whole internet, or loses a denial",
    title="A network ACL opens {ports}",
    why="{what}.",
    action="Check that the security groups behind it are closed, and that it is meant.",
    source=_GUIDE,
)
def acl_opens(facts: Facts) -> Iterator[Match]:
    """An ACL that allows everything is AWS's default, so a new one is not told."""
    for change, before, after in _acls(facts):
        if change.before is None and change.type in _ACLS:
            continue
        new = _effective(after)
        for entry in new:
            if entry.allows and covers_the_internet(entry.ranges) and not _still(entry, before):
                values = {"ports": entry.ports, "what": "Newly allowed: the whole internet"}
                yield Match(change.address, values)
        for entry in _effective(before):
            if not entry.allows and not _denied(entry, new):
                ranges = codes(map(str, entry.ranges))
                values = {"ports": entry.ports, "what": f"No longer denied: {ranges}"}
                yield Match(change.address, values)


def _effective(entries: list[_Entry]) -> list[_Entry]:
    """Leave out lines that an earlier one decides."""
    return [entry for entry in entries if not any(other.decides_before(entry) for other in entries)]


def _still(old: _Entry, entries: list[_Entry]) -> bool:
    """Whether what a line allows is allowed by another set of lines too."""
    same = [entry for entry in entries if entry.way == old.way]
    allowing = [
        entry
        for entry in same
        if entry.allows
        and entry.protocol in ("-1", old.protocol)
        and entry.first <= old.first
        and old.last <= entry.last
        and not any(
            not other.allows and other.number < entry.number and _overlaps(other, old)
            for other in same
        )
    ]
    return not not_covered(old.ranges, [r for entry in allowing for r in entry.ranges])


def _denied(old: _Entry, entries: list[_Entry]) -> bool:
    """Whether what a line denies is decided as a denial, or by nothing, in another set."""
    return not any(
        entry.allows
        and entry.way == old.way
        and _overlaps(entry, old)
        and not any(
            not other.allows and other.number < entry.number and _overlaps(other, old)
            for other in entries
        )
        for entry in entries
    )


def _overlaps(one: _Entry, other: _Entry) -> bool:
    return (
        one.way == other.way
        and (one.protocol == other.protocol or "-1" in (one.protocol, other.protocol))
        and one.first <= other.last
        and other.first <= one.last
        and any(a.version == b.version and a.overlaps(b) for a in one.ranges for b in other.ranges)
    )


def _acls(facts: Facts) -> Iterator[tuple[ResourceChange, list[_Entry], list[_Entry]]]:
    """Each ACL, or set of its rules, that changes, with its lines before and after."""
    for acl in facts.of(*_ACLS):
        if acl.action in (Action.UPDATE, Action.CREATE):
            unknown = UNKNOWN in (acl.new("ingress"), acl.new("egress"))
            if not unknown and any(facts.changes_at(acl, way) for way in ("ingress", "egress")):
                yield acl, _inline(acl, "before"), _inline(acl, "after")
    gathered: dict[str, list[ResourceChange]] = {}
    for line in facts.of(_RULE):
        home = line.old_text("network_acl_id") or line.new_text("network_acl_id")
        gathered.setdefault(home, []).append(line)
    for lines in gathered.values():
        changed = [line for line in lines if line.action not in (Action.NO_OP, Action.READ)]
        if changed:
            before = [_line(line.before) for line in lines if line.before]
            after = [_line(line.after) for line in lines if line.after]
            yield changed[0], before, after


def _inline(acl: ResourceChange, side: str) -> list[_Entry]:
    read = acl.old_list if side == "before" else acl.new_list
    return [
        _entry(line, way, line.get("rule_no"), line.get("action"))
        for way in ("ingress", "egress")
        for line in read(way)
        if isinstance(line, dict)
    ]


def _line(values: dict[str, Json]) -> _Entry:
    way = "egress" if values.get("egress") is True else "ingress"
    return _entry(values, way, values.get("rule_number"), values.get("rule_action"))


def _entry(line: dict[str, Json], way: str, number: Json, action: Json) -> _Entry:
    protocol = {"6": "tcp", "17": "udp", "1": "icmp", "all": "-1"}.get(
        str(line.get("protocol")), str(line.get("protocol"))
    )
    every = protocol in ("-1", "icmp")
    return _Entry(
        number=number if isinstance(number, int) else _LAST_PORT,
        allows=str(action).lower() == "allow",
        way=way,
        protocol=protocol,
        first=0 if every else _port(line.get("from_port"), 0),
        last=_LAST_PORT if every else _port(line.get("to_port"), _LAST_PORT),
        ranges=tuple(networks([line.get("cidr_block"), line.get("ipv6_cidr_block")])),
    )


def _port(value: Json, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise
