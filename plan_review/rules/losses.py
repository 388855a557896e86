"""Whatever goes and no other rule has named, in AWS and everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.aws_auth import is_aws_auth
from plan_review.facts.kinds import Kind, is_book_keeping, kind_of_object
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_DOCS = "https://developer.hashicorp.com/terraform"
_LEVELS: Final = {
    Kind.DATA_STORE: Level.DATA_LOSS,
    Kind.CLUSTER: Level.DATA_LOSS,
    Kind.NAMESPACE: Level.DATA_LOSS,
    Kind.NETWORK: Level.DISRUPTION,
    Kind.WORKLOAD: Level.DISRUPTION,
    Kind.IDENTITY: Level.REVIEW,
    Kind.SECRET: Level.REVIEW,
}
_EFFECTS: Final = {
    Kind.DATA_STORE: "What it holds goes with it, unless the provider keeps a copy.",
    Kind.CLUSTER: "Its API, its workloads and what they keep in the cluster go with it.",
    Kind.NAMESPACE: "Everything in it goes with it: workloads, secrets, volume claims.",
    Kind.NETWORK: "What reaches others through it no longer does, or not until a new one is up.",
    Kind.WORKLOAD: "What it runs stops, or starts anew.",
    Kind.IDENTITY: "Whoever acts through it can no longer do so.",
    Kind.SECRET: "What reads it fails, or needs the new one.",
}


@rule(
    "LOSS01",
    Level.DATA_LOSS,
    when="a data store or a cluster of another provider than AWS is destroyed or replaced; "
    "a namespace counts as one; disruption for its networks and workloads, review for identities "
    "and secrets",
    title="{kind} {name} is {fate}",
    why="{because} {effect}",
    action="{advice}",
    source=f"{_DOCS}/language/resources/syntax#removing-resources",
)
def object_of_another_provider_is_lost(facts: Facts) -> Iterator[Match]:
    """Told by a table of types; what an argument of such a type means is not known here."""
    for change in facts.changes:
        kind = kind_of_object(change) if change.is_destroyed else None
        if kind is None or is_aws_auth(change):
            continue
        effect = _EFFECTS[kind]
        if change.action is Action.REPLACE:
            order = (
                "The new one is there first." if change.creates_first else "The old one goes first."
            )
            effect = f"{effect} {order}"
        yield Match(
            change.address,
            {
                "kind": kind.value,
                "name": _name(change),
                "fate": change.fate,
                "because": facts.because(change),
                "effect": effect,
                "advice": _advice(change, kind),
            },
            _LEVELS[kind],
        )


def _advice(change: ResourceChange, kind: Kind) -> str:
    if change.action is Action.REPLACE:
        return "Keep the argument that forces it, or move over to a second one first."
    if kind in (Kind.DATA_STORE, Kind.CLUSTER, Kind.NAMESPACE):
        return "Check that nothing needs it any more, and that what it holds exists elsewhere."
    return "Check that nothing needs it any more."


def _name(change: ResourceChange) -> str:
    for path in (("name",), ("metadata", 0, "name"), ("id",)):
        if value := change.old_text(*path):
            return code(value)
    return code(change.name)


@rule(
    "LOSS02",
    Level.REVIEW,
    when="anything else is destroyed, replaced, superseded or left over, and no other finding "
    "names it (null, local, random, time and terraform_data without provisioners aside)",
    title="Something else is {fate}",
    why="No rule here knows what depends on it.",
    action="Does anything need it any more? Check each of them.",
    source=f"{_DOCS}/language/resources/syntax#removing-resources",
    is_last=True,
)
def anything_else_is_lost(facts: Facts, named: frozenset[str]) -> Iterator[Match]:
    """The net under all other rules: nothing that is lost goes without a word."""
    for change in facts.changes:
        if not change.is_lost or change.address in named or is_book_keeping(change):
            continue
        yield Match(change.address, {"fate": change.fate})
