"""Why a kind of node group has not the keys of another."""

from collections.abc import Mapping
from typing import Final

_DELETE = "delete it"
_OF_EKS = "whose autoscaling group is EKS's own"
_BY_HAND = "delete it, or say kind: self_managed"

_MANAGED: Final[Mapping[str, tuple[str, str]]] = {
    "mixed_instances": ("which has instance_types and capacity_type", "use those"),
    "drain": ("whose nodes EKS drains by itself", _DELETE),
    "instance_refresh": ("whose nodes EKS replaces by itself, drained", _DELETE),
    "refresh": ("whose nodes EKS replaces by itself, drained", _DELETE),
    "cluster_autoscaler_tags": ("which EKS tags by itself", _DELETE),
    "maintenance": (_OF_EKS, _BY_HAND),
    "max_lifetime_days": (_OF_EKS, _BY_HAND),
    "schedules": (_OF_EKS, _BY_HAND),
    "suspended_processes": (_OF_EKS, _BY_HAND),
    "warm_pool": (_OF_EKS, _BY_HAND),
}

_OF_OTHERS: Final[Mapping[str, tuple[str, str]]] = {
    "selectors": ("which has nodes", "delete it, or say kind: fargate"),
    "name_prefix": ("whose launch template has a name of its own", _DELETE),
}

_OWN: Final[Mapping[str, tuple[str, str]]] = {
    "capacity_type": ("which may mix both", "use mixed_instances.on_demand_percentage"),
    "instance_types": ("which has them one level deeper", "use mixed_instances.instance_types"),
    "node_repair": ("whose nodes EKS does not watch", "delete it, or say kind: managed"),
    "update": ("which has refresh", "use that"),
}

_REASONS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "managed": {**_OF_OTHERS, **_MANAGED},
    "self_managed": {**_OF_OTHERS, **_OWN},
    "launch_configuration": {
        **_OF_OTHERS,
        **_OWN,
        "capacity_type": ("which has no spot", _BY_HAND),
        "instance_types": ("which has one type", _BY_HAND),
        "mixed_instances": ("which has one type", _BY_HAND),
        "warm_pool": ("whose instances join at once", _BY_HAND),
    },
}


def why_not(kind: str, key: str) -> tuple[str, str] | None:
    """What is wrong with a key of another kind's in a group of `kind`, and the way out.

    None where it is no such key, or nobody has said why.
    """
    if kind == "fargate":
        return f"is not for kind: {kind}, where AWS runs the machines", _DELETE
    found = _REASONS[kind].get(key)
    return found and (f"is not for kind: {kind}, {found[0]}", found[1])
