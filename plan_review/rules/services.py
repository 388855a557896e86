"""What answers and works: stopped, switched off, gone, or no longer encrypted on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, Path, dicts, dotted
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_REGISTRY: Final = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources"
_STOPPED: Final = (
    False,
    0,
    "0",
    "DISABLED",
    "INACTIVE",
    "NEVER",
    "STOPPED",
    "SUSPENDED",
    "TERMINATED",
    "stopped",
)
_REPLICAS: Final[tuple[Path, ...]] = (("spec", 0, "replicas"),)
_SWITCHES: Final[dict[str, tuple[Path, ...]]] = {
    "aws_appautoscaling_target": (("max_capacity",),),
    "aws_batch_compute_environment": (("state",),),
    "aws_batch_job_queue": (("state",),),
    "aws_cloudfront_distribution": (("enabled",),),
    "aws_cloudwatch_event_rule": (("is_enabled",), ("state",)),
    "aws_cloudwatch_metric_alarm": (("actions_enabled",),),
    "aws_ec2_instance_state": (("state",),),
    "aws_ecs_service": (("desired_count",),),
    "aws_globalaccelerator_accelerator": (("enabled",),),
    "aws_lambda_event_source_mapping": (("enabled",),),
    "aws_lambda_function": (("reserved_concurrent_executions",),),
    "aws_route53_record": (("weighted_routing_policy", 0, "weight"),),
    "aws_scheduler_schedule": (("state",),),
    "aws_ses_receipt_rule": (("enabled",),),
    "azurerm_kubernetes_cluster_node_pool": (("node_count",), ("max_count",)),
    "azurerm_linux_web_app": (("enabled",),),
    "azurerm_windows_web_app": (("enabled",),),
    "google_compute_instance": (("desired_status",),),
    "google_kms_crypto_key_version": (("state",),),
    "google_sql_database_instance": (("settings", 0, "activation_policy"),),
    "google_container_node_pool": (("node_count",), ("autoscaling", 0, "max_node_count")),
    "kubernetes_cron_job": (("spec", 0, "suspend"),),
    "kubernetes_cron_job_v1": (("spec", 0, "suspend"),),
    "kubernetes_deployment": _REPLICAS,
    "kubernetes_deployment_v1": _REPLICAS,
    "kubernetes_stateful_set": _REPLICAS,
    "kubernetes_stateful_set_v1": _REPLICAS,
}
"""Arguments that stop something when they become false or zero; of `suspend`, true."""
_NOUNS: Final = {
    "aws_amplify_app": "Amplify app",
    "aws_appautoscaling_target": "scaling target",
    "aws_apprunner_service": "App Runner service",
    "aws_appstream_fleet": "AppStream fleet",
    "aws_batch_compute_environment": "Batch compute environment",
    "aws_batch_job_queue": "Batch job queue",
    "aws_cloudwatch_event_bus": "event bus",
    "aws_cloudwatch_event_rule": "event rule",
    "aws_cloudwatch_event_target": "target of an event rule",
    "aws_codebuild_project": "build project",
    "aws_codepipeline": "pipeline",
    "aws_datasync_task": "copy task",
    "aws_db_proxy": "database proxy",
    "aws_db_proxy_target": "target of a database proxy",
    "aws_dms_replication_instance": "replication instance",
    "aws_dms_replication_task": "replication task",
    "aws_ec2_fleet": "fleet",
    "aws_ecs_capacity_provider": "ECS capacity provider",
    "aws_ecs_cluster": "ECS cluster",
    "aws_ecs_service": "ECS service",
    "aws_efs_access_point": "EFS access point",
    "aws_efs_mount_target": "EFS mount target",
    "aws_elastic_beanstalk_environment": "Beanstalk environment",
    "aws_elasticache_user_group": "user group of a cache",
    "aws_emr_cluster": "EMR cluster",
    "aws_emrserverless_application": "EMR application",
    "aws_gamelift_fleet": "game fleet",
    "aws_instance": "instance",
    "aws_kinesis_analytics_application": "stream application",
    "aws_kinesis_firehose_delivery_stream": "delivery stream",
    "aws_kinesisanalyticsv2_application": "stream application",
    "aws_lambda_alias": "alias of a function",
    "aws_lambda_event_source_mapping": "event source of a function",
    "aws_lambda_function": "function",
    "aws_lambda_permission": "permission to call a function",
    "aws_lambda_provisioned_concurrency_config": "provisioned concurrency",
    "aws_lightsail_container_service": "container service",
    "aws_medialive_channel": "channel",
    "aws_mskconnect_connector": "connector",
    "aws_mwaa_environment": "Airflow environment",
    "aws_neptune_cluster_endpoint": "database endpoint",
    "aws_osis_pipeline": "ingestion pipeline",
    "aws_pipes_pipe": "pipe",
    "aws_rds_cluster_endpoint": "database endpoint",
    "aws_s3_bucket_notification": "notification of a bucket",
    "aws_sagemaker_endpoint": "model endpoint",
    "aws_scheduler_schedule": "schedule",
    "aws_servicecatalog_provisioned_product": "provisioned product",
    "aws_sfn_state_machine": "state machine",
    "aws_sns_topic": "topic",
    "aws_sns_topic_subscription": "subscription",
    "aws_spot_fleet_request": "spot fleet",
    "aws_spot_instance_request": "spot instance",
    "aws_ssm_parameter": "parameter",
    "aws_transfer_server": "transfer server",
    "aws_volume_attachment": "attachment of a volume",
}
_INSTANCES: Final = ("aws_instance", "aws_spot_instance_request")
_STOPS_IT: Final = ("instance_type", "user_data", "user_data_base64", "ebs_optimized")
_PLAIN: Final[tuple[tuple[Path, tuple[object, ...], tuple[object, ...]], ...]] = (
    (("protocol",), ("HTTPS", "TLS"), ("HTTP", "TCP")),
    (("transit_encryption_enabled",), (True,), (False,)),
    (("in_transit_encryption_enabled",), (True,), (False,)),
    (("tls_enabled",), (True,), (False,)),
    (
        ("encryption_info", 0, "encryption_in_transit", 0, "client_broker"),
        ("TLS",),
        ("PLAINTEXT", "TLS_PLAINTEXT"),
    ),
    (
        ("default_cache_behavior", 0, "viewer_protocol_policy"),
        ("https-only", "redirect-to-https"),
        ("allow-all",),
    ),
    (("domain_endpoint_options", 0, "enforce_https"), (True,), (False,)),
    (("require_ssl",), (True,), (False,)),
    (("ssl_enforcement_enabled",), (True,), (False,)),
    (("enable_https_traffic_only",), (True,), (False,)),
    (("https_traffic_only_enabled",), (True,), (False,)),
)


@rule(
    "SRV01",
    Level.DISRUPTION,
    when="a service, function, distribution, event rule, schedule, weighted record, Kubernetes "
    "workload or node pool is switched off or goes to zero; review for the actions of an alarm",
    title="{what} is switched off",
    why="`{argument}` {old} → {new}: it is still there, and does nothing any more.",
    action="Check that nothing waits for it.",
    source=f"{_REGISTRY}/ecs_service#desired_count",
)
def service_is_switched_off(facts: Facts) -> Iterator[Match]:
    """Planned as a small update; for those who use it, as good as destroyed."""
    for change in facts.of(*_SWITCHES):
        if change.action is not Action.UPDATE:
            continue
        for path in _SWITCHES[change.type]:
            old, new = change.old(*path), change.new(*path)
            was_on = old is not None and not _is_off(old, path)
            if was_on and _is_off(new, path):
                values = {"argument": dotted(path), "old": _shown(old), "new": _shown(new)}
                level = Level.REVIEW if change.type == "aws_cloudwatch_metric_alarm" else None
                yield Match(change.address, {"what": code(change.address), **values}, level)


def _is_off(value: object, path: Path) -> bool:
    if path[-1] == "suspend":
        return value is True
    return any(value == off and type(value) is type(off) for off in _STOPPED)


def _shown(value: object) -> str:
    return code(str(value).lower() if isinstance(value, bool) else str(value))


@rule(
    "SRV02",
    Level.DISRUPTION,
    when="an instance is changed in a way for which the provider stops and starts it",
    title="The instance {name} is stopped and started",
    why="Changed: {what}. It is away for minutes, loses what its instance stores hold, and comes "
    "back with another public address unless it has an elastic IP.",
    action="Choose the moment; drain what runs on it first.",
    source=f"{_REGISTRY}/instance#instance_type",
)
def instance_is_stopped(facts: Facts) -> Iterator[Match]:
    """An update in place, as the plan says it; `user_data` stops it as well."""
    for change in facts.of(*_INSTANCES):
        if change.action is not Action.UPDATE:
            continue
        authored = {leaf.top for leaf in facts.authored(change)}
        changed = [name for name in _STOPS_IT if name in authored]
        if changed:
            what = ", ".join(map(code, changed))
            yield Match(change.address, {"name": _name(change), "what": what})


@rule(
    "SRV03",
    Level.DISRUPTION,
    when="an instance, service, function, event rule, schedule or mount target is destroyed or "
    "replaced; review where the new one is there first",
    title="The {noun} {name} is {fate}",
    why="{because} {effect}",
    action="Check that nothing needs it, or that something else does its work meanwhile.",
    source=f"{_REGISTRY}/instance",
)
def service_is_lost(facts: Facts) -> Iterator[Match]:
    """What runs, as against what keeps data or carries traffic."""
    for change in facts.of(*_NOUNS):
        if not change.is_destroyed:
            continue
        order = ""
        if change.action is Action.REPLACE:
            order = (
                " The new one is there first." if change.creates_first else " The old one first."
            )
        yield Match(
            change.address,
            {
                "noun": _NOUNS[change.type],
                "name": _name(change),
                "fate": change.fate,
                "because": facts.because(change),
                "effect": f"{_effect(change)}{order}",
            },
            Level.REVIEW if change.creates_first else None,
        )


def _effect(change: ResourceChange) -> str:
    if change.type in _INSTANCES:
        root = change.old("root_block_device", 0, "delete_on_termination")
        disk = "its root volume stays" if root is False else "its root volume goes with it"
        return f"What runs on it stops, {disk}, and so do its addresses."
    if change.type in ("aws_efs_mount_target", "aws_volume_attachment"):
        return "What has it mounted can no longer read or write."
    return "What it does is no longer done."


@rule(
    "TLS01",
    Level.SECURITY,
    when="a listener, cache, broker, database or distribution no longer asks for encryption on the "
    "way",
    title="Traffic is no longer encrypted: {what}",
    why="Whoever is on the way can read it and change it, passwords and sessions included.",
    action="Keep it; redirect those who still come without.",
    source="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/"
    "protecting-data-in-transit.html",
)
def traffic_is_plain(facts: Facts) -> Iterator[Match]:
    """By the argument, whatever the type."""
    for change in facts.rewritten:
        told = change.after if isinstance(change.after, dict) else {}
        for path, good, bad in _PLAIN:
            if path[0] not in told:
                continue
            old, new = change.old(*path), change.new(*path)
            is_other = path == ("protocol",) and not change.type.endswith("_listener")
            if old in good and new is not UNKNOWN and new in bad and not is_other:
                what = f"{code(dotted(path))} {_shown(old)} → {_shown(new)}"
                yield Match(change.address, {"what": what})
        if "parameter" in told and change.new("parameter") is not UNKNOWN:
            now = _parameters(change.new("parameter"))
            for name, value in _parameters(change.old("parameter")).items():
                if name in _ASKS_FOR_TLS and value in _YES and now.get(name) not in _YES:
                    what = f"the parameter {code(name)} is off"
                    yield Match(change.address, {"what": what})


_ASKS_FOR_TLS: Final = ("rds.force_ssl", "require_secure_transport", "require_ssl", "tls")
_YES: Final = ("1", "on", "true", "enabled")


def _parameters(value: Json) -> dict[str, str]:
    """The parameters of a database's group by name."""
    return {str(one.get("name")): str(one.get("value")).lower() for one in dicts(value)}


