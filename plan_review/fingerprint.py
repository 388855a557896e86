"""A plan's fingerprint: the same for two plans that would do the same.

What a comment approves is not a file but what it does. So the plan that is applied after the
merge is made anew, by the job that applies it, and compared by fingerprint; no plan file,
which holds every secret in clear, ever leaves a job. Time stamps and unchanged objects do not
count; a sensitive value counts by whether it changes, not by what it is.
"""

from __future__ import annotations

import hashlib
import json

from plan_review.plan import Action, Plan, ResourceChange
from plan_review.plan.paths import Json, has_mark, shape_below

_NOTHING = (Action.NO_OP, Action.READ, Action.EPHEMERAL)


def fingerprint(plan: Plan) -> str:
    """The SHA-256, in hexadecimal, of what a plan does."""
    content = {
        "changes": [
            _content(change)
            for change in sorted(plan.changes, key=lambda c: (c.address, c.deposed or ""))
            if change.action not in _NOTHING or change.previous_address or change.is_import
        ],
        "outputs": sorted(
            (name, change.get("actions"))
            for name, change in plan.output_changes.items()
            if change.get("actions") != ["no-op"]
        ),
        "actions": sorted((run.address, run.trigger) for run in plan.invocations),
        "errored": plan.errored,
        "complete": plan.complete,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(change: ResourceChange) -> Json:
    return {
        "address": change.address,
        "deposed": change.deposed,
        "previous_address": change.previous_address,
        "actions": change.actions,
        "replace_paths": change.replace_paths,
        "before": _without(change.before, change.before_sensitive),
        "after": _without(change.after, change.after_sensitive),
        "unknown": change.after_unknown,
        "same": change.before == change.after,
    }


def _without(value: Json, shape: Json) -> Json:
    """A value with what its shape marks as sensitive taken out."""
    if shape is True:
        return None
    if not has_mark(shape):
        return value
    if isinstance(value, dict):
        return {key: _without(child, shape_below(shape, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [_without(child, shape_below(shape, n)) for n, child in enumerate(value)]
    return value
