"""Who may talk to whom in a state: ingress rules, in whichever form they stand there.

A rule is an `aws_security_group_rule`, as here; or a resource of the newer type; or a block inside
its group. Of the latter two a state gives nothing that could be moved: the same rule in AWS is
imported, by what it says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adopt.parts import BASTION, SSH, Parts
from adopt.state import Resource, State
from constructs_lib.tables.openings import ANY_PROTOCOL, OPENINGS, Opening

_RULE, _NEWER_RULE, _GROUP = (
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_security_group",
)

_SCHEMA_VERSION = 2
"""Of `aws_security_group_rule` in a state."""

_WITH_RULES_INSIDE = ("control_plane", "nodes", "ssh_bastion")
"""Security groups whose egress, and the last one's ingress, stands inside them here."""

_SOURCES = {
    _RULE: ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "source_security_group_id"),
    _NEWER_RULE: ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"),
    _GROUP: ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"),
}
"""Arguments that name whom a rule lets in, by the type of what says it."""

Known = Mapping[str, Resource | None]


@dataclass(frozen=True)
class Rule:
    """An ingress rule of a group for one source: what AWS tells rules apart by, and who says it."""

    group: str
    source: str
    """A range, a prefix list, or the id of a group."""

    protocol: str
    ports: tuple[int, int]
    description: str | None = field(compare=False)
    by: Resource = field(compare=False)

    @property
    def import_id(self) -> str:
        """The id by which Terraform imports it.

        https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group_rule#import
        """
        source = "self" if self.source == self.group else self.source
        protocol = "all" if self.protocol == ANY_PROTOCOL else self.protocol
        return "_".join([self.group, "ingress", protocol, *map(str, self.ports), source])


def ingress(state: State) -> Iterator[Rule]:
    """Every ingress rule of every group, those in resources of their own first."""
    for rule in state.of(_RULE):
        if rule.text("type") == "ingress":
            yield from _rules(rule, rule.values, rule.text("security_group_id"), "protocol")
    for rule in state.of(_NEWER_RULE):
        yield from _rules(rule, rule.values, rule.text("security_group_id"), "ip_protocol")
    for group in state.of(_GROUP):
        for block in group.blocks("ingress"):
            yield from _rules(group, block, group.id, "protocol")


def _rules(by: Resource, said: Mapping[str, Any], group: str, protocol: str) -> Iterator[Rule]:
    every = str(said.get(protocol)) == ANY_PROTOCOL
    ports = 0 if every else said.get("from_port") or 0, 0 if every else said.get("to_port") or 0
    sources: list[Any] = [group] if said.get("self") else []
    for argument in _SOURCES[by.type]:
        value = said.get(argument)
        sources += value if isinstance(value, list) else [value] if value else []
    for source in map(str, sources):
        # a group of another account has the account in front
        name = source.rpartition("/")[2] if "/sg-" in source else source
        yield Rule(group, name, str(said.get(protocol)), ports, said.get("description"), by)


# --- the rules of every cluster ------------------------------------------------------------------


@dataclass
class Openings:
    """The rules of every cluster and the bastion, by our addresses."""

    places: dict[str, Resource | None] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """The ids of rules that no state has as they are here."""

    absorbs: list[Resource] = field(default_factory=list)
    """What says the imported ones in the state, where those are resources of their own."""

    def place(self, address: str, rule: Rule) -> None:
        """Place a rule, or what an import of it makes."""
        if rule.by.type == _RULE:
            self.places[address] = rule.by
            return
        self.places[address] = _imported(address, rule)
        self.imports[address] = rule.import_id
        if rule.by.type == _NEWER_RULE:
            self.absorbs.append(rule.by)


