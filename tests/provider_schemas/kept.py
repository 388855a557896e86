"""What AWS may fill in though the provider has it Optional and not Computed, and what keeps it.

Where AWS fills such an argument in and the configuration has it not, every plan wants to take it
away again. Whatever the newest provider has so and the oldest has not must be named here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.provider_schemas import emitted
from tests.provider_schemas.check import paths


class Way(Enum):
    """What keeps an argument from showing as a diff in every plan."""

    NOT_FILLED = "AWS leaves it empty unless it is asked for"
    COMPUTED_BLOCK = "the provider computes it; for a block a schema cannot say so"
    PARENT_ABSENT = "the block that it stands in is not written"
    WRITTEN = "it is written wherever its block is"
    IGNORED = "it is in ignore_changes"


@dataclass(frozen=True)
class Kept:
    """How an argument is kept, and what is known of it."""

    way: Way
    why: str = ""


def holds(kind: str, path: str, kept: Kept, documents: Iterable[Mapping[str, Any]]) -> bool:
    """Whether what is claimed of an argument is so in all of these documents."""
    parent = path.rpartition(".")[0]
    for document in documents:
        found = paths(document)
        if kept.way is Way.PARENT_ABSENT and (kind, parent) in found:
            return False
        if kept.way is Way.WRITTEN and (kind, parent) in found and (kind, path) not in found:
            return False
        if kept.way is Way.IGNORED and not all(
            path.partition(".")[0] in block.get("lifecycle", {}).get("ignore_changes", [])
            for other, _, block in emitted(document)
            if other == kind
        ):
            return False
    return True


_ASKED, _BLOCK, _ABSENT = Kept(Way.NOT_FILLED), Kept(Way.COMPUTED_BLOCK), Kept(Way.PARENT_ABSENT)

KEPT: Mapping[tuple[str, str], Kept] = {
    (f"resource.aws_{kind}", path): kept
    for kind, arguments in {
        "autoscaling_group": {"instance_lifecycle_policy": _ASKED},
        "dynamodb_table": {
            "global_secondary_index.key_schema": _ABSENT,
            "global_secondary_index.warm_throughput": _ABSENT,
            "global_table_witness": _ASKED,
            "replica.consistency_mode": _ABSENT,
            "restore_backup_arn": _ASKED,
            "warm_throughput": _BLOCK,
        },
        "eks_addon": {"namespace_config": Kept(Way.COMPUTED_BLOCK, "its namespace is Computed")},
        "eks_cluster": {
            "control_plane_scaling_config": _BLOCK,
            "kube_api_server_config": _BLOCK,
            "kube_controller_manager_config": _BLOCK,
            "kube_scheduler_config": _BLOCK,
            "outpost_config.etcd_placement": _ABSENT,
        },
        "eks_node_group": {
            "node_repair_config.max_parallel_nodes_repaired_count": _ASKED,
            "node_repair_config.max_parallel_nodes_repaired_percentage": _ASKED,
            "node_repair_config.max_unhealthy_node_threshold_count": _ASKED,
            "node_repair_config.max_unhealthy_node_threshold_percentage": _ASKED,
            "node_repair_config.node_repair_config_overrides": _ASKED,
            "update_config.update_strategy": Kept(
                Way.WRITTEN, "AWS fills it in from 6.26 on: terraform-aws-eks#3625"
            ),
            "warm_pool_config": _ASKED,
        },
        "eks_pod_identity_association": {"policy": _ASKED, "target_role_arn": _ASKED},
        "flow_log": {"regional_nat_gateway_id": _ASKED, "tag_field_specification": _ASKED},
        "iam_policy": {
            "delay_after_policy_creation_in_ms": Kept(Way.NOT_FILLED, "the provider's own wait")
        },
        "instance": {
            "force_destroy": Kept(Way.NOT_FILLED, "the provider's own switch"),
            "primary_network_interface": _BLOCK,
            "secondary_network_interface": _ASKED,
            "user_data": Kept(Way.NOT_FILLED, "the bastion is made without any"),
        },
        "launch_template": {
            "cpu_options.nested_virtualization": _ABSENT,
            "network_interfaces.ena_queue_count": _ASKED,
            "network_performance_options": _ASKED,
            "placement.group_id": _ABSENT,
            "secondary_interfaces": _ASKED,
        },
        "nat_gateway": {"availability_zone_address": _BLOCK},
        "route": {"odb_network_arn": _ASKED},
        "s3_bucket_lifecycle_configuration": {
            "rule.noncurrent_version_expiration.newer_noncurrent_versions": _ASKED,
            "rule.noncurrent_version_transition.newer_noncurrent_versions": _ASKED,
        },
        "s3_bucket_public_access_block": {
            "skip_destroy": Kept(Way.NOT_FILLED, "the provider's own switch")
        },
        "subnet": dict.fromkeys(
            (
                *("ipv4_ipam_pool_id", "ipv4_netmask_length"),
                *("ipv6_ipam_pool_id", "ipv6_netmask_length"),
            ),
            _ASKED,
        ),
    }.items()
    for path, kept in arguments.items()
}
