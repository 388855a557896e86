"""What the add-on vpc-cni is told of the network."""

from collections.abc import Mapping
from typing import Any

from constructs_lib.networking import Networking
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import NetworkingSpec
from constructs_lib.tables.cni import CONFIGS, CUSTOM_NETWORKING, PREFIXES


def settings(
    spec: NetworkingSpec, network: Networking, groups: SecurityGroups
) -> Mapping[str, Any]:
    """The add-on's settings; none where pods get their addresses as usual.

    The ENIConfigs are called after the zones, which nodes have as a label. They are part of the
    add-on, so that they are there before the first node.
    """
    found: dict[str, Any] = {}
    env: dict[str, str] = {}
    if network.pod_subnets_by_zone is not None:
        env |= CUSTOM_NETWORKING
        found[CONFIGS] = {
            "create": True,
            "region": network.region,
            "subnets": "${jsonencode({for zone, id in "
            f"{network.pod_subnets_by_zone} : zone => "
            f"{{id = id, securityGroups = [{groups.nodes.node.id}.id]}}}})}}",
        }
    if spec.pods_per_node == "high":
        env |= PREFIXES
    if env:
        found["env"] = env
    return found
