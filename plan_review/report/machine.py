"""The report as JSON, for other programs; its names are stable.

`verdict` and `findings` stand at the top. The format is described in
docs/how-to/review-a-plan.md.
"""

from __future__ import annotations

import json

from plan_review.masking import Mask
from plan_review.plan.paths import Json
from plan_review.review import Review
from plan_review.rules.findings import Finding

FORMAT = 1


def as_json(review: Review, *, stack: str = "") -> str:
    """Write the report as JSON, the same bytes for the same review."""
    mask = review.facts.mask
    document = {
        "verdict": review.verdict.value,
        "findings": [_finding(finding, mask) for finding in review.findings],
        "format": FORMAT,
        "stack": mask.text(stack or review.facts.stack.name),
        "complete": review.is_whole,
        "counts": review.counts,
        "tags_only": review.tags_only,
        "causes": [
            {
                "addresses": [mask.text(text) for text in cause.addresses],
                "argument": mask.text(cause.argument),
                "before": list(cause.before),
                "after": list(cause.after),
                "reason": cause.reason,
                "replaces": cause.takes,
                "variables": [mask.text(text) for text in cause.variables],
                "through": [mask.text(text) for text in cause.through],
                "construct_paths": [mask.text(text) for text in cause.construct_paths],
            }
            for cause in review.causes
        ],
        "notes": list(review.notes),
        "plan": review.fingerprint,
        "terraform_version": mask.text(review.facts.plan.terraform_version),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, mask: Mask) -> Json:
    accepted = None
    if finding.accepted_until is not None:
        accepted = {
            "reason": mask.text(finding.accepted_because),
            "expires": finding.accepted_until.isoformat(),
        }
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "title": finding.title,
        "why": finding.why,
        "action": finding.action,
        "addresses": [mask.text(address) for address in finding.addresses],
        "source": finding.source,
        "accepted": accepted,
        "proposed": mask.text(finding.proposed_because) or None,
    }
