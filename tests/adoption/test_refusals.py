"""What synth refuses of an adopted cluster: each line whose loss would replace something."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from constructs_lib.spec.problems import SpecErrors
from tests import synthesis

Spec = dict[str, Any]

EXAMPLE = (synthesis.ROOT / "examples" / "chapter7-as-printed.yaml").read_text(encoding="utf-8")

WRITE = "write what the state has; `python -m adopt` prints it"


def without(section: str, key: str) -> Callable[[Spec], object]:
    return lambda spec: spec[section].pop(key)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            without("adopted", "control_plane_role"),
            f"adopted.control_plane_role: is missing: another role replaces the cluster; {WRITE}",
        ),
        (
            without("adopted", "node_role"),
            f"adopted.node_role: is missing: another role shuts the nodes out; {WRITE}",
        ),
        (
            without("adopted", "bootstrap_cluster_creator_admin_permissions"),
            "adopted.bootstrap_cluster_creator_admin_permissions: is missing: "
            f"another value replaces the cluster; {WRITE}",
        ),
        (
            without("adopted", "autoscaling_groups"),
            "adopted.autoscaling_groups: is missing: another group ends all nodes at once; "
            f"{WRITE}",
        ),
        (
            lambda spec: spec["adopted"]["autoscaling_groups"].clear(),
            "adopted.autoscaling_groups: is empty: another group ends all nodes at once; "
            "write the group's name, like node: eks-node-lovelace",
        ),
        (
            without("adopted", "bastion_security_group"),
            "adopted: needs bastion_security_group: another group shuts the bastion out; "
            "write the group's name and description; `python -m adopt` prints them",
        ),
        (
            without("control_plane", "service_ipv4_cidr"),
            "adopted: needs control_plane.service_ipv4_cidr: another range replaces the cluster; "
            "write the one that the state has; `python -m adopt` prints it",
        ),
        (
            lambda spec: spec.pop("adopted"),
            "as_printed: is for clusters that exist, and only the section adopted can say which "
            "one does; add adopted, or delete this section",
        ),
        (
            lambda spec: spec.update(access="access_entries"),
            "as_printed.authentication_mode: is the mode in which EKS refuses access entries, got "
            "CONFIG_MAP; delete it here and apply, before access: access_entries",
        ),
        (
            lambda spec: spec["adopted"]["autoscaling_groups"].update(gpu="x"),
            "adopted.autoscaling_groups.gpu: names a node group that node_groups has not; "
            "use one of node, or delete the line",
        ),
        (
            lambda spec: spec["as_printed"]["node_groups"].update(gpu={}),
            "as_printed.node_groups.gpu: names a node group that node_groups has not; "
            "use one of node, or delete the line",
        ),
        (
            lambda spec: spec["adopted"].update(forget=["aws_subnet.private[0]"]),
            "adopted.forget[0]: is not the address of a resource with all its instances, got "
            "aws_subnet.private[0]; write it as `state list` shows it, without what "
            "stands in brackets",
        ),
        (
            lambda spec: spec["as_printed"]["rule_descriptions"].update(egress="${file(1)}"),
            "as_printed.rule_descriptions.egress: holds what would be taken for an "
            "expression, or a control character, got ${file(1)}; write plain text on one line",
        ),
    ],
)
def test_what_would_replace_something_is_refused(
    change: Callable[[Spec], object], message: str
) -> None:
    spec = yaml.safe_load(EXAMPLE)
    change(spec)

    with pytest.raises(SpecErrors) as errors:
        synthesis.read(yaml.safe_dump(spec, sort_keys=False))

    (problem,) = errors.value.problems
    assert f"{problem.where}: {problem.text}" == message


@pytest.mark.parametrize(
    "key",
    [
        "authentication_mode",
        "eks_service_policy",
        "load_balancer_tags",
        "rule_descriptions",
        "kube2iam_of_the_chapter",
        "node_groups",
        "bastion",
    ],
)
def test_every_line_of_as_printed_may_go(key: str) -> None:
    spec = yaml.safe_load(EXAMPLE)
    del spec["as_printed"][key]

    assert synthesis.read(yaml.safe_dump(spec)).spec.as_printed is not None


def test_the_example_is_named_after_its_cluster_and_loads() -> None:
    cluster = synthesis.read(EXAMPLE)

    assert cluster.spec.name == "lovelace"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"moved": {"aws_autoscaling_group.gpu": "aws_autoscaling_group.node-gpu"}},
            "adopted.moved.aws_autoscaling_group.gpu: leads to no address of this cluster, got "
            "aws_autoscaling_group.node-gpu, did you mean aws_autoscaling_group.node?; write one "
            "that its plan shows",
        ),
        (
            {"imports": {'aws_subnet.privat["a"]': "subnet-0a1b2c3d"}},
            'adopted.imports.aws_subnet.privat["a"]: leads to no address of this cluster, got '
            'aws_subnet.privat["a"], did you mean aws_subnet.private?; write one that its plan '
            "shows",
        ),
    ],
)
def test_what_is_moved_or_imported_to_nowhere_is_refused(said: Spec, message: str) -> None:
    """Terraform would destroy what is moved there."""
    spec = yaml.safe_load(EXAMPLE)
    spec["adopted"] |= said

    with pytest.raises(SpecErrors) as errors:
        synthesis.stacks(yaml.safe_dump(spec, sort_keys=False))

    (problem,) = errors.value.problems
    assert f"{problem.where}: {problem.text}" == message
