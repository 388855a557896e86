"""Data: what is lost for good, and what no longer protects it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.stores import STORES, holds_state, is_lock_table
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, Path, at, dicts, dotted
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_AWS = "https://docs.aws.amazon.com"
_PROVIDER = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources"

_FREE_OF_OBJECTS: Final = {
    "aws_ecr_repository": ("force_delete", "images"),
    "aws_ecrpublic_repository": ("force_destroy", "images"),
    "aws_backup_vault": ("force_destroy", "recovery points"),
    "aws_glacier_vault": ("force_destroy", "archives"),
}
"""What AWS refuses to delete while it holds something, and the argument that overrides it."""

_LOST: Final = {
    "aws_backup_vault": "Its recovery points are gone.",
    "aws_cognito_user_pool": "Its users and their passwords are gone; nobody can sign in.",
    "aws_db_snapshot": "It may be the only copy of what it holds.",
    "aws_ebs_snapshot": "It may be the only copy of what it holds.",
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
    (("backup_policy", 0, "status"), ("ENABLED",), ("DISABLED",)),
    (("multi_az",), (True,), (False,)),
    (("multi_az_enabled",), (True,), (False,)),
    (("settings", 0, "availability_type"), ("REGIONAL",), ("ZONAL",)),
    (("delete_protection",), (True,), (False,)),
    (("termination_protection_enabled",), (True,), (False,)),
    (("automatic_failover_enabled",), (True,), (False,)),
    (("image_tag_mutability",), ("IMMUTABLE",), ("MUTABLE",)),
    (("deletion_protection",), ("ACTIVE",), ("INACTIVE",)),
    (("delete_automated_backups",), (False,), (True,)),
    (("purge_protection_enabled",), (True,), (False,)),
    (("versioning_configuration", 0, "status"), ("Enabled",), ("Suspended", "Disabled")),
)
_RETENTIONS: Final = (
    "automated_snapshot_retention_period",
    "automatic_backup_retention_days",
    "backup_retention_days",
    "backup_retention_period",
    "deletion_window_in_days",
    "message_retention_seconds",
    "recovery_window_in_days",
    "retention_in_days",
    "retention_period",
    "snapshot_retention_limit",
    "soft_delete_retention_days",
)
_KEEPS_FOREVER: Final = 0
_PROTECTORS: Final = {
    "aws_backup_plan": "the backup plan goes, and no new recovery points are made",
    "aws_backup_selection": "the backup selection goes, and nothing in it is backed up any more",
    "aws_backup_vault_lock_configuration": "the lock of the backup vault goes",
    "aws_db_instance_automated_backups_replication": "backups are no longer copied elsewhere",
    "aws_dlm_lifecycle_policy": "the snapshot policy goes, and no new snapshots are made",
    "aws_dynamodb_table_replica": "a replica of the table goes",
    "aws_ebs_encryption_by_default": "new volumes are no longer encrypted by themselves",
    "aws_efs_backup_policy": "the backup policy of the file system goes",
    "aws_efs_replication_configuration": "the file system is no longer replicated",
    "aws_s3_bucket_object_lock_configuration": "the object lock is no longer managed",
    "aws_s3_bucket_replication_configuration": "the bucket is no longer replicated",
    "aws_s3_bucket_server_side_encryption_configuration": "encryption falls back to the default",
    "aws_s3_bucket_versioning": "versioning is no longer managed",
}


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
def state_bucket_is_lost(facts: Facts) -> Iterator[Match]:
    """Certain where the stack's JSON names the bucket, likely where its name does."""
    for bucket in facts.of("aws_s3_bucket"):
        if bucket.is_destroyed and holds_state(facts, bucket):
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
def lock_table_is_lost(facts: Facts) -> Iterator[Match]:
    """Not the state, whatever its name."""
    for table in facts.of("aws_dynamodb_table"):
        if table.is_destroyed and is_lock_table(facts, table):
            yield Match(table.address, {"what": table.fate, "because": facts.because(table)})


@rule(
    "DATA02",
    Level.DATA_LOSS,
    when="something that keeps data is destroyed or replaced; will-fail where deletion protection "
    "is on, or AWS refuses what is not empty, disruption for a read replica, review where "
    "`skip_destroy` leaves it in AWS",
    title="The {store} {name} is {what}",
    why="{because} {lost}",
    action="{advice}",
    source=f"{_PROVIDER}/s3_bucket",
)
def store_is_lost(facts: Facts) -> Iterator[Match]:
    """The new object starts empty."""
    for change in facts.of(*STORES):
        if not change.is_destroyed or is_lock_table(facts, change) or holds_state(facts, change):
            continue
        spared = _spared(change)
        yield Match(
            change.address,
            {
                "store": STORES[change.type],
                "name": _name(change),
                "what": change.fate,
                "because": facts.because(change),
                "lost": spared[1] if spared else _lost(change),
                "advice": "Keep the argument that forces it, or copy the data out first."
                if change.action is Action.REPLACE
                else "Take it out of the stack without destroying it (`removed` with "
                "`destroy = false`), or make sure that a copy exists.",
            },
            spared[0] if spared else None,
        )


