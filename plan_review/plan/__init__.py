"""The plan as Terraform writes it, checked once and then typed."""

from plan_review.plan.change import Action, ResourceChange
from plan_review.plan.decoding import MAX_BYTES, decode_json
from plan_review.plan.document import Check, Invocation, Plan
from plan_review.plan.reading import parse_plan, read_plan

__all__ = [
    "MAX_BYTES",
    "Action",
    "Check",
    "Invocation",
    "Plan",
    "ResourceChange",
    "decode_json",
    "parse_plan",
    "read_plan",
]
