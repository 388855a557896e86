"""What turning an option on does to a cluster that runs, and turning it off again.

As Terraform 1.11 and provider 5.100 planned it for lovelace on an emulator of AWS, and as the plan
review calls it. `python -m pytest -m full tests/terraform/test_transitions.py` holds this table,
and applies what is in place. Not tried on AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

IN_PLACE: Final = "in place"
REPLACES: Final = "**replaces the cluster**"
SUBNETS: Final = "**replaces the subnets** with all nodes"
NOTHING: Final = "nothing: what is there stays"
FAILS: Final = "fails: the review says why"
NO_WAY: Final = ""
"""Of an option that was never turned on: there is nothing to turn off."""


@dataclass(frozen=True)
class Transition:
    """An option turned on in lovelace, and off again."""

    options: Mapping[str, Any]
    """Values by the paths of their keys; None deletes the key."""

    on: str
    """What turning it on does."""

    review_on: str
    """The level that the review gives it."""

    off: str = NO_WAY
    """What turning it off does, all others being on."""

    review_off: str = NO_WAY

    applied: int = 1
    """The options that are applied together have one number: not all go with each other."""


_LOGS: Final = {"control_plane.enabled_cluster_log_types": ["audit"]}

_POD_IDENTITY: Final = {
    "pod_identity.by": ["kube2iam", "eks_pod_identity"],
    "addons.eks-pod-identity-agent": {},
}

TRANSITIONS: Final[Mapping[str, Transition]] = {
    "networking.nat: per_zone": Transition(
        {"networking.nat": "per_zone"}, IN_PLACE, "review", IN_PLACE, "disruption"
    ),
    "networking.endpoints: [s3]": Transition(
        {"networking.endpoints": ["s3"]}, IN_PLACE, "routine", IN_PLACE, "disruption"
    ),
    "networking.flow_logs": Transition(
        {"networking.flow_logs": {}}, IN_PLACE, "routine", IN_PLACE, "data-loss"
    ),
    "networking.default_security_group: closed": Transition(
        {"networking.default_security_group": "closed"}, IN_PLACE, "routine", IN_PLACE, "review"
    ),
    "networking.routes": Transition(
        {"networking.routes": [{"to": "10.9.0.0/16", "via": "vgw-0a1b2c3d4e5f67890"}]},
        IN_PLACE,
        "review",
        IN_PLACE,
        "disruption",
    ),
    "networking.pods_per_node: high": Transition(
        {"networking.pods_per_node": "high", "addons.vpc-cni": {}},
        IN_PLACE,
        "review",
        IN_PLACE,
        "review",
    ),
    "networking.private_newbits": Transition({"networking.private_newbits": 3}, FAILS, "will-fail"),
    "networking.subnets": Transition(
        {
            "networking.subnets": {
                "us-west-2a": {"private": "10.1.0.0/18", "public": "10.1.192.0/24"},
                "us-west-2b": {"private": "10.1.64.0/18", "public": "10.1.193.0/24"},
            }
        },
        SUBNETS,
        "outage",
    ),
    "networking.nat: none": Transition(
        {
            "networking.nat": "none",
            "networking.endpoints": ["auto"],
            "kube2iam.manifest": False,
        },
        IN_PLACE,
        "disruption",
        IN_PLACE,
        "disruption",
        applied=2,
    ),
    "control_plane.public_access_cidrs": Transition(
        {"control_plane.public_access_cidrs": ["203.0.113.0/24"]},
        IN_PLACE,
        "review",
        NOTHING,
        "routine",
    ),
    "control_plane.logs": Transition(
        {**_LOGS, "control_plane.logs": {"retention_in_days": 90}},
        IN_PLACE,
        "routine",
        IN_PLACE,
        "data-loss",
    ),
    "control_plane.support: standard": Transition(
        {"control_plane.support": "standard"}, IN_PLACE, "review", NOTHING, "routine"
    ),
    "control_plane.zonal_shift": Transition(
        {"control_plane.zonal_shift": True}, IN_PLACE, "routine", FAILS, "will-fail"
    ),
    "control_plane.secrets_key: create": Transition(
        {"control_plane.secrets_key": "create"}, IN_PLACE, "review", REPLACES, "outage"
    ),
    "control_plane.oidc": Transition(
        {
            "control_plane.oidc": {
                "issuer_url": "https://login.example.com",
                "client_id": "kubernetes",
            }
        },
        IN_PLACE,
        "review",
        IN_PLACE,
        "review",
    ),
    "control_plane.bootstrap_self_managed_addons: false": Transition(
        {"control_plane.bootstrap_self_managed_addons": False}, REPLACES, "outage"
    ),
    "control_plane.service_ipv4_cidr": Transition(
        {"control_plane.service_ipv4_cidr": "10.100.0.0/16"}, REPLACES, "outage"
    ),
    "control_plane.endpoint_public_access: false": Transition(
        {
            "control_plane.endpoint_public_access": False,
            "control_plane.ingress": {
                "vpn": {"description": "kubectl on the VPN", "cidr_blocks": ["10.8.0.0/16"]}
            },
        },
        IN_PLACE,
        "disruption",
        IN_PLACE,
        "security",
        applied=2,
    ),
    "access: access_entries": Transition(
        {"access": "access_entries"}, IN_PLACE, "routine", IN_PLACE, "disruption"
    ),
    "pod_identity: eks_pod_identity": Transition(
        _POD_IDENTITY,
        IN_PLACE,
        "routine",
        IN_PLACE,
        "disruption",
    ),
    "pod_identity: none": Transition(
        {"pod_identity": "none"}, IN_PLACE, "review", IN_PLACE, "routine", applied=2
    ),
    "addons.metrics-server": Transition(
        {"addons.metrics-server": {}}, IN_PLACE, "routine", IN_PLACE, "disruption"
    ),
    "node_groups.node.drain": Transition(
        {**_POD_IDENTITY, "node_groups.node.drain": True},
        IN_PLACE,
        "review",
        IN_PLACE,
        "data-loss",
        applied=3,
    ),
    "node_groups.node.instance_refresh": Transition(
        {"node_groups.node.instance_refresh": True},
        IN_PLACE,
        "routine",
        IN_PLACE,
        "review",
        applied=3,
    ),
    "node_groups.node.maintenance": Transition(
        {
            "node_groups.node.maintenance": {
                "min_healthy_percentage": 100,
                "max_healthy_percentage": 150,
            }
        },
        IN_PLACE,
        "routine",
        IN_PLACE,
        "routine",
    ),
    "node_groups.node.max_lifetime_days": Transition(
        {"node_groups.node.max_lifetime_days": 30}, IN_PLACE, "review", IN_PLACE, "routine"
    ),
    "node_groups.node.mixed_instances": Transition(
        {
            "node_groups.node.instance_type": None,
            "node_groups.node.mixed_instances": {
                "instance_types": ["c5.large", "c6i.large"],
                "on_demand_base": 1,
                "on_demand_percentage": 50,
            },
        },
        IN_PLACE,
        "review",
        IN_PLACE,
        "review",
    ),
    "node_groups.node.schedules": Transition(
        {"node_groups.node.schedules": {"night": {"recurrence": "0 20 * * *", "min_size": 1}}},
        IN_PLACE,
        "review",
        IN_PLACE,
        "review",
        applied=2,
    ),
    "node_groups.node.labels": Transition(
        {"node_groups.node.labels": {"team": "platform"}}, IN_PLACE, "review", IN_PLACE, "review"
    ),
    "node_groups.node.image: {family: al2023}": Transition(
        {"node_groups.node.image": {"family": "al2023"}}, IN_PLACE, "review", IN_PLACE, "review"
    ),
    "node_ingress": Transition(
        {
            "node_ingress": {
                "web": {
                    "description": "the office",
                    "from_port": 30080,
                    "cidr_blocks": ["203.0.113.0/24"],
                }
            }
        },
        IN_PLACE,
        "security",
        IN_PLACE,
        "review",
    ),
    "manifests": Transition(
        {"manifests.drains": {"path": "manifests/node-termination-handler.yaml"}},
        IN_PLACE,
        "review",
        IN_PLACE,
        "review",
    ),
    "kube2iam.namespace_restrictions": Transition(
        {"kube2iam.namespace_restrictions": True}, IN_PLACE, "review", IN_PLACE, "review"
    ),
    "tags": Transition({"tags": {"team": "platform"}}, IN_PLACE, "review", IN_PLACE, "review"),
    "iam.permissions_boundary": Transition(
        {"iam.permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess"},
        IN_PLACE,
        "review",
        IN_PLACE,
        "security",
    ),
    "iam.path": Transition({"iam.path": "/clusters/"}, REPLACES, "outage"),
    "iam.name_prefix": Transition({"iam.name_prefix": "acme-"}, REPLACES, "outage"),
}
"""By what a spec says."""
