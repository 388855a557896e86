"""A plan without the values that Terraform marks sensitive, to tell what is made of them.

What a rule says of the plan and of this copy alike cannot come from a marked value; the rest
must not be quoted (rules/quotes.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from plan_review.masking import SENSITIVE
from plan_review.plan import Plan, ResourceChange
from plan_review.plan.paths import ABSENT, Json, shape_below, step

_CHANGED: Final = "(sensitive, changed)"


def blinded(plan: Plan) -> Plan | None:
    """The plan with a stand-in for each marked value; None where nothing is marked."""
    if not any(change.has_sensitive for change in (*plan.changes, *plan.drift)):
        return None
    return replace(
        plan,
        changes=tuple(map(_blinded, plan.changes)),
        drift=tuple(map(_blinded, plan.drift)),
    )


def _blinded(change: ResourceChange) -> ResourceChange:
    if not change.has_sensitive:
        return change
    return replace(
        change,
        before=_without(change.before, change.before_sensitive, ABSENT),
        after=_without(change.after, change.after_sensitive, change.before),
    )


def _without(value: Json, shape: Json, earlier: Json) -> Json:
    """A value with its marked parts replaced; `earlier` is what stood there before.

    Types give nothing away, and neither do booleans, which have no third value to stand in.
    """
    if isinstance(value, dict):
        return {
            key: _without(child, shape_below(shape, key), step(earlier, key))
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [
            _without(child, shape_below(shape, number), step(earlier, number))
            for number, child in enumerate(value)
        ]
    if shape is not True or value is None or isinstance(value, bool):
        return value
    return SENSITIVE if earlier is ABSENT or value == earlier else _CHANGED
