"""Data that expires, is spared or cannot change: each with a near plan that stays silent."""

from __future__ import annotations

from typing import Any

import pytest

from .build import CREATE, DELETE, REPLACE, change, found, reviewed, same, update


@pytest.mark.parametrize(
    ("kind", "values", "level", "words"),
    [
        ("aws_cloudwatch_log_group", {"skip_destroy": True}, "review", "stays in AWS"),
        ("aws_cloudwatch_log_group", {"skip_destroy": False}, "data-loss", "gone at once"),
        ("aws_db_instance", {"deletion_protection": True}, "will-fail", "AWS refuses"),
        ("aws_dynamodb_table", {"deletion_protection_enabled": True}, "will-fail", "AWS refuses"),
        ("aws_cognito_user_pool", {"deletion_protection": "ACTIVE"}, "will-fail", "AWS refuses"),
        ("aws_cognito_user_pool", {"deletion_protection": "INACTIVE"}, "data-loss", "users"),
        ("aws_ecr_repository", {"force_delete": False}, "will-fail", "while it holds images"),
        ("aws_ecr_repository", {"force_delete": True}, "data-loss", "images are gone"),
        ("aws_db_instance", {"replicate_source_db": "orders"}, "disruption", "a replica"),
        ("aws_db_instance", {"replicate_source_db": ""}, "data-loss", "is gone."),
        ("aws_db_instance", {"skip_final_snapshot": True}, "data-loss", "nothing is kept"),
    ],
)
def test_what_is_spared_is_not_called_lost(
    kind: str, values: dict[str, Any], level: str, words: str
) -> None:
    result = reviewed(change(f"{kind}.x", DELETE, {"name": "n", **values}))
    assert found(result) == [("DATA02", level)]
    assert words in result.findings[0].why


def test_only_a_replacement_starts_empty() -> None:
    gone = reviewed(change("aws_rds_cluster.x", DELETE, {"id": "n"}))
    assert "starts empty" not in gone.findings[0].why
    anew = reviewed(change("aws_rds_cluster.x", REPLACE, {"id": "n"}, {"id": "m"}))
    assert "starts empty" in anew.findings[0].why


BUCKET = "aws_s3_bucket_lifecycle_configuration.c"


def expire(days: int | None = None, old: int | None = None, prefix: str = "") -> dict[str, Any]:
    rule: dict[str, Any] = {"id": "x", "status": "Enabled", "filter": [{"prefix": prefix}]}
    rule["expiration"] = [{"days": days}] if days else []
    rule["noncurrent_version_expiration"] = [{"noncurrent_days": old}] if old else []
    return rule


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [expire(1)], [("DATA05", "data-loss")]),
        ([expire(30)], [expire(7)], [("DATA05", "data-loss")]),
        ([], [expire(1, prefix="tmp/")], [("DATA05", "review")]),
        ([], [expire(old=30)], [("DATA05", "review")]),
        ([expire(30)], [expire(30)], []),
        ([], [{**expire(1), "status": "Disabled"}], []),
        ([], [{**expire(), "abort_incomplete_multipart_upload": [{"days": 7}]}], []),
        ([], [{**expire(), "transition": [{"days": 30, "storage_class": "GLACIER"}]}], []),
    ],
)
def test_a_rule_that_expires_objects_is_told(
    before: list[Any], after: list[Any], expected: list[tuple[str, str]]
) -> None:
    changed = update(BUCKET, {"bucket": "orders", "rule": before}, rule=after)
    assert found(reviewed(changed)) == expected


def test_a_rule_of_a_new_bucket_has_nothing_to_lose_yet() -> None:
    bucket = change("aws_s3_bucket.b", CREATE, None, {"bucket": "orders"})
    made = change(BUCKET, CREATE, None, {"bucket": "orders", "rule": [expire(1)]})
    assert found(reviewed(bucket, made)) == [("DATA05", "review")]
    assert found(reviewed(made)) == [("DATA05", "data-loss")]


def test_images_that_expire_are_for_review() -> None:
    made = change("aws_ecr_lifecycle_policy.p", CREATE, None, {"repository": "a", "policy": "{}"})
    assert found(reviewed(made)) == [("DATA05", "review")]
    values = {"repository": "a", "policy": '{"rules":[]}'}
    assert found(reviewed(same("aws_ecr_lifecycle_policy.p", values))) == []


