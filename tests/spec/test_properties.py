"""Specs that the check takes are synthesised: drawn at random over the whole spec, bounded."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, given, settings

from constructs_lib.spec.loader import problems_of
from tests import synthesis
from tests.spec.drawn import specs
from tests.spec.drawn_whole import unsaid, wholes

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


LIMITS = {
    ("aws_iam_role", "name"): 64,
    ("aws_iam_instance_profile", "name"): 128,
    ("aws_iam_role_policy", "name"): 128,
    ("aws_iam_policy", "name"): 128,
    ("aws_security_group", "name"): 255,
    ("aws_autoscaling_group", "name"): 255,
    ("aws_autoscaling_schedule", "scheduled_action_name"): 255,
    ("aws_autoscaling_lifecycle_hook", "name"): 255,
    ("aws_launch_template", "name"): 128,
    ("aws_launch_configuration", "name_prefix"): 255 - 26,
    ("aws_eks_node_group", "node_group_name"): 63,
    ("aws_eks_fargate_profile", "fargate_profile_name"): 100,
    ("aws_eks_cluster", "name"): 100,
    ("aws_cloudwatch_event_rule", "name"): 64,
    ("aws_cloudwatch_log_group", "name"): 512,
    ("aws_sqs_queue", "name"): 80,
    ("aws_kms_alias", "name"): 256,
}
"""Characters that AWS takes in names, by the API models of its SDK."""

WITHOUT_A_LIMIT = {
    "aws_s3_bucket",  # the owner chooses it whole
    "aws_dynamodb_table",
    "aws_eks_addon",
    "aws_eks_identity_provider_config",
}


@settings(BOUNDED, max_examples=40)
@given(wholes())
def test_whatever_is_said_together_is_synthesised(spec: dict[str, Any]) -> None:
    assume(not problems_of(spec))
    document = synthesis.synth(spec)
    assert "TfToken" not in yaml.safe_dump(document)
    for address in _addresses(document):
        assert re.fullmatch(r"[a-z0-9_]+\.[A-Za-z_][A-Za-z0-9_-]*", address), address
    for type_, named in document["resource"].items():
        for address, resource in named.items():
            for key in ("name", "name_prefix", *(k for t, k in LIMITS if t == type_)):
                name = str(resource.get(key, "")).replace("${var.cluster_name}", spec["name"])
                if name and type_ not in WITHOUT_A_LIMIT and not name.startswith("${"):
                    assert len(name) <= LIMITS[type_, key], (type_, address, name)


def _addresses(document: dict[str, Any]) -> Iterator[str]:
    for kind in ("resource", "data"):
        for type_, named in document.get(kind, {}).items():
            yield from (f"{type_}.{address}" for address in named)


def test_every_key_is_said() -> None:
    assert unsaid() == set()
