"""The types whose schema is kept: those in the golden files, and those an option may bring."""

from tests.provider_schemas import emitted
from tests.provider_schemas.documents import documents

OLDEST = "5.100.0"
"""The lower end of the range in constructs_lib; a test says so."""

OFFERED = {
    f"resource.aws_{name}"
    for name in (
        *("autoscaling_lifecycle_hook", "autoscaling_schedule", "cloudwatch_event_rule"),
        *("cloudwatch_event_target", "cloudwatch_log_group", "egress_only_internet_gateway"),
        *("eks_capability", "eks_fargate_profile"),
        *("eks_node_group", "eks_pod_identity_association", "flow_log", "iam_policy"),
        *("iam_openid_connect_provider", "route", "sqs_queue"),
        *("sqs_queue_policy", "vpc_endpoint"),
        *("vpc_security_group_egress_rule", "vpc_security_group_ingress_rule"),
        *("s3_bucket_lifecycle_configuration", "iam_service_linked_role"),
    )
} | {
    f"data.aws_{name}"
    for name in (
        *("availability_zones", "eks_addon_version", "eks_cluster", "nat_gateway", "partition"),
        "region",
    )
}
"""Types that no golden file has as yet; one that has them all needs none of this."""


def types() -> set[str]:
    """Every type, with its section."""
    return OFFERED | {kind for document in documents().values() for kind, _, _ in emitted(document)}
