"""Specs with any of all that a spec may say: pieces that are right, put together at random.

`drawn` draws values of a few keys, for the real provider; here is every key, for the synthesis.
"""

import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from constructs_lib.spec import ClusterSpec, adoption, shape
from constructs_lib.spec.cluster import MAX_CLUSTER_NAME
from constructs_lib.spec.loader import problems_of
from constructs_lib.spec.section import Section

A = "arn:aws:iam::123456789012"
KEY = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"
OPEN = {"description": "the office", "from_port": 80, "cidr_blocks": ["10.9.0.0/16"]}
EACH = {**OPEN, "to_port": 90, "protocol": "udp", "rule_per_range": True}
SUBNETS = {"ids": ["subnet-0abc1234", "subnet-0abc1235"]}
CNI = {"addon_version": "eks_default"}

RESERVED = {"cpu": "100m", "memory": "100Mi", "ephemeral_storage": "1Gi", "pid": "1000"}
FREE = {
    "memory_available": "200Mi",
    "nodefs_available": "11%",
    "nodefs_inodes_free": "6%",
    "imagefs_available": "15%",
    "imagefs_inodes_free": "1000",
    "pid_available": "10%",
}
LATER = {
    key: {"threshold": "2000" if free == "1000" else "50%", "grace_period": "1m30s"}
    for key, free in FREE.items()
}
KUBELET: dict[str, Any] = {
    "kube_reserved": RESERVED,
    "system_reserved": RESERVED,
    "eviction_hard": FREE,
    "eviction_soft": LATER,
    "eviction_max_pod_grace_period": 60,
    "container_log_max_size": "20Mi",
    "container_log_max_files": 3,
    "pod_pids_limit": 1024,
    "image_gc_high_threshold_percent": 80,
    "image_gc_low_threshold_percent": 70,
    "image_maximum_gc_age": "168h",
    "max_parallel_image_pulls": 3,
    "registry_pull_qps": 10,
    "registry_burst": 20,
    "cpu_cfs_quota": False,
    "cpu_manager_policy": "static",
    "topology_manager_policy": "best-effort",
    "seccomp_default": True,
    "allowed_unsafe_sysctls": ["net.core.somaxconn"],
    "feature_gates": {"ContainerCheckpoint": True},
}

MACHINE: dict[str, list[Any]] = {
    "instance_type": ["c5.large", "m6id.large"],
    "min_size": [1, 2],
    "max_size": [2, 3],
    "volume_size_gib": [50],
    "volume": [
        {"type": "gp3", "iops": 4000, "throughput_mib": 200},
        {"type": "gp2", "encrypted": False},
        {"kms_key": KEY},
    ],
    "volumes": [
        {
            "/dev/sdf": {"size_gib": 10},
            "/dev/sdg": {"size_gib": 200, "type": "io2", "iops": 5000, "kms_key": KEY},
            "/dev/sdh": {"size_gib": 200, "iops": 4000, "throughput_mib": 300},
            "/dev/sdi": {"size_gib": 200, "type": "st1", "encrypted": False},
        }
    ],
    "metadata": [{"http_tokens": "optional"}],
    "image": [
        {"family": "bottlerocket"},
        {"family": "al2023", "release": "1.36.2-20260828"},
        {"family": "ubuntu-eks"},
        {"family": "packer", "id": "ami-0abc1234"},
        {"family": "al2023", "variant": "standard"},
    ],
    "availability_zones": [["us-west-2a"]],
    "subnet_ids": [["subnet-0abc1234"]],
    "key_name": ["ops"],
    "security_group_ids": [["sg-0abc1234"]],
    "ingress": [{}, {"web": OPEN}, {"b-ingress-c": EACH}, {"c": OPEN}],
    "labels": [{"example.com/team": "shop"}],
    "taints": [[{"key": "gpu", "value": "a", "effect": "NoSchedule"}]],
    "max_pods": [20],
    "kubelet": [KUBELET],
    "instance_store": ["raid0", "mount"],
    "user_data": [{"before": "#!/bin/sh\ntrue\n"}, {"after": "#!/bin/sh\ntrue\n"}],
}
AUTOSCALED: dict[str, list[Any]] = {
    **MACHINE,
    "suspended_processes": [["AZRebalance"]],
    "cluster_autoscaler_tags": [False],
    "instance_refresh": [True],
    "drain": [True],
    "refresh": [
        {
            "min_healthy_percentage": 50,
            "max_healthy_percentage": 150,
            "warmup_seconds": 60,
            "checkpoint_percentages": [50, 100],
            "checkpoint_delay_seconds": 60,
            "skip_matching": True,
            "auto_rollback": True,
            "alarms": ["errors"],
        },
        {"min_healthy_percentage": 80},
    ],
    "schedules": [
        {"b-c": {"recurrence": "0 7 * * MON-FRI", "time_zone": "Europe/Rome", "min_size": 1}},
        {"c": {"recurrence": "0 19 * * *", "max_size": 3, "min_size": 0}},
        {"c": {"recurrence": "0 19 * * *", "desired_size": 2}},
    ],
    "maintenance": [{"min_healthy_percentage": 100, "max_healthy_percentage": 150}],
    "max_lifetime_days": [30],
}
SELF_MANAGED: dict[str, list[Any]] = {
    **AUTOSCALED,
    "mixed_instances": [
        {
            "instance_types": ["c5.large", "c5a.large"],
            "on_demand_base": 1,
            "on_demand_percentage": 0,
            "on_demand_strategy": "lowest-price",
            "spot_strategy": "lowest-price",
            "spot_pools": 3,
            "spot_max_price": "0.05",
            "capacity_rebalance": True,
        },
        {"instance_types": ["c5.large", "c5.xlarge"], "weights": {"c5.large": 1, "c5.xlarge": 2}},
    ],
    "warm_pool": [{"state": "running", "min_size": 1, "max_prepared": 9}, {}],
}
OLD: dict[str, list[Any]] = {**AUTOSCALED, "name_prefix": ["ada-old"]}
MANAGED: dict[str, list[Any]] = {
    **MACHINE,
    "instance_types": [["c5.large", "c5a.large"]],
    "capacity_type": ["spot"],
    "node_repair": [True],
    "update": [
        {"max_unavailable": 2, "strategy": "minimal"},
        {"max_unavailable_percentage": 50},
    ],
}
FARGATE: dict[str, list[Any]] = {
    "availability_zones": [["us-west-2a"]],
    "subnet_ids": [["subnet-0abc1234"]],
}

