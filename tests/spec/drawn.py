"""Specs drawn at random, over the whole spec and within bounds: most of them are good ones."""

import functools
import json
import subprocess
import sys
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from constructs_lib.spec.loader import problems_of
from tests.synthesis import ROOT

keys = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30)
ranges = st.sampled_from(["10.0.0.0/8", "192.168.7.0/24", "203.0.113.7/32", "198.51.100.0/24"])
days = st.sampled_from([1, 30, 365])
numbers = st.integers(-(10**9), 10**9)  # larger ones are refused: not everyone reads them alike
many_ranges = st.lists(ranges, min_size=1, max_size=3, unique=True)
names = st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of `fields`."""
    return st.fixed_dictionaries({}, optional=fields)


labels = st.dictionaries(
    st.from_regex(r"(example\.com/)?[a-z]{1,9}", fullmatch=True), names, max_size=3
)
taints = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.from_regex(r"example\.com/[a-z]{1,9}", fullmatch=True),
            "effect": st.sampled_from(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
        },
        optional={"value": names},
    ),
    max_size=2,
)
openings = st.dictionaries(
    keys,
    st.fixed_dictionaries(
        {
            "description": st.from_regex(r"[A-Za-z0-9 .:/-]{1,40}", fullmatch=True),
            "from_port": st.integers(0, 1000),
            "cidr_blocks": many_ranges,
        },
        optional={
            "to_port": st.integers(1000, 65535),
            "protocol": st.sampled_from(["tcp", "udp"]),
            "rule_per_range": st.booleans(),
        },
    ),
    max_size=2,
)
sizes = st.sampled_from(["512Mi", "1Gi"])
shares = st.sampled_from(["15%", "20%"])
counts = st.sampled_from(["1000", "4000"])
soft = st.fixed_dictionaries({"threshold": shares, "grace_period": st.just("1m30s")})
reserved = some(cpu=st.just("250m"), memory=sizes, ephemeral_storage=sizes, pid=counts)
kubelet = some(
    kube_reserved=reserved,
    system_reserved=some(memory=sizes, pid=counts),
    eviction_hard=some(memory_available=st.just("5%"), pid_available=counts),
    eviction_soft=some(memory_available=soft, nodefs_available=soft),
    container_log_max_size=st.just("50Mi"),
    container_log_max_files=st.integers(2, 9),
    pod_pids_limit=st.integers(64, 4096),
    image_gc_high_threshold_percent=st.integers(81, 95),
    max_parallel_image_pulls=st.integers(2, 9),
    registry_pull_qps=st.integers(1, 99),
    cpu_manager_policy=st.sampled_from(["none", "static"]),
    seccomp_default=st.booleans(),
    allowed_unsafe_sysctls=st.just(["net.core.somaxconn"]),
    feature_gates=st.just({"ContainerCheckpoint": True}),
)
scripts = texts.map(lambda text: f"#!/bin/sh\n: {text}\n")
volume = some(
    type=st.just("gp3"), iops=st.sampled_from([4000, 8000]), throughput_mib=st.integers(125, 900)
) | some(type=st.sampled_from(["gp2", "gp3"]), encrypted=st.booleans())
volumes = st.dictionaries(
    st.sampled_from(["/dev/sdf", "/dev/sdg"]),
    st.fixed_dictionaries(
        {"size_gib": st.integers(125, 500)}, optional={"encrypted": st.just(True)}
    )
    | st.fixed_dictionaries({"size_gib": st.integers(125, 500), "type": st.sampled_from(["st1"])})
    | st.fixed_dictionaries(
        {"size_gib": st.just(500), "type": st.just("io2"), "iops": st.just(900)}
    ),
    max_size=2,
)
families = st.sampled_from(["packer", "ubuntu-eks", "al2023"]).map(lambda name: {"family": name})
releases = st.sampled_from(
    [
        {"family": "al2023", "release": "1.33.2-20260828"},
        {"family": "ubuntu-eks", "release": "20260828"},
        {"release": "1.33.2-20260828120000"},
        {"id": "ami-0abc1234"},
    ]
)
machine = {
    "volume_size_gib": st.integers(20, 500),
    "volume": volume,
    "metadata": some(http_tokens=st.sampled_from(["optional", "required"])),
    "availability_zones": st.just(["us-west-2a"]),
    "key_name": names,
    "security_group_ids": st.just(["sg-0abc1234"]),
    "ingress": openings,
    "labels": labels,
    "taints": taints,
    "max_pods": st.integers(4, 110),
    "kubelet": kubelet,
    "user_data": some(before=scripts),
}
of_a_template = {"volumes": volumes, "instance_store": st.sampled_from(["raid0", "mount"])}
least, most = st.integers(0, 3), st.integers(3, 9)
scaled = {
    "min_size": least,
    "max_size": most,
    "suspended_processes": st.just(["AZRebalance"]),
    "cluster_autoscaler_tags": st.booleans(),
    "max_lifetime_days": days,
    "maintenance": st.just({"min_healthy_percentage": 90, "max_healthy_percentage": 150}),
    "schedules": st.dictionaries(
        keys,
        st.fixed_dictionaries({"recurrence": st.just("0 7 * * MON-FRI"), "min_size": least}),
        max_size=2,
    ),
}
refreshed = st.fixed_dictionaries(
    {"instance_refresh": st.just(True), "drain": st.booleans()},
    optional={"refresh": some(warmup_seconds=days, skip_matching=st.booleans())},
)
types = st.sampled_from(["c5.large", "c7g.large", "t4g.nano", "m7i-flex.large"])
several = st.just(["c5.large", "c5a.large"])
node_groups = st.dictionaries(
    keys,
    some(kind=st.just("launch_configuration"), instance_type=types, image=families, **scaled)
    | some(instance_type=types, image=families | releases, **machine, **scaled)
    | some(
        instance_type=st.just("m6id.large"),
        image=st.sampled_from(["packer", "al2023"]).map(lambda name: {"family": name}),
        **machine,
        **of_a_template,
    )
    | some(
        image=st.just({"family": "bottlerocket"}),
        volume=volume,
        labels=labels,
        taints=taints,
        max_pods=st.integers(4, 110),
        kubelet=some(eviction_hard=some(memory_available=shares), seccomp_default=st.booleans()),
        **scaled,
    )
    | some(
        warm_pool=some(state=st.sampled_from(["stopped", "running"]), min_size=least),
        instance_type=types,
        user_data=some(before=scripts, after=scripts),
        **scaled,
    )
    | st.tuples(some(image=families, labels=labels, kubelet=kubelet, **scaled), refreshed).map(
        lambda both: both[0] | both[1]
    )
    | some(
        mixed_instances=st.fixed_dictionaries(
            {"instance_types": several},
            optional={"on_demand_base": least, "on_demand_percentage": st.integers(0, 99)},
        ),
        **machine,
    )
    | st.fixed_dictionaries(
        {"kind": st.just("managed")},
        optional={
            "min_size": least,
            "max_size": most,
            "instance_types": several,
            "capacity_type": st.sampled_from(["on_demand", "spot"]),
            "node_repair": st.booleans(),
            "image": families | releases,
            "volumes": volumes,
            **machine,
        },
    )
    | st.fixed_dictionaries(
        {
            "kind": st.just("fargate"),
            "selectors": st.lists(
                st.fixed_dictionaries({"namespace": keys}, optional={"labels": labels}),
                min_size=1,
                max_size=2,
            ),
        }
    ),
    min_size=1,
    max_size=3,
)
roles = names.map(lambda name: f"arn:aws:iam::111122223333:role/{name}")
principals = st.lists(
    st.fixed_dictionaries(
        {"rolearn": roles, "username": texts}, optional={"groups": st.lists(texts, max_size=2)}
    )
    | st.fixed_dictionaries({"rolearn": roles, "type": st.just("EC2_LINUX")}),
    max_size=3,
)


def _with_its_agent(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec with Pod Identity, where nodes are drained, and its agent."""
    groups = spec["node_groups"].values()
    if any(group.get("drain") for group in groups):
        spec = {**spec, "pod_identity": {"by": ["eks_pod_identity"]}}
    if "eks_pod_identity" in spec.get("pod_identity", {}).get("by", ()):
        spec = {**spec, "addons": {**spec.get("addons", {}), "eks-pod-identity-agent": {}}}
    return spec


