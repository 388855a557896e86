"""Graceful ends: hooks, queue, rules and handler of groups that drain their nodes."""

from typing import Any

import pytest

from tests import synthesis
from tests.terraform_json import blocks

SPEC = {
    **synthesis.SMALLEST,
    "pod_identity": "eks_pod_identity",
    "addons": {"eks-pod-identity-agent": {"addon_version": "eks_default"}},
    "node_groups": {"node": {"drain": True}, "kept": {}},
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return blocks(synthesis.synth(SPEC))


def test_the_hook_is_no_initial_one_and_comes_after_its_handler(found: dict[str, Any]) -> None:
    hooks = [address for address in found if "lifecycle_hook" in address]

    assert hooks == ["aws_autoscaling_lifecycle_hook.node"]
    hook = found[hooks[0]]
    assert hook["autoscaling_group_name"] == "${aws_autoscaling_group.node.name}"
    assert hook["lifecycle_transition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert hook["default_result"] == "CONTINUE"
    assert hook["depends_on"] == ["null_resource.node-termination-handler"]
    assert "initial_lifecycle_hook" not in found["aws_autoscaling_group.node"]


def test_instances_of_the_group_alone_have_the_handlers_tag(found: dict[str, Any]) -> None:
    def tags(group: str) -> dict[str, bool]:
        return {t["key"]: t["propagate_at_launch"] for t in found[group]["tag"]}

    assert tags("aws_autoscaling_group.node")["aws-node-termination-handler/managed"] is True
    assert "aws-node-termination-handler/managed" not in tags("aws_autoscaling_group.node-kept")


def test_five_kinds_of_events_reach_the_queue_and_nothing_else_does(found: dict[str, Any]) -> None:
    rules = [address for address in found if address.startswith("aws_cloudwatch_event_rule.")]
    targets = [address for address in found if address.startswith("aws_cloudwatch_event_target.")]
    (statement,) = found["data.aws_iam_policy_document.draining-queue"]["statement"]

    assert (len(rules), len(targets)) == (5, 5)
    assert {found[target]["arn"] for target in targets} == {"${aws_sqs_queue.draining.arn}"}
    let_in = statement["condition"][0]["values"]
    assert sorted(let_in) == sorted(f"${{{rule}.arn}}" for rule in rules)


def test_the_handler_ends_the_wait_of_its_groups_alone(found: dict[str, Any]) -> None:
    statements = found["data.aws_iam_policy_document.draining"]["statement"]
    allowed = {tuple(s["actions"]): s["resources"] for s in statements}

    assert allowed[("autoscaling:CompleteLifecycleAction",)] == [
        "${aws_autoscaling_group.node.arn}"
    ]
    assert allowed[("sqs:DeleteMessage", "sqs:ReceiveMessage")] == ["${aws_sqs_queue.draining.arn}"]


def test_the_manifest_knows_queue_and_region(found: dict[str, Any]) -> None:
    text = synthesis.synth(SPEC)["locals"]["node-termination-handler_manifest"]

    assert 'value: "${aws_sqs_queue.draining.url}"' in text
    assert 'value: "eu-central-1"' in text
    assert "$${" not in text
    association = found["aws_eks_pod_identity_association.draining"]
    assert association["service_account"] == "node-termination-handler"
