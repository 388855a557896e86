"""The disks of a node, as a launch template has them."""

from collections.abc import Iterator

from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
)

from constructs_lib.spec import DataVolumeSpec, NodeGroupSpec, VolumeSpec
from constructs_lib.tables import node_image


def block_devices(spec: NodeGroupSpec) -> list[LaunchTemplateBlockDeviceMappings]:
    """The root volume, where the image has its own, and the further ones of a group.

    Where the system has a volume to itself, that is as the image has it, but for its key.
    """
    return list(_block_devices(spec))


def _block_devices(spec: NodeGroupSpec) -> Iterator[LaunchTemplateBlockDeviceMappings]:
    family = spec.image.family
    if (system := node_image.system_device_name(family)) is not None:
        own = VolumeSpec(encrypted=spec.volume.encrypted, kms_key=spec.volume.kms_key)
        yield _device(system, own, None)
    yield _device(node_image.root_device_name(family), spec.volume, spec.volume_size_gib)
    for name, volume in spec.volumes.items():
        yield _device(name, volume, volume.size_gib)


def _device(
    name: str, volume: VolumeSpec | DataVolumeSpec, size_gib: int | None
) -> LaunchTemplateBlockDeviceMappings:
    return LaunchTemplateBlockDeviceMappings(
        device_name=name,
        ebs=LaunchTemplateBlockDeviceMappingsEbs(
            volume_size=size_gib,
            volume_type=volume.type,
            iops=volume.iops,
            throughput=volume.throughput_mib,
            encrypted="true" if volume.encrypted else None,
            kms_key_id=volume.kms_key,
            delete_on_termination="true",
        ),
    )
