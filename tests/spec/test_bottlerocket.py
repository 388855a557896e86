"""What Bottlerocket is not told."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, in_group, told


def bottlerocket(line: str) -> Change:
    """Have the group run Bottlerocket, with `line` in line 9."""
    return in_group(f"image: {{family: bottlerocket}}\n    {line}")


BAD: dict[str, tuple[Change, str]] = {
    "a script without a shell": (
        bottlerocket('user_data: {before: "#!/bin/sh\\n"}'),
        "9: node_groups.node.user_data.before: is not for bottlerocket, which has no shell; use "
        "another family, or a DaemonSet",
    ),
    "gates of Bottlerocket's kubelet": (
        bottlerocket("kubelet: {feature_gates: {ContainerCheckpoint: true}}"),
        "9: node_groups.node.kubelet.feature_gates: is no setting of bottlerocket; delete it, or "
        "use another family",
    ),
    "process ids kept back by Bottlerocket": (
        bottlerocket("kubelet: {system_reserved: {pid: '1000'}}"),
        "9: node_groups.node.kubelet.system_reserved.pid: is no setting of bottlerocket; delete "
        "it, or use another family",
    ),
    "a launch configuration of Bottlerocket": (
        bottlerocket("kind: launch_configuration"),
        "8: node_groups.node.image.family: is not offered for a launch configuration, got "
        "bottlerocket; use another, or say kind: self_managed",
    ),
    "disks that Bottlerocket leaves alone": (
        bottlerocket("instance_type: m6id.large\n    instance_store: raid0"),
        "10: node_groups.node.instance_store: is nothing that the image of bottlerocket does, got "
        "raid0; use family: packer or al2023",
    ),
    "a warm pool of Bottlerocket": (
        bottlerocket("warm_pool: {}"),
        "9: node_groups.node.warm_pool: is not for bottlerocket, whose nodes join before they "
        "wait; delete it, or use family: packer",
    ),
    "Neuron on Bottlerocket": (
        bottlerocket("instance_type: inf2.xlarge"),
        "9: node_groups.node.instance_type: has an accelerator, for which no image of bottlerocket "
        "has drivers, got inf2.xlarge; use family: al2023, name an image with image.id, or say "
        "image: {variant: standard} if something else installs them",
    ),
    "another's release of Bottlerocket": (
        in_group('image: {family: bottlerocket, release: "20260828"}'),
        "8: node_groups.node.image.release: is no release of bottlerocket, got 20260828; write one "
        "like 1.54.0",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