CLUSTER: dict[str, list[Any]] = {
    "account_id": ["123456789012"],
    "vpc_cidr": ["10.7.0.0/16", "192.168.0.0/18"],
    "role_arn": [f"{A}:role/deployer"],
    "tags": [{"team": "shop"}],
    "iam": [
        {"permissions_boundary": f"{A}:policy/bound", "path": "/shop/", "name_prefix": "shop-"}
    ],
    "networking": [
        {"nat": "per_zone", "private_newbits": 3, "public_newbits": 9},
        {"nat": "single", "nat_eips": ["eipalloc-0abc1234"], "private_zones": ["Z0ABC"]},
        {"nat": "none", "public_subnets": False, "endpoints": "auto"},
        {"routes": [{"to": "10.90.0.0/16", "via": "tgw-0abc1234", "subnets": "all"}]},
        {"pod_cidrs": ["100.64.0.0/16"], "pods_per_node": "high"},
        {
            "subnets": {
                "us-west-2a": {"private": "10.1.64.0/18", "public": "10.1.0.0/24"},
                "us-west-2b": {"private": "10.1.128.0/18", "public": "10.1.1.0/24"},
            }
        },
        {
            "pod_cidrs": ["100.64.0.0/16"],
            "public_subnets": False,
            "nat": "none",
            "endpoints": ["auto", "logs"],
            "subnets": {
                "us-west-2a": {"private": "10.1.64.0/18", "pods": "100.64.0.0/18"},
                "us-west-2b": {"private": "10.1.128.0/18", "pods": "100.64.64.0/18"},
            },
        },
        {
            "flow_logs": {
                "to": "cloudwatch",
                "retention_in_days": 7,
                "traffic_type": "REJECT",
                "max_aggregation_interval": 60,
            },
            "default_security_group": "closed",
            "ip_family": "ipv4",
        },
        {"flow_logs": {"to": "s3", "bucket": "ada-logs"}},
        {"vpc": {"id": "vpc-0abc1234", "private_subnets": SUBNETS, "tag_subnets": True}},
        {
            "vpc": {
                "id": "vpc-0abc1234",
                "private_subnets": {"tags": {"tier": "private"}},
                "public_subnets": {"tags": {"tier": "public"}},
                "control_plane_subnets": SUBNETS,
                "pod_subnets": {"tags": {"tier": "pods"}},
            }
        },
    ],
    "kubernetes_version": ["1.35"],
    "state": [
        {"bucket": "states", "key": "ada", "region": "us-west-2", "use_lockfile": True},
        {
            "bucket": "states",
            "key": "ada",
            "region": "us-west-2",
            "dynamodb_table": "locks",
            "kms_key": KEY,
            "create": True,
        },
    ],
    "control_plane": [
        {
            "availability_zones": ["us-west-2a", "us-west-2b"],
            "service_ipv4_cidr": "10.100.0.0/16",
            "public_access_cidrs": ["203.0.113.0/24"],
            "endpoint_private_access": True,
            "eks_service_policy": True,
        },
        {
            "endpoint_public_access": False,
            "ingress": {
                "a": {"description": "the VPN", "security_groups": ["sg-0abc1234"]},
                "b": {"description": "the VPN", "cidr_blocks": ["10.9.0.0/16"]},
            },
        },
        {
            "enabled_cluster_log_types": ["api", "audit"],
            "logs": {
                "retention_in_days": 7,
                "kms_key": KEY,
                "log_group_class": "INFREQUENT_ACCESS",
            },
            "support": "standard",
            "zonal_shift": False,
            "deletion_protection": True,
        },
        {
            "secrets_key": "create",
            "bootstrap_self_managed_addons": False,
            "oidc": {
                "issuer_url": "https://login.example.com",
                "client_id": "kubernetes",
                "name": "people",
                "username_claim": "email",
                "username_prefix": "people:",
                "groups_claim": "groups",
                "groups_prefix": "people:",
                "required_claims": {"hd": "example.com"},
            },
        },
        {"secrets_key": KEY},
    ],
    "node_ingress": [
        {"web": {**OPEN, "cidr_blocks": ["0.0.0.0/0"], "open_to_the_world": True}},
        {"a-ingress-b": EACH},
    ],
    "key_name": ["ops"],
    "bastion": [
        {"cidr_blocks": ["203.0.113.0/24"], "instance_type": "t4g.micro"},
        {"cidr_blocks": ["0.0.0.0/0"], "open_to_the_world": True, "kubernetes_api": False},
    ],
    "access": [
        {"by": "access_entries", "authentication_mode": "API", "creator_admin": False},
        {"authentication_mode": "CONFIG_MAP"},
        "access_entries",
    ],
    "map_roles": [
        [
            {"rolearn": f"{A}:role/a/b", "username": "b", "groups": ["system:masters"]},
            {"rolearn": f"{A}:role/nodes", "type": "EC2_LINUX"},
        ]
    ],
    "map_users": [[{"userarn": f"{A}:user/ada", "username": "ada", "groups": ["viewers"]}]],
    "pod_identity": [
        "none",
        "irsa",
        {"by": ["kube2iam", "irsa", "eks_pod_identity"]},
        {
            "by": ["eks_pod_identity"],
            "roles": {
                "a": {
                    "namespace": "shop",
                    "service_account": "a",
                    "policies": [
                        f"{A}:policy/team/b.c+d",
                        "arn:aws:iam::aws:policy/ReadOnlyAccess",
                    ],
                    "permissions_boundary": f"{A}:policy/bound",
                },
                "a-b": {
                    "namespace": "shop",
                    "service_account": "b",
                    "statements": [
                        {
                            "actions": ["s3:GetObject"],
                            "resources": ["arn:aws:s3:::shop/*"],
                            "conditions": {"StringEquals": {"aws:ResourceTag/team": ["shop"]}},
                        },
                        {"actions": ["ec2:Describe*"], "resources": ["*"], "any_resource": True},
                    ],
                },
            },
        },
    ],
    "kube2iam": [
        {"enabled": False, "remove": True},
        {"role_path": "/pods/", "reach": "account", "namespace_restrictions": True},
        {"manifest": False},
        {"enabled": True, "image": "123456789012.dkr.ecr.us-west-2.amazonaws.com/kube2iam:0.15.0"},
    ],
    "addons": [
        {"vpc-cni": CNI, "eks-pod-identity-agent": CNI},
        {
            "vpc-cni": {**CNI, "service_account_role_arn": f"{A}:role/cni"},
            "coredns": {**CNI, "preserve": False, "configuration_values": {"replicaCount": 3}},
            "aws-ebs-csi-driver": CNI,
        },
    ],
    "storage": [{"ebs": True, "efs": True, "snapshots": True}, {"storage_classes": False}],
    "monitoring": [{"metrics_server": True, "node_monitoring": True, "cloudwatch": True}],
    "cluster_autoscaler": [
        True,
        {
            "enabled": True,
            "image": "123456789012.dkr.ecr.us-west-2.amazonaws.com/cluster-autoscaler:v1.36.1",
        },
    ],
    "controllers": [{"load_balancers": True, "external_dns_zones": ["Z0ABC"], "karpenter": True}],
    "manifests": [
        {
            "classes": {"path": "tests/golden/everything/storage-class.yaml"},
            "more": {
                "path": "tests/golden/everything/storage-class.yaml",
                "after": ["classes"],
                "rollout_seconds": 60,
            },
        }
    ],
    "lifecycle": [
        {
            "prevent_destroy": ["control_plane"],
            "ignore_changes": {"aws_eks_cluster.control_plane": ["tags"]},
        }
    ],
    "overrides": [{"aws_eks_cluster.control_plane": {"timeouts": {"create": "40m"}}}],
}
"""Pieces of each key. A piece may need others, or exclude some: then the check says so."""

