"""Data, secrets, drift, Terraform's own doings and the plan as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from plan_review import Level
from plan_review.rules import RULES

from .build import (
    CREATE,
    CREATE_FIRST,
    DELETE,
    NO_OP,
    REPLACE,
    change,
    cluster,
    found,
    resource,
    reviewed,
    same,
    scaling_group,
    update,
)

BUCKET = "aws_s3_bucket.b"


@pytest.mark.parametrize("name", ["lovelace-terraform-state", "tfstate", "acme.tf-state.eu"])
def test_a_bucket_named_like_a_state_bucket_is_one(name: str) -> None:
    assert found(reviewed(change(BUCKET, DELETE, {"bucket": name}))) == [("DATA01", "data-loss")]


def test_a_bucket_with_another_name_is_a_store_like_others() -> None:
    gone = change(BUCKET, DELETE, {"bucket": "estate-photos"})
    assert found(reviewed(gone)) == [("DATA02", "data-loss")]


def test_the_stack_s_own_backend_names_its_bucket() -> None:
    stack = {"terraform": {"backend": {"s3": {"bucket": "acme-lovelace"}}}}
    result = reviewed(change(BUCKET, DELETE, {"bucket": "acme-lovelace"}), stack=stack)
    assert found(result) == [("DATA01", "data-loss")]
    assert "The stack's own backend names it." in result.findings[0].why


def test_a_lock_table_is_not_the_state() -> None:
    gone = change("aws_dynamodb_table.t", DELETE, {"name": "tf-state", "hash_key": "LockID"})
    assert found(reviewed(gone)) == [("DATA04", "disruption")]


@pytest.mark.parametrize(
    "kind",
    [
        "aws_dynamodb_table",
        "aws_db_instance",
        "aws_rds_cluster",
        "aws_ebs_volume",
        "aws_efs_file_system",
        "aws_secretsmanager_secret",
        "aws_kms_key",
        "aws_cloudwatch_log_group",
        "aws_route53_zone",
        "aws_cognito_user_pool",
        "aws_db_snapshot",
        "aws_ebs_snapshot",
        "aws_keyspaces_table",
        "aws_msk_cluster",
    ],
)
@pytest.mark.parametrize("actions", [DELETE, REPLACE, CREATE_FIRST])
def test_stores_that_go_lose_data(kind: str, actions: list[str]) -> None:
    after = None if actions == DELETE else {"name": "n"}
    gone = change(f"{kind}.x", actions, {"name": "n"}, after)
    assert found(reviewed(gone)) == [("DATA02", "data-loss")]


def test_a_key_says_how_long_its_deletion_can_be_cancelled() -> None:
    gone = change("aws_kms_key.k", DELETE, {"deletion_window_in_days": 7})
    assert "after 7 days" in reviewed(gone).findings[0].why


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("aws_db_instance.d", {"deletion_protection": True}, {"deletion_protection": False}),
        ("aws_db_instance.d", {"backup_retention_period": 7}, {"backup_retention_period": 0}),
        ("aws_db_instance.d", {"skip_final_snapshot": False}, {"skip_final_snapshot": True}),
        (BUCKET, {"force_destroy": False}, {"force_destroy": True}),
        (
            "aws_s3_bucket_versioning.v",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
        ),
        ("aws_cloudwatch_log_group.l", {"retention_in_days": 0}, {"retention_in_days": 7}),
        (
            "azurerm_key_vault.v",
            {"purge_protection_enabled": True},
            {"purge_protection_enabled": False},
        ),
        (
            "azurerm_postgresql_flexible_server.d",
            {"backup_retention_days": 30},
            {"backup_retention_days": 7},
        ),
    ],
)
def test_weaker_protection_is_for_review(
    address: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert found(reviewed(update(address, before, **after))) == [("DATA03", "review")]
    assert found(reviewed(update(address, after, **before))) == []


def test_a_masked_value_that_changes_is_told_without_its_value() -> None:
    before = {"value": "one-not-a-real-secret"}
    result = reviewed(
        update("aws_ssm_parameter.p", before, value="two", before_sensitive={"value": True})
    )
    assert found(result) == [("SEC01", "review")]
    assert "not-a-real" not in str(result.findings)


def test_a_computed_secret_that_merely_becomes_unknown_is_not_told() -> None:
    before = {"secret": "abc", "name": "a"}
    block = resource("aws_iam_access_key.k", name={"constant_value": "b"})
    result = reviewed(
        update("aws_iam_access_key.k", before, name="b", unknown={"secret": True}),
        configuration=[block],
    )
    assert found(result) == []


def test_user_data_is_no_secret_and_is_not_shown_either() -> None:
    before = {"user_data": "IyEvYmluL3No"}
    result = reviewed(update("aws_launch_template.t", before, user_data="IyEvYmluL2Jhc2g="))
    assert found(result) == []


LOCAL_EXEC = [{"type": "local-exec", "expressions": {"command": {"constant_value": "rm"}}}]


@pytest.mark.parametrize("actions", [CREATE, REPLACE, DELETE])
def test_a_provisioner_that_runs_is_for_review(actions: list[str]) -> None:
    before = None if actions == CREATE else {"id": "1"}
    after = None if actions == DELETE else {"id": "2"}
    block = resource("null_resource.n", provisioners=LOCAL_EXEC)
    result = reviewed(change("null_resource.n", actions, before, after), configuration=[block])
    assert found(result) == [("RUN01", "review")]
    assert "rm" not in result.findings[0].why.split()


def test_a_provisioner_does_not_run_on_an_update() -> None:
    block = resource("terraform_data.d", provisioners=LOCAL_EXEC)
    result = reviewed(update("terraform_data.d", {"input": "a"}, input="b"), configuration=[block])
    assert found(result) == []


def test_a_forgotten_object_is_counted_and_told() -> None:
    result = reviewed(change("aws_vpc.v", ["forget"], {"id": "vpc-1"}))
    assert found(result) == [("TF01", "review")]
    assert result.counts["forget"] == 1


def test_a_deposed_object_is_no_second_replacement() -> None:
    current = same(BUCKET, {"bucket": "tfstate"})
    old = change(BUCKET, DELETE, {"bucket": "tfstate"}, deposed="abcd1234")
    assert found(reviewed(current, old)) == [("TF02", "data-loss")]


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("replace_because_tainted", "TF03"),
        ("replace_by_request", "TF04"),
        ("replace_by_triggers", "TF04"),
    ],
)
def test_a_replacement_on_request_is_told(reason: str, rule: str) -> None:
    gone = change("aws_iam_user.u", REPLACE, {}, {}, action_reason=reason)
    assert found(reviewed(gone)) == [(rule, "review")]


def test_an_errored_plan_will_fail_and_is_not_whole() -> None:
    result = reviewed(errored=True, complete=False)
    assert found(result) == [("PLAN01", "will-fail")]
    assert not result.is_whole


def test_a_partial_plan_is_for_review_and_is_not_whole() -> None:
    result = reviewed(complete=False)
    assert found(result) == [("PLAN02", "review")]
    assert not result.is_whole


def test_deferred_changes_and_unknown_actions_are_told() -> None:
    result = reviewed(change("aws_vpc.v", ["transmogrify"]), deferred_changes=[{"reason": "x"}])
    assert found(result) == [("PLAN02", "review"), ("PLAN02", "review")]


FAILING = [
    {
        "address": {"to_display": "check.azs"},
        "status": "fail",
        "instances": [{"problems": [{"message": "Use three zones."}]}],
    }
]


def test_a_failing_check_is_told_where_something_changes_and_noted_where_nothing_does() -> None:
    changing = reviewed(change("aws_iam_user.u", CREATE, None, {}), checks=FAILING)
    assert found(changing) == [("PLAN03", "review")]
    still = reviewed(same("aws_iam_user.u", {}), checks=FAILING)
    assert found(still) == []
    assert still.notes == ("1 check did not hold, before this plan as after it.",)


GROUP = "aws_autoscaling_group.node"


def drifted(before: Any, after: Any, address: str = GROUP) -> list[dict[str, Any]]:
    return [change(address, ["update"], before, after)]


def test_a_hand_change_that_the_plan_undoes_is_told_with_its_values() -> None:
    here = scaling_group(max_size=9)
    result = reviewed(
        update(GROUP, here, max_size=4), resource_drift=drifted(scaling_group(), here)
    )
    assert found(result) == [("DRIFT01", "review")]
    assert "max_size: 4 → 9" in result.findings[0].why


def test_a_hand_change_that_the_plan_leaves_is_a_note() -> None:
    here = scaling_group(max_size=9)
    block = resource(GROUP, max_size={"constant_value": 4})
    result = reviewed(
        same(GROUP, here),
        resource_drift=drifted(scaling_group(), here),
        configuration=[block],
    )
    assert found(result) == []
    assert result.notes == (
        "`aws_autoscaling_group.node` was changed by hand, and this plan leaves it so: "
        "`max_size: 4 → 9`.",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tags": None}, {"tags": {}}),
        ({"labels": None, "list": []}, {"labels": {}, "list": None}),
        ({"arn": ""}, {"arn": "arn:filled:in"}),
    ],
)
def test_what_a_refresh_merely_fills_in_is_no_drift(before: Any, after: Any) -> None:
    block = resource(GROUP, tags=refs_to_nothing(), labels=refs_to_nothing())
    result = reviewed(
        same(GROUP, after), resource_drift=drifted(before, after), configuration=[block]
    )
    assert found(result) == []
    assert result.notes == ()


def refs_to_nothing() -> dict[str, Any]:
    return {"constant_value": {}}


def test_default_tags_that_come_back_in_tags_are_no_drift() -> None:
    before = {"tags": {"Name": "a"}, "tags_all": {"Name": "a", "Team": "x"}}
    after = {"tags": {"Name": "a", "Team": "x"}, "tags_all": {"Name": "a", "Team": "x"}}
    planned = {"tags": {"Name": "a"}, "tags_all": {"Name": "a", "Team": "y"}}
    result = reviewed(
        update("aws_vpc.v", after, **planned),
        resource_drift=drifted(before, after, "aws_vpc.v"),
    )
    assert found(result) == []
    assert result.tags_only == 1


def test_what_was_deleted_by_hand_and_is_made_again_is_told() -> None:
    gone = [change("aws_iam_user.u", DELETE, {"name": "u"})]
    result = reviewed(change("aws_iam_user.u", CREATE, None, {"name": "u"}), resource_drift=gone)
    assert found(result) == [("DRIFT01", "review")]


def test_a_refresh_only_plan_without_resource_changes_is_routine() -> None:
    here = scaling_group(max_size=9)
    result = reviewed(resource_drift=drifted(scaling_group(), here))
    assert found(result) == []


def test_moves_and_imports_are_counted_even_where_nothing_else_happens() -> None:
    moved = same("aws_vpc.new", {}, previous_address="aws_vpc.old")
    imported = change("aws_vpc.i", NO_OP, {}, {}, importing={"id": "vpc-1"})
    result = reviewed(moved, imported)
    assert (result.counts["move"], result.counts["import"]) == (1, 1)
    assert not result.facts.plan.is_change_free


def test_destroying_everything_is_an_outage() -> None:
    result = reviewed(
        change("aws_eks_cluster.c", DELETE, cluster()),
        change("aws_vpc.v", DELETE, {"id": "vpc-1"}),
        change(BUCKET, DELETE, {"bucket": "logs"}),
    )
    assert result.verdict is Level.OUTAGE
    assert [rule for rule, _ in found(result)] == ["EKS02", "NET02", "DATA02"]


def test_every_rule_says_what_where_why_and_whence() -> None:
    for rule in RULES:
        assert rule.when, rule.id
        assert rule.title, rule.id
        assert rule.why, rule.id
        assert rule.action, rule.id
        assert rule.source.startswith("https://"), rule.id


def test_no_two_rules_of_one_id_watch_for_the_same() -> None:
    assert len({(rule.id, rule.when) for rule in RULES}) == len(RULES)


def test_a_replica_or_a_copy_that_goes_in_place_is_less_protection() -> None:
    both = {"name": "t", "replica": [{"region_name": "eu-west-1"}, {"region_name": "us-east-1"}]}
    fewer = reviewed(update("aws_dynamodb_table.x", both, replica=both["replica"][:1]))
    assert found(fewer) == [("DATA03", "review")]
    assert "`us-east-1`" in fewer.findings[0].title
    other_way = update("aws_dynamodb_table.x", {**both, "replica": []}, replica=both["replica"])
    assert found(reviewed(other_way)) == []


def test_days_of_a_backup_plan_count_by_rule() -> None:
    def rules(**days: int) -> list[dict[str, Any]]:
        every = days.items()
        return [{"rule_name": name, "lifecycle": [{"delete_after": one}]} for name, one in every]

    address = "aws_backup_plan.x"
    before = {"name": "p", "rule": rules(daily=365, weekly=90)}
    for after, told in (
        (rules(daily=7, weekly=90), "`daily` keeps 365 → 7 days"),
        (rules(daily=365), "its rule `weekly` goes"),
        ([{"rule_name": "daily", "lifecycle": []}, *rules(weekly=30)], "`weekly` keeps 90 → 30"),
    ):
        result = reviewed(update(address, before, rule=after))
        assert found(result) == [("DATA03", "review")]
        assert told in result.findings[0].title
    assert found(reviewed(update(address, before, rule=rules(daily=400, weekly=90)))) == []
    endless = {"name": "p", "rule": [{"rule_name": "daily", "lifecycle": []}]}
    result = reviewed(update(address, endless, rule=rules(daily=30)))
    assert "`daily` keeps for ever → 30 days" in result.findings[0].title


def test_volumes_that_are_no_longer_encrypted_by_themselves_are_told() -> None:
    address = "aws_ebs_encryption_by_default.x"
    off = reviewed(update(address, {"enabled": True}, enabled=False))
    gone = reviewed(change(address, DELETE, {"enabled": True}))
    for result in (off, gone):
        assert found(result) == [("DATA03", "review")]
        assert "encrypted" in result.findings[0].title
    assert found(reviewed(update(address, {"enabled": False}, enabled=True))) == []


@pytest.mark.parametrize(
    "kind", ["aws_acmpca_certificate_authority", "aws_dsql_cluster", "aws_prometheus_workspace"]
)
def test_stores_that_are_rare_are_stores(kind: str) -> None:
    assert found(reviewed(change(f"{kind}.x", DELETE, {"id": "x"}))) == [("DATA02", "data-loss")]
