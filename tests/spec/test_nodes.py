"""Groups of nodes."""

from pathlib import Path

import pytest

from constructs_lib.spec.nodes import KINDS
from tests.spec.bad import (
    GOOD,
    GROUP_RULE,
    Change,
    add,
    also,
    in_group,
    instead,
    named,
    problems,
    told,
    warnings,
)

KEY = "arn:aws:kms:{}:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"


def managed(text: str) -> Change:
    """Have EKS run the group, and write `text` into it, in line 9."""
    return in_group(f"kind: managed\n    {text}")


def fargate(text: str) -> Change:
    """Have the group be a Fargate profile beside another, with `text` in line 9."""
    profile = f"    kind: fargate\n    {text}\n  more: {{}}\n"
    return instead("    min_size: 1\n    max_size: 2\n", profile)


def mixed(text: str) -> Change:
    """Give the group several instance types, in line 8."""
    return in_group(f"mixed_instances: {{{text}}}")


def fargate_alone(text: str) -> Change:
    """Have the group be a Fargate profile with no other beside it; in line 6 and on, `text`."""
    profile = "    kind: fargate\n    selectors: [{namespace: shop}]\n"
    return lambda spec: also(text)(spec.replace("    min_size: 1\n    max_size: 2\n", profile))


def refresh(text: str) -> Change:
    """Say how the group is refreshed, in line 9."""
    return in_group(f"instance_refresh: true\n    refresh: {{{text}}}")


def further(text: str) -> Change:
    """Give the nodes a further volume, in line 8."""
    return in_group(f"volumes: {{/dev/sdf: {{{text}}}}}")


