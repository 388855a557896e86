"""What an adopted cluster has otherwise: the form of names and addresses."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

NAMES = """\
control_plane: {service_ipv4_cidr: 172.20.0.0/16}
adopted:
  control_plane_role: a
  node_role: b
  bootstrap_cluster_creator_admin_permissions: true
  autoscaling_groups: {node: c}
  control_plane_security_group: {name: d, description: e}
  nodes_security_group: {name: f, description: g}
"""


def adopted(line: str) -> Change:
    """Adopt the cluster, with `line` in line 14."""
    return also(f"{NAMES}  {line}")


BAD: dict[str, tuple[Change, str]] = {
    "a policy with its path": (
        adopted("kube2iam_policy: a/b"),
        "14: adopted.kube2iam_policy: is not the name of a role, policy or instance profile, got "
        "a/b; write it as IAM shows it, without its path",
    ),
    "a data source that moved": (
        adopted("moved: {data.aws_vpc.a: aws_vpc.k8s}"),
        "14: adopted.moved.data.aws_vpc.a: is not the address of a resource, got data.aws_vpc.a; "
        "write it as `state list` shows it; data sources need no line",
    ),
    "one instance that is forgotten": (
        adopted("forget: ['aws_instance.a[0]']"),
        "14: adopted.forget[0]: is not the address of a resource with all its instances, got "
        "aws_instance.a[0]; write it as `state list` shows it, without what stands in "
        "brackets",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
