"""The same object at a new address: destroyed here and made there, for want of a `moved` block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, is_empty
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_LINKS: Final = {
    "aws_autoscaling_attachment": ("autoscaling_group_name", "lb_target_group_arn", "elb"),
    "aws_autoscaling_lifecycle_hook": ("autoscaling_group_name", "name"),
    "aws_eks_access_policy_association": ("cluster_name", "principal_arn", "policy_arn"),
    "aws_iam_group_policy": ("group", "name"),
    "aws_iam_group_policy_attachment": ("group", "policy_arn"),
    "aws_iam_role_policy": ("role", "name"),
    "aws_iam_role_policy_attachment": ("role", "policy_arn"),
    "aws_iam_user_policy": ("user", "name"),
    "aws_iam_user_policy_attachment": ("user", "policy_arn"),
    "aws_kms_key_policy": ("key_id",),
    "aws_lb_target_group_attachment": ("target_group_arn", "target_id", "port"),
    "aws_route_table_association": ("subnet_id", "gateway_id"),
    "aws_s3_bucket_acl": ("bucket",),
    "aws_s3_bucket_lifecycle_configuration": ("bucket",),
    "aws_s3_bucket_ownership_controls": ("bucket",),
    "aws_s3_bucket_policy": ("bucket",),
    "aws_s3_bucket_public_access_block": ("bucket",),
    "aws_s3_bucket_server_side_encryption_configuration": ("bucket",),
    "aws_s3_bucket_versioning": ("bucket",),
    "aws_secretsmanager_secret_policy": ("secret_arn",),
    "aws_sns_topic_policy": ("arn",),
    "aws_sqs_queue_policy": ("queue_url",),
    "aws_vpc_endpoint_route_table_association": ("vpc_endpoint_id", "route_table_id"),
    "aws_volume_attachment": ("volume_id", "instance_id"),
    "aws_wafv2_web_acl_association": ("resource_arn",),
}
"""What is set rather than made: whichever of the two steps comes last wins."""

_RULES: Final = {
    "aws_network_acl_rule": ("network_acl_id", "rule_number", "egress"),
    "aws_security_group_rule": (
        "security_group_id",
        "type",
        "protocol",
        "from_port",
        "to_port",
        "cidr_blocks",
        "ipv6_cidr_blocks",
        "source_security_group_id",
        "self",
    ),
    "aws_vpc_security_group_egress_rule": (
        "security_group_id",
        "ip_protocol",
        "from_port",
        "to_port",
        "cidr_ipv4",
        "cidr_ipv6",
        "referenced_security_group_id",
        "prefix_list_id",
    ),
    "aws_vpc_security_group_ingress_rule": (
        "security_group_id",
        "ip_protocol",
        "from_port",
        "to_port",
        "cidr_ipv4",
        "cidr_ipv6",
        "referenced_security_group_id",
        "prefix_list_id",
    ),
    "aws_route": ("route_table_id", "destination_cidr_block", "destination_ipv6_cidr_block"),
}

_NAMED: Final = {
    "aws_eks_access_entry": ("cluster_name", "principal_arn"),
    "aws_eks_addon": ("cluster_name", "addon_name"),
    "aws_eks_fargate_profile": ("cluster_name", "fargate_profile_name"),
    "aws_eks_node_group": ("cluster_name", "node_group_name"),
    "aws_eks_pod_identity_association": ("cluster_name", "namespace", "service_account"),
    "aws_iam_openid_connect_provider": ("url",),
    "aws_s3_bucket": ("bucket",),
    "aws_db_instance": ("identifier",),
    "aws_rds_cluster": ("cluster_identifier",),
    "aws_rds_cluster_instance": ("identifier",),
    "aws_elasticache_replication_group": ("replication_group_id",),
    "aws_route53_record": ("zone_id", "name", "type", "set_identifier"),
    "aws_lambda_function": ("function_name",),
    "aws_security_group": ("vpc_id", "name"),
    "helm_release": ("namespace", "name"),
}
_KEYS: Final = {**_LINKS, **_RULES, **_NAMED}
_NOT_UNIQUE: Final = ("aws_route53_zone", "aws_vpc", "aws_subnet", "aws_launch_template_")
_NAMES: Final = ("name", "identifier", "function_name", "bucket", "domain_name")


@rule(
    "ADDR01",
    Level.WILL_FAIL,
    when="an object is destroyed at one address and made at another under the same name, in one "
    "plan; disruption for links and rules, which the later of the two steps takes away",
    title="{what} is destroyed here and made again as {where}",
    why="{why}",
    action="Write `moved` from {old} to {new}; then nothing is destroyed.",
    source="https://developer.hashicorp.com/terraform/language/moved",
)
def same_object_at_a_new_address(facts: Facts) -> Iterator[Match]:
    """Terraform knows no order between the two: nothing ties them together."""
    going = [change for change in facts.changes if change.action is Action.DELETE]
    made: dict[tuple[str, tuple[str, ...]], ResourceChange] = {}
    for change in facts.of(*{change.type: None for change in going}):
        if change.action is Action.CREATE:
            key = _key(change, is_new=True)
            if key:
                made[(change.type, key)] = change
    for change in going:
        key = _key(change, is_new=False)
        twin = made.get((change.type, key)) if key else None
        if twin is None:
            continue
        is_link = change.type in _LINKS or change.type in _RULES
        why = (
            "The two steps have no order: whichever comes last wins, and where that is the delete "
            "it is gone although the plan says that it is made."
            if is_link
            else "The name is taken until the old one is gone, and nothing orders the two: the "
            "create is refused (it exists already, or is in use)."
        )
        yield Match(
            change.address,
            {
                "what": code(change.type),
                "where": code(twin.address),
                "old": code(change.address),
                "new": code(twin.address),
                "why": why,
            },
            Level.DISRUPTION if is_link else None,
        )


def _key(change: ResourceChange, *, is_new: bool) -> tuple[str, ...] | None:
    """What tells an object from others of its type, None where the plan does not say."""
    read = change.new if is_new else change.old
    names = _KEYS.get(change.type)
    if names is None:
        if change.type in _NOT_UNIQUE:
            return None
        metadata = read("metadata", 0, "name")
        if isinstance(metadata, str) and metadata:
            return (metadata, str(read("metadata", 0, "namespace")))
        names = next(((name,) for name in _NAMES if not is_empty(read(name))), None)
    if names is None:
        return None
    if is_empty(read(names[0])) or read(names[0]) is UNKNOWN:
        return None
    return tuple(_text(read(name)) for name in names)


def _text(value: Json) -> str:
    """Write a value so that what providers fill in, and what is not told yet, is nothing."""
    return "" if value is UNKNOWN or value is False or is_empty(value) else str(value)