_TLS: Final[tuple[Path, ...]] = (
    ("ssl_policy",),
    ("security_policy",),
    ("min_tls_version",),
    ("minimum_tls_version",),
    ("minimal_tls_version",),
    ("ssl_minimal_tls_version_enforced",),
    ("viewer_certificate", 0, "minimum_protocol_version"),
    ("domain_endpoint_options", 0, "tls_security_policy"),
)
_MINOR: Final = re.compile(
    r"(?i)(?:TLS|FS)(?:13|v)?[-_]?1(?:[-_.]?([0-3]))?(?![0-9])|\A1\.([0-3])\Z"
)
_OF_OLD: Final = re.compile(r"SSLv\d|ELBSecurityPolicy-(FS-)?20\d\d-")
_TODAY_S: Final = 2
"""TLS 1.2: what is older is broken, or no longer spoken."""


@rule(
    "TLS02",
    Level.SECURITY,
    when="a listener, distribution, API or store takes an older version of TLS than before; review "
    "where 1.2 is still the oldest",
    title="An older TLS is taken: {what}",
    why="Who comes with it can be listened to more easily; auditors ask for 1.2 or newer.",
    action="Keep the policy; find out who comes with an old client first.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
    "describe-ssl-policies.html",
)
def tls_is_older(facts: Facts) -> Iterator[Match]:
    """By the oldest version that a policy's name, or the argument, lets in."""
    for change in facts.rewritten:
        told = change.after if isinstance(change.after, dict) else {}
        for path in _TLS:
            if path[0] not in told:
                continue
            old, new = _oldest(change.old(*path)), _oldest(change.new(*path))
            if old is not None and new is not None and new < old:
                what = f"{code(dotted(path))} {_shown(change.old(*path))} → "
                what += _shown(change.new(*path))
                level = Level.REVIEW if new >= _TODAY_S else None
                yield Match(change.address, {"what": what}, level)


def _oldest(value: object) -> int | None:
    """The minor version of the oldest TLS 1 that a value lets in, None where it is none."""
    if not isinstance(value, str):
        return None
    if _OF_OLD.match(value):
        return 0
    match = _MINOR.search(value)
    return int(match[1] or match[2] or 0) if match else None


def _name(change: ResourceChange) -> str:
    for key in ("name", "function_name", "id"):
        if value := change.old_text(key):
            return code(value)
    return code(change.name)
