"""Every rule, one file a concern, in the order in which a report breaks ties."""

from __future__ import annotations

from typing import Final

from plan_review.rules import (
    access,
    addons,
    addresses,
    auto_mode,
    autoscaling,
    aws_auth,
    clouds,
    connectivity,
    data,
    databases,
    eks,
    eks_options,
    endpoint,
    expiry,
    iam,
    keys,
    kubernetes_rbac,
    launch_templates,
    losses,
    manifests,
    network,
    network_acls,
    node_groups,
    permissions,
    plan,
    public,
    rolling,
    schedules,
    secrets,
    security_groups,
    services,
    terraform,
    trails,
)
from plan_review.rules.rule import Rule

_CONCERNS: Final = (
    eks,
    eks_options,
    auto_mode,
    endpoint,
    access,
    aws_auth,
    addons,
    manifests,
    node_groups,
    autoscaling,
    launch_templates,
    rolling,
    schedules,
    network,
    connectivity,
    network_acls,
    security_groups,
    iam,
    permissions,
    public,
    keys,
    trails,
    data,
    expiry,
    databases,
    services,
    clouds,
    kubernetes_rbac,
    secrets,
    addresses,
    terraform,
    plan,
    losses,
)

RULES: Final[tuple[Rule, ...]] = tuple(
    value for concern in _CONCERNS for value in vars(concern).values() if isinstance(value, Rule)
)
