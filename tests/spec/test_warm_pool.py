"""Warm pools of groups of nodes."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, in_group, told


def pool(text: str, also: str = "") -> Change:
    """Give the group a warm pool, in line 8."""
    return in_group(f"warm_pool: {{{text}}}{also}\n    min_size: 1")


BAD: dict[str, tuple[Change, str]] = {
    "a warm pool of Amazon's image": (
        pool("", "\n    image: {family: al2023}"),
        "8: node_groups.node.warm_pool: is not for al2023, whose nodes join before they wait; "
        "delete it, or use family: packer",
    ),
    "a warm pool of several types": (
        pool("", "\n    mixed_instances: {instance_types: [c5.large, c5a.large]}"),
        "8: node_groups.node.warm_pool: is nothing that AWS makes beside mixed_instances; delete "
        "one of the two",
    ),
    "a warm pool that is drained": (
        lambda text: (
            pool("", "\n    drain: true")(text)
            + "pod_identity: eks_pod_identity\n"
            + "addons: {eks-pod-identity-agent: {addon_version: eks_default}}\n"
        ),
        "8: node_groups.node.warm_pool: has instances that drain waits for in vain when they end; "
        "delete one of the two",
    ),
    "a warm pool without room": (
        pool("min_size: 2, max_prepared: 2"),
        "8: node_groups.node.warm_pool.max_prepared: is less than the 3 that there are at least, "
        "in the group and the pool, got 2; write 3 or more",
    ),
    "a warm pool that hibernates": (
        pool("state: hibernated"),
        "8: node_groups.node.warm_pool.state: is not a choice, got hibernated; use 'stopped' or "
        "'running'",
    ),
    "a warm pool of a managed group": (
        in_group("kind: managed\n    warm_pool: {}"),
        "9: node_groups.node.warm_pool: is not for kind: managed, whose autoscaling group is EKS's "
        "own; delete it, or say kind: self_managed",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_warm_pool_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
