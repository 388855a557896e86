"""The plan as a whole: whether it is one, what does not hold, what it silently undoes."""

from __future__ import annotations

from collections.abc import Iterator

from plan_review.facts import Facts
from plan_review.facts.drift import drifts, in_words
from plan_review.facts.variables import odd_variables
from plan_review.levels import Level
from plan_review.plan import Action
from plan_review.plan.paths import has_mark, is_empty, shape_below
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_DOCS = "https://developer.hashicorp.com/terraform"
WHOLE_PLAN = "(the whole plan)"


@rule(
    "PLAN01",
    Level.WILL_FAIL,
    when="planning itself ended in an error",
    title="Terraform could not finish this plan",
    why="Planning ended in an error (a `prevent_destroy`, a failed condition, an API that did "
    "not answer); what is listed is only what it had got to.",
    action="Read Terraform's own output, mend it and plan again.",
    source=f"{_DOCS}/internals/json-format",
)
def plan_errored(facts: Facts) -> Iterator[Match]:
    """A plan file is written all the same, and looks like any other."""
    if facts.plan.errored:
        yield Match(WHOLE_PLAN)


@rule(
    "PLAN02",
    Level.REVIEW,
    when="the plan leaves a part out: `-target`, `-exclude`, deferred changes, or an action not "
    "known here",
    title="The plan is not complete",
    why="{what}",
    action="Plan again without `-target` and `-exclude`; review what was left out before applying.",
    source=f"{_DOCS}/internals/json-format",
)
def plan_is_partial(facts: Facts) -> Iterator[Match]:
    """What is not in the plan cannot be reviewed."""
    plan = facts.plan
    if not plan.errored and not plan.complete:
        what = "Some resources were left out (`-target`, or values not known yet)."
        if plan.left_out:
            what = f"Left out (`-target` or `-exclude`): {codes(plan.left_out, 6)}."
        yield Match(WHOLE_PLAN, {"what": what})
    if plan.deferred:
        number = len(plan.deferred)
        what = f"{number} change{'s are' if number > 1 else ' is'} put off to a later plan"
        named = codes([address for address in plan.deferred if address], 6)
        yield Match(WHOLE_PLAN, {"what": f"{what}: {named}." if named else f"{what}."})
    for change in plan.changes:
        if change.action is Action.OTHER:
            what = f"This review does not know the action {codes(['+'.join(change.actions)])}."
            yield Match(change.address, {"what": what})


@rule(
    "ACT01",
    Level.REVIEW,
    when="the apply runs an action (`action` blocks of Terraform 1.14)",
    title="An action runs: {kind}",
    why="{when}It is a command to the cloud; it changes no object of the state, so the plan shows "
    "nothing of what it does.{settings}",
    action="Read what it does, and make sure that it may run now, and twice.",
    source=f"{_DOCS}/language/invoke-actions",
)
def action_runs(facts: Facts) -> Iterator[Match]:
    """A plan with nothing else is not one without changes."""
    for invocation in facts.plan.invocations:
        when = f"It runs {invocation.trigger}. " if invocation.trigger else ""
        if invocation.is_deferred:
            when += "It is put off to a later plan. "
        config = invocation.config if isinstance(invocation.config, dict) else {}
        shown = [
            f"{name} = {facts.mask.value(value, (name,), is_sensitive=hidden)}"
            for name, value in sorted(config.items())
            for hidden in [has_mark(shape_below(invocation.config_sensitive, name))]
            if not is_empty(value)
        ]
        settings = f" Given: {codes(shown)}." if shown else ""
        yield Match(
            invocation.address or WHOLE_PLAN,
            {"kind": code(invocation.type), "when": when, "settings": settings},
        )


@rule(
    "PLAN03",
    Level.REVIEW,
    when="a `check`, or a condition, does not hold, and the plan changes something",
    title="A check does not hold",
    why="{messages}",
    action="Decide whether it may be merged all the same; a failing check stops no apply.",
    source=f"{_DOCS}/language/checks",
)
def check_fails(facts: Facts) -> Iterator[Match]:
    """Where nothing changes, no pull request brought it about; the report notes it only."""
    if facts.plan.is_change_free:
        return
    for check in facts.plan.checks:
        if check.status in ("fail", "error"):
            messages = codes((facts.mask.text(text) for text in check.messages), 2)
            yield Match(
                check.address or WHOLE_PLAN,
                {"messages": f"It says: {messages}" if messages else "It gives no message."},
            )


@rule(
    "PLAN04",
    Level.REVIEW,
    when="a variable of the plan is not the default that the synthesised stack gives it",
    title="A variable is not the stack's own: {names}",
    why="{values} It came from a tfvars file, `-var`, or a `TF_VAR_` of the environment.",
    action="Take it away and plan again: what the stack says is what its code and spec say.",
    source=f"{_DOCS}/language/values/variables",
)
def variable_is_not_the_stacks(facts: Facts) -> Iterator[Match]:
    """Told of a stack that is known (`--stack-json`); elsewhere it is a note."""
    odd = odd_variables(facts)
    if odd and facts.stack.variables:
        told = [
            f"`var.{name}` is {code(now)}, its default is {code(then)}." for name, now, then in odd
        ]
        names = codes((f"var.{name}" for name, _, _ in odd), 3)
        yield Match(WHOLE_PLAN, {"names": names, "values": " ".join(told[:3])})


@rule(
    "DRIFT01",
    Level.REVIEW,
    when="something was changed by hand, and the plan changes it back",
    title="Undoes a change made by hand",
    why="{what}",
    action="Ask who made it, and why: put it into the code, or let it go knowingly.",
    source=f"{_DOCS}/tutorials/state/resource-drift",
)
def hand_change_is_undone(facts: Facts) -> Iterator[Match]:
    """Terraform prints no note of these."""
    for drift in drifts(facts):
        if drift.is_deleted and not facts.plan.is_refresh_only:
            yield Match(drift.address, {"what": "It was deleted by hand; the plan makes it again."})
        elif drift.undone:
            shown = codes(in_words(facts, drift.undone), 3)
            yield Match(drift.address, {"what": f"By hand: {shown}."})


@rule(
    "DRIFT02",
    Level.REVIEW,
    when="a refresh-only plan takes a change made by hand over into the state",
    title="Takes a change made by hand over into the state",
    why="{what} Nothing in the cloud changes; the code stays as it is, and the next plan undoes it "
    "unless the code says the same.",
    action="Put it into the code, or undo it by hand; do not apply this to make the drift go away.",
    source=f"{_DOCS}/tutorials/state/refresh",
)
def hand_change_is_accepted(facts: Facts) -> Iterator[Match]:
    """What is open to everybody is told by the rules for that besides."""
    if not facts.plan.is_refresh_only:
        return
    for drift in drifts(facts):
        if drift.is_deleted:
            yield Match(drift.address, {"what": "It was deleted by hand; the state forgets it."})
        else:
            shown = codes(in_words(facts, drift.leaves), 3)
            yield Match(drift.address, {"what": f"By hand: {shown}."})
