"""How many pods nodes are told to run, where their addresses are not the usual ones."""

import re
from typing import Any

import pytest

from constructs_lib.tables import cni
from tests import synthesis

CNI = {"vpc-cni": {"addon_version": "eks_default"}}
PODS = {"pod_cidrs": ["100.64.0.0/16"]}
HIGH = {"pods_per_node": "high"}


def _user_data(network: dict[str, Any], **group: Any) -> str:
    document = synthesis.synth(networking=network, addons=CNI, node_groups={"node": group})
    text: str = document.get("locals", {}).get("node_user_data", "")
    return text


@pytest.mark.parametrize(
    ("family", "told"),
    [
        ("al2023", '"maxPods": ${min(local.max_pods_m5-large)}'),
        ("packer", '{\\"maxPods\\": ${min(local.max_pods_m5-large)}}'),
        ("ubuntu-eks", "--max-pods=${min(local.max_pods_m5-large)}"),
        ("bottlerocket", "\nmax-pods = ${min(local.max_pods_m5-large)}\n"),
    ],
)
def test_each_image_is_told_a_number(family: str, told: str) -> None:
    text = _user_data(PODS, instance_type="m5.large", image={"family": family})

    assert told in text


def test_nodes_count_by_themselves_where_addresses_are_the_usual_ones() -> None:
    assert "maxPods" not in _user_data({}, image={"family": "al2023"})


def test_a_groups_own_limit_goes_before() -> None:
    text = _user_data(HIGH, max_pods=40, image={"family": "al2023"})

    assert '"maxPods": 40' in text
    assert "max_pods_" not in text


def test_of_several_types_the_smallest_counts() -> None:
    types = ["m5.large", "m5a.large"]
    text = _user_data(HIGH, image={"family": "al2023"}, mixed_instances={"instance_types": types})

    assert "${min(local.max_pods_m5-large, local.max_pods_m5a-large)}" in text


M5_LARGE = {"interfaces": 3, "addresses": 10, "cpus": 2}
M5_8XLARGE = {"interfaces": 8, "addresses": 30, "cpus": 32}
T3_MICRO = {"interfaces": 2, "addresses": 2, "cpus": 2}


@pytest.mark.parametrize(
    ("size", "custom", "prefixes", "pods"),
    [
        (M5_LARGE, False, False, 29),  # as AWS counts
        (M5_LARGE, True, False, 20),
        (M5_LARGE, False, True, 110),
        (M5_LARGE, True, True, 110),
        (M5_8XLARGE, True, True, 250),
        (M5_8XLARGE, True, False, 205),
        (T3_MICRO, True, True, 18),
    ],
)
def test_the_expression_counts_as_aws_does(
    size: dict[str, int], custom: bool, prefixes: bool, pods: int
) -> None:
    expression = cni.pods("t", custom_networking=custom, prefixes=prefixes)
    # the same in Python: only its `try` and `?` are Terraform's
    python = re.sub(r"try\([^,]*, ([^)]*)\)", r"\1", expression)
    python = re.sub(r"([^,]*) \? (\d+) : (\d+)\)$", r" \2 if \1 else \3)", python)
    python = (
        python.replace("t.maximum_network_interfaces", str(size["interfaces"]))
        .replace("t.maximum_ipv4_addresses_per_interface", str(size["addresses"]))
        .replace("t.default_vcpus", str(size["cpus"]))
    )

    assert eval(python, {"min": min}) == pods  # noqa: S307 - of our own
