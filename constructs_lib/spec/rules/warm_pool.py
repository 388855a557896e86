"""Instances that wait to become nodes."""

from collections.abc import Iterator

from constructs_lib.spec.nodes import SelfManagedNodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong

_WHERE = ("warm_pool",)


@rule
def warm_pools_are_of_our_image(group: SelfManagedNodeGroupSpec) -> Iterator[Wrong]:
    """The others join at their first start, and would be nodes that are stopped."""
    if group.warm_pool is not None and group.image.family != "packer":
        what = f"is not for {group.image.family}, whose nodes join before they wait"
        yield Wrong(_WHERE, what, "delete it, or use family: packer", got=None)


@rule
def warm_pools_are_of_one_type(group: SelfManagedNodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html"""
    if group.warm_pool is not None and group.mixed_instances is not None:
        what = "is nothing that AWS makes beside mixed_instances"
        yield Wrong(_WHERE, what, "delete one of the two", got=None)


@rule
def nothing_drains_a_warm_pool(group: SelfManagedNodeGroupSpec) -> Iterator[Wrong]:
    """The hook that waits for a node to be drained holds what is no node as well.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/warm-pool-instance-lifecycle.html
    """
    if group.warm_pool is not None and group.drain:
        what = "has instances that drain waits for in vain when they end"
        yield Wrong(_WHERE, what, "delete one of the two", got=None)


@rule
def a_warm_pool_has_room(group: SelfManagedNodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html"""
    pool = group.warm_pool
    if pool is None or pool.max_prepared is None:
        return
    if pool.max_prepared < (needed := group.min_size + pool.min_size):
        what = f"is less than the {needed} that there are at least, in the group and the pool"
        yield Wrong(("warm_pool", "max_prepared"), what, f"write {needed} or more")
