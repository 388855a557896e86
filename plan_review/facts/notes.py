"""What is worth knowing of a plan and not worth a finding."""

from __future__ import annotations

from typing import Final

from plan_review.facts import Facts
from plan_review.facts.costs import begins_and_ends
from plan_review.facts.drift import Drift, drifts, in_words
from plan_review.facts.leaves import takes_over_its_region
from plan_review.facts.variables import odd_variables
from plan_review.plan import Action
from plan_review.quoting import code, codes

_COMPUTED: Final = (
    "an update in which only values that the provider computes become unknown; nothing that is "
    "set here changes."
)


def notes(facts: Facts) -> list[str]:
    """What is worth knowing and not worth a finding; whole sentences, masked."""
    plan = facts.plan
    found = begins_and_ends(facts)
    reads = sum(change.action is Action.READ for change in plan.changes)
    if reads:
        found.append(f"{_number(reads, 'data source')} can be read only during the apply.")
    odd = odd_variables(facts)
    if odd and not facts.stack.variables:
        named = codes(facts.mask.text(f"var.{name}") for name, _, _ in odd)
        found.append(f"Not at their defaults: {named}.")
    if plan.is_change_free:
        failing = sum(check.status in ("fail", "error") for check in plan.checks)
        if failing:
            found.append(f"{_number(failing, 'check')} did not hold, before this plan as after it.")
    if not plan.is_refresh_only:
        found += [
            _drift_note(facts, drift)
            for drift in drifts(facts)
            if not drift.undone and not drift.is_deleted
        ]
    return found + _book_keeping(facts)


def _book_keeping(facts: Facts) -> list[str]:
    """Say what the plan does to the state alone, and what it opens only for itself."""
    plan = facts.plan
    found = []
    regions = sum(map(takes_over_its_region, (*plan.changes, *plan.drift)))
    if regions:
        found.append(
            f"The state of {_number(regions, 'object')} learns the region: book-keeping of "
            "version 6 of the AWS provider, nothing changes in AWS."
        )
    computed = [c for c in facts.changes if facts.is_book_keeping(c) and facts.leaves(c)]
    if computed:
        named = codes(facts.mask.text(change.address) for change in computed)
        found.append(f"{named}: {_COMPUTED}")
    marks = sum(
        change.action is Action.UPDATE
        and not change.is_import
        and not facts.leaves(change)
        and not takes_over_its_region(change)
        for change in facts.changes
    )
    if marks:
        found.append(
            f"{_number(marks, 'update')} without a visible difference: only a mark of sensitivity, "
            "or one kind of nothing for another."
        )
    opened = sum(change.action is Action.EPHEMERAL for change in plan.changes)
    if opened:
        found.append(
            f"{_number(opened, 'ephemeral resource')} opened for the run, kept in no state."
        )
    undecided = sum(check.status == "unknown" for check in plan.checks)
    if undecided:
        found.append(f"{_number(undecided, 'check')} decided only during the apply.")
    return found


def _drift_note(facts: Facts, drift: Drift) -> str:
    address = code(facts.mask.text(drift.address))
    leaves = "; ".join(map(code, in_words(facts, drift.leaves)[:3]))
    return f"{address} was changed by hand, and this plan leaves it so: {leaves}."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
