"""From a state to a spec whose plan is known.

What the spec's sections can say is read from the state (`parts`, `cluster_spec`). Then the spec is
planned on that state, without a cloud: whatever argument the plan would change becomes an override,
until the plan changes nothing, or what it changes is said by address and argument.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from adopt import cluster_spec, moves, neighbours, offline
from adopt.cluster_spec import Spec
from adopt.differences import NOT_SHOWN, UNKNOWN, Difference, Schemas, Stack, differences
from adopt.find import find
from adopt.options import merge
from adopt.parts import Parts
from adopt.state import State, StateError
from constructs_lib.spec.loader import problems_of

_ROUNDS = 5
"""More than a plan was ever seen to need: what is kept of one argument may show another."""


_REFERRED_TO = frozenset(
    {
        "aws_default_route_table",
        "aws_eip",
        "aws_internet_gateway",
        "aws_nat_gateway",
        "aws_route_table",
        "aws_subnet",
        "aws_vpc",
    }
)
"""Types of which an override names the resource, not its id: what stands on them goes before them,
and nothing of theirs refers back."""


class Planner(Protocol):
    """What makes a plan of a spec on a state; it calls no cloud."""

    def document(self, spec: Spec) -> dict[str, Any]:
        """The Terraform JSON of a spec's stack."""

    def plan(self, document: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        """The plan of a stack's JSON on a state, as `terraform show -json` tells it."""

    def schemas(self) -> Schemas:
        """The block of each resource type of the AWS provider that plans."""


@dataclass(frozen=True)
class TakenOver:
    """A spec, and what its first apply does."""

    spec: Spec
    notes: Sequence[str]
    """What the spec cannot say."""

    changes: Sequence[str]
    """What the plan of the spec changes in AWS; none of it replaces or destroys."""

    made: Sequence[str]
    """Addresses outside AWS that the plan creates."""

    neighbours: Sequence[str]
    """Addresses of what the state holds beside the cluster."""

    references: Sequence[str]
    """What refers to what between the two, a sentence each."""

    addresses: Sequence[str]
    """The cluster's own addresses in the state."""

    by_hand: Mapping[str, str]
    """New address by old one, where no block `moved` can say it."""

    def steps(self, program: str) -> Iterator[str]:
        """The commands that give the cluster a state of its own, with Terraform as `program`."""
        return neighbours.steps(self.spec["name"], self.addresses, program)

    def moves(self, program: str) -> Iterator[str]:
        """The commands that move, in that state, what no block `moved` can."""
        return moves.commands(self.spec["name"], self.by_hand, program)


class ReplacedError(StateError):
    """The plan would replace or destroy something; a line each, and the way out."""


def take_over(state: State, planner: Planner, name: str | None = None) -> TakenOver:
    """Write the spec of the cluster in `state`, or of that with `name`, and plan it.

    Raises:
        StateError: the state holds no cluster that a spec could say.
        ReplacedError: the plan of the spec would replace or destroy something.
    """
    cluster, spec = written(state, name)
    if problems := problems_of(spec):
        raise StateError("gives no spec that could be planned: " + "; ".join(problems))
    document = planner.document(spec)
    if by_hand := _taken_out_of_moved(spec, document):
        document = planner.document(spec)
    there = offline.state_file(
        moves.moved_to(resource, address) if resource.address in by_hand else resource
        for address, resource in cluster.placed()
    )
    for last in (*[False] * (_ROUNDS - 1), True):
        plan = planner.plan(offline.configuration(document, cluster), there)
        found = list(_differences(plan, planner))
        kept = _stack(document, cluster, spec).keep(_causes(plan, found))
        if last or not _laid(spec, kept.overrides, kept.ignore_changes):
            break  # the spec is the one that was planned
        document = planner.document(spec)
    _refuse(plan, found)
    made = [
        change["address"]
        for change in plan.get("resource_changes", [])
        if change["change"]["actions"] == ["create"]
    ]
    in_aws = [address for address in made if address.startswith("aws_")]
    others = neighbours.neighbours(state, cluster)
    return TakenOver(
        spec,
        cluster.notes,
        [*_told(found), *map(_to_be_made, in_aws)],
        [address for address in made if address not in in_aws],
        [other.address for other in others],
        list(neighbours.references(cluster, others)),
        sorted(
            {resource.address for resource in cluster.absorbed}
            | {r.address for address, r in cluster.placed() if address not in cluster.imports}
        ),
        by_hand,
    )


def written(state: State, name: str | None = None) -> tuple[Parts, Spec]:
    """The parts of a cluster in `state`, and what the sections of a spec say of them.

    Raises:
        StateError: the state holds no cluster that a spec could say.
    """
    try:
        for with_network in (True, False):
            cluster = find(state, name, with_network=with_network)
            spec = cluster_spec.write(state, cluster)
            # what the spec refuses of a network it may have by its ids
            if not any(problem.startswith("networking") for problem in problems_of(spec)):
                break
        return cluster, spec
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise StateError(
            f"holds something that Terraform does not write ({type(error).__name__}: {error}); "
            "write it anew with `terraform show -json`"
        ) from error


def _taken_out_of_moved(spec: Spec, document: Mapping[str, Any]) -> dict[str, str]:
    """Take out of a spec what no block `moved` can say, and give it."""
    moved = spec["adopted"].pop("moved", {})
    by_hand = moves.by_hand(moved, document)
    if left := {old: new for old, new in moved.items() if old not in by_hand}:
        spec["adopted"]["moved"] = left
    return by_hand


def _differences(plan: Mapping[str, Any], planner: Planner) -> Iterator[Difference]:
    for change in plan.get("resource_changes", []):
        if change["mode"] == "managed" and set(change["change"]["actions"]) & {"update", "delete"}:
            yield from differences(change, planner.schemas().get(change["type"], {}))


def _causes(plan: Mapping[str, Any], found: Sequence[Difference]) -> Sequence[Difference]:
    """Those of `found` that are no consequence of others: of a replacement, all else may differ."""
    replaced = {
        change["address"]
        for change in plan.get("resource_changes", [])
        if "delete" in change["change"]["actions"]
    }
    found = [each for each in found if not each.outdated]  # which nothing keeps
    causes = [
        each
        for each in found
        if each.after is not UNKNOWN and (each.replaces or each.address not in replaced)
    ]
    # what is only known after the apply is kept too, unless another replacement is the reason
    return causes or [each for each in found if each.replaces] or ([] if replaced else found)


def _stack(document: Mapping[str, Any], cluster: Parts, spec: Spec) -> Stack:
    instances: dict[str, dict[str, dict[str, Any]]] = {}
    references: dict[str, str] = {}
    for address, resource in cluster.placed():
        name, _, key = address.removesuffix("]").partition("[")
        instances.setdefault(name, {})[key] = resource.values
        if resource.type in _REFERRED_TO and resource.id:
            references[resource.id] = f"${{{address}.id}}"
    return Stack(document, instances, {"${var.cluster_name}": spec["name"]}, references)


def _laid(
    spec: Spec,
    overrides: Mapping[str, Mapping[str, Any]],
    ignore_changes: Mapping[str, Sequence[str]],
) -> bool:
    """Put what keeps things as they are into `spec`; whether it says anything new."""
    before = repr(spec)
    for address, over in overrides.items():
        merge(spec.setdefault("overrides", {}).setdefault(address, {}), over)
    for address, names in ignore_changes.items():
        ignored = spec.setdefault("lifecycle", {}).setdefault("ignore_changes", {})
        ignored[address] = sorted({*ignored.get(address, ()), *names})
    return repr(spec) != before


def _refuse(plan: Mapping[str, Any], found: Sequence[Difference]) -> None:
    """Raise where the plan replaces or destroys something, and say why it would."""
    lines = []
    for change in plan.get("resource_changes", []):
        actions = change["change"]["actions"]
        if "delete" not in actions:
            continue
        address = change["address"]
        reasons = [_words(each) for each in found if each.address == address and each.replaces]
        why = "; ".join(reasons) or str(change.get("action_reason") or "").replace("_", " ")
        what = "destroyed" if actions == ["delete"] else "replaced"
        lines.append(f"{address} would be {what}" + (f": {why}" if why else ""))
    if lines:
        raise ReplacedError(
            "is of another shape than this project makes, so nothing was written. Make a new "
            "cluster beside it and move the workloads, or mend there what is named:\n"
            + "\n".join(lines)
        )


def _words(difference: Difference) -> str:
    if difference.path[0] in NOT_SHOWN:
        return f"{difference.argument} would change"
    return (
        f"{difference.argument} is {_shown(difference.before)} and would be "
        f"{_shown(difference.after)}"
    )


def _shown(value: Any) -> str:
    if value is UNKNOWN:
        return "known after the apply"
    return "absent" if value is None else textwrap.shorten(str(value), 80, placeholder="...")


def _told(found: Sequence[Difference]) -> list[str]:
    return [f"{each.address}: {_words(each)}" for each in found]


def _to_be_made(address: str) -> str:
    if address.startswith("aws_default_"):
        return (
            f"{address}: is not in the state, so the apply takes AWS's own over; the routes in it "
            "that this spec does not have go"
        )
    return (
        f"{address}: is not in the state, so the plan makes it; where AWS has the same by another "
        "name it refuses a second one"
    )
