"""What runs and answers: stopped, off, gone, in the clear; and what other clouds open."""

from __future__ import annotations

from typing import Any

import pytest

from .build import CREATE, CREATE_FIRST, DELETE, REPLACE, change, found, reviewed, subnet, update

Json = Any


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("aws_cloudfront_distribution.x", {"enabled": True}, {"enabled": False}),
        ("aws_ecs_service.x", {"desired_count": 3}, {"desired_count": 0}),
        (
            "aws_lambda_function.x",
            {"reserved_concurrent_executions": -1},
            {"reserved_concurrent_executions": 0},
        ),
        ("aws_cloudwatch_event_rule.x", {"state": "ENABLED"}, {"state": "DISABLED"}),
        ("aws_ec2_instance_state.x", {"state": "running"}, {"state": "stopped"}),
        (
            "aws_route53_record.x",
            {"weighted_routing_policy": [{"weight": 100}]},
            {"weighted_routing_policy": [{"weight": 0}]},
        ),
        (
            "kubernetes_deployment_v1.x",
            {"spec": [{"replicas": "3"}]},
            {"spec": [{"replicas": "0"}]},
        ),
        ("kubernetes_cron_job.x", {"spec": [{"suspend": False}]}, {"spec": [{"suspend": True}]}),
        ("google_container_node_pool.x", {"node_count": 3}, {"node_count": 0}),
        ("azurerm_kubernetes_cluster_node_pool.x", {"node_count": 3}, {"node_count": 0}),
    ],
)
def test_what_is_switched_off_is_a_disruption(address: str, before: Json, after: Json) -> None:
    assert found(reviewed(update(address, before, **after))) == [("SRV01", "disruption")]
    assert found(reviewed(update(address, after, **before))) == []


def test_an_alarm_without_actions_is_looked_at() -> None:
    address = "aws_cloudwatch_metric_alarm.x"
    quiet = reviewed(update(address, {"actions_enabled": True}, actions_enabled=False))
    assert found(quiet) == [("SRV01", "review")]
    assert found(reviewed(update(address, {"actions_enabled": False}, actions_enabled=True))) == []


def test_fewer_tasks_are_not_none() -> None:
    assert found(reviewed(update("aws_ecs_service.x", {"desired_count": 3}, desired_count=2))) == []


@pytest.mark.parametrize("name", ["instance_type", "user_data"])
def test_an_instance_that_is_changed_so_is_stopped(name: str) -> None:
    result = reviewed(update("aws_instance.x", {"id": "i-1", name: "a"}, **{name: "b"}))
    assert found(result) == [("SRV02", "disruption")]
    assert name in result.findings[0].why


def test_an_instance_with_other_tags_or_groups_runs_on() -> None:
    before = {"id": "i-1", "tags": {"a": "1"}, "vpc_security_group_ids": ["sg-1"]}
    after = {"tags": {"a": "2"}, "vpc_security_group_ids": ["sg-2"]}
    assert found(reviewed(update("aws_instance.x", before, **after))) == [("CHG01", "review")]


def test_what_runs_and_goes_is_a_disruption_unless_the_new_one_is_first() -> None:
    values = {"id": "i-1", "ami": "ami-1"}
    gone = reviewed(change("aws_instance.x", DELETE, values))
    assert found(gone) == [("SRV03", "disruption")]
    assert "root volume goes with it" in gone.findings[0].why
    kept = {**values, "root_block_device": [{"delete_on_termination": False}]}
    why = reviewed(change("aws_instance.x", DELETE, kept)).findings[0].why
    assert "root volume stays" in why
    for actions, level in ((REPLACE, "disruption"), (CREATE_FIRST, "review")):
        made_anew = change("aws_instance.x", actions, values, values, replace_paths=[["ami"]])
        assert found(reviewed(made_anew)) == [("SRV03", level)]
    assert found(reviewed(change("aws_instance.x", CREATE, None, values))) == []


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("aws_lb_listener.x", {"protocol": "HTTPS"}, {"protocol": "HTTP"}),
        (
            "aws_elasticache_replication_group.x",
            {"transit_encryption_enabled": True},
            {"transit_encryption_enabled": False},
        ),
        (
            "aws_cloudfront_distribution.x",
            {"default_cache_behavior": [{"viewer_protocol_policy": "https-only"}]},
            {"default_cache_behavior": [{"viewer_protocol_policy": "allow-all"}]},
        ),
    ],
)
def test_traffic_in_the_clear_is_told(address: str, before: Json, after: Json) -> None:
    assert ("TLS01", "security") in found(reviewed(update(address, before, **after)))
    assert found(reviewed(update(address, after, **before))) == []


def test_the_protocol_of_a_health_check_is_no_traffic() -> None:
    before = {"name": "x", "protocol": "HTTPS"}
    assert "TLS01" not in dict(found(reviewed(update("aws_route53_x.x", before, protocol="HTTP"))))