specs = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True),
        "region": st.just("us-west-2"),
        "availability_zones": st.sampled_from(
            [["us-west-2a", "us-west-2b"], ["us-west-2c", "us-west-2a", "us-west-2d"]]
        ),
        "node_groups": node_groups,
    },
    optional={
        "account_id": st.just("111122223333"),
        "vpc_cidr": st.sampled_from(["10.7.0.0/16", "10.0.0.0/19", "192.168.0.0/18"]),
        "kubernetes_version": st.sampled_from(["1.33", "1.36"]),
        "state": st.fixed_dictionaries(
            {
                "bucket": st.just("states"),
                "key": st.from_regex(r"[a-z0-9][a-z0-9/.-]{0,20}[a-z0-9]", fullmatch=True),
                "region": st.just("us-west-2"),
            },
            optional={"use_lockfile": st.booleans(), "create": st.booleans()},
        ),
        "control_plane": some(
            service_ipv4_cidr=st.sampled_from(["172.20.0.0/16", "10.100.0.0/20"]),
            endpoint_public_access=st.booleans(),
            public_access_cidrs=st.just(["203.0.113.0/24"]),
            enabled_cluster_log_types=st.lists(st.sampled_from(["api", "audit"]), unique=True),
            logs=some(retention_in_days=days),
            ingress=st.dictionaries(
                keys,
                st.fixed_dictionaries({"description": names, "cidr_blocks": many_ranges}),
                max_size=2,
            ),
        ),
        "networking": some(
            nat=st.sampled_from(["single", "per_zone"]),
            endpoints=st.lists(st.sampled_from(["s3", "ecr.api", "sts"]), unique=True, max_size=2),
            flow_logs=some(retention_in_days=days),
            default_security_group=st.sampled_from(["closed", "as_is"]),
            private_newbits=st.sampled_from([2, 3]),
        ),
        "node_ingress": openings,
        "key_name": names,
        "bastion": st.fixed_dictionaries({"cidr_blocks": many_ranges}),
        "access": st.sampled_from(["config_map", "access_entries"]),
        "map_roles": principals,
        "kube2iam": some(
            enabled=st.booleans(),
            remove=st.booleans(),
            namespace_restrictions=st.booleans(),
            image=st.just("registry.example.com/kube2iam:0.15.0"),
        ),
        "addons": st.dictionaries(
            st.sampled_from(["vpc-cni", "coredns", "kube-proxy", "metrics-server"]),
            some(
                configuration_values=st.dictionaries(texts, texts | numbers, max_size=2),
                addon_version=st.just("eks_default"),
                preserve=st.booleans(),
            ),
        ),
        "pod_identity": st.fixed_dictionaries(
            {"by": st.sampled_from([["irsa"], ["kube2iam", "eks_pod_identity"]])},
            optional={
                "roles": st.dictionaries(
                    keys,
                    st.fixed_dictionaries(
                        {
                            "namespace": keys,
                            "service_account": keys,
                            "policies": st.just(["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
                        }
                    ),
                    max_size=2,
                )
            },
        ),
        "storage": some(
            ebs=st.booleans(),
            storage_classes=st.booleans(),
            efs=st.booleans(),
            snapshots=st.booleans(),
        ),
        "monitoring": some(
            metrics_server=st.booleans(), node_monitoring=st.booleans(), cloudwatch=st.booleans()
        ),
        "cluster_autoscaler": st.booleans(),
        "controllers": some(
            load_balancers=st.booleans(),
            external_dns_zones=st.just(["Z0123456789ABCDEFGHIJ"]),
            karpenter=st.booleans(),
        ),
        "manifests": st.dictionaries(
            keys,
            st.fixed_dictionaries(
                {"path": st.just("tests/golden/everything/storage-class.yaml")},
                optional={"rollout_seconds": st.integers(1, 60)},
            ),
            max_size=2,
        ),
        "lifecycle": some(prevent_destroy=st.just(["control_plane"])),
    },
).map(_with_its_agent)


def draw(count: int) -> list[dict[str, Any]]:
    """Good specs, all different: each says what those before it do not, and else much."""
    found = {}

    @settings(
        max_examples=30 * count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(specs)
    def collect(spec: dict[str, Any]) -> None:
        if not problems_of(spec):
            found[json.dumps(spec)] = spec

    collect()
    left = [found[text] for text in sorted(found, key=len, reverse=True)]
    chosen: list[dict[str, Any]] = []
    seen: set[str] = set()
    while left and len(chosen) < count:
        chosen.append(left.pop(max(range(len(left)), key=lambda n: len(said(left[n]) - seen))))
        seen |= said(chosen[-1])
    return chosen


def said(spec: dict[str, Any]) -> set[str]:
    """The keys of a spec, and those of each kind of node group."""
    groups = spec["node_groups"].values()
    families = {group.get("image", {}).get("family", "") for group in groups}
    keys = {f"{group.get('kind', '')}.{key}" for group in groups for key in group}
    return {*spec, *families, *keys}


@functools.cache
def drawn(count: int) -> list[dict[str, Any]]:
    """The same specs in every run: hypothesis draws by the modules that are loaded, too."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.spec.drawn", str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    specs: list[dict[str, Any]] = json.loads(told.stdout)
    return specs


if __name__ == "__main__":
    sys.stdout.write(json.dumps(draw(int(sys.argv[1]))))