EXISTING = ("adopted", "as_printed")
"""What is not drawn; tests/adoption has clusters that exist."""

NAMES = ["ada", "A" * MAX_CLUSTER_NAME]
GROUP_KEYS = ["node", "a", "a-b", "a-ingress-b"]


def _some(pieces: dict[str, list[Any]], **always: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A few of `pieces`, so that most fit together."""

    @st.composite
    def build(draw: st.DrawFn) -> dict[str, Any]:
        keys = draw(st.lists(st.sampled_from(sorted(pieces)), max_size=5, unique=True))
        return {**{key: draw(st.sampled_from(pieces[key])) for key in keys}, **always}

    return build()


KINDS = {
    "self_managed": SELF_MANAGED,
    "launch_configuration": OLD,
    "managed": MANAGED,
    "fargate": FARGATE,
}


def of_kind(kind: str) -> dict[str, Any]:
    """What a group of a kind says at least."""
    selectors = [{"namespace": "s*", "labels": {"a": "b"}}]
    return {"kind": kind, "selectors": selectors} if kind == "fargate" else {"kind": kind}


groups = st.dictionaries(
    st.sampled_from(GROUP_KEYS),
    st.one_of(_some(pieces, **of_kind(kind)) for kind, pieces in KINDS.items()),
    min_size=1,
    max_size=3,
)


@st.composite
def wholes(draw: st.DrawFn) -> dict[str, Any]:
    """A spec; not each is a good one."""
    spec = {
        "name": draw(st.sampled_from(NAMES)),
        "region": "us-west-2",
        "availability_zones": ["us-west-2a", "us-west-2b"],
        **draw(_some(CLUSTER)),
    }
    return {**spec, "node_groups": draw(groups)}


def draw(count: int) -> list[dict[str, Any]]:
    """Give that many good ones, all different."""
    found = {}

    @settings(
        max_examples=20 * count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(wholes())
    def collect(spec: dict[str, Any]) -> None:
        if len(found) < count and not problems_of(spec):
            found[json.dumps(spec)] = spec

    collect()
    return list(found.values())


def said(annotation: Any, value: Any) -> Iterator[tuple[type, str]]:
    """The sections and keys that a piece says."""
    annotation = shape.chosen(annotation, value)
    if shape.is_section(annotation) and isinstance(value, dict):
        for key, inner in value.items():
            yield annotation, key
            yield from said(shape.item(annotation, key, value), inner)
    elif get_origin(annotation) is dict and isinstance(value, dict):
        for inner in value.values():
            yield from said(get_args(annotation)[1], inner)
    elif get_origin(annotation) is tuple and isinstance(value, list):
        for inner in value:
            yield from said(get_args(annotation)[0], inner)


def sections(annotation: Any) -> Iterator[type[Section]]:
    """All sections that a spec may have."""
    for member in shape.members(annotation).values():
        if shape.is_section(member):
            yield member
            for field in member.model_fields.values():
                yield from sections(shape.of_field(field))
        elif get_origin(member) in (dict, tuple):
            for inner in get_args(member):
                yield from sections(inner)


def unsaid() -> set[str]:
    """The keys of a spec that no piece says, those of clusters that exist aside."""
    found: set[tuple[type, str]] = set()
    for key, pieces in CLUSTER.items():
        for piece in pieces:
            found |= set(said(ClusterSpec, {key: piece}))
    for kind, pieces in KINDS.items():
        for key, values in pieces.items():
            for value in values:
                group = {**of_kind(kind), key: value}
                found |= set(said(ClusterSpec, {"node_groups": {"node": group}}))
    found |= {(ClusterSpec, key) for key in ("name", "region", "availability_zones", *EXISTING)}
    every = {
        (section, key)
        for section in sections(ClusterSpec)
        if section.__module__ != adoption.__name__
        for key in section.model_fields
    }
    return {f"{section.__name__}.{key}" for section, key in every - found}
