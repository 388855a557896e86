"""Where Terraform keeps its own state and locks, and what else keeps data."""

from __future__ import annotations

import re
from typing import Final

from plan_review.facts import Facts
from plan_review.plan import ResourceChange

_STATE_NAME: Final = re.compile(
    r"(^|[-_.])(tf|terraform|opentofu|tofu)[-_.]?(remote[-_.]?)?(state|backend)s?([-_.]|$)"
    r"|(^|[-_.])tfstates?([-_.]|$)",
    re.IGNORECASE,
)


def holds_state(facts: Facts, change: ResourceChange) -> bool:
    """Whether a bucket, or what belongs to one, is about the bucket with Terraform's state."""
    if not change.type.startswith("aws_s3_"):
        return False
    name = change.old_text("bucket") or change.new_text("bucket")
    return bool(name) and (name == facts.stack.state_bucket or bool(_STATE_NAME.search(name)))


def is_lock_table(facts: Facts, change: ResourceChange) -> bool:
    """Whether a table holds Terraform's locks."""
    if change.type != "aws_dynamodb_table":
        return False
    name = change.old("name")
    return change.old("hash_key") == "LockID" or (bool(name) and name == facts.stack.lock_table)
