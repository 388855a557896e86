"""Specs that the check takes are synthesised: drawn at random over the whole spec, bounded."""

from typing import Any

import yaml
from hypothesis import HealthCheck, assume, given, settings

from constructs_lib.spec.loader import problems_of
from tests import synthesis
from tests.spec.drawn import specs

BOUNDED = settings(
    max_examples=25,
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
    groups = document["resource"]["aws_autoscaling_group"]
    assert len(groups) == len(spec["node_groups"])
    assert "TfToken" not in yaml.safe_dump(document)