def google_firewall(*ranges: str, ports: tuple[str, ...] = ("22",)) -> Json:
    return {
        "direction": "INGRESS",
        "source_ranges": list(ranges),
        "allow": [{"protocol": "tcp", "ports": list(ports)}],
    }


def azure_rule(source: str, access: str = "Allow", port: str = "22") -> Json:
    return {
        "access": access,
        "direction": "Inbound",
        "source_address_prefix": source,
        "destination_port_range": port,
    }


def made(kind: str, values: Json) -> list[tuple[str, str]]:
    return found(reviewed(change(f"{kind}.x", CREATE, None, values)))


def test_other_clouds_opened_to_everybody() -> None:
    opened = [("CLD01", "security")]
    member = {"role": "roles/viewer", "member": "allUsers"}
    assert made("google_storage_bucket_iam_member", member) == opened
    assert made("google_storage_bucket_iam_member", {**member, "member": "user:ada@x.org"}) == []
    binding = {"role": "roles/viewer", "members": ["allAuthenticatedUsers"]}
    assert made("google_storage_bucket_iam_binding", binding) == opened
    assert made("google_compute_firewall", google_firewall("0.0.0.0/0")) == opened
    assert made("google_compute_firewall", google_firewall("10.0.0.0/8")) == []
    web = google_firewall("0.0.0.0/0", ports=("443",))
    assert made("google_compute_firewall", web) == [("CLD01", "review")]
    assert made("azurerm_network_security_rule", azure_rule("*")) == opened
    assert made("azurerm_network_security_rule", azure_rule("Internet")) == opened
    assert made("azurerm_network_security_rule", azure_rule("*", "Deny")) == []
    assert made("azurerm_network_security_rule", azure_rule("10.0.0.0/8")) == []
    inline = {"security_rule": [azure_rule("0.0.0.0/0")]}
    assert made("azurerm_network_security_group", inline) == opened


def test_what_another_cloud_has_open_already_is_not_told_again() -> None:
    before = {**google_firewall("0.0.0.0/0"), "name": "a"}
    assert found(reviewed(update("google_compute_firewall.x", before, description="b"))) == []
    before = azure_rule("*")
    assert found(reviewed(update("azurerm_network_security_rule.x", before, priority=2))) == []


def test_protection_of_another_cloud_counts_as_well() -> None:
    before = {"name": "x", "deletion_protection": True}
    lifted = update("google_sql_database_instance.x", before, deletion_protection=False)
    assert found(reviewed(lifted)) == [("DATA03", "review")]


def test_a_subnet_that_gives_public_addresses_is_told() -> None:
    private = subnet(1, "eu-west-1a", map_public_ip_on_launch=False)
    opened = update("aws_subnet.x", private, map_public_ip_on_launch=True)
    assert found(reviewed(opened)) == [("NET18", "review")]
    closed = update(
        "aws_subnet.x", {**private, "map_public_ip_on_launch": True}, map_public_ip_on_launch=False
    )
    assert found(reviewed(closed)) == []


@pytest.mark.parametrize(
    ("address", "before", "after", "level"),
    [
        (
            "aws_lb_listener.x",
            {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            {"ssl_policy": "ELBSecurityPolicy-2016-08"},
            "security",
        ),
        (
            "aws_lb_listener.x",
            {"ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
            {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            "review",
        ),
        (
            "aws_cloudfront_distribution.x",
            {"viewer_certificate": [{"minimum_protocol_version": "TLSv1.2_2021"}]},
            {"viewer_certificate": [{"minimum_protocol_version": "TLSv1_2016"}]},
            "security",
        ),
        (
            "aws_opensearch_domain.x",
            {"domain_endpoint_options": [{"tls_security_policy": "Policy-Min-TLS-1-2-2019-07"}]},
            {"domain_endpoint_options": [{"tls_security_policy": "Policy-Min-TLS-1-0-2019-07"}]},
            "security",
        ),
        (
            "aws_api_gateway_domain_name.x",
            {"security_policy": "TLS_1_2"},
            {"security_policy": "TLS_1_0"},
            "security",
        ),
        (
            "azurerm_storage_account.x",
            {"min_tls_version": "TLS1_2"},
            {"min_tls_version": "TLS1_1"},
            "security",
        ),
        (
            "azurerm_mssql_server.x",
            {"minimum_tls_version": "1.2"},
            {"minimum_tls_version": "1.0"},
            "security",
        ),
    ],
)
def test_an_older_tls_is_told_and_a_newer_one_is_not(
    address: str, before: Json, after: Json, level: str
) -> None:
    assert found(reviewed(update(address, before, **after))) == [("TLS02", level)]
    assert found(reviewed(update(address, after, **before))) == []


def test_another_policy_with_the_same_oldest_version_is_routine() -> None:
    before = {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
    same_oldest = {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}
    assert found(reviewed(update("aws_lb_listener.x", before, **same_oldest))) == []
    other = update("aws_transfer_server.x", {"security_policy": "a"}, security_policy="b")
    assert found(reviewed(other)) == []
