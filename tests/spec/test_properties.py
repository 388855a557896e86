"""Specs that the check takes are synthesised: drawn at random over the whole spec, bounded."""

from typing import Any

import yaml
from hypothesis import HealthCheck, assume, given, settings

from constructs_lib.spec.loader import problems_of
from tests import synthesis
from tests.spec.drawn import specs

OF_A_GROUP = ("aws_autoscaling_group", "aws_eks_node_group", "aws_eks_fargate_profile")

BOUNDED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@BOUNDED
@given(specs)
def test_what_the_check_takes_is_synthesised(spec: dict[str, Any]) -> None:
    assume(not problems_of(spec))
    document = synthesis.synth(spec)
    assert document["resource"]["aws_eks_cluster"]["control_plane"]
    groups = [key for kind in OF_A_GROUP for key in document["resource"].get(kind, {})]
    assert len(groups) == len(spec["node_groups"])
    assert "TfToken" not in yaml.safe_dump(document)
