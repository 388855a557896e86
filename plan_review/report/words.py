"""The sentences that every form of the report shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from plan_review.levels import Level
from plan_review.plan import Action
from plan_review.review import Review

VERDICTS: Final = {
    Level.OUTAGE: "Do not merge as it is: this takes the cluster or its network down.",
    Level.DATA_LOSS: "Do not merge as it is: this loses data for good.",
    Level.SECURITY: "This opens something that was closed. Check before you merge.",
    Level.WILL_FAIL: "This will fail half-way: AWS or Terraform refuses part of it.",
    Level.DISRUPTION: "This disturbs what runs. Choose the moment.",
    Level.REVIEW: "Nothing dangerous was found; a person should look at some points.",
    Level.ROUTINE: "No rule of this review found anything.",
}

NO_CHANGES: Final = "No changes: what is there is what the code says."

NEVER_SHOWN: Final = (
    "Values marked sensitive, names that look like secrets, `user_data` and computed ids are "
    "never printed."
)
CANNOT_BE_KNOWN: Final = (
    "A plan does not show running pods, disruption budgets, Karpenter or Auto Mode nodes, load "
    "balancers that the cluster made itself, or whether a bucket is empty."
)

PROPOSED: Final = (
    "Accepted in this pull request by its author. It counts all the same: an acceptance is one "
    "once it is merged, by itself."
)

REFRESH_ONLY: Final = "Nothing in the cloud changes: what was found is taken over into the state."

_VERBS: Final = (
    "destroy",
    "replace",
    "supersede",
    "forget",
    "change",
    "add",
    "import",
    "move",
)


def counts(review: Review) -> str:
    """Say how many there are of each, zeros left out."""
    parts = []
    for verb in _VERBS:
        number = review.counts.get(verb, 0)
        if number:
            tags = f" ({review.tags_only} of them tags only)" if _tags(review, verb) else ""
            parts.append(f"{number:,} to {verb}{tags}")
    if review.counts.get("run"):
        parts.append(f"{plural(review.counts['run'], 'action')} to run")
    return " · ".join(parts) if parts else "nothing to add, change or destroy"


def _tags(review: Review, verb: str) -> bool:
    return verb == "change" and review.tags_only > 0


def new_cluster(review: Review, *, quoted: Callable[[str], str] = str) -> str:
    """Say that the plan makes a cluster, and where its state is; empty when it makes none.

    A plan that finds no state makes the cluster anew, and every other line of it looks harmless.
    """
    made = [
        change
        for change in review.facts.changes
        if change.type == "aws_eks_cluster" and change.action is Action.CREATE
    ]
    if not made or any(change.is_import for change in made):
        return ""
    mask = review.facts.mask
    names = ", ".join(
        quoted(mask.text(change.new_text("name") or change.address)) for change in made
    )
    state = review.facts.stack.state
    state = quoted(mask.text(state)) if state else "the state"
    return (
        f"NEW cluster: {state} knows of no cluster {names}, so this plan makes one. "
        "If it runs already, its state is elsewhere: do not apply this."
    )


def verdict(review: Review) -> str:
    """Say in one sentence what to make of the plan."""
    if review.verdict is Level.ROUTINE and review.facts.plan.is_change_free:
        return REFRESH_ONLY if review.facts.plan.is_refresh_only else NO_CHANGES
    return VERDICTS[review.verdict].replace("Terraform", review.facts.plan.program)


def plural(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
