"""Arguments that only version 6 of the AWS provider takes, and since which release.

Read from the schemas of 5.100 and 6.69 (a test holds this table against both) and from the
provider's changelog: https://github.com/hashicorp/terraform-provider-aws/blob/main/CHANGELOG.md
Where the changelog was not found to say, the newest release that was compared. None of them has
run here; not tried on AWS.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Release = tuple[int, int]

FLOOR: Final[Release] = (6, 48)
"""The first release without the known accidents of an upgrade from version 5, such as templates
and instances of its states that do not decode."""

COMPARED: Final[Release] = (6, 69)
"""The newest release whose schema was compared."""

NEWER: Final[Mapping[str, Mapping[str, Release]]] = {
    "aws_autoscaling_group": {"instance_lifecycle_policy": (6, 56)},
    "aws_cloudwatch_log_group": {"deletion_protection_enabled": (6, 25)},
    "aws_eks_addon": {"namespace_config": (6, 42)},
    "aws_eks_cluster": {
        "control_plane_scaling_config": (6, 23),
        "deletion_protection": (6, 9),
        "kube_api_server_config": (6, 59),
        "kube_controller_manager_config": (6, 59),
        "kube_scheduler_config": (6, 59),
        "outpost_config": COMPARED,
        "remote_network_config": (6, 0),
        "vpc_config.control_plane_egress_mode": (6, 52),
    },
    "aws_eks_node_group": {
        "node_repair_config.max_parallel_nodes_repaired_count": (6, 20),
        "node_repair_config.max_parallel_nodes_repaired_percentage": (6, 20),
        "node_repair_config.max_unhealthy_node_threshold_count": (6, 20),
        "node_repair_config.max_unhealthy_node_threshold_percentage": (6, 20),
        "node_repair_config.node_repair_config_overrides": (6, 20),
        "update_config.update_strategy": (6, 26),
        "warm_pool_config": (6, 56),
    },
    "aws_eks_pod_identity_association": {
        "disable_session_tags": (6, 2),
        "policy": COMPARED,
        "target_role_arn": (6, 2),
    },
    "aws_flow_log": {
        "regional_nat_gateway_id": COMPARED,
        "tag_field_specification": COMPARED,
    },
    "aws_instance": {
        "cpu_options.nested_virtualization": COMPARED,
        "force_destroy": COMPARED,
        "placement_group_id": COMPARED,
        "primary_network_interface": COMPARED,
        "secondary_network_interface": COMPARED,
    },
    "aws_launch_template": {
        "cpu_options.nested_virtualization": COMPARED,
        "network_interfaces.ena_queue_count": COMPARED,
        "network_performance_options": (6, 29),
        "placement.group_id": COMPARED,
        "secondary_interfaces": COMPARED,
    },
    "aws_nat_gateway": {
        "availability_mode": (6, 24),
        "availability_zone_address": (6, 24),
        "vpc_id": (6, 24),
    },
    "aws_subnet": {
        "ipv4_ipam_pool_id": (6, 29),
        "ipv4_netmask_length": (6, 29),
        "ipv6_ipam_pool_id": (6, 29),
        "ipv6_netmask_length": (6, 29),
    },
    "aws_vpc_endpoint": {
        "dns_options.private_dns_preference": COMPARED,
        "dns_options.private_dns_specified_domains": COMPARED,
    },
}
"""By type: the first parts of an argument's path that tell it, and the release that brought it.
`remote_network_config` and `outpost_config` are older, but version 5 replaces the cluster for a
change of the first, and lacks half of the second."""


def release(kind: str, arguments: Any) -> Release | None:
    """The oldest release that takes `arguments` of a resource of `kind`; none for any of the range.

    `arguments` is what stands in Terraform's JSON, or a part of it, such as an override.
    """
    known = NEWER.get(kind, {})
    found = [known[path] for path in _paths(arguments) if path in known]
    return max(FLOOR, *found) if found else None


def is_newer(kind: str, path: tuple[str, ...]) -> bool:
    """Whether version 6 brought the argument, whatever the bindings know."""
    known = NEWER.get(kind, {})
    named = [part for part in path if not part.isdigit()]
    return any(".".join(named[:length]) in known for length in range(1, len(named) + 1))


def _paths(value: Any, where: str = "") -> Iterator[str]:
    """The paths of what is set below `value`, without the numbers of items."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if inner is not None:
                path = where if str(key).isdigit() else f"{where}.{key}".lstrip(".")
                yield path
                yield from _paths(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, where)
