"""Graceful ends: a node of an autoscaling group is drained before EC2 ends it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup
from cdktf_cdktf_provider_aws.autoscaling_lifecycle_hook import AutoscalingLifecycleHook
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.kubectl import Kubectl, KubectlApply
from constructs_lib.nodes import NodeGroups
from constructs_lib.pod_identity.roles import PodRole, Trust
from constructs_lib.spec import ClusterSpec, PodRoleSpec, StatementSpec
from constructs_lib.spec.manifests import Manifest
from constructs_lib.spec.nodes import HANDLER, drained
from constructs_lib.terraform.literals import literal

REGION, QUEUE = "${AWS_REGION}", "${QUEUE_URL}"
"""What the manifest has in place of the cluster's region and of the queue."""

HEARTBEAT_SECONDS: Final = 300
"""How long a node may take to be drained, and how long what the queue holds is worth anything."""

EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "terminate": ("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
    "health": ("aws.health", "AWS Health Event"),
}
"""What the handler hears of: source and kind of each event.
https://github.com/aws/aws-node-termination-handler#5-create-amazon-eventbridge-rules"""


def drain(
    scope: Construct,
    spec: ClusterSpec,
    manifests: Mapping[str, Manifest],
    *,
    cluster: Identity,
    nodes: NodeGroups,
    kubectl: Kubectl,
    trust: Trust,
) -> None:
    """Drain the nodes of those groups of `spec` that ask for it; where none does, make nothing."""
    keys = drained(spec.node_groups)
    groups = {
        naming.node_group_address(key): group.made
        for key, group in nodes.by_key.items()
        if key in keys and isinstance(group.made, AutoscalingGroup)
    }
    if groups:
        Draining(
            scope,
            "draining",
            groups,
            manifest=manifests[HANDLER].text,
            cluster=cluster,
            kubectl=kubectl,
            trust=replace(trust, irsa=None, node_roles=()),
        )


class Draining(Construct):
    """The hooks by which groups wait for a node to be drained, and the handler that drains it.

    A hook that the group is made with would replace the group whenever it changes, with all nodes
    at once; these are resources of their own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        groups: Mapping[str, AutoscalingGroup],
        *,
        manifest: str,
        cluster: Identity,
        kubectl: Kubectl,
        trust: Trust,
    ) -> None:
        """Let each of `groups` wait, by their addresses; apply `manifest`, the handler's."""
        super().__init__(scope, id_)
        name = naming.draining(cluster.name)
        queue = SqsQueue(
            self,
            "aws_sqs_queue.draining",
            name=name,
            message_retention_seconds=HEARTBEAT_SECONDS,
            sqs_managed_sse_enabled=True,
        )
        rules = [
            self._rule(event, source, kind, f"{name}-{event}", queue)
            for event, (source, kind) in EVENTS.items()
        ]
        self._let_in(queue, [rule.arn for rule in rules])
        role = PodRole(
            self,
            "role",
            _rights(queue.arn, [group.arn for group in groups.values()]),
            address="draining",
            name=name,
            cluster=cluster,
            trust=trust,
        )
        # an association reaches pods that start after it; hooks wait for a handler that is there
        before = [*role.associate(kubectl.connection.name), *role.rights]
        text = literal(manifest.replace(REGION, cluster.region))
        handler = KubectlApply(
            self,
            "kubectl",
            text.replace(literal(QUEUE), queue.url),
            address=f"null_resource.{HANDLER}",
            kubectl=kubectl,
            depends_on=before,
        )
        for address, group in groups.items():
            AutoscalingLifecycleHook(
                self,
                f"aws_autoscaling_lifecycle_hook.{address}",
                name=name,
                autoscaling_group_name=group.name,
                lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
                heartbeat_timeout=HEARTBEAT_SECONDS,
                default_result="CONTINUE",
                depends_on=[handler.resource],
            )

    def _rule(
        self, event: str, source: str, kind: str, name: str, queue: SqsQueue
    ) -> CloudwatchEventRule:
        rule = CloudwatchEventRule(
            self,
            f"aws_cloudwatch_event_rule.draining-{event}",
            name=name,
            event_pattern=json.dumps({"source": [source], "detail-type": [kind]}),
        )
        CloudwatchEventTarget(
            self, f"aws_cloudwatch_event_target.draining-{event}", rule=rule.name, arn=queue.arn
        )
        return rule

    def _let_in(self, queue: SqsQueue, rules: Sequence[str]) -> None:
        """Let EventBridge write into the queue, for these rules alone."""
        document = DataAwsIamPolicyDocument(
            self,
            "data.aws_iam_policy_document.draining-queue",
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    sid="Events",
                    actions=["sqs:SendMessage"],
                    resources=[queue.arn],
                    principals=[
                        DataAwsIamPolicyDocumentStatementPrincipals(
                            type="Service", identifiers=["events.amazonaws.com"]
                        )
                    ],
                    condition=[
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="ArnEquals", variable="aws:SourceArn", values=list(rules)
                        )
                    ],
                )
            ],
        )
        SqsQueuePolicy(
            self, "aws_sqs_queue_policy.draining", queue_url=queue.url, policy=document.json
        )


def _rights(queue: str, groups: Sequence[str]) -> PodRoleSpec:
    """What the handler may do; describing knows no resources. The ARNs are Terraform's."""
    may = (
        (("sqs:DeleteMessage", "sqs:ReceiveMessage"), (queue,)),
        (("autoscaling:CompleteLifecycleAction",), tuple(groups)),
        (
            (
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeTags",
                "ec2:DescribeInstances",
            ),
            ("*",),
        ),
    )
    return PodRoleSpec.model_construct(
        namespace="kube-system",
        service_account=HANDLER,
        statements=tuple(
            StatementSpec.model_construct(actions=actions, resources=resources)
            for actions, resources in may
        ),
    )
