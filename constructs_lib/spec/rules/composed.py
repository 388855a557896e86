"""Addresses of Terraform's that are composed of keys: two keys may not compose the same."""

from collections.abc import Iterator, Mapping

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import AutoscaledNodeGroupSpec, with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
from constructs_lib.spec.security_groups import NodeIngressSpec

_Composed = Iterator[tuple[Where, str]]


@rule
def keys_compose_addresses_of_their_own(spec: ClusterSpec) -> Iterator[Wrong]:
    """`a` with `b-c` and `a-b` with `c` would be one resource."""
    rename = "rename one of the two"
    for composed in (_openings(spec), _schedules(spec), _documents(spec)):
        yield from _met_twice(composed, rename)
    yield from _met_twice(_attachments(spec), f"{rename} keys, or name a copy of one policy")


def _met_twice(composed: _Composed, todo: str) -> Iterator[Wrong]:
    seen: dict[str, Where] = {}
    for where, address in composed:
        other = seen.setdefault(address, where)
        if other != where:
            what = f"would have the address of {'.'.join(map(str, other))}, {address}"
            yield Wrong(where, what, todo, got=None)


def _openings(spec: ClusterSpec) -> _Composed:
    yield from _rules(("node_ingress",), "nodes", spec.node_ingress)
    for key, group in with_machines(spec.node_groups).items():
        where = ("node_groups", key, "ingress")
        yield from _rules(where, naming.node_group_address(key), group.ingress or {})
    for key, opening in spec.control_plane.ingress.items():
        place: Where = ("control_plane", "ingress", key)
        if opening.cidr_blocks is not None:
            yield place, naming.opening("control_plane", key)
        for group_id in opening.security_groups or ():
            yield place, naming.opening("control_plane", f"{key}-{group_id}")


def _rules(where: Where, address: str, openings: Mapping[str, NodeIngressSpec]) -> _Composed:
    for key, opening in openings.items():
        names = [key]
        if opening.rule_per_range:
            names = [f"{key}-{naming.of_range(cidr)}" for cidr in opening.cidr_blocks]
        for name in names:
            yield (*where, key), naming.opening(address, name)


def _schedules(spec: ClusterSpec) -> _Composed:
    for key, group in spec.node_groups.items():
        if isinstance(group, AutoscaledNodeGroupSpec):
            for name in group.schedules:
                where = ("node_groups", key, "schedules", name)
                yield where, f"{naming.node_group_address(key)}-{name}"


def _documents(spec: ClusterSpec) -> _Composed:
    for key, role in spec.pod_identity.roles.items():
        where = ("pod_identity", "roles", key)
        yield where, f"pod-{key}-trust"
        if role.statements:
            yield where, f"pod-{key}"


def _attachments(spec: ClusterSpec) -> _Composed:
    for key, role in spec.pod_identity.roles.items():
        for index, arn in enumerate(role.policies):
            where = ("pod_identity", "roles", key, "policies", index)
            yield where, naming.attachment(f"pod-{key}", arn)
