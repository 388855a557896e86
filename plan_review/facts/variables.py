"""Variables of a plan that are not what their declaration says."""

from __future__ import annotations

from plan_review.facts import Facts
from plan_review.plan.paths import ABSENT, Json


def odd_variables(facts: Facts) -> list[tuple[str, str, str]]:
    """The variables that are not their default: name, value and default, both masked.

    The defaults are those of the synthesised stack, or of the plan's own configuration. A variable
    without one has to be given, and is not odd.
    """
    root = facts.plan.configuration.get("root_module")
    declared = root.get("variables") if isinstance(root, dict) else None
    declared = declared if isinstance(declared, dict) else {}
    found = []
    for name, given in sorted(facts.plan.variables.items()):
        block = declared.get(name)
        block = block if isinstance(block, dict) else {}
        default = facts.stack.variables.get(name, block.get("default", ABSENT))
        value = given.get("value") if isinstance(given, dict) else None
        if default is ABSENT or _same(value, default):
            continue
        hidden = block.get("sensitive") is True
        now = facts.mask.value(value, (name,), is_sensitive=hidden)
        then = facts.mask.value(default, (name,), is_sensitive=hidden)
        found.append((name, now, then))
    return found


def _same(one: Json, other: Json) -> bool:
    """Whether two values are one, as Terraform converts them: `"3"` is 3, `"true"` is true."""
    return bool(one == other or _text(one) == _text(other))


def _text(value: Json) -> Json:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
