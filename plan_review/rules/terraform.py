"""What Terraform itself was told to do, or could not finish, and commands out of its sight."""

from __future__ import annotations

from collections.abc import Iterator

from plan_review.facts import Facts
from plan_review.facts.kinds import Kind, kind_of
from plan_review.facts.stores import STORES
from plan_review.levels import Level
from plan_review.plan import Action
from plan_review.plan.paths import dotted
from plan_review.quoting import codes
from plan_review.rules.rule import Match, rule

_DOCS = "https://developer.hashicorp.com/terraform"


@rule(
    "RUN01",
    Level.REVIEW,
    when="a resource with provisioners is made, replaced or destroyed",
    title="Runs a command outside Terraform's sight",
    why="{kinds} {reason}. The plan shows neither what it does nor whether it runs on create or "
    "on destroy.",
    action="Read the script; make sure it can run twice.",
    source=f"{_DOCS}/language/resources/provisioners/syntax",
)
def command_runs(facts: Facts) -> Iterator[Match]:
    """A provisioner never runs on an update."""
    for change in facts.changes:
        kinds = (
            facts.configuration.provisioners(change)
            if change.is_made or change.is_destroyed
            else ()
        )
        if kinds:
            reason = f"because {codes(map(dotted, change.replace_paths))} changed"
            if change.action is Action.CREATE:
                reason = "because the resource is new"
            elif change.action is Action.DELETE:
                reason = "perhaps, because the resource is destroyed"
            elif not change.replace_paths:
                reason = "because the resource is replaced"
            yield Match(change.address, {"kinds": codes(kinds), "reason": reason})


@rule(
    "TF01",
    Level.REVIEW,
    when="Terraform forgets an object without destroying it, also where it makes a new one",
    title="Terraform forgets it and leaves it running",
    why="It stays where it is, costs money and changes no more with this code.{more}",
    action="Say in the pull request who keeps it from now on.",
    source=f"{_DOCS}/language/resources/syntax#removing-resources",
)
def object_is_forgotten(facts: Facts) -> Iterator[Match]:
    """Most reports leave these out."""
    for change in facts.changes:
        if change.action is Action.FORGET:
            yield Match(change.address, {"more": ""})
        elif change.action is Action.SUPERSEDE:
            yield Match(change.address, {"more": " A new one is made beside it."})


@rule(
    "TF02",
    Level.REVIEW,
    when="a deposed object, left over from an interrupted replacement, goes; data-loss where it "
    "keeps data, outage where it is a cluster",
    title="{what} of an interrupted replacement is {fate}",
    why="An earlier create_before_destroy replacement did not finish; the old object goes "
    "now.{more}",
    action="Check that nothing uses the old object any more, and that what it holds has moved.",
    source=f"{_DOCS}/cli/state/resource-addressing",
)
def deposed_object_is_lost(facts: Facts) -> Iterator[Match]:
    """It shares its address with the current object."""
    for change in facts.plan.changes:
        if change.deposed is None or change.action is Action.NO_OP:
            continue
        values = {"what": "A left-over", "fate": change.fate, "more": ""}
        level = None
        if change.is_destroyed and change.type == "aws_eks_cluster":
            values |= {"what": "The old cluster", "more": " What still runs on it stops."}
            level = Level.OUTAGE
        elif change.is_destroyed and (
            change.type in STORES or kind_of(change.type) is Kind.DATA_STORE
        ):
            noun = STORES.get(change.type, "data store")
            values |= {"what": f"The old {noun}", "more": " What only it holds is lost."}
            level = Level.DATA_LOSS
        yield Match(change.address, values, level)


@rule(
    "TF03",
    Level.REVIEW,
    when="an object is replaced because it is tainted",
    title="It is replaced because it is tainted",
    why="An earlier apply, or a person, marked it as broken.",
    action="If it works, `terraform untaint` it.",
    source=f"{_DOCS}/cli/commands/taint",
)
def tainted_object_is_replaced(facts: Facts) -> Iterator[Match]:
    """A provisioner that failed taints what it ran on."""
    yield from _replaced_because(facts, "replace_because_tainted")


@rule(
    "TF04",
    Level.REVIEW,
    when="an object is replaced because of `-replace` or `replace_triggered_by`",
    title="It is replaced on request",
    why="{because}",
    action="Check that this is wanted.",
    source=f"{_DOCS}/cli/commands/plan#replace-address",
)
def object_is_replaced_on_request(facts: Facts) -> Iterator[Match]:
    """Not in the code's difference, so easily missed."""
    yield from _replaced_because(facts, "replace_by_request", "replace_by_triggers")


def _replaced_because(facts: Facts, *reasons: str) -> Iterator[Match]:
    for change in facts.changes:
        if change.is_destroyed and change.action_reason in reasons:
            yield Match(change.address, {"because": facts.because(change)})