def find(state: State, known: Known) -> Openings:
    """Find the rules between the groups that are `known`, and the bastion; not what is known."""
    found, rules = Openings(), list(ingress(state))
    for opening in OPENINGS:
        between = [known.get(f"{_GROUP}.{name}") for name in (opening.source, opening.target)]
        if known.get(opening.address) is None and all(between):
            source, target = (group.id for group in between if group is not None)
            fit = [
                rule
                for rule in rules
                if (rule.source, rule.group) == (source, target) and _opens(rule, opening)
            ]
            if fit:
                found.place(
                    opening.address,
                    min(fit, key=lambda r: (r.by.type == _GROUP, not _is(r, opening))),
                )
    nodes = known.get(f"{_GROUP}.nodes")
    if nodes is not None and known.get(BASTION[2]) is None:
        instance = known.get(BASTION[0])
        instances = state.of("aws_instance") if instance is None else [instance]
        _bastion(state, instances, [rule for rule in rules if rule.group == nodes.id], found)
    return found


def _bastion(
    state: State, instances: Sequence[Resource], rules: Sequence[Rule], found: Openings
) -> None:
    """Place that of `instances` from whose group the nodes take SSH, by their `rules`."""
    for rule in rules:
        group = state.find(_GROUP, id=rule.source)
        if group is None or rule.ports != (SSH, SSH):
            continue
        for instance in instances:
            if group.id in instance.texts("vpc_security_group_ids"):
                found.places |= {BASTION[0]: instance, BASTION[1]: group}
                found.place(BASTION[2], rule)
                return


def _is(rule: Rule, opening: Opening) -> bool:
    """Whether a rule is an opening as it is made here."""
    return (rule.protocol, *rule.ports) == (opening.protocol, opening.from_port, opening.to_port)


def _opens(rule: Rule, opening: Opening) -> bool:
    """Whether a rule is for what `opening` is for, whatever its exact ports."""
    first, last = rule.ports
    if opening.by_self or _is(rule, opening):
        return True
    several = opening.from_port != opening.to_port
    return several and (rule.protocol == ANY_PROTOCOL or (rule.protocol == "tcp" and first < last))


def _imported(address: str, rule: Rule) -> Resource:
    """What Terraform has of a rule when it has imported it."""
    itself = rule.source == rule.group
    values = {
        "id": rule.import_id,
        "type": "ingress",
        "security_group_id": rule.group,
        "source_security_group_id": None if itself else rule.source,
        "self": itself,
        "protocol": rule.protocol,
        "from_port": rule.ports[0],
        "to_port": rule.ports[1],
        "description": rule.description,
    }
    return Resource(
        address,
        _RULE,
        values,
        address.partition(".")[2],
        provider=rule.by.provider,
        schema_version=_SCHEMA_VERSION,
    )


# --- what stands inside a group ------------------------------------------------------------------


def inside(state: State, parts: Parts) -> Iterator[Resource]:
    """Rules of their own that a refreshed state also shows inside a security group of ours."""
    for name in _WITH_RULES_INSIDE:
        group = parts.get(f"{_GROUP}.{name}")
        if group is None:
            continue
        for way in ("egress", "ingress") if name == "ssh_bastion" else ("egress",):
            if group.blocks(way):
                yield from (
                    rule
                    for rule in (*state.of(_RULE), *state.of(f"aws_vpc_security_group_{way}_rule"))
                    if rule.text("security_group_id") == group.id and rule.text("type") in ("", way)
                )


def unsaid(state: State, parts: Parts) -> Iterator[str]:
    """A note for each ingress that stands inside a group in the state, and nowhere here."""
    rules = list(ingress(state))
    imported = set(parts.imports.values())
    said = {rule for rule in rules if rule.by.type != _GROUP or rule.import_id in imported}
    for name in ("control_plane", "nodes"):
        group = parts.get(f"{_GROUP}.{name}")
        for rule in rules:
            inside_it = group is not None and rule.by.address == group.address
            if inside_it and rule not in said:
                yield (
                    f"{rule.by.address}: lets in {rule.source} ({rule.protocol} "
                    f"{rule.ports[0]}-{rule.ports[1]}) by a block of its own, which has no place "
                    "here and stays as it is in AWS"
                )
