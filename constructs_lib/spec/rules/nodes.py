"""Node groups."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import (
    AutoscaledNodeGroupSpec,
    LaunchConfigurationNodeGroupSpec,
    MaintenanceSpec,
    ManagedNodeGroupSpec,
    MixedInstancesSpec,
    NodeGroupSpec,
    RefreshSpec,
    ScheduleSpec,
    SelfManagedNodeGroupSpec,
    UpdateSpec,
    drained,
)
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.tables import instance_types, node_image
from constructs_lib.tables.node_image import architecture_of

MAX_TAG_KEY = 128
MAX_TAGS = 50
"""https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html"""

_OTHER_TAGS = 4
"""Name, the cluster's, and two by which cluster-autoscaler finds a group."""

_HINT = f"{naming.AUTOSCALER_TAGS}/node-template"
_WITHOUT = "or say cluster_autoscaler_tags: false"


@rule
def sizes_are_in_order(group: NodeGroupSpec) -> Iterator[Wrong]:
    """The fewest nodes are not more than the most."""
    fewest, most = group.min_size, group.max_size
    if fewest <= most:
        return
    if "max_size" in group.model_fields_set:
        yield Wrong(("max_size",), f"is below min_size ({fewest})", "swap the two")
    else:
        what = f"is above max_size ({most} by default)"
        yield Wrong(("min_size",), what, f"add max_size: {fewest} or more")


@rule
def tags_for_the_autoscaler_fit(group: AutoscaledNodeGroupSpec) -> Iterator[Wrong]:
    """cluster-autoscaler knows of labels and taints by tags, which EC2 limits."""
    if not group.cluster_autoscaler_tags:
        return
    for key in group.labels:
        if (length := len(f"{_HINT}/label/{key}")) > MAX_TAG_KEY:
            what = f"makes a tag of {length} characters, and EC2 takes {MAX_TAG_KEY}"
            yield Wrong(("labels", key), what, f"shorten the key, {_WITHOUT}", got=None)
    tags = (
        _OTHER_TAGS + group.drain + len(group.labels) + len({taint.key for taint in group.taints})
    )
    if tags > MAX_TAGS:
        what = f"makes, with the taints, {tags} tags, and EC2 takes {MAX_TAGS}"
        yield Wrong(("labels",), what, f"leave some out, {_WITHOUT}", got=None)


@rule
def zones_of_groups_are_the_clusters(spec: ClusterSpec) -> Iterator[Wrong]:
    """Nodes start in the cluster's subnets."""
    for key, group in spec.node_groups.items():
        for index, zone in enumerate(group.availability_zones or ()):
            if zone not in spec.availability_zones:
                yield Wrong(
                    ("node_groups", key, "availability_zones", index),
                    "is not among the cluster's availability_zones",
                    f"use those of {', '.join(spec.availability_zones)}",
                )


@rule
def one_key_names_the_types(group: NodeGroupSpec) -> Iterator[Wrong]:
    """Of two, one would be without effect."""
    where = next(group.placed_types())[0]
    if len(where) > 1 and "instance_type" in group.model_fields_set:
        several = ".".join(map(str, where[:-1]))
        what = f"has no effect beside {where[0]}"
        todo = f"put it first among {several}, and delete this key"
        yield Wrong(("instance_type",), what, todo)


@rule
def types_are_of_one_architecture(group: NodeGroupSpec) -> Iterator[Wrong]:
    """All nodes of a group run one image."""
    (_, first), *others = group.placed_types()
    wanted = architecture_of(first)
    for where, other in others:
        if (found := architecture_of(other)) != wanted:
            yield Wrong(
                where,
                f"is {found}, and the first, {first}, is {wanted}",
                "make a group of its own for it",
            )


@rule
def types_need_the_same_drivers(group: NodeGroupSpec) -> Iterator[Wrong]:
    """All nodes of a group run one image."""
    if group.image.id is not None or group.image.variant is not None:
        return
    (_, first), *others = group.placed_types()
    wanted = node_image.accelerator_of(first)
    for where, other in others:
        if node_image.accelerator_of(other) != wanted:
            what = f"needs other drivers than the first, {first}"
            yield Wrong(where, what, "make a group of its own for it")


