"""Data: what is lost for good, and what no longer protects it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.stores import holds_state, is_lock_table
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Path, dotted
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_AWS = "https://docs.aws.amazon.com"
_PROVIDER = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources"

_STORES: Final = {
    "aws_backup_vault": "backup vault",
    "aws_cloudwatch_log_group": "log group",
    "aws_db_instance": "database",
    "aws_docdb_cluster": "database cluster",
    "aws_dynamodb_table": "DynamoDB table",
    "aws_ebs_snapshot": "EBS snapshot",
    "aws_ebs_volume": "EBS volume",
    "aws_ecr_repository": "image repository",
    "aws_efs_file_system": "EFS file system",
    "aws_elasticache_cluster": "cache",
    "aws_elasticache_replication_group": "cache",
    "aws_fsx_lustre_file_system": "FSx file system",
    "aws_fsx_ontap_file_system": "FSx file system",
    "aws_fsx_openzfs_file_system": "FSx file system",
    "aws_fsx_windows_file_system": "FSx file system",
    "aws_kinesis_stream": "stream",
    "aws_kms_key": "KMS key",
    "aws_memorydb_cluster": "database cluster",
    "aws_msk_cluster": "Kafka cluster",
    "aws_neptune_cluster": "database cluster",
    "aws_opensearch_domain": "search domain",
    "aws_rds_cluster": "database cluster",
    "aws_redshift_cluster": "database cluster",
    "aws_route53_zone": "DNS zone",
    "aws_s3_bucket": "bucket",
    "aws_secretsmanager_secret": "secret",
    "aws_sqs_queue": "queue",
    "aws_timestreamwrite_table": "table",
}

_LOST: Final = {
    "aws_cloudwatch_log_group": "Its log events are gone at once.",
    "aws_ecr_repository": "Its images are gone; pods that need one cannot start.",
    "aws_route53_zone": "Its records are gone, and a new zone has other name servers.",
    "aws_ebs_volume": "What is on it is gone, unless there is a snapshot.",
}

_PROTECTIONS: Final[tuple[tuple[Path, tuple[object, ...], tuple[object, ...]], ...]] = (
    (("deletion_protection",), (True,), (False,)),
    (("deletion_protection_enabled",), (True,), (False,)),
    (("enable_deletion_protection",), (True,), (False,)),
    (("force_destroy",), (False, None), (True,)),
    (("force_delete",), (False, None), (True,)),
    (("skip_final_snapshot",), (False, None), (True,)),
    (("storage_encrypted",), (True,), (False,)),
    (("point_in_time_recovery", 0, "enabled"), (True,), (False,)),
    (("versioning", 0, "enabled"), (True,), (False,)),
    (("versioning_configuration", 0, "status"), ("Enabled",), ("Suspended", "Disabled")),
)
_RETENTIONS: Final = ("backup_retention_period", "retention_in_days", "deletion_window_in_days")
_KEEPS_FOREVER: Final = 0


@rule(
    "DATA01",
    Level.DATA_LOSS,
    when="the bucket that holds Terraform's state is destroyed or replaced",
    title="The bucket with Terraform's own state is {what}",
    why="{because} {how} Without its state Terraform knows of nothing it made, and would make it "
    "all again.",
    action="Take the bucket out of this stack (`removed` with `destroy = false`), never through "
    "a plan of its own state.",
    source="https://developer.hashicorp.com/terraform/language/backend/s3",
)
def state_bucket_goes(facts: Facts) -> Iterator[Match]:
    """Certain where the stack's JSON names the bucket, likely where its name does."""
    for bucket in facts.of("aws_s3_bucket"):
        if bucket.goes and holds_state(facts, bucket):
            known = bucket.old("bucket") == facts.stack.state_bucket
            how = (
                "The stack's own backend names it."
                if known
                else f"Its name, {code(str(bucket.old('bucket')))}, says so."
            )
            values = {"what": bucket.fate, "because": facts.because(bucket), "how": how}
            yield Match(bucket.address, values)