TABLE = "aws_dynamodb_table.orders"


def ttl(on: bool, name: str = "expires") -> list[dict[str, Any]]:
    return [{"enabled": on, "attribute_name": name}]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (ttl(False), ttl(True), [("DATA06", "review")]),
        ([], ttl(True), [("DATA06", "review")]),
        (ttl(True), ttl(True, "other"), [("DATA06", "review")]),
        (ttl(True), ttl(False), []),
    ],
)
def test_a_time_to_live_that_is_switched_on_is_for_review(
    before: list[Any], after: list[Any], expected: list[tuple[str, str]]
) -> None:
    assert found(reviewed(update(TABLE, {"name": "o", "ttl": before}, ttl=after))) == expected


def index(name: str = "by_g", projection: str = "ALL", **more: Any) -> dict[str, Any]:
    return {"name": name, "hash_key": "g", "projection_type": projection, **more}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([index()], [index(projection="KEYS_ONLY")], [("DATA07", "disruption")]),
        ([index()], [], [("DATA07", "disruption")]),
        ([index()], [{**index(), "hash_key": "h"}], [("DATA07", "disruption")]),
        ([index(range_key="r")], [index()], [("DATA07", "disruption")]),
        ([], [index()], []),
        ([index(read_capacity=5)], [index(read_capacity=10)], []),
        ([index(range_key="")], [index(range_key=None)], []),
    ],
)
def test_an_index_that_is_rebuilt_disturbs(
    before: list[Any], after: list[Any], expected: list[tuple[str, str]]
) -> None:
    values = {"name": "orders", "global_secondary_index": before}
    assert found(reviewed(update(TABLE, values, global_secondary_index=after))) == expected


def database(**values: Any) -> dict[str, Any]:
    return {
        "identifier": "orders",
        "engine": "postgres",
        "engine_version": "15.4",
        "instance_class": "db.m5.large",
        "apply_immediately": True,
        "allow_major_version_upgrade": False,
        **values,
    }


@pytest.mark.parametrize(
    ("before", "changed", "expected"),
    [
        ({}, {"instance_class": "db.m5.xlarge"}, [("DATA08", "disruption")]),
        (
            {"apply_immediately": False},
            {"instance_class": "db.m5.xlarge"},
            [("DATA08", "review")],
        ),
        ({}, {"engine_version": "16.1"}, [("DATA08", "will-fail")]),
        (
            {"allow_major_version_upgrade": True},
            {"engine_version": "16.1"},
            [("DATA08", "disruption")],
        ),
        (
            {"allow_major_version_upgrade": True, "apply_immediately": None},
            {"engine_version": "16.1"},
            [("DATA08", "review")],
        ),
        ({}, {"engine_version": "15.6"}, [("DATA08", "disruption")]),
        ({}, {"engine_version": "14.9"}, [("DATA08", "will-fail")]),
        ({}, {"engine_version": "15"}, []),
        (
            {"engine": "mysql", "engine_version": "5.7.44"},
            {"engine_version": "8.0.35"},
            [("DATA08", "will-fail")],
        ),
        (
            {"engine": "mysql", "engine_version": "8.0.35"},
            {"engine_version": "8.4.1"},
            [("DATA08", "will-fail")],
        ),
        (
            {"engine": "mysql", "engine_version": "8.0.35"},
            {"engine_version": "8.0.40"},
            [("DATA08", "disruption")],
        ),
        ({}, {"tags": {"a": "b"}}, []),
    ],
)
def test_a_database_that_is_changed_while_it_runs_is_told(
    before: dict[str, Any], changed: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(reviewed(update("aws_db_instance.d", database(**before), **changed))) == expected


@pytest.mark.parametrize("kind", ["rds", "docdb", "neptune"])
def test_the_last_instance_of_a_database_cluster_is_an_outage(kind: str) -> None:
    one = {"cluster_identifier": "aur", "identifier": "a"}
    gone = change(f"aws_{kind}_cluster_instance.a", DELETE, one)
    assert found(reviewed(gone)) == [("DATA09", "outage")]
    other = same(f"aws_{kind}_cluster_instance.b", {**one, "identifier": "b"})
    assert found(reviewed(gone, other)) == [("DATA09", "disruption")]
    cluster = change(f"aws_{kind}_cluster.c", DELETE, {"cluster_identifier": "aur"})
    assert found(reviewed(gone, cluster)) == [("DATA02", "data-loss"), ("LOSS02", "review")]


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("aws_ebs_volume.v", {"size": 100}, {"size": 50}),
        ("aws_db_instance.d", {"allocated_storage": 100}, {"allocated_storage": 50}),
        ("aws_fsx_lustre_file_system.f", {"storage_capacity": 2400}, {"storage_capacity": 1200}),
        (
            "aws_instance.i",
            {"root_block_device": [{"volume_size": 100}]},
            {"root_block_device": [{"volume_size": 8}]},
        ),
        ("azurerm_managed_disk.d", {"disk_size_gb": 64}, {"disk_size_gb": 32}),
        (
            "kubernetes_persistent_volume_claim.c",
            {"spec": [{"resources": [{"requests": {"storage": "10Gi"}}]}]},
            {"spec": [{"resources": [{"requests": {"storage": "500Mi"}}]}]},
        ),
    ],
)
def test_storage_that_shrinks_will_fail_and_growing_does_not(
    address: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert found(reviewed(update(address, before, **after))) == [("DATA10", "will-fail")]
    assert found(reviewed(update(address, after, **before))) == []


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("aws_secretsmanager_secret.s", {"recovery_window_in_days": 30}, 0),
        ("aws_kinesis_stream.s", {"retention_period": 168}, 24),
        ("aws_elasticache_replication_group.r", {"snapshot_retention_limit": 7}, 0),
        ("aws_sqs_queue.q", {"message_retention_seconds": 345600}, 60),
    ],
)
def test_a_shorter_retention_is_for_review(
    address: str, before: dict[str, Any], after: int
) -> None:
    key = next(iter(before))
    assert found(reviewed(update(address, before, **{key: after}))) == [("DATA03", "review")]
    assert found(reviewed(update(address, {key: after}, **before))) == []


