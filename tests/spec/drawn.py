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
node_groups = st.dictionaries(
    keys,
    some(
        kind=st.sampled_from(["self_managed", "launch_configuration"]),
        instance_type=st.sampled_from(["c5.large", "c7g.large", "t4g.nano", "m7i-flex.large"]),
        min_size=st.integers(0, 3),
        max_size=st.integers(3, 9),
        volume_size_gib=st.integers(20, 500),
        image=some(family=st.sampled_from(["packer", "ubuntu-eks", "al2023"])),
        labels=labels,
        taints=taints,
        max_pods=st.integers(4, 110),
        instance_refresh=st.booleans(),
        availability_zones=st.just(["us-west-2a"]),
        suspended_processes=st.just(["AZRebalance"]),
        cluster_autoscaler_tags=st.booleans(),
        volume=some(type=st.sampled_from(["gp2", "gp3"]), encrypted=st.booleans()),
        metadata=some(http_tokens=st.sampled_from(["optional", "required"])),
    ),
    min_size=1,
    max_size=3,
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
roles = names.map(lambda name: f"arn:aws:iam::111122223333:role/{name}")
principals = st.lists(
    st.fixed_dictionaries(
        {"rolearn": roles, "username": texts}, optional={"groups": st.lists(texts, max_size=2)}
    )
    | st.fixed_dictionaries({"rolearn": roles, "type": st.just("EC2_LINUX")}),
    max_size=3,
)
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
)


def draw(count: int) -> list[dict[str, Any]]:
    """Good specs, all different, that say most, and together every key that is drawn at all."""
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
    longest = [found[text] for text in sorted(found, key=len, reverse=True)]
    seen: set[str] = set()
    new = [spec for spec in longest if not seen >= spec.keys() and not seen.update(spec)]
    return [*new, *(spec for spec in longest if spec not in new)][:count]


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
