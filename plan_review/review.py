"""The review of one plan: everything a report needs, computed once and already masked."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plan_review.acceptance import Acceptance, apply_acceptances
from plan_review.errors import ReviewError
from plan_review.facts import Facts
from plan_review.facts.causes import Cause, causes
from plan_review.facts.drift import accepted
from plan_review.facts.notes import notes
from plan_review.fingerprint import fingerprint
from plan_review.levels import Level, worst
from plan_review.masking import Mask, secrets_of
from plan_review.own import OwnRules
from plan_review.plan import Action, Plan, read_plan
from plan_review.plan.construct_paths import Stack, read_stack
from plan_review.plan.paths import Json
from plan_review.rules import RULES
from plan_review.rules.findings import Finding, find, worst_first

_COUNTED: Final = {
    Action.CREATE: "add",
    Action.UPDATE: "change",
    Action.REPLACE: "replace",
    Action.DELETE: "destroy",
    Action.SUPERSEDE: "supersede",
    Action.FORGET: "forget",
}


@dataclass(frozen=True)
class Review:
    """What a plan does, in findings and in numbers."""

    facts: Facts
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    """How many to add, change, replace, destroy, forget, import and move; zeros included."""
    tags_only: int
    causes: tuple[Cause, ...]
    notes: tuple[str, ...]
    """Worth knowing, not worth a finding; whole sentences, masked."""
    fingerprint: str

    @property
    def verdict(self) -> Level:
        """The worst level of the findings that nobody has accepted."""
        return worst([finding.level for finding in self.findings if not finding.is_accepted])

    @property
    def is_whole(self) -> bool:
        """Whether the plan was finished and complete; one that was not is never fine."""
        return self.facts.plan.complete and not self.facts.plan.errored

    def reaches(self, level: Level) -> bool:
        """Whether a finding that counts is as bad as a level, or worse."""
        return any(
            finding.level.is_at_least(level) for finding in self.findings if not finding.is_accepted
        )


def review(
    plan: Plan | dict[str, Json],
    *,
    stack: Stack | dict[str, Json] | None = None,
    acceptances: Sequence[Acceptance] = (),
    proposed: Sequence[Acceptance] | None = None,
    own: OwnRules | None = None,
    today: datetime.date | None = None,
) -> Review:
    """Review a plan, as decoded from JSON or already typed.

    `stack` is the synthesised `cdk.tf.json`, for construct paths and the backend.
    `acceptances` are those that count, `proposed` those of a pull request, `own` what the team
    adds to the rules. `today`
    decides on support dates and on expired acceptances; by default it is the day on which the
    plan says it was made, so that the same plan always gives the same report.

    Raises:
        ReviewError: the plan cannot be reviewed; it says in one line why.
    """
    try:
        typed = plan if isinstance(plan, Plan) else read_plan(plan)
        synthesised = stack if isinstance(stack, Stack) else read_stack(stack or {})
        day = today or typed.date or datetime.datetime.now(datetime.UTC).date()
        facts = Facts(typed, synthesised, Mask(secrets_of(typed)), day)
        findings = apply_acceptances(_found(facts, own or OwnRules()), acceptances, day, proposed)
        return Review(
            facts=facts,
            findings=tuple(worst_first(findings)),
            counts=_counts(typed),
            tags_only=sum(facts.is_tags_only(change) for change in facts.changes),
            causes=tuple(causes(facts)),
            notes=tuple(notes(facts)),
            fingerprint=fingerprint(typed),
        )
    except RecursionError:
        raise ReviewError("the plan is nested too deeply to be one") from None


def _found(facts: Facts, own: OwnRules) -> list[Finding]:
    """Run the rules on the plan, and on what was opened by hand and this plan leaves open."""
    findings = list(own.relevelled(find((*RULES, *own.rules), facts)))
    by_hand = accepted(facts)
    if by_hand is None:
        return findings
    opened = [
        replace(
            finding,
            title=f"By hand: {finding.title[:1].lower()}{finding.title[1:]}",
            action=f"It is so already, and this plan leaves it. {finding.action}",
        )
        for finding in find(RULES, by_hand)
        if finding.level is Level.SECURITY
    ]
    return [*findings, *opened]


def _counts(plan: Plan) -> dict[str, int]:
    counts = dict.fromkeys((*_COUNTED.values(), "import", "move", "run"), 0)
    counts["run"] = len(plan.invocations)
    for change in plan.changes:
        if change.mode != "managed":
            continue
        if change.action in _COUNTED:
            counts[_COUNTED[change.action]] += 1
        counts["import"] += change.is_import
        counts["move"] += change.previous_address is not None
    return counts