@pytest.mark.parametrize(
    "kind", ["aws_backup_plan", "aws_backup_selection", "aws_dlm_lifecycle_policy"]
)
def test_backups_that_are_no_longer_made_are_for_review(kind: str) -> None:
    assert found(reviewed(change(f"{kind}.x", DELETE, {"name": "x"}))) == [("DATA03", "review")]
    assert found(reviewed(change(f"{kind}.x", CREATE, None, {"name": "x"}))) == []


def test_a_deposed_object_is_judged_by_what_it_is() -> None:
    def deposed(kind: str) -> list[tuple[str, str]]:
        return found(reviewed(change(f"{kind}.x", DELETE, {"id": "old"}, deposed="abcd1234")))

    assert deposed("aws_db_instance") == [("TF02", "data-loss")]
    assert deposed("google_sql_database_instance") == [("TF02", "data-loss")]
    assert deposed("aws_eks_cluster") == [("TF02", "outage")]
    assert deposed("aws_launch_template") == [("TF02", "review")]


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        (
            "aws_elasticache_replication_group.x",
            {"num_cache_clusters": 3},
            {"num_cache_clusters": 1},
        ),
        ("aws_msk_cluster.x", {"number_of_broker_nodes": 6}, {"number_of_broker_nodes": 3}),
        (
            "aws_opensearch_domain.x",
            {"cluster_config": [{"instance_count": 3}]},
            {"cluster_config": [{"instance_count": 1}]},
        ),
    ],
)
def test_a_database_with_fewer_nodes_is_told_and_with_more_is_not(
    address: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert found(reviewed(update(address, before, **after))) == [("DATA11", "disruption")]
    assert found(reviewed(update(address, after, **before))) == []


def test_a_database_that_is_renamed_in_place_is_told() -> None:
    before = {"identifier": "a", "engine": "postgres"}
    result = reviewed(update("aws_db_instance.x", before, identifier="b"))
    assert found(result) == [("DATA11", "disruption")]
    assert result.findings[0].title == "The database `a` becomes `b`"
    assert found(reviewed(update("aws_db_instance.x", before, tags={"a": "b"}))) == []
