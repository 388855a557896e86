"""The network and the cluster as a Mermaid flowchart, as they are after the apply.

What changes carries a sign (new +, changed ~, replaced ±, gone a minus) beside its colour, so
that the picture works without colour. Labels are escaped character by character: an address
can hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from plan_review.facts import Facts
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN

MOST_EDGES: Final = 400
MOST_CHARACTERS: Final = 45_000
_LONGEST_LABEL: Final = 80
_HARMLESS: Final = re.compile(r"[A-Za-z0-9 ./:_,+~±→-]")

_CLASSES: Final = {
    Action.CREATE: ("add", "+ "),
    Action.UPDATE: ("chg", "~ "),
    Action.REPLACE: ("rep", "± "),
    Action.SUPERSEDE: ("rep", "± "),
    Action.DELETE: ("del", "\u2212 "),
    Action.FORGET: ("del", "\u2212 "),
}
_STYLES: Final = (
    "classDef add fill:#dafbe1,stroke:#1a7f37,color:#1a7f37",
    "classDef chg fill:#fff8c5,stroke:#9a6700,color:#633c01",
    "classDef rep fill:#ffebe9,stroke:#cf222e,color:#82071e,stroke-width:3px",
    "classDef del fill:#ffebe9,stroke:#cf222e,color:#82071e,stroke-dasharray:4 3",
    "classDef same fill:#f6f8fa,stroke:#d0d7de,color:#57606a",
)


@dataclass(frozen=True)
class Topology:
    """A Mermaid flowchart and how many parts it shows."""

    mermaid: str
    parts: int


class _TooMuchError(Exception):
    """More than Mermaid draws; no need to go on."""


@dataclass
class _Drawing:
    facts: Facts
    lines: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    ids: dict[int, str] = field(default_factory=dict)
    classes: dict[str, list[str]] = field(default_factory=dict)

    def node(self, change: ResourceChange, text: str, indent: str, shape: tuple[str, str]) -> None:
        name = self.name(change)
        sign = _CLASSES.get(change.action, ("same", ""))[1]
        label = escaped(self.facts.mask.text(sign + text))
        self.lines.append(f'{indent}{name}{shape[0]}"{label}"{shape[1]}')

    def name(self, change: ResourceChange) -> str:
        """Give a change its id in the drawing, and file it under its class."""
        key = id(change)
        if key not in self.ids:
            self.ids[key] = f"n{len(self.ids)}"
            kind = _CLASSES.get(change.action, ("same", ""))[0]
            self.classes.setdefault(kind, []).append(self.ids[key])
        return self.ids[key]

    def edge(self, one: ResourceChange, arrow: str, other: ResourceChange) -> None:
        self.edges.append(f"  {self.name(one)} {arrow} {self.name(other)}")
        if len(self.edges) > MOST_EDGES:
            raise _TooMuchError


def topology(facts: Facts) -> Topology | None:
    """Draw the plan; None when there is nothing to draw, or too much for Mermaid."""
    facts = facts.blinded or facts
    subnets = list(facts.of("aws_subnet", "aws_default_subnet"))
    vpcs = list(facts.of("aws_vpc"))
    if not facts.clusters and not subnets and not vpcs:
        return None
    drawing = _Drawing(facts)
    try:
        _draw_network(drawing, vpcs, subnets)
        _draw_cluster(drawing)
        _draw_ways_out(drawing)
    except _TooMuchError:
        return None
    classes = [f"  class {','.join(ids)} {kind}" for kind, ids in sorted(drawing.classes.items())]
    styles = [f"  {style}" for style in _STYLES]
    text = "\n".join(["flowchart TB", *drawing.lines, *drawing.edges, *styles, *classes])
    if len(text) > MOST_CHARACTERS:
        return None
    return Topology(text, len(drawing.ids))


def escaped(text: str) -> str:
    """Write a label so that Mermaid takes every character of it as text."""
    cut = text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
    return "".join(
        character if _HARMLESS.match(character) else f"#{ord(character)};" for character in cut
    )


def _draw_network(
    drawing: _Drawing, vpcs: list[ResourceChange], subnets: list[ResourceChange]
) -> None:
    homes: dict[int | None, list[ResourceChange]] = {id(vpc): [] for vpc in vpcs}
    for subnet in subnets:
        home = _vpc_of(drawing.facts, subnet, vpcs)
        homes.setdefault(id(home) if home else None, []).append(subnet)
    for vpc in vpcs:
        name = drawing.name(vpc)
        sign = _CLASSES.get(vpc.action, ("same", ""))[1]
        title = escaped(drawing.facts.mask.text(f"{sign}VPC {_moves(vpc, 'cidr_block')}"))
        drawing.lines.append(f'  subgraph {name}["{title}"]')
        _draw_zones(drawing, homes[id(vpc)], "    ")
        if not homes[id(vpc)]:
            drawing.lines.append(f"    {name}_empty[ ]")
        drawing.lines.append("  end")
    _draw_zones(drawing, homes.get(None, []), "  ")


def _draw_zones(drawing: _Drawing, subnets: list[ResourceChange], indent: str) -> None:
    zones: dict[str, list[ResourceChange]] = {}
    for subnet in subnets:
        zones.setdefault(_zone(subnet), []).append(subnet)
    for zone, members in sorted(zones.items()):
        title = escaped(drawing.facts.mask.text(zone))
        name = f"z{len(drawing.lines)}"
        drawing.classes.setdefault("same", []).append(name)
        drawing.lines.append(f'{indent}subgraph {name}["{title}"]')
        for subnet in members:
            text = f"{_kind(subnet)} {_moves(subnet, 'cidr_block')}"
            drawing.node(subnet, text, indent + "  ", ("[", "]"))
        drawing.lines.append(f"{indent}end")


def _draw_cluster(drawing: _Drawing) -> None:
    facts = drawing.facts
    for cluster in facts.clusters:
        text = f"EKS {_moves(cluster, 'name')} {_moves(cluster, 'version')}"
        drawing.node(cluster, text, "  ", ("{{", "}}"))
    groups: tuple[tuple[str, Callable[[ResourceChange], str]], ...] = (
        ("aws_eks_node_group", _node_group),
        ("aws_eks_fargate_profile", _fargate),
        ("aws_autoscaling_group", _scaling_group),
    )
    for kind, text_of in groups:
        for group in facts.of(kind):
            drawing.node(group, text_of(group), "  ", ("[", "]"))
            for cluster in _clusters_of(facts, group):
                drawing.edge(cluster, "-->", group)
    for cluster in facts.clusters:
        for subnet in _subnets_of(facts, cluster):
            drawing.edge(cluster, "-.-", subnet)


def _draw_ways_out(drawing: _Drawing) -> None:
    facts = drawing.facts
    gateways = list(facts.of("aws_internet_gateway"))
    for gateway in gateways:
        drawing.node(gateway, "internet gateway", "  ", ("([", "])"))
    for nat in facts.of("aws_nat_gateway"):
        drawing.node(nat, "NAT", "  ", ("([", "])"))
        for subnet in _reached(facts, nat, ("subnet_id",), "aws_subnet"):
            drawing.edge(subnet, "---", nat)
        if len(gateways) == 1:
            drawing.edge(nat, "-->", gateways[0])


def _vpc_of(
    facts: Facts, subnet: ResourceChange, vpcs: list[ResourceChange]
) -> ResourceChange | None:
    for vpc in _reached(facts, subnet, ("vpc_id",), "aws_vpc"):
        return vpc
    return vpcs[0] if len(vpcs) == 1 else None


def _subnets_of(facts: Facts, cluster: ResourceChange) -> Iterator[ResourceChange]:
    return _reached(facts, cluster, ("vpc_config", 0, "subnet_ids"), "aws_subnet")


def _clusters_of(facts: Facts, group: ResourceChange) -> list[ResourceChange]:
    """The cluster of a group of nodes: by name, by reference, or the only one there is."""
    for side in (group.new("cluster_name"), group.old("cluster_name")):
        named = [
            cluster
            for cluster in facts.clusters
            if isinstance(side, str) and side in (cluster.new("name"), cluster.old("name"))
        ]
        if named:
            return named
    found = [c for c in facts.upstream(group, "cluster_name") if c.type == "aws_eks_cluster"]
    return found or (facts.clusters if len(facts.clusters) == 1 else [])


def _reached(
    facts: Facts, change: ResourceChange, path: tuple[str | int, ...], kind: str
) -> Iterator[ResourceChange]:
    """What an argument points at: by id where it is known, else by reference."""
    value = change.new(*path) if change.after is not None else change.old(*path)
    ids = value if isinstance(value, list) else [value]
    if value is not UNKNOWN and all(isinstance(text, str) for text in ids):
        for text in ids:
            if text in facts.by_id and facts.by_id[text].type == kind:
                yield facts.by_id[text]
        return
    for other in facts.upstream(change, *path):
        if other.type == kind and other.after is not None:
            yield other


def _zone(subnet: ResourceChange) -> str:
    value = subnet.new("availability_zone") if subnet.after else subnet.old("availability_zone")
    return value if isinstance(value, str) and value else "zone known after apply"


def _kind(subnet: ResourceChange) -> str:
    value = subnet.new("map_public_ip_on_launch")
    if subnet.after is None:
        value = subnet.old("map_public_ip_on_launch")
    return "public" if value is True else "private"


def _node_group(group: ResourceChange) -> str:
    name = _one(group, "node_group_name") or group.name
    types = group.new("instance_types") if group.after else group.old("instance_types")
    shown = "/".join(str(text) for text in types) if isinstance(types, list) else ""
    return f"node group {name} {shown} {_sizes(group, 'scaling_config', 0)}"


def _fargate(profile: ResourceChange) -> str:
    return f"Fargate {_one(profile, 'fargate_profile_name') or profile.name}"


def _scaling_group(group: ResourceChange) -> str:
    return f"ASG {_one(group, 'name') or group.name} {_sizes(group)}"


def _sizes(group: ResourceChange, *path: str | int) -> str:
    read = group.new if group.after is not None else group.old
    sizes = [read(*path, "min_size"), read(*path, "max_size")]
    return "-".join(str(size) for size in sizes) if all(isinstance(n, int) for n in sizes) else ""


def _one(change: ResourceChange, name: str) -> str:
    value = change.new(name) if change.after is not None else change.old(name)
    return value if isinstance(value, str) else ""


def _moves(change: ResourceChange, name: str) -> str:
    """Write a value, or both where it changes."""
    sides = [change.old(name), change.new(name)]
    texts = list(dict.fromkeys(text for text in sides if isinstance(text, str) and text))
    return " → ".join(texts)
