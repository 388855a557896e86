"""The autoscaling group of nodes that the cluster runs itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupInstanceMaintenancePolicy,
    AutoscalingGroupInstanceRefresh,
    AutoscalingGroupInstanceRefreshPreferences,
    AutoscalingGroupInstanceRefreshPreferencesAlarmSpecification,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.autoscaling_schedule import AutoscalingSchedule
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.place import subnet_ids
from constructs_lib.nodes.role import NodeRole
from constructs_lib.spec import AutoscaledNodeGroupSpec, RefreshSpec

DRAINED = "aws-node-termination-handler/managed"
"""The tag of what aws-node-termination-handler looks after."""


def autoscaling_group(
    scope: Construct,
    key: str,
    spec: AutoscaledNodeGroupSpec,
    *,
    launch: Mapping[str, Any],
    cluster: Identity,
    network: Networking,
    role: NodeRole,
    granted: Sequence[ITerraformDependable],
) -> AutoscalingGroup:
    """Make the autoscaling group `key`, whose nodes `launch` starts: its argument and value.

    Nodes start when `granted` lets them in, the role has its rights and they have a way to the
    internet. How many there are is an autoscaler's to say, so there is no desired capacity.
    """
    name = naming.node_group(cluster.name, key)
    address = naming.node_group_address(key)
    group = AutoscalingGroup(
        scope,
        f"aws_autoscaling_group.{address}",
        name=name,
        min_size=spec.min_size,
        max_size=spec.max_size,
        vpc_zone_identifier=subnet_ids(scope, key, spec, network),
        suspended_processes=list(spec.suspended_processes) or None,
        **launch,
        instance_refresh=_refresh(spec.refresh) if spec.instance_refresh else None,
        instance_maintenance_policy=None
        if spec.maintenance is None
        else AutoscalingGroupInstanceMaintenancePolicy(
            min_healthy_percentage=spec.maintenance.min_healthy_percentage,
            max_healthy_percentage=spec.maintenance.max_healthy_percentage,
        ),
        max_instance_lifetime=None
        if spec.max_lifetime_days is None
        else spec.max_lifetime_days * _SECONDS_OF_A_DAY,
        tag=[
            AutoscalingGroupTag(key="Name", value=name, propagate_at_launch=True),
            AutoscalingGroupTag(key=cluster.tag, value="owned", propagate_at_launch=True),
            # what the provider tags by default, it does not tag here
            *(
                AutoscalingGroupTag(key=tag, value=value, propagate_at_launch=True)
                for tag, value in cluster.tags.items()
            ),
            *(
                # the handler looks for it on the instance
                [AutoscalingGroupTag(key=DRAINED, value="true", propagate_at_launch=True)]
                if spec.drain
                else []
            ),
            *(
                AutoscalingGroupTag(key=tag, value=value, propagate_at_launch=False)
                for tag, value in _for_cluster_autoscaler(spec, cluster).items()
            ),
        ],
        # what a schedule has set is not to be put back by the next apply
        lifecycle=TerraformResourceLifecycle(ignore_changes=["min_size", "max_size"])
        if spec.schedules
        else None,
        depends_on=[*granted, *role.attachments, *network.ways_out],
    )
    for name_, schedule in spec.schedules.items():
        AutoscalingSchedule(
            scope,
            f"aws_autoscaling_schedule.{address}-{name_}",
            scheduled_action_name=name_,
            autoscaling_group_name=group.name,
            recurrence=schedule.recurrence,
            time_zone=schedule.time_zone,
            **schedule.sizes(),
        )
    return group


_SECONDS_OF_A_DAY = 86_400


def _refresh(spec: RefreshSpec | None) -> AutoscalingGroupInstanceRefresh:
    if spec is None:
        return AutoscalingGroupInstanceRefresh(strategy="Rolling")
    return AutoscalingGroupInstanceRefresh(
        strategy="Rolling",
        preferences=AutoscalingGroupInstanceRefreshPreferences(
            min_healthy_percentage=spec.min_healthy_percentage,
            max_healthy_percentage=spec.max_healthy_percentage,
            instance_warmup=_text(spec.warmup_seconds),
            checkpoint_percentages=list(spec.checkpoint_percentages) or None,
            checkpoint_delay=_text(spec.checkpoint_delay_seconds),
            skip_matching=spec.skip_matching or None,
            auto_rollback=spec.auto_rollback or None,
            alarm_specification=AutoscalingGroupInstanceRefreshPreferencesAlarmSpecification(
                alarms=list(spec.alarms)
            )
            if spec.alarms
            else None,
        ),
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _for_cluster_autoscaler(spec: AutoscaledNodeGroupSpec, cluster: Identity) -> dict[str, str]:
    """The tags by which cluster-autoscaler finds a group, and knows of the nodes it would have.

    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
    """
    if not spec.cluster_autoscaler_tags:
        return {}
    prefix = naming.AUTOSCALER_TAGS
    template = f"{prefix}/node-template"
    return {
        f"{prefix}/enabled": "enabled",
        f"{prefix}/{cluster.name}": "owned",
        **{f"{template}/label/{key}": value for key, value in spec.labels.items()},
        **{f"{template}/taint/{t.key}": f"{t.value}:{t.effect}" for t in spec.taints},
    }