BAD: dict[str, tuple[Change, str]] = {
    "an alarm of too long a name": (
        refresh(f"alarms: [{'a' * 256}]"),
        f"9: node_groups.node.refresh.alarms[0]: is too long for CloudWatch, got {'a' * 80}...; "
        "write the name of an alarm of yours",
    ),
    "more pods than any node runs": (
        in_group("max_pods: 800"),
        "8: node_groups.node.max_pods: is too large, got 800; use 737 or less",
    ),
    "half a node": (
        in_group("min_size: 1.5"),
        "8: node_groups.node.min_size: is not a whole number, got 1.5; write a whole number",
    ),
    "a yes in quotes": (
        in_group("instance_refresh: 'yes'"),
        '8: node_groups.node.instance_refresh: is a text, got "yes"; write true or false, without '
        "quotes",
    ),
    "a number for a yes": (
        in_group("drain: 1"),
        "8: node_groups.node.drain: is not true or false, got 1; write true or false",
    ),
    "one taint for a list": (
        in_group("taints: gpu"),
        "8: node_groups.node.taints: is not a list, got gpu; write a list, each item in a line of "
        "its own after a hyphen, or [in, brackets]",
    ),
    "a size for a volume": (
        in_group("volume: 20"),
        "8: node_groups.node.volume: is not a mapping, got 20; write a mapping with keys like "
        "type: ...",
    ),
    "an image that is none": (
        in_group("image: {id: ami-XYZ}"),
        "8: node_groups.node.image.id: is not the id of an image, got ami-XYZ; write one like "
        "ami-0abc1234",
    ),
    "a taint in two words": (
        in_group("taints: [{key: a b, effect: NoSchedule}]"),
        "8: node_groups.node.taints[0].key: is not a Kubernetes name, got a b; write it like team "
        "or example.com/team",
    ),
    "a schedule in capitals": (
        in_group("schedules: {Morning: {recurrence: 0 7 * * *, min_size: 1}}"),
        "8: node_groups.node.schedules.Morning: is not a key, got Morning; use lower-case letters, "
        "digits and hyphens",
    ),
    "subnets of a VPC that is made here": (
        in_group("subnet_ids: [subnet-0abc1234]"),
        "8: node_groups.node.subnet_ids: names subnets, and this cluster makes its own; use "
        "availability_zones, or add networking.vpc",
    ),
    "subnets that are none": (
        in_group("subnet_ids: []"),
        "8: node_groups.node.subnet_ids: is empty; list at least one",
    ),
    "a security group by its name": (
        in_group("security_group_ids: [web]"),
        "8: node_groups.node.security_group_ids[0]: is not the id of a security group, got web; "
        "write one like sg-0abc1234",
    ),
    "more security groups than EC2 takes": (
        in_group(
            f"ingress: {{}}\n    security_group_ids: "
            f"[{', '.join(f'sg-0abc12{n:02}' for n in range(15))}]"
        ),
        "9: node_groups.node.security_group_ids: is, with the cluster's, 17 groups, and EC2 takes "
        "16; leave some out",
    ),
    "two openings of a group that are one": (
        in_group(
            "ingress:\n"
            "      a: {description: a, from_port: 80, cidr_blocks: [10.0.0.0/8]}\n"
            "      b: {description: b, from_port: 80, cidr_blocks: [10.0.0.0/8]}"
        ),
        "10: node_groups.node.ingress.b.cidr_blocks[0]: is let in by node_groups.node.ingress.a to "
        "the same ports, got 10.0.0.0/8; keep it in one of the two",
    ),
    "nodes that are open to the world": (
        in_group("ingress: {web: {description: a, from_port: 80, cidr_blocks: [0.0.0.0/0]}}"),
        "8: node_groups.node.ingress.web.cidr_blocks[0]: lets in the whole internet, got "
        "0.0.0.0/0; name the ranges you mean, or say open_to_the_world: true beside it",
    ),
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
        "use 'packer', 'ubuntu-eks', 'al2023' or 'bottlerocket'",
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
        "use 'self_managed', 'managed', 'fargate', 'launch_configuration'",
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
    "a release that is none": (
        in_group("image: {family: al2023, release: newest}"),
        "8: node_groups.node.image.release: is not a release of an image, got newest; write one as "
        "`eks-cluster images` shows it, like 1.36.2-20260828",
    ),
    "a release beside an image": (
        in_group("image: {family: al2023, release: 1.36.2-20260828, id: ami-0a1b2c3d}"),
        "8: node_groups.node.image.release: has no effect beside image.id, got 1.36.2-20260828; "
        "delete one of the two",
    ),
    "a release of another family": (
        in_group("image: {release: 1.36.2-20260828}"),
        "8: node_groups.node.image.release: is no release of packer, got 1.36.2-20260828; "
        "write one like 1.36.2-20260828120000",
    ),
    "a release that is newer than the API": (
        in_group("image: {family: al2023, release: 1.37.0-20261101}"),
        "8: node_groups.node.image.release: is of Kubernetes 1.37, and the control plane of 1.36, "
        "got 1.37.0-20261101; upgrade the control plane first",
    ),
    "a release that is far behind the API": (
        in_group("image: {family: al2023, release: 1.32.9-20260101}"),
        "8: node_groups.node.image.release: is more than 3 versions behind 1.36, got "
        "1.32.9-20260101; use one of 1.33 or later",
    ),
    "more labels than tags": (
        in_group(f"labels: {{{', '.join(f'a{n}: x' for n in range(47))}}}"),
        "8: node_groups.node.labels: makes, with the taints, 51 tags, and EC2 takes 50; "
        "leave some out, or say cluster_autoscaler_tags: false",
    ),
    "a type beside several": (
        in_group("instance_type: c5.large\n    mixed_instances: {instance_types: [c5.large]}"),
        "8: node_groups.node.instance_type: has no effect beside mixed_instances, got c5.large; "
        "put it first among mixed_instances.instance_types, and delete this key",
    ),
    "types of two architectures": (
        mixed("instance_types: [c5.large, c7g.large]"),
        "8: node_groups.node.mixed_instances.instance_types[1]: is arm64, and the first, c5.large, "
        "is x86_64, got c7g.large; make a group of its own for it",
    ),
    "types of two kinds of drivers": (
        mixed("instance_types: [m5.xlarge, g6.xlarge]"),
        "8: node_groups.node.mixed_instances.instance_types[1]: needs other drivers than the "
        "first, m5.xlarge, got g6.xlarge; make a group of its own for it",
    ),
    "types of two sizes": (
        mixed("instance_types: [c5.large, c5.xlarge]"),
        "8: node_groups.node.mixed_instances.instance_types[1]: has 4 CPUs and 8192 MiB, and the "
        "first, c5.large, has 2 and 4096, for which cluster-autoscaler takes all, got c5.xlarge; "
        "use types of one size, or add weights, or say cluster_autoscaler_tags: false",
    ),
    "no types": (
        mixed("instance_types: []"),
        "8: node_groups.node.mixed_instances.instance_types: is empty; list at least one",
    ),
    "a weight of another type": (
        mixed("instance_types: [c5.large], weights: {c5.large: 1, c5.xlarge: 2}"),
        "8: node_groups.node.mixed_instances.weights.c5.xlarge: is not among instance_types, got "
        "c5.xlarge; add it there",
    ),
    "a type without a weight": (
        mixed("instance_types: [c5.large, c5.xlarge], weights: {c5.large: 1}"),
        "8: node_groups.node.mixed_instances.weights: has no weight for c5.xlarge; "
        "give one to each type",
    ),
    "rebalance without spot": (
        mixed("instance_types: [c5.large], capacity_rebalance: true"),
        "8: node_groups.node.mixed_instances.capacity_rebalance: has no effect while all nodes are "
        "on demand, got true; write on_demand_percentage below 100, or delete it",
    ),
    "pools of another strategy": (
        mixed("instance_types: [c5.large], on_demand_percentage: 0, spot_pools: 3"),
        "8: node_groups.node.mixed_instances.spot_pools: has no effect with spot_strategy: "
        "price-capacity-optimized, got 3; delete it, or write spot_strategy: lowest-price",
    ),
    "a spot strategy that is none": (
        mixed("instance_types: [c5.large], spot_strategy: cheapest"),
        "8: node_groups.node.mixed_instances.spot_strategy: is not a choice, got cheapest; use "
        "'price-capacity-optimized', 'capacity-optimized', 'capacity-optimized-prioritized' or "
        "'lowest-price'",
    ),
    "a price in dollars": (
        mixed("instance_types: [c5.large], on_demand_percentage: 0, spot_max_price: $1"),
        "8: node_groups.node.mixed_instances.spot_max_price: is not a price, got $1; write US "
        "dollars an hour in quotes, 0.001 or more, like '0.05'",
    ),
    "settings of no refresh": (
        in_group("refresh: {skip_matching: true}"),
        "8: node_groups.node.refresh: has no effect while instance_refresh is off; "
        "add instance_refresh: true, or delete it",
    ),
    "a launch configuration that is rolled back": (
        in_group(
            "kind: launch_configuration\n    instance_refresh: true\n"
            "    refresh: {auto_rollback: true}"
        ),
        "10: node_groups.node.refresh.auto_rollback: needs a launch template, which a launch "
        "configuration is not, got true; delete it, or say kind: self_managed",
    ),
    "checkpoints that do not rise": (
        refresh("checkpoint_percentages: [50, 20, 100]"),
        "9: node_groups.node.refresh.checkpoint_percentages: does not rise, got a list; "
        "write each share of the nodes above the one before",
    ),
    "checkpoints without an end": (
        refresh("checkpoint_percentages: [20, 50]"),
        "9: node_groups.node.refresh.checkpoint_percentages: does not end in 100; "
        "add 100, when all nodes are new",
    ),
    "a delay of no checkpoint": (
        refresh("checkpoint_delay_seconds: 60"),
        "9: node_groups.node.refresh.checkpoint_delay_seconds: has no effect without "
        "checkpoint_percentages, got 60; add them, or delete it",
    ),
    "a refresh that may do all": (
        refresh("min_healthy_percentage: 50, max_healthy_percentage: 200"),
        "9: node_groups.node.refresh.max_healthy_percentage: is more than 100 above "
        "min_healthy_percentage (50), got 200; write 150 or less",
    ),
    "maintenance that may do all": (
        in_group("maintenance: {min_healthy_percentage: 0, max_healthy_percentage: 110}"),
        "8: node_groups.node.maintenance.max_healthy_percentage: is more than 100 above "
        "min_healthy_percentage (0), got 110; write 100 or less",
    ),
    "a life of hours": (
        in_group("max_lifetime_days: 0"),
        "8: node_groups.node.max_lifetime_days: is too small, got 0; use 1 or more",
    ),
    "a schedule without a size": (
        in_group("schedules: {night: {recurrence: 0 20 * * *}}"),
        "8: node_groups.node.schedules.night: says no size; add min_size or max_size",
    ),
    "a schedule that is no cron expression": (
        in_group("schedules: {night: {recurrence: 20 o'clock, min_size: 0}}"),
        "8: node_groups.node.schedules.night.recurrence: is not a cron expression, got 20 o'clock; "
        "write minute, hour, day, month and day of the week, like 0 7 * * MON-FRI",
    ),
    "a time zone of letters": (
        in_group("schedules: {night: {recurrence: 0 20 * * *, time_zone: CET, min_size: 0}}"),
        "8: node_groups.node.schedules.night.time_zone: is not a time zone of IANA, got CET; "
        "write one like Europe/Rome, or UTC",
    ),
    "a schedule with its sizes swapped": (
        in_group("schedules: {night: {recurrence: 0 20 * * *, min_size: 3, max_size: 1}}"),
        "8: node_groups.node.schedules.night.max_size: is below min_size (3), got 1; swap the two",
    ),
    "a schedule that wants more than the most": (
        in_group(
            "cluster_autoscaler_tags: false\n"
            "    schedules: {night: {recurrence: 0 20 * * *, max_size: 1, desired_size: 2}}"
        ),
        "9: node_groups.node.schedules.night.desired_size: is not between min_size and max_size, "
        "got 2; write a size between the two",
    ),
    "a schedule beside the autoscaler": (
        in_group("schedules: {night: {recurrence: 0 20 * * *, desired_size: 0}}"),
        "8: node_groups.node.schedules.night.desired_size: is what cluster-autoscaler decides, "
        "got 0; use min_size and max_size, or say cluster_autoscaler_tags: false",
    ),
    "operations of a gp2 volume": (
        in_group("volume: {type: gp2, iops: 4000}"),
        "8: node_groups.node.volume.iops: is not for gp2, got 4000; delete it, or write type: gp3",
    ),
    "a volume faster than its operations": (
        in_group("volume: {throughput_mib: 1000}"),
        "8: node_groups.node.volume.throughput_mib: is more than a quarter of iops (3000), got "
        "1000; write iops: 4000, or less here",
    ),
    "more operations than the root volume carries": (
        in_group("volume_size_gib: 20\n    volume: {iops: 12000}"),
        "9: node_groups.node.volume.iops: is more than 500 for each of its 20 GiB, got 12000; "
        "write 10000 or less, or volume_size_gib: 24",
    ),
    "a further volume at the root's place": (
        in_group("volumes: {/dev/xvda: {size_gib: 10}}"),
        "8: node_groups.node.volumes./dev/xvda: is no device name that EC2 keeps for further "
        "volumes, got /dev/xvda; write one from /dev/sdf to /dev/sdp",
    ),
    "a further volume without a size": (
        in_group("volumes: {/dev/sdf: {}}"),
        "8: node_groups.node.volumes./dev/sdf.size_gib: is missing; add it",
    ),
    "a stream of a few GiB": (
        further("size_gib: 100, type: st1"),
        "8: node_groups.node.volumes./dev/sdf.size_gib: is not the size of a volume of type st1, "
        "got 100; write 125 to 16384",
    ),
    "operations that cannot be asked for": (
        further("size_gib: 500, type: sc1, iops: 300"),
        "8: node_groups.node.volumes./dev/sdf.iops: is not for sc1, got 300; delete it, or write "
        "type: gp3",
    ),
    "operations that are not said": (
        further("size_gib: 500, type: io2"),
        "8: node_groups.node.volumes./dev/sdf: is of type io2 and says no iops; add iops, or write "
        "type: gp3",
    ),
    "more operations than GiB carry": (
        further("size_gib: 10, type: io1, iops: 1000"),
        "8: node_groups.node.volumes./dev/sdf.iops: is not what 10 GiB of type io1 may have, got "
        "1000; write 100 to 500",
    ),
    "operations of a volume that is too small": (
        further("size_gib: 1, iops: 3000"),
        "8: node_groups.node.volumes./dev/sdf.iops: is not what 1 GiB of type gp3 may have, got "
        "3000; make it larger, or delete it",
    ),
    "throughput that cannot be asked for": (
        further("size_gib: 10, type: io2, iops: 1000, throughput_mib: 200"),
        "8: node_groups.node.volumes./dev/sdf.throughput_mib: is not for io2, got 200; delete it, "
        "or write type: gp3",
    ),
    "a further volume faster than its operations": (
        further("size_gib: 10, throughput_mib: 1000"),
        "8: node_groups.node.volumes./dev/sdf.throughput_mib: is more than a quarter of iops "
        "(3000), got 1000; write iops: 4000, or less here",
    ),
    "a further key of another region": (
        further(f"size_gib: 10, kms_key: '{KEY.format('eu-west-1')}'"),
        "8: node_groups.node.volumes./dev/sdf.kms_key: is a key of another region, got "
        f"{KEY.format('eu-west-1')}; use a key of us-west-2",
    ),
    "a further key for volumes in the clear": (
        further(f"size_gib: 10, encrypted: false, kms_key: '{KEY.format('us-west-2')}'"),
        "8: node_groups.node.volumes./dev/sdf.kms_key: has no effect while encrypted is off, got "
        f"{KEY.format('us-west-2')}; delete one of the two",
    ),
    "a further volume of a launch configuration": (
        in_group("kind: launch_configuration\n    volumes: {/dev/sdf: {size_gib: 10}}"),
        "9: node_groups.node.volumes: is not offered for a launch configuration; delete it, or say "
        "kind: self_managed",
    ),
    "managed types beside one": (
        managed("instance_type: c5.large\n    instance_types: [c5.large]"),
        "9: node_groups.node.instance_type: has no effect beside instance_types, got c5.large; "
        "put it first among instance_types, and delete this key",
    ),
    "managed types of two sizes": (
        managed("instance_types: [c5.large, m5.large]"),
        "9: node_groups.node.instance_types[1]: has 2 CPUs and 8192 MiB, and the first, c5.large, "
        "has 2 and 4096, for which cluster-autoscaler takes all, got m5.large; use types of one "
        "size",
    ),
    "managed types of two architectures": (
        managed("instance_types: [c5.large, c7g.large]"),
        "9: node_groups.node.instance_types[1]: is arm64, and the first, c5.large, is x86_64, got "
        "c7g.large; make a group of its own for it",
    ),
    "updates that are counted twice": (
        managed("update: {max_unavailable: 1, max_unavailable_percentage: 20}"),
        "9: node_groups.node.update.max_unavailable_percentage: stands beside max_unavailable, got "
        "20; keep one of the two",
    ),
    "an update of no node": (
        managed("update: {max_unavailable: 0}"),
        "9: node_groups.node.update.max_unavailable: is too small, got 0; use 1 or more",
    ),
    "a managed group that is to be refreshed": (
        managed("instance_refresh: true"),
        "9: node_groups.node.instance_refresh: is not for kind: managed, whose nodes EKS replaces "
        "by itself, drained; delete it",
    ),
    "an effect in neither spelling": (
        in_group("taints: [{key: gpu, effect: NO-SCHEDULE}]"),
        "8: node_groups.node.taints[0].effect: is not a choice, got NO-SCHEDULE; "
        "use 'NoSchedule', 'PreferNoSchedule' or 'NoExecute'",
    ),
    "a Fargate profile of nothing": (
        fargate("selectors: []"),
        "9: node_groups.node.selectors: is empty; list at least one",
    ),
    "a Fargate profile without selectors": (
        fargate("availability_zones: [us-west-2a]"),
        "7: node_groups.node.selectors: is missing; add it",
    ),
    "a Fargate profile of too much": (
        fargate(f"selectors: [{', '.join(f'{{namespace: a{n}}}' for n in range(6))}]"),
        "9: node_groups.node.selectors: has 6 selectors, and EKS takes 5; "
        "make a second group of kind: fargate",
    ),
    "a Fargate profile of no namespace": (
        fargate("selectors: [{namespace: Jobs}]"),
        "9: node_groups.node.selectors[0].namespace: is not the name of a namespace, got Jobs; "
        "use lower-case letters, digits and hyphens; * and ? stand for others",
    ),
    "kube2iam without a node": (
        instead(
            "min_size: 1\n    max_size: 2", "kind: fargate\n    selectors: [{namespace: jobs}]"
        ),
        "1: kube2iam.enabled: is on, and there are no nodes but Fargate's, which run no DaemonSet; "
        "write kube2iam: {enabled: false}",
    ),
    "a drain without rights": (
        in_group("drain: true"),
        "8: node_groups.node.drain: needs a role for its handler, which it gets by "
        "eks_pod_identity, got true; add that to pod_identity.by, or delete this key",
    ),
    "an image with an id of neither length": (
        in_group("image: {id: ami-0}"),
        "8: node_groups.node.image.id: is not the id of an image, got ami-0; write one like "
        "ami-0abc1234",
    ),
    "a key pair with a space before it": (
        in_group("key_name: ' ada'"),
        "8: node_groups.node.key_name: is not the name of a key pair, got  ada; use at most 255 "
        "ASCII characters, without spaces at the ends",
    ),
    "a schedule at no time": (
        in_group("schedules: {a: {recurrence: 60 7 * * MON-FRI, min_size: 0}}"),
        "8: node_groups.node.schedules.a.recurrence: has 60 as its minute, got 60 7 * * MON-FRI; "
        "write 0 to 59, or *",
    ),
    "a schedule on no day": (
        in_group("schedules: {a: {recurrence: 0 7 * * MON-FOO, min_size: 0}}"),
        "8: node_groups.node.schedules.a.recurrence: has MON-FOO as its day of the week, got 0 7 "
        "* * MON-FOO; write 0 to 7, or SUN to SAT, or *",
    ),
    "a schedule in a month that is none": (
        in_group("schedules: {a: {recurrence: 0 7 1 13 *, min_size: 0}}"),
        "8: node_groups.node.schedules.a.recurrence: has 13 as its month, got 0 7 1 13 *; write "
        "1 to 12, or JAN to DEC, or *",
    ),
    "a schedule backwards": (
        in_group("schedules: {a: {recurrence: 0 17-9 * * *, min_size: 0}}"),
        "8: node_groups.node.schedules.a.recurrence: has 17-9 as its hour, got 0 17-9 * * *; "
        "write 0 to 23, or *",
    ),
    "a schedule without a pace": (
        in_group("schedules: {a: {recurrence: '*/0 * * * *', min_size: 0}}"),
        "8: node_groups.node.schedules.a.recurrence: has */0 as its minute, got */0 * * * *; "
        "write 0 to 59, or *",
    ),
    "a schedule above the most": (
        in_group("schedules: {a: {recurrence: 0 7 * * *, min_size: 5}}"),
        "8: node_groups.node.schedules.a.min_size: is above the group's max_size (2), which no "
        "schedule changes, got 5; add max_size here",
    ),
    "a schedule below the least": (
        in_group("min_size: 2\n    schedules: {a: {recurrence: 0 7 * * *, max_size: 1}}"),
        "9: node_groups.node.schedules.a.max_size: is below the group's min_size (2), which no "
        "schedule changes, got 1; add min_size here",
    ),
    "a refresh that is suspended": (
        in_group("instance_refresh: true\n    suspended_processes: [AZRebalance, InstanceRefresh]"),
        "9: node_groups.node.suspended_processes[1]: is suspended, and instance_refresh "
        "needs it, got InstanceRefresh; leave it out, or delete instance_refresh",
    ),
    "schedules that are suspended": (
        in_group(
            "schedules: {a: {recurrence: 0 7 * * *, min_size: 0}}\n"
            "    suspended_processes: [ScheduledActions]"
        ),
        "9: node_groups.node.suspended_processes[0]: is suspended, and schedules needs it, "
        "got ScheduledActions; leave it out, or delete schedules",
    ),
    "more alarms than a refresh takes": (
        refresh(f"alarms: [{', '.join(f'a{n}' for n in range(11))}]"),
        "9: node_groups.node.refresh.alarms: is too long a list: AWS takes 10 alarms, got 11; "
        "leave some out",
    ),
    "an alarm without a name": (
        refresh("alarms: ['']"),
        "9: node_groups.node.refresh.alarms[0]: is empty; write a text, or delete the key",
    ),
    "a price of nothing": (
        mixed(
            "instance_types: [c5.large, c5a.large], on_demand_percentage: 0, "
            "spot_max_price: '0.0001'"
        ),
        "8: node_groups.node.mixed_instances.spot_max_price: is not a price, got 0.0001; write "
        "US dollars an hour in quotes, 0.001 or more, like '0.05'",
    ),
    "more types than a group takes": (
        mixed(f"instance_types: [{', '.join(f'c{n}x.large' for n in range(1, 42))}]"),
        "8: node_groups.node.mixed_instances.instance_types: is too long a list: AWS takes 40 "
        "types, got 41; leave some out",
    ),
    "more types than EKS takes": (
        managed(f"instance_types: [{', '.join(f'c{n}x.large' for n in range(1, 22))}]"),
        "9: node_groups.node.instance_types: is too long a list: AWS takes 20 types, got 21; "
        "leave some out",
    ),
    "a managed label without a value": (
        managed("labels: {a: ''}"),
        "9: node_groups.node.labels.a: has no value, which EKS refuses in managed groups; write "
        'one, like "true"',
    ),
    "a managed label too long for EKS": (
        managed(f"labels: {{{'a' * 60}.example.com/b: c}}"),
        "9: "
        "node_groups.node.labels.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com/b:"
        " "
        "is a key of 74 characters, and EKS takes 63 in managed groups; shorten it, or say kind: "
        "self_managed",
    ),
    "a managed taint too long for EKS": (
        managed(f"taints: [{{key: {'a' * 60}.example.com/b, effect: NoSchedule}}]"),
        "9: node_groups.node.taints[0].key: has 74 characters, and EKS takes 63 in managed "
        "groups, got aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com/b; "
        "shorten it, or say kind: self_managed",
    ),
    "Fargate's pods without an identity": (
        fargate_alone(
            "pod_identity: eks_pod_identity\n"
            "addons: {eks-pod-identity-agent: {addon_version: eks_default}}"
        ),
        "6: pod_identity: gives roles by Pod Identity, which Fargate has not, and there are no "
        "other nodes; write pod_identity: irsa, or add a group of nodes",
    ),
    "two schedules with one address": (
        instead(
            "  node:\n    min_size: 1\n    max_size: 2\n",
            "  a: {schedules: {b-c: {recurrence: 0 7 * * *, min_size: 1}}}\n"
            "  a-b: {schedules: {c: {recurrence: 0 7 * * *, min_size: 1}}}\n",
        ),
        "8: node_groups.a-b.schedules.c: would have the address of node_groups.a.schedules.b-c, "
        "node-a-b-c; rename one of the two",
    ),
    "two openings with one address": (
        instead(
            "  node:\n    min_size: 1\n    max_size: 2\n",
            "  a: {ingress: {b-ingress-c: {description: a, from_port: 80, cidr_blocks: "
            "[10.0.0.0/8]}}}\n  a-ingress-b: {ingress: {c: {description: a, "
            "from_port: 80, cidr_blocks: [10.0.0.0/8]}}}\n",
        ),
        "8: node_groups.a-ingress-b.ingress.c: would have the address of "
        "node_groups.a.ingress.b-ingress-c, node-a-ingress-b-ingress-c; rename one of the two",
    ),
    "a launch configuration with a name too long for AWS": (
        in_group(f"kind: launch_configuration\n    name_prefix: {'a' * 230}"),
        "9: node_groups.node.name_prefix: is too long for AWS, got "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...; "
        "use at most 229 characters",
    ),
    "a schedule longer than AWS takes": (
        in_group(f"schedules: {{a: {{recurrence: '{'1,' * 200}1 7 * * *', min_size: 1}}}}"),
        "8: node_groups.node.schedules.a.recurrence: is not a cron expression, got "
        "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,...; "
        "write minute, hour, day, month and day of the week, like 0 7 * * MON-FRI",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


LONG, LONG_KEY = "a" * 30, "b" * 31
TOO_LONG = named(
    LONG, lambda text: managed("instance_type: c5.large")(text).replace("  node:", f"  {LONG_KEY}:")
)


def test_a_managed_group_has_a_name_that_eks_takes(root: Path) -> None:
    add(root, LONG, TOO_LONG(GOOD))

    assert problems(root) == [
        f"clusters/{LONG}.yaml:7: node_groups.{LONG_KEY}: makes a name of 67 characters, and EKS "
        f"takes 63, got {LONG}-node-{LONG_KEY}; shorten the key"
    ]


OF_OTHER_KINDS = sorted(
    (kind, key)
    for kind, section in KINDS.items()
    for other in KINDS.values()
    for key in other.model_fields.keys() - section.model_fields.keys()
)


@pytest.mark.parametrize(("kind", "key"), sorted(set(OF_OTHER_KINDS)))
def test_a_key_of_another_kind_is_refused_with_the_reason(root: Path, kind: str, key: str) -> None:
    selectors = "\n    selectors: [{namespace: jobs}]" if kind == "fargate" else ""
    text = f"    kind: {kind}{selectors}\n    {key}: x\n  more: {{}}\n"
    (problem,) = told(root, instead("    min_size: 1\n    max_size: 2\n", text))

    assert f"node_groups.node.{key}: is not for kind: {kind}, " in problem


@pytest.mark.parametrize(
    "recurrence", ["0 7 * * MON-FRI", "*/5 0-23/2 1,15 jan-mar 0", "59 23 31 12 7", "00 09 * * sun"]
)
def test_a_schedule_says_its_time_as_cron_does(root: Path, recurrence: str) -> None:
    schedule = f"schedules: {{a: {{recurrence: '{recurrence}', min_size: 1, max_size: 9}}}}"
    add(root, "ada", in_group(schedule)(GOOD))
    assert warnings(root) == []


def test_what_one_schedule_raises_another_may_count_on(root: Path) -> None:
    schedules = "a: {recurrence: 0 7 * * *, max_size: 9}, b: {recurrence: 0 8 * * *, min_size: 9}"
    add(root, "ada", in_group(f"schedules: {{{schedules}}}")(GOOD))
    assert warnings(root) == []
