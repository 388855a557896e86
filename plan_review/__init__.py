"""Says what a Terraform plan will do to an EKS cluster, before it is merged.

    from plan_review import review
    review(json.load(file)).verdict

Standard library only; no CDKTF, no network. Reading order: `plan` (the input), `facts` (what
rules ask of it), `rules/` (what is looked for), `review` (the result), `report/` (how it is
written down).
"""

from plan_review.acceptance import Acceptance, parse_acceptances
from plan_review.errors import ReviewError
from plan_review.levels import Level
from plan_review.plan import Plan, parse_plan, read_plan
from plan_review.plan.construct_paths import Stack, parse_stack, read_stack
from plan_review.review import Review, review
from plan_review.rules.findings import Finding

__all__ = [
    "Acceptance",
    "Finding",
    "Level",
    "Plan",
    "Review",
    "ReviewError",
    "Stack",
    "parse_acceptances",
    "parse_plan",
    "parse_stack",
    "read_plan",
    "read_stack",
    "review",
]
