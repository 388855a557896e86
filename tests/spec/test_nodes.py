"""Groups of nodes."""

from pathlib import Path

import pytest

from tests.spec.bad import GROUP_RULE, Change, in_group, instead, told

KEY = "arn:aws:kms:{}:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"

BAD: dict[str, tuple[Change, str]] = {
    "a group in a zone that the cluster lacks": (
        in_group("availability_zones: [us-west-2a, us-west-2c]"),
        "8: node_groups.node.availability_zones[1]: is not among the cluster's "
        "availability_zones, got us-west-2c; use those of us-west-2a, us-west-2b",
    ),
    "a key of another region for volumes": (
        in_group(f"volume: {{kms_key: '{KEY.format('eu-west-1')}'}}"),
        "8: node_groups.node.volume.kms_key: is a key of another region, got "
        "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab; use a key of "
        "us-west-2",
    ),
    "a key for volumes in the clear": (
        in_group(f"volume: {{encrypted: false, kms_key: '{KEY.format('us-west-2')}'}}"),
        "8: node_groups.node.volume.kms_key: has no effect while encrypted is off, got "
        f"{KEY.format('us-west-2')}; delete one of the two",
    ),
    "a key for a launch configuration": (
        in_group(
            f"kind: launch_configuration\n    volume: {{kms_key: '{KEY.format('us-west-2')}'}}"
        ),
        "9: node_groups.node.volume.kms_key: is nothing that a launch configuration takes, got "
        f"{KEY.format('us-west-2')}; delete it, or say kind: self_managed",
    ),
    "an unknown key of a node group": (
        instead("max_size", "maxsize"),
        "9: node_groups.node.maxsize: is not a key of the spec; did you mean max_size? rename "
        "or delete it",
    ),
    "a key that stands twice": (
        instead("min_size: 1", "max_size: 1"),
        "9: node_groups.node.max_size: stands here a second time, first in line 8; "
        "keep one of the two",
    ),
    "more nodes at least than at most": (
        in_group("min_size: 3"),
        "9: node_groups.node.max_size: is below min_size (3), got 2; swap the two",
    ),
    "more nodes at least than the default at most": (
        instead("min_size: 1\n    max_size: 2", "min_size: 3"),
        "8: node_groups.node.min_size: is above max_size (2 by default), got 3; add max_size: "
        "3 or more",
    ),
    "a label that makes all nodes one host": (
        in_group('labels: {"kubernetes.io/hostname": web}'),
        "8: node_groups.node.labels.kubernetes.io/hostname: would be the same on nodes that "
        "differ in it, got web; leave it out; the node has it by itself",
    ),
    "a label that puts all nodes into one zone": (
        in_group('labels: {"topology.kubernetes.io/zone": us-west-2a}'),
        "8: node_groups.node.labels.topology.kubernetes.io/zone: would be the same on nodes "
        "that differ in it, got us-west-2a; leave it out; the node has it by itself",
    ),
    "a label with another region": (
        in_group('labels: {"topology.kubernetes.io/region": eu-west-1}'),
        "8: node_groups.node.labels.topology.kubernetes.io/region: is not true of these nodes, "
        "which are us-west-2, got eu-west-1; leave it out; the node has it by itself",
    ),
    "a label with another architecture": (
        in_group('labels: {"kubernetes.io/arch": arm64}'),
        "8: node_groups.node.labels.kubernetes.io/arch: is not true of these nodes, "
        "which are amd64, got arm64; leave it out; the node has it by itself",
    ),
    "a label with another instance type": (
        in_group('labels: {"node.kubernetes.io/instance-type": m5.large}'),
        "8: node_groups.node.labels.node.kubernetes.io/instance-type: is not true of these "
        "nodes, which are c5.large, got m5.large; leave it out; the node has it by itself",
    ),
    "a label with another system": (
        in_group('labels: {"kubernetes.io/os": windows}'),
        "8: node_groups.node.labels.kubernetes.io/os: is not true of these nodes, "
        "which are linux, got windows; leave it out; the node has it by itself",
    ),
    "more pods than the memory carries": (
        in_group("max_pods: 341"),
        "8: node_groups.node.max_pods: keeps 4106 MiB back for Kubernetes, and a c5.large has "
        "4096 MiB, got 341; use 340 or less, or a larger type",
    ),
    "a negative size": (
        in_group("min_size: -1"),
        "8: node_groups.node.min_size: is too small, got -1; use 0 or more",
    ),
    "a size in quotes": (
        in_group('min_size: "1"'),
        '8: node_groups.node.min_size: is a text, got "1"; write a whole number, without quotes',
    ),
    "no node groups": (
        instead("node:\n    min_size: 1\n    max_size: 2", "{}"),
        "6: node_groups: is empty, so nothing could run; add a group, like node: {}",
    ),
    "a list of node groups": (
        instead("node:\n    min_size: 1\n    max_size: 2", "- node"),
        "6: node_groups: is not a mapping, got a list; write a mapping with a name in front "
        "of each, like name: ...",
    ),
    "a node group whose address would stutter": (
        instead("  node:", "  node-spot:"),
        f"7: node_groups.node-spot: is not a key for a node group, got node-spot; {GROUP_RULE}",
    ),
    "an instance type that is none": (
        in_group("instance_type: c5large"),
        "8: node_groups.node.instance_type: is not an instance type, got c5large; "
        "did you mean c5.large?",
    ),
    "an image family that is none": (
        in_group("image: {family: al2}"),
        "8: node_groups.node.image.family: is not a choice, got al2; "
        "use 'packer', 'ubuntu-eks' or 'al2023'",
    ),
    "a label kubelet may not set": (
        in_group("labels: {kubernetes.io/role: web}"),
        "8: node_groups.node.labels.kubernetes.io/role: is a label of Kubernetes' own that "
        "kubelet refuses to set; use a prefix of your own or node.kubernetes.io/",
    ),
    "a label that YAML reads as a boolean": (
        in_group("labels: {gpu: true}"),
        "8: node_groups.node.labels.gpu: is read by YAML as a boolean, got true; "
        'write it in quotes: "true"',
    ),
    "a taint with a bad effect": (
        in_group("taints: [{key: gpu, effect: Never}]"),
        "8: node_groups.node.taints[0].effect: is not a choice, got Never; "
        "use 'NoSchedule', 'PreferNoSchedule' or 'NoExecute'",
    ),
    "a volume too small for the image": (
        in_group("volume_size_gib: 5"),
        "8: node_groups.node.volume_size_gib: is too small, got 5; use 20 or more",
    ),
    "an instance type of a size that there is not": (
        in_group("instance_type: c5.larg"),
        "8: node_groups.node.instance_type: is not an instance type, got c5.larg; "
        "did you mean c5.large?",
    ),
    "an instance type with a line end": (
        in_group('instance_type: "c5.large\\n"'),
        "8: node_groups.node.instance_type: is not an instance type, got c5.large\\n; "
        "did you mean c5.large?",
    ),
    "a Mac": (
        in_group("instance_type: mac2.metal"),
        "8: node_groups.node.instance_type: is a Mac, which runs no Linux node, got mac2.metal; "
        "write one like c5.large or c7g.large",
    ),
    "a kind that is none": (
        in_group("kind: serverless"),
        "8: node_groups.node.kind: is not a choice, got serverless; "
        "use 'self_managed', 'launch_configuration'",
    ),
    "a group without a value": (
        instead("node:\n    min_size: 1\n    max_size: 2", "node:"),
        "7: node_groups.node: is empty; write {} for its defaults, or delete the key",
    ),
    "a label too long for a tag": (
        in_group(f"labels: {{{'a' * 60}.example.com/{'b' * 60}: x}}"),
        f"8: node_groups.node.labels.{'a' * 60}.example.com/{'b' * 7}...: makes a tag of 179 "
        "characters, and EC2 takes 128; shorten the key, or say cluster_autoscaler_tags: false",
    ),
    "more user data than EC2 takes": (
        in_group(
            "cluster_autoscaler_tags: false\n    labels: {"
            + ", ".join(f"{'a' * 60}.example.com/{n:050}: {'b' * 50}" for n in range(100))
            + "}"
        ),
        "9: node_groups.node.labels: makes, with the taints, user data of up to 18665 bytes, and "
        "EC2 takes 16384; leave some out, or shorten them",
    ),
    "GPUs on Canonical's image": (
        in_group("instance_type: g6.xlarge\n    image: {family: ubuntu-eks}"),
        "8: node_groups.node.instance_type: has an accelerator, for which no image of ubuntu-eks "
        "has drivers, got g6.xlarge; use family: al2023, name an image with image.id, or say "
        "image: {variant: standard} if something else installs them",
    ),
    "GPUs that Amazon's images do not drive": (
        in_group("instance_type: g4ad.xlarge\n    image: {family: al2023}"),
        "8: node_groups.node.instance_type: has an accelerator, for which no image of al2023 has "
        "drivers, got g4ad.xlarge; name an image with image.id, or say image: {variant: standard} "
        "if something else installs them",
    ),
    "an image with the drivers of others": (
        in_group("instance_type: inf2.xlarge\n    image: {family: al2023, variant: nvidia}"),
        "9: node_groups.node.image.variant: has no drivers for a inf2.xlarge, got nvidia; delete "
        "it: the type tells which image fits",
    ),
    "a variant of an image that has none": (
        in_group("instance_type: g6.xlarge\n    image: {family: ubuntu-eks, variant: nvidia}"),
        "9: node_groups.node.image.variant: is no image of ubuntu-eks, got nvidia; delete it, or "
        "say family: al2023",
    ),
    "a variant beside an image": (
        in_group("image: {family: al2023, variant: standard, id: ami-0a1b2c3d}"),
        "8: node_groups.node.image.variant: has no effect beside image.id, got standard; delete "
        "one of the two",
    ),
    "more labels than tags": (
        in_group(f"labels: {{{', '.join(f'a{n}: x' for n in range(47))}}}"),
        "8: node_groups.node.labels: makes, with the taints, 51 tags, and EC2 takes 50; "
        "leave some out, or say cluster_autoscaler_tags: false",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