def _spared(change: ResourceChange) -> tuple[Level, str] | None:
    """Why less is lost than it seems, with the level of that; None where it is lost."""
    if change.old("skip_destroy") is True:
        return (
            Level.REVIEW,
            "`skip_destroy` is on: it stays in AWS, and nothing watches it any more.",
        )
    if _is_protected(change):
        return (
            Level.WILL_FAIL,
            "Its deletion protection is on: AWS refuses, and the apply stops there with what was "
            "ordered before it done.",
        )
    override = _FREE_OF_OBJECTS.get(change.type)
    if override is not None and change.old(override[0]) is not True:
        return (
            Level.WILL_FAIL,
            f"AWS refuses while it holds {override[1]}, and the apply stops there.",
        )
    if _is_replica(change):
        return (
            Level.DISRUPTION,
            "It is a replica, its source keeps the data; whoever reads from it has to move.",
        )
    return None


def _is_protected(change: ResourceChange) -> bool:
    """Whether the object's own deletion protection is on, so that AWS refuses to delete it."""
    return any(
        change.old(name) in (True, "ACTIVE")
        for name in ("deletion_protection", "deletion_protection_enabled")
    )


def _is_replica(change: ResourceChange) -> bool:
    """Whether what it holds is a copy of a source that stays."""
    keys = ("replicate_source_db", "replication_source_identifier", "global_replication_group_id")
    return any(change.old(key) for key in keys) or (
        change.type == "aws_kms_replica_key" and bool(change.old("primary_key_arn"))
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
    empty = "; the new one starts empty." if change.action is Action.REPLACE else "."
    return _LOST.get(change.type, f"What it holds is gone{empty}")


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
def protection_is_lost(facts: Facts) -> Iterator[Match]:
    """Often the first of two pull requests."""
    for change in facts.rewritten:
        weaker = [*_switched_off(change), *_shorter(change), *_fewer_copies(change)]
        if weaker:
            yield Match(change.address, {"what": ", ".join(weaker)})
    for change in facts.of(*_PROTECTORS):
        if change.action is Action.DELETE:
            yield Match(change.address, {"what": _PROTECTORS[change.type]})


def _switched_off(change: ResourceChange) -> Iterator[str]:
    told = change.after if isinstance(change.after, dict) else {}
    for path, good, bad in _PROTECTIONS:
        if path[0] not in told:
            continue
        old, new = change.old(*path), change.new(*path)
        if old in good and new in bad and new is not UNKNOWN:
            yield f"{code(dotted(path))} is now {code(str(new).lower())}"

    if change.type == "aws_ebs_encryption_by_default" and change.new("enabled") is False:
        yield _PROTECTORS[change.type]


def _shorter(change: ResourceChange) -> Iterator[str]:
    told = change.after if isinstance(change.after, dict) else {}
    for name in filter(told.__contains__, _RETENTIONS):
        old, new = change.old(name), change.new(name)
        if not isinstance(old, int) or not isinstance(new, int) or old == new:
            continue
        endless = name == "retention_in_days" and old == _KEEPS_FOREVER
        longer = name == "retention_in_days" and new == _KEEPS_FOREVER
        if endless or (new < old and not longer):
            yield f"{code(name)} {old} → {new}"


def _fewer_copies(change: ResourceChange) -> Iterator[str]:
    """Which replicas of a table, and which days of a backup plan's copies, go in place."""
    if change.type == "aws_dynamodb_table" and change.new("replica") is not UNKNOWN:
        kept = {str(one.get("region_name")) for one in dicts(change.new("replica"))}
        for one in dicts(change.old("replica")):
            region = str(one.get("region_name"))
            if region not in kept:
                yield f"its replica in {code(region)} goes"
    if change.type == "aws_backup_plan":
        now = _days_kept(change.new("rule"))
        for name, days in _days_kept(change.old("rule")).items():
            if name not in now:
                yield f"its rule {code(name)} goes"
            elif now[name] and (not days or now[name] < days):
                yield f"{code(name)} keeps {days or 'for ever'} → {now[name]} days"


def _days_kept(rules: Json) -> dict[str, int]:
    """For how many days each rule of a backup plan keeps a copy; 0 is for ever."""
    found = {}
    for one in dicts(rules):
        days = at(one, ("lifecycle", 0, "delete_after"))
        found[str(one.get("rule_name"))] = days if isinstance(days, int) else 0
    return found


def _name(change: ResourceChange) -> str:
    for key in ("bucket", "name", "identifier", "cluster_identifier", "domain_name", "id"):
        value = change.old(key)
        if isinstance(value, str) and value:
            return code(value)
    return code(change.name)
