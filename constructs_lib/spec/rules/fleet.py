"""What only one cluster may have: its state, the names that AWS gives once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import drained
from constructs_lib.spec.section import Unknown, Where


@dataclass(frozen=True)
class Claim:
    """Something that a cluster has and no other may have too."""

    thing: tuple[str, ...]
    where: Where
    what: str
    """With {other} for the file that claims the same."""

    todo: str
    got: str
    account: str | None = None
    """The AWS account in which it is unique; None for every account, or one that is not said."""


def _names(spec: ClusterSpec) -> Iterator[Claim]:
    yield Claim(
        ("name", spec.name.lower()),
        ("name",),
        "is the name in {other} but for case, which IAM does not tell apart",
        "choose another for one of the two",
        spec.name,
    )


def _states(spec: ClusterSpec) -> Iterator[Claim]:
    state = spec.state
    if state is not None:
        yield Claim(
            ("state", state.bucket, state.key),
            ("state", "key"),
            "is the key in {other} too, in the same bucket",
            f"each cluster needs its own, like {spec.name}.tfstate",
            state.key,
        )


def _buckets(spec: ClusterSpec) -> Iterator[Claim]:
    state = spec.state
    if state is not None and state.create:
        yield Claim(
            ("bucket", state.bucket),
            ("state", "create"),
            "creates a bucket that {other} creates too",
            "say create in one of the two",
            state.bucket,
        )


def _tables(spec: ClusterSpec) -> Iterator[Claim]:
    state = spec.state
    if state is not None and state.create and state.dynamodb_table is not None:
        yield Claim(
            ("table", state.region, state.dynamodb_table),
            ("state", "dynamodb_table"),
            "is a table that {other} creates too",
            "say create in one of the two, or name two tables",
            state.dynamodb_table,
            spec.account_id,
        )


def _stacks(spec: ClusterSpec) -> Iterator[Claim]:
    what, todo = "makes a stack that is called like that of {other}", "rename one of the two"
    yield Claim(("stack", spec.name), ("name",), what, todo, spec.name)
    if spec.state is not None and spec.state.create:
        stack = f"{spec.name}-state"
        yield Claim(("stack", stack), ("state", "create"), what, todo, stack)


def _physical_names(spec: ClusterSpec) -> Iterator[Claim]:
    adopted, account = spec.adopted, spec.account_id
    roles = [naming.control_plane(spec.name), naming.node(spec.name)]
    prefix = spec.iam.name_prefix or ""
    if adopted is not None:
        roles, prefix = [adopted.control_plane_role, adopted.node_role], ""
    kinds = {group.kind for group in spec.node_groups.values()}
    roles += [naming.managed_node(spec.name)] * ("managed" in kinds)
    roles += [naming.fargate(spec.name)] * ("fargate" in kinds)
    if spec.networking.flow_logs is not None:
        roles.append(naming.flow_logs(spec.name))
    roles += [naming.draining(spec.name)] * bool(drained(spec.node_groups))
    roles += [naming.autoscaler(spec.name)] * spec.cluster_autoscaler.enabled
    what, todo = "makes {kind} that {{other}} makes too", "rename one of the two"
    for role in (prefix + role for role in roles):
        yield Claim(
            ("role", role.lower()), ("name",), what.format(kind="a role"), todo, role, account
        )
    for key in spec.node_groups:
        today = naming.node_group(spec.name, key)
        for kind, others in (
            ("an autoscaling group", adopted.autoscaling_groups if adopted else {}),
            ("a launch template", adopted.launch_templates if adopted else {}),
        ):
            name = others.get(key, today)
            yield Claim(
                (kind, spec.region, name),
                ("node_groups", key),
                what.format(kind=kind),
                todo,
                name,
                account,
            )


def _roles_of_pods(spec: ClusterSpec) -> Iterator[Claim]:
    """Of them the end of the name is the owner's: `a` with `node` has the role of `a-pod`."""
    prefix = spec.iam.name_prefix or ""
    for key in spec.pod_identity.roles:
        role = f"{prefix}{naming.pod_role(spec.name, key)}"
        yield Claim(
            ("role", role.lower()),
            ("pod_identity", "roles", key),
            "makes a role that {other} makes too",
            "rename one of the two",
            role,
            spec.account_id,
        )


def _addresses(spec: ClusterSpec) -> Iterator[Claim]:
    for index, address in enumerate(spec.networking.nat_eips or ()):
        yield Claim(
            ("address", address),
            ("networking", "nat_eips", index),
            "is an address of {other} too, and EC2 gives it to one gateway",
            "name another in one of the two",
            address,
        )


CLAIMS: Final[tuple[Callable[[ClusterSpec], Iterator[Claim]], ...]] = (
    _names,
    _states,
    _buckets,
    _tables,
    _stacks,
    _physical_names,
    _roles_of_pods,
    _addresses,
)


def clashes(specs: Mapping[str, ClusterSpec]) -> Iterator[tuple[str, str, Claim]]:
    """The file, another file and the claim, for each claim that two of `specs` make.

    Both sides are given. A claim that rests on what is wrong is not made.
    """
    by_thing: dict[tuple[str, ...], list[tuple[str, Claim]]] = defaultdict(list)
    for path, spec in specs.items():
        for claims in CLAIMS:
            for claim in _certain(claims(spec)):
                by_thing[claim.thing].append((path, claim))
    told: set[tuple[str, str, Where]] = set()  # of two clusters, one thing at one place
    for claimants in by_thing.values():
        for path, claim in claimants:
            other = next((p for p, c in claimants if p != path and _one_account(c, claim)), None)
            if other is not None and (path, other, claim.where) not in told:
                told.add((path, other, claim.where))
                yield path, other, claim


def _certain(claims: Iterable[Claim]) -> Iterator[Claim]:
    try:
        yield from claims
    except Unknown:
        return


def _one_account(one: Claim, other: Claim) -> bool:
    return one.account is None or other.account is None or one.account == other.account