@rule
def types_are_of_one_size(group: NodeGroupSpec) -> Iterator[Wrong]:
    """cluster-autoscaler takes every node of a group for one of the first type.

    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
    """
    todo = "use types of one size"
    if isinstance(group, SelfManagedNodeGroupSpec):
        if group.mixed_instances is None or group.mixed_instances.weights:
            return
        if not group.cluster_autoscaler_tags:
            return
        todo = "use types of one size, or add weights, or say cluster_autoscaler_tags: false"
    (_, first), *others = group.placed_types()
    wanted = instance_types.size(first)
    for where, other in others:
        found = instance_types.size(other)
        if wanted is not None and found is not None and found != wanted:
            yield Wrong(
                where,
                f"has {found.cpus} CPUs and {found.mib} MiB, and the first, {first}, has "
                f"{wanted.cpus} and {wanted.mib}, for which cluster-autoscaler takes all",
                todo,
            )


@rule
def weights_are_of_the_types(mixed: MixedInstancesSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups-instance-weighting.html"""
    for name in mixed.weights:
        if name not in mixed.instance_types:
            yield Wrong(("weights", name), "is not among instance_types", "add it there", got=name)
    missing = [name for name in mixed.instance_types if name not in mixed.weights]
    if mixed.weights and missing:
        what = f"has no weight for {', '.join(missing)}"
        yield Wrong(("weights",), what, "give one to each type", got=None)


@rule
def words_about_spot_have_some(mixed: MixedInstancesSpec) -> Iterator[Wrong]:
    """Without spot, its settings are without effect."""
    if not mixed.has_spot:
        for key in ("spot_strategy", "spot_pools", "spot_max_price", "capacity_rebalance"):
            if key in mixed.model_fields_set and getattr(mixed, key):
                what = "has no effect while all nodes are on demand"
                yield Wrong((key,), what, "write on_demand_percentage below 100, or delete it")
    elif mixed.spot_pools is not None and mixed.spot_strategy != "lowest-price":
        what = f"has no effect with spot_strategy: {mixed.spot_strategy}"
        yield Wrong(("spot_pools",), what, "delete it, or write spot_strategy: lowest-price")


@rule
def refreshes_happen(group: AutoscaledNodeGroupSpec) -> Iterator[Wrong]:
    """Settings of what never happens mean that one of the two is a mistake."""
    if group.refresh is not None and not group.instance_refresh:
        what = "has no effect while instance_refresh is off"
        yield Wrong(("refresh",), what, "add instance_refresh: true, or delete it", got=None)


@rule
def a_launch_configuration_is_not_rolled_back(
    group: LaunchConfigurationNodeGroupSpec,
) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html"""
    if group.refresh is not None and group.refresh.auto_rollback:
        where = ("refresh", "auto_rollback")
        what = "needs a launch template, which a launch configuration is not"
        yield Wrong(where, what, "delete it, or say kind: self_managed")


@rule
def a_refresh_stays_within_its_bounds(refresh: RefreshSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html"""
    least, most = refresh.min_healthy_percentage, refresh.max_healthy_percentage
    if most is not None and most - least > _WIDEST:
        where = ("max_healthy_percentage",)
        what = f"is more than {_WIDEST} above min_healthy_percentage ({least})"
        yield Wrong(where, what, f"write {least + _WIDEST} or less")
    if refresh.checkpoint_delay_seconds is not None and not refresh.checkpoint_percentages:
        what = "has no effect without checkpoint_percentages"
        yield Wrong(("checkpoint_delay_seconds",), what, "add them, or delete it")


@rule
def maintenance_stays_within_its_bounds(maintenance: MaintenanceSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceMaintenancePolicy.html"""
    least, most = maintenance.min_healthy_percentage, maintenance.max_healthy_percentage
    if most - least > _WIDEST:
        where = ("max_healthy_percentage",)
        what = f"is more than {_WIDEST} above min_healthy_percentage ({least})"
        yield Wrong(where, what, f"write {least + _WIDEST} or less")


_WIDEST = 100
"""Between the two percentages."""


@rule
def schedules_say_a_size(schedule: ScheduleSpec) -> Iterator[Wrong]:
    """One without any would do nothing."""
    least, most, wanted = schedule.min_size, schedule.max_size, schedule.desired_size
    if least is None and most is None and wanted is None:
        yield Wrong((), "says no size", "add min_size or max_size", got=None)
    if least is not None and most is not None and least > most:
        yield Wrong(("max_size",), f"is below min_size ({least})", "swap the two")
    if wanted is not None and not (least or 0) <= wanted <= (wanted if most is None else most):
        todo = "write a size between the two"
        yield Wrong(("desired_size",), "is not between min_size and max_size", todo)


@rule
def schedules_stay_within_the_groups_sizes(group: AutoscaledNodeGroupSpec) -> Iterator[Wrong]:
    """What no schedule says stays as the group was made with."""
    schedules = group.schedules
    most_stays = all(each.max_size is None for each in schedules.values())
    least_stays = all(each.min_size is None for each in schedules.values())
    for name, schedule in schedules.items():
        least, most = schedule.min_size, schedule.max_size
        if most_stays and least is not None and least > group.max_size:
            what = f"is above the group's max_size ({group.max_size}), which no schedule changes"
            yield Wrong(("schedules", name, "min_size"), what, "add max_size here")
        if least_stays and most is not None and most < group.min_size:
            what = f"is below the group's min_size ({group.min_size}), which no schedule changes"
            yield Wrong(("schedules", name, "max_size"), what, "add min_size here")


@rule
def what_is_asked_for_is_not_suspended(group: AutoscaledNodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html"""
    for index, process in enumerate(group.suspended_processes):
        for key, processes in _NEEDED_PROCESSES.items():
            if process in processes and getattr(group, key):
                what = f"is suspended, and {key} needs it"
                todo = f"leave it out, or delete {key}"
                yield Wrong(("suspended_processes", index), what, todo)
                break


_NEEDED_PROCESSES = {
    "instance_refresh": ("InstanceRefresh", "Launch", "Terminate"),
    "schedules": ("ScheduledActions",),
    "max_lifetime_days": ("Launch", "Terminate"),
}
"""By the key of the group that asks for what they do."""


@rule
def eks_takes_the_labels_and_taints(group: ManagedNodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html"""
    todo = "shorten it, or say kind: self_managed"
    for key, value in group.labels.items():
        if len(key) > MAX_LABEL:
            what = f"is a key of {len(key)} characters, and EKS takes {MAX_LABEL} in managed groups"
            yield Wrong(("labels", key), what, todo, got=None)
        if not value:
            what = "has no value, which EKS refuses in managed groups"
            yield Wrong(("labels", key), what, 'write one, like "true"', got=None)
    for index, taint in enumerate(group.taints):
        if len(taint.key) > MAX_LABEL:
            what = f"has {len(taint.key)} characters, and EKS takes {MAX_LABEL} in managed groups"
            yield Wrong(("taints", index, "key"), what, todo)


MAX_LABEL = 63
"""Characters of a label's key, with its prefix, and of a taint's."""


@rule
def schedules_leave_the_number_to_the_autoscaler(
    group: AutoscaledNodeGroupSpec,
) -> Iterator[Wrong]:
    """Two that decide on one number undo each other's work."""
    for name, schedule in group.schedules.items():
        if schedule.desired_size is not None and group.cluster_autoscaler_tags:
            yield Wrong(
                ("schedules", name, "desired_size"),
                "is what cluster-autoscaler decides",
                "use min_size and max_size, or say cluster_autoscaler_tags: false",
            )


@rule
def managed_groups_have_short_names(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html"""
    for key, group in spec.node_groups.items():
        name = naming.node_group(spec.name, key)
        if group.kind == "managed" and len(name) > MAX_NODE_GROUP_NAME:
            yield Wrong(
                ("node_groups", key),
                f"makes a name of {len(name)} characters, and EKS takes {MAX_NODE_GROUP_NAME}",
                "shorten the key",
                got=name,
            )


MAX_NODE_GROUP_NAME = 63


@rule
def updates_are_counted_one_way(update: UpdateSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupUpdateConfig.html"""
    if update.max_unavailable is not None and update.max_unavailable_percentage is not None:
        where = ("max_unavailable_percentage",)
        yield Wrong(where, "stands beside max_unavailable", "keep one of the two")


@rule
def fargate_runs_no_daemon_sets(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/fargate.html"""
    kinds = {group.kind for group in spec.node_groups.values()}
    if kinds == {"fargate"} and spec.gives_roles_by("kube2iam"):
        yield Wrong(
            ("kube2iam", "enabled"),
            "is on, and there are no nodes but Fargate's, which run no DaemonSet",
            "write kube2iam: {enabled: false}",
            got=None,
        )
    if kinds == {"fargate"} and spec.pod_identity.by == ("eks_pod_identity",):
        yield Wrong(
            ("pod_identity",),
            "gives roles by Pod Identity, which Fargate has not, and there are no other nodes",
            "write pod_identity: irsa, or add a group of nodes",
            got=None,
        )


@rule
def the_handler_gets_its_role(spec: ClusterSpec) -> Iterator[Wrong]:
    """Without rights it reads no queue, and each node waits five minutes for nothing."""
    if spec.gives_roles_by("eks_pod_identity"):
        return
    for key in drained(spec.node_groups):
        yield Wrong(
            ("node_groups", key, "drain"),
            "needs a role for its handler, which it gets by eks_pod_identity",
            "add that to pod_identity.by, or delete this key",
        )
