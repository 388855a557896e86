"""The net under all rules: whatever goes is named, in every cloud."""

from __future__ import annotations

import pytest

from plan_review.facts.kinds import Kind, kind_of
from plan_review.report.markdown import markdown

from .build import CREATE, DELETE, REPLACE, change, found, plan, resource, reviewed, update

VALUES = {"id": "x", "name": "main"}


@pytest.mark.parametrize("actions", [DELETE, REPLACE, ["forget"], ["create", "forget"]])
def test_what_no_rule_knows_is_named_when_it_goes(actions: list[str]) -> None:
    after = VALUES if "create" in actions else None
    result = reviewed(change("aws_sagemaker_model.orders", actions, VALUES, after))
    assert result.verdict.value == "review"
    assert "aws_sagemaker_model.orders" in markdown(result)


def test_what_is_made_or_changed_is_not_a_loss() -> None:
    assert found(reviewed(change("aws_sfn_state_machine.orders", CREATE, None, VALUES))) == []
    assert found(reviewed(update("aws_sfn_state_machine.orders", VALUES, name="other"))) == []


@pytest.mark.parametrize(
    "kind", ["null_resource", "random_id", "time_static", "local_file", "terraform_data"]
)
def test_what_lives_in_the_state_alone_is_no_loss(kind: str) -> None:
    assert found(reviewed(change(f"{kind}.x", DELETE, VALUES))) == []


def test_a_terraform_data_with_provisioners_is_told() -> None:
    block = resource("terraform_data.x", provisioners=[{"type": "local-exec"}])
    result = reviewed(change("terraform_data.x", DELETE, VALUES), configuration=[block])
    assert found(result) == [("RUN01", "review")]


def test_what_only_a_rule_about_an_argument_names_is_told_as_lost_too() -> None:
    before = {"name": "x", "password": "old"}
    after = {"name": "x", "password": "new"}
    replaced = change("aws_memorydb_user.x", REPLACE, before, after)
    assert found(reviewed(replaced)) == [("SEC01", "review"), ("LOSS02", "review")]


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("azurerm_postgresql_flexible_server", "data-loss"),
        ("azurerm_mssql_database", "data-loss"),
        ("azurerm_storage_account", "data-loss"),
        ("azurerm_kubernetes_cluster", "data-loss"),
        ("azurerm_resource_group", "data-loss"),
        ("azurerm_virtual_network", "disruption"),
        ("azurerm_role_assignment", "review"),
        ("google_sql_database_instance", "data-loss"),
        ("google_storage_bucket", "data-loss"),
        ("google_bigquery_dataset", "data-loss"),
        ("google_container_cluster", "data-loss"),
        ("google_container_node_pool", "disruption"),
        ("google_compute_disk", "data-loss"),
        ("google_compute_network", "disruption"),
        ("google_project_iam_member", "review"),
        ("kubernetes_namespace", "data-loss"),
        ("kubernetes_persistent_volume_claim_v1", "data-loss"),
        ("kubernetes_deployment_v1", "disruption"),
        ("kubernetes_secret", "review"),
        ("helm_release", "disruption"),
        ("digitalocean_database_cluster", "data-loss"),
        ("digitalocean_kubernetes_cluster", "data-loss"),
        ("hcloud_volume", "data-loss"),
        ("hcloud_server", "disruption"),
        ("mongodbatlas_cluster", "data-loss"),
        ("github_repository", "data-loss"),
        ("datadog_monitor", "review"),
        ("azurerm_postgresql_flexible_server_firewall_rule", "review"),
        ("awscc_eks_cluster", "data-loss"),
        ("awscc_rds_db_instance", "data-loss"),
        ("awscc_s3_bucket", "data-loss"),
        ("awscc_dynamodb_table", "data-loss"),
        ("awscc_eks_nodegroup", "disruption"),
        ("awscc_ec2_vpc", "disruption"),
        ("awscc_iam_role", "review"),
    ],
)
def test_another_cloud_never_loses_something_as_routine(kind: str, level: str) -> None:
    for actions in (DELETE, REPLACE):
        after = VALUES if actions == REPLACE else None
        result = reviewed(change(f"{kind}.x", actions, VALUES, after))
        assert [finding.level.value for finding in result.findings] == [level]
        assert kind in markdown(result)


def test_aws_s_own_types_are_not_in_the_table_of_kinds() -> None:
    assert kind_of("aws_db_instance") is None
    assert kind_of("google_sql_database_instance") is Kind.DATA_STORE


def test_a_teardown_names_what_no_rule_knows_in_one_finding() -> None:
    kinds = ("aws_sagemaker_model", "aws_iam_policy", "aws_kms_alias", "aws_placement_group")
    gone = [change(f"{kind}.x{n}", DELETE, VALUES) for kind in kinds for n in range(5)]
    result = reviewed(*gone)
    assert found(result) == [("LOSS02", "review")]
    assert len(result.findings[0].addresses) == 20
    assert plan(*gone)["resource_changes"]


def test_a_namespace_takes_what_is_in_it_along() -> None:
    values = {"metadata": [{"name": "shop"}]}
    result = reviewed(change("kubernetes_namespace.x", DELETE, values))
    assert found(result) == [("LOSS01", "data-loss")]
    assert result.findings[0].title == "Namespace `shop` is destroyed"
