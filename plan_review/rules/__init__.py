"""Every rule, one file a concern, in the order in which a report breaks ties."""

from __future__ import annotations

from typing import Final

from plan_review.rules import (
    autoscaling,
    data,
    eks,
    iam,
    launch_templates,
    network,
    node_groups,
    plan,
    secrets,
    security_groups,
    terraform,
)
from plan_review.rules.rule import Rule

_CONCERNS: Final = (
    eks,
    node_groups,
    autoscaling,
    launch_templates,
    network,
    security_groups,
    iam,
    data,
    secrets,
    terraform,
    plan,
)

RULES: Final[tuple[Rule, ...]] = tuple(
    value for concern in _CONCERNS for value in vars(concern).values() if isinstance(value, Rule)
)
