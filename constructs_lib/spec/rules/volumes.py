"""The disks of nodes."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import (
    DataVolumeSpec,
    LaunchConfigurationNodeGroupSpec,
    NodeGroupSpec,
    VolumeSpec,
    with_machines,
)
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
from constructs_lib.tables.volumes import GP3_IOPS, IOPS_FOR_EACH_MIB, LIMITS


@rule
def keys_are_for_what_is_encrypted(volume: VolumeSpec) -> Iterator[Wrong]:
    """A key for nothing means that one of the two is a mistake."""
    yield from _key_of(volume)


@rule
def keys_of_further_volumes_likewise(volume: DataVolumeSpec) -> Iterator[Wrong]:
    """A key for nothing means that one of the two is a mistake."""
    yield from _key_of(volume)


def _key_of(volume: VolumeSpec | DataVolumeSpec) -> Iterator[Wrong]:
    if volume.kms_key is not None and not volume.encrypted:
        yield Wrong(("kms_key",), "has no effect while encrypted is off", "delete one of the two")


@rule
def launch_configurations_take_no_key(group: LaunchConfigurationNodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Ebs.html"""
    if group.volume.kms_key is not None:
        yield Wrong(
            ("volume", "kms_key"),
            "is nothing that a launch configuration takes",
            "delete it, or say kind: self_managed",
        )


@rule
def launch_configurations_have_one_volume(
    group: LaunchConfigurationNodeGroupSpec,
) -> Iterator[Wrong]:
    """They are kept as they are, for those who have one."""
    if group.volumes:
        what = "is not offered for a launch configuration"
        yield Wrong(("volumes",), what, "delete it, or say kind: self_managed", got=None)


@rule
def keys_are_of_the_region(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html"""
    for key, group in with_machines(spec.node_groups).items():
        disks: dict[Where, VolumeSpec | DataVolumeSpec] = {("volume",): group.volume}
        disks |= {("volumes", device): volume for device, volume in group.volumes.items()}
        for where, volume in disks.items():
            if volume.kms_key is not None and not naming.is_of(volume.kms_key, spec.region):
                place = ("node_groups", key, *where, "kms_key")
                yield Wrong(place, "is a key of another region", f"use a key of {spec.region}")


@rule
def gp3_has_settings_of_its_own(volume: VolumeSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html#gp3-ebs-volume-type"""
    if volume.type != "gp3" and volume.iops is not None:
        yield Wrong(("iops",), f"is not for {volume.type}", "delete it, or write type: gp3")
    yield from _throughput_of(volume)


@rule
def root_volumes_carry_their_operations(group: NodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html#gp3-ebs-volume-type"""
    iops, each = group.volume.iops, LIMITS["gp3"].iops_for_each_gib
    if group.volume.type == "gp3" and iops is not None and iops > each * group.volume_size_gib:
        what = f"is more than {each} for each of its {group.volume_size_gib} GiB"
        todo = (
            f"write {each * group.volume_size_gib} or less, or volume_size_gib: {-(-iops // each)}"
        )
        yield Wrong(("volume", "iops"), what, todo)


@rule
def further_volumes_are_within_their_types_limits(volume: DataVolumeSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html"""
    limits, iops = LIMITS[volume.type], volume.iops
    smallest, largest = limits.sizes
    if not smallest <= volume.size_gib <= largest:
        what = f"is not the size of a volume of type {volume.type}"
        yield Wrong(("size_gib",), what, f"write {smallest} to {largest}")
    yield from _throughput_of(volume)
    if limits.iops is None:
        if iops is not None:
            what = f"is not for {volume.type}"
            yield Wrong(("iops",), what, "delete it, or write type: gp3")
        return
    if iops is None:
        if volume.type != "gp3":
            what = f"is of type {volume.type} and says no iops"
            yield Wrong((), what, "add iops, or write type: gp3", got=None)
        return
    fewest, most = limits.iops
    most = min(most, limits.iops_for_each_gib * volume.size_gib)
    if not fewest <= iops <= most:
        size = f"{volume.size_gib} GiB of type {volume.type}"
        todo = f"write {fewest} to {most}" if fewest <= most else "make it larger, or delete it"
        yield Wrong(("iops",), f"is not what {size} may have", todo)


def _throughput_of(volume: VolumeSpec | DataVolumeSpec) -> Iterator[Wrong]:
    throughput, iops = volume.throughput_mib, volume.iops or GP3_IOPS
    if throughput is None:
        return
    if volume.type != "gp3":
        what = f"is not for {volume.type}"
        yield Wrong(("throughput_mib",), what, "delete it, or write type: gp3")
    elif throughput * IOPS_FOR_EACH_MIB > iops:
        what = f"is more than a quarter of iops ({iops})"
        todo = f"write iops: {throughput * IOPS_FOR_EACH_MIB}, or less here"
        yield Wrong(("throughput_mib",), what, todo)