@rule(
    "DATA04",
    Level.DISRUPTION,
    when="the table with Terraform's state locks is destroyed or replaced",
    title="The table with Terraform's state locks is {what}",
    why="{because} It holds locks, not the state; until it is back two runs can write the "
    "state at once, or none can run.",
    action="Keep it out of the stack that it locks.",
    source="https://developer.hashicorp.com/terraform/language/backend/s3",
)
def lock_table_goes(facts: Facts) -> Iterator[Match]:
    """Not the state, whatever its name."""
    for table in facts.of("aws_dynamodb_table"):
        if table.goes and is_lock_table(facts, table):
            yield Match(table.address, {"what": table.fate, "because": facts.because(table)})


@rule(
    "DATA02",
    Level.DATA_LOSS,
    when="something that keeps data is destroyed or replaced",
    title="The {store} {name} is {what}",
    why="{because} {lost}",
    action="{advice}",
    source=f"{_PROVIDER}/s3_bucket",
)
def store_goes(facts: Facts) -> Iterator[Match]:
    """The new object starts empty."""
    for change in facts.of(*_STORES):
        if not change.goes or is_lock_table(facts, change) or holds_state(facts, change):
            continue
        yield Match(
            change.address,
            {
                "store": _STORES[change.type],
                "name": _name(change),
                "what": change.fate,
                "because": facts.because(change),
                "lost": _lost(change),
                "advice": "Keep the argument that forces it, or copy the data out first."
                if change.action is Action.REPLACE
                else "Take it out of the stack without destroying it (`removed` with "
                "`destroy = false`), or make sure that a copy exists.",
            },
        )


def _lost(change: ResourceChange) -> str:
    if change.type == "aws_kms_key":
        days = change.old("deletion_window_in_days")
        window = f"{days}" if isinstance(days, int) else "30"
        return (
            f"The key is deleted after {window} days, and with it everything encrypted under "
            "it; until then the deletion can be cancelled."
        )
    if change.type == "aws_secretsmanager_secret":
        days = change.old("recovery_window_in_days")
        if days == 0:
            return "It is gone at once, without a recovery window."
        window = f"{days}" if isinstance(days, int) else "30"
        return f"It can be restored for {window} days, and its name is not free again before that."
    if change.type == "aws_s3_bucket":
        return (
            "`force_destroy` is on: every object goes with it."
            if change.old("force_destroy") is True
            else "AWS refuses if it is not empty, and the apply stops there."
        )
    if change.old("skip_final_snapshot") is True:
        return "`skip_final_snapshot` is on: nothing is kept."
    return _LOST.get(change.type, "What it holds is gone; the new one starts empty.")


@rule(
    "DATA03",
    Level.REVIEW,
    when="deletion protection, versioning, backups or a retention are weakened, or "
    "`force_destroy` is switched on",
    title="Data is less protected: {what}",
    why="It is one step closer to being lost by mistake. (A removed `prevent_destroy` does not "
    "show in a plan; look for it in the code.)",
    action="Check that this is the point of the change.",
    source=f"{_AWS}/AmazonS3/latest/userguide/Versioning.html",
)
def protection_goes(facts: Facts) -> Iterator[Match]:
    """Often the first of two pull requests."""
    for change in facts.changes:
        if change.action in (Action.UPDATE, Action.REPLACE) and change.type.startswith("aws_"):
            weaker = [*_switched_off(change), *_shorter(change)]
            if weaker:
                yield Match(change.address, {"what": ", ".join(weaker)})
        elif change.action is Action.DELETE and change.type == "aws_s3_bucket_versioning":
            yield Match(change.address, {"what": "versioning is no longer managed"})


def _switched_off(change: ResourceChange) -> Iterator[str]:
    for path, good, bad in _PROTECTIONS:
        old, new = change.old(*path), change.new(*path)
        if old in good and new in bad and new is not UNKNOWN:
            yield f"{code(dotted(path))} is now {code(str(new).lower())}"


def _shorter(change: ResourceChange) -> Iterator[str]:
    for name in _RETENTIONS:
        old, new = change.old(name), change.new(name)
        if not isinstance(old, int) or not isinstance(new, int) or old == new:
            continue
        endless = name == "retention_in_days" and old == _KEEPS_FOREVER
        longer = name == "retention_in_days" and new == _KEEPS_FOREVER
        if endless or (new < old and not longer):
            yield f"{code(name)} {old} → {new}"


def _name(change: ResourceChange) -> str:
    for key in ("bucket", "name", "identifier", "cluster_identifier", "domain_name", "id"):
        value = change.old(key)
        if isinstance(value, str) and value:
            return code(value)
    return code(change.name)
