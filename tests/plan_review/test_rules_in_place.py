"""What updates in place take away, guards that arguments switch off, and openings anywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plan_review.plan.manifests import manifest_of
from plan_review.report.markdown import markdown

from .build import CREATE, DELETE, change, found, reviewed, update

Json = Any


def told(kind: str, before: Json, after: Json, **rest: Json) -> list[tuple[str, str]]:
    """What is found of an update of one argument, or of several."""
    return found(reviewed(update(f"{kind}.x", {"id": "x", **before}, **after, **rest)))


LOOK = [("CHG01", "review")]


@pytest.mark.parametrize(
    ("kind", "before", "after", "words"),
    [
        (
            "aws_sqs_queue",
            {"redrive_policy": '{"maxReceiveCount": 5}'},
            {"redrive_policy": ""},
            "loses",
        ),
        ("aws_kms_alias", {"target_key_id": "a"}, {"target_key_id": "b"}, "elsewhere"),
        ("aws_cloudtrail", {"s3_bucket_name": "a"}, {"s3_bucket_name": "b"}, "elsewhere"),
        (
            "aws_lambda_function",
            {"vpc_config": [{"subnet_ids": ["s"]}]},
            {"vpc_config": []},
            "loses",
        ),
        (
            "aws_vpc_endpoint",
            {"security_group_ids": ["a"]},
            {"security_group_ids": ["b"]},
            "a part",
        ),
        (
            "aws_vpc_dhcp_options_association",
            {"dhcp_options_id": "a"},
            {"dhcp_options_id": "b"},
            "elsewhere",
        ),
        ("aws_cloudwatch_metric_alarm", {"alarm_actions": ["a"]}, {"alarm_actions": []}, "loses"),
        (
            "aws_qldb_ledger",
            {"kms_key": "a", "stream_enabled": True},
            {"stream_enabled": False},
            "off",
        ),
        ("aws_kinesis_stream", {"shard_count": 9}, {"shard_count": 2}, "lowers"),
        (
            "google_pubsub_subscription",
            {"message_retention_duration": "604800s"},
            {"message_retention_duration": "600s"},
            "lowers",
        ),
        ("google_compute_firewall", {"disabled": False}, {"disabled": True}, "switches off"),
        ("aws_dlm_lifecycle_policy", {"state": "ENABLED"}, {"state": "DISABLED"}, "off"),
        ("aws_route53_record", {"health_check_id": "a"}, {"health_check_id": None}, "loses"),
        (
            "azurerm_virtual_network",
            {"address_space": ["10.0.0.0/16", "10.1.0.0/16"]},
            {"address_space": ["10.0.0.0/16"]},
            "a part",
        ),
    ],
)
def test_what_an_update_takes_away_is_looked_at(
    kind: str, before: Json, after: Json, words: str
) -> None:
    result = reviewed(update(f"{kind}.x", before, **after))
    assert found(result) == LOOK
    assert words in result.findings[0].title


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_sqs_queue", {"redrive_policy": ""}, {"redrive_policy": '{"maxReceiveCount": 5}'}),
        (
            "aws_sns_topic",
            {"display_name": "a", "tags": {"a": "b"}},
            {"display_name": "", "tags": {}},
        ),
        ("aws_lambda_function", {"timeout": 30, "memory_size": 128}, {"timeout": 3}),
        (
            "aws_lambda_function",
            {"image_uri": "a:1", "s3_object_version": "1"},
            {"image_uri": "a:2"},
        ),
        ("aws_ecs_service", {"task_definition": "arn:a:1"}, {"task_definition": "arn:a:2"}),
        ("aws_ecs_service", {"desired_count": 4}, {"desired_count": 3}),
        ("aws_cloudwatch_log_group", {"retention_in_days": 7}, {"retention_in_days": 0}),
        ("aws_vpc_endpoint", {"security_group_ids": ["a"]}, {"security_group_ids": ["a", "b"]}),
        (
            "aws_db_instance",
            {"skip_final_snapshot": True, "publicly_accessible": True},
            {"skip_final_snapshot": False, "publicly_accessible": False},
        ),
        ("aws_s3_bucket", {"force_destroy": True}, {"force_destroy": False}),
        ("aws_eks_node_group", {"timeouts": {"create": "60m"}}, {"timeouts": None}),
        (
            "aws_cloudwatch_metric_alarm",
            {"threshold": 90, "period": 300},
            {"threshold": 80, "period": 60},
        ),
        (
            "azurerm_x",
            {"authorized": ["10.0.0.0/25", "10.0.0.128/25"]},
            {"authorized": ["10.0.0.0/24"]},
        ),
        (
            "aws_cloudwatch_dashboard",
            {"dashboard_body": '{"a": 1}'},
            {"dashboard_body": '{"b": 1}'},
        ),
    ],
)
def test_what_only_comes_or_is_for_people_is_routine(kind: str, before: Json, after: Json) -> None:
    assert told(kind, before, after) == []


def test_what_another_rule_names_is_not_told_twice() -> None:
    both = told(
        "aws_db_instance",
        {"backup_retention_period": 7, "kms_key_id": "a"},
        {"backup_retention_period": 1, "kms_key_id": "b"},
    )
    assert both == [("DATA03", "review")]


@pytest.mark.parametrize(
    ("kind", "before", "after", "level"),
    [
        ("azurerm_postgresql_flexible_server", {"sku_name": "a"}, {"sku_name": "b"}, "disruption"),
        ("azurerm_linux_virtual_machine", {"size": "a"}, {"size": "b"}, "disruption"),
        (
            "google_sql_database_instance",
            {"settings": [{"tier": "a"}]},
            {"settings": [{"tier": "b"}]},
            "disruption",
        ),
        (
            "google_container_cluster",
            {"min_master_version": "1.30"},
            {"min_master_version": "1.31"},
            "disruption",
        ),
        (
            "azurerm_kubernetes_cluster",
            {"kubernetes_version": "1.29.1"},
            {"kubernetes_version": "1.31.1"},
            "will-fail",
        ),
        (
            "azurerm_kubernetes_cluster",
            {"kubernetes_version": "1.31.1"},
            {"kubernetes_version": "1.30.1"},
            "will-fail",
        ),
        (
            "azurerm_kubernetes_cluster_node_pool",
            {"node_count": 3},
            {"node_count": 1},
            "disruption",
        ),
        (
            "google_compute_instance_group_manager",
            {"target_size": 3},
            {"target_size": 0},
            "disruption",
        ),
        (
            "kubernetes_manifest",
            {"manifest": {"kind": "Deployment", "spec": {"replicas": 3}}},
            {"manifest": {"kind": "Deployment", "spec": {"replicas": 0}}},
            "disruption",
        ),
    ],
)
def test_what_restarts_or_goes_to_nothing_disturbs(
    kind: str, before: Json, after: Json, level: str
) -> None:
    assert told(kind, before, after) == [("CHG02", level)]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("azurerm_kubernetes_cluster_node_pool", {"node_count": 3}, {"node_count": 5}),
        ("azurerm_storage_account", {"account_tier": "a", "name": "x"}, {"name": "y"}),
        ("helm_release", {"version": "1.2.3"}, {"version": "1.2.4"}),
        ("google_storage_bucket", {"labels": {"tier": "a"}}, {"labels": {"tier": "b"}}),
        ("aws_glue_job", {"number_of_workers": 2}, {"number_of_workers": 4}),
    ],
)
def test_what_grows_or_has_no_size_does_not_disturb(kind: str, before: Json, after: Json) -> None:
    assert told(kind, before, after) == []


@pytest.mark.parametrize(
    ("kind", "before", "after", "level"),
    [
        (
            "aws_api_gateway_method",
            {"authorization": "AWS_IAM"},
            {"authorization": "NONE"},
            "security",
        ),
        (
            "aws_appsync_graphql_api",
            {"authentication_type": "AWS_IAM"},
            {"authentication_type": "API_KEY"},
            "security",
        ),
        (
            "aws_lb_listener",
            {"mutual_authentication": [{"mode": "verify"}]},
            {"mutual_authentication": [{"mode": "off"}]},
            "security",
        ),
        (
            "aws_cognito_user_pool",
            {"mfa_configuration": "ON"},
            {"mfa_configuration": "OFF"},
            "security",
        ),
        (
            "aws_cognito_identity_pool",
            {"allow_unauthenticated_identities": False},
            {"allow_unauthenticated_identities": True},
            "security",
        ),
        (
            "aws_ebs_snapshot_block_public_access",
            {"state": "block-all-sharing"},
            {"state": "unblocked"},
            "security",
        ),
        (
            "aws_elasticache_replication_group",
            {"user_group_ids": ["a"]},
            {"user_group_ids": []},
            "security",
        ),
        (
            "aws_opensearchserverless_security_policy",
            {"policy": json.dumps([{"AllowFromPublic": False}])},
            {"policy": json.dumps([{"AllowFromPublic": True}])},
            "security",
        ),
        ("aws_cloudfront_distribution", {"web_acl_id": "a"}, {"web_acl_id": ""}, "security"),
        (
            "aws_networkfirewall_firewall_policy",
            {"firewall_policy": [{"stateless_default_actions": ["aws:drop"]}]},
            {"firewall_policy": [{"stateless_default_actions": ["aws:pass"]}]},
            "security",
        ),
        (
            "aws_s3_bucket_server_side_encryption_configuration",
            {"rule": [{"sse_algorithm": "aws:kms"}]},
            {"rule": [{"sse_algorithm": "AES256"}]},
            "review",
        ),
        (
            "azurerm_storage_container",
            {"container_access_type": "private"},
            {"container_access_type": "blob"},
            "security",
        ),
        (
            "azurerm_kubernetes_cluster",
            {"local_account_disabled": True},
            {"local_account_disabled": False},
            "security",
        ),
        (
            "google_cloud_run_v2_service",
            {"ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY"},
            {"ingress": "INGRESS_TRAFFIC_ALL"},
            "security",
        ),
        ("google_redis_instance", {"auth_enabled": True}, {"auth_enabled": False}, "security"),
        ("github_repository", {"visibility": "private"}, {"visibility": "public"}, "security"),
        (
            "kubernetes_deployment",
            {"spec": [{"host_network": False}]},
            {"spec": [{"host_network": True}]},
            "security",
        ),
        (
            "kubernetes_service",
            {
                "metadata": [
                    {
                        "annotations": {
                            "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"
                        }
                    }
                ]
            },
            {
                "metadata": [
                    {
                        "annotations": {
                            "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"
                        }
                    }
                ]
            },
            "security",
        ),
        (
            "kubernetes_namespace",
            {"metadata": [{"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}]},
            {"metadata": [{"labels": {}}]},
            "security",
        ),
        (
            "kubernetes_validating_webhook_configuration",
            {"webhook": [{"failure_policy": "Fail"}]},
            {"webhook": [{"failure_policy": "Ignore"}]},
            "review",
        ),
    ],
)
def test_a_guard_that_is_weakened_is_told_whatever_its_type(
    kind: str, before: Json, after: Json, level: str
) -> None:
    assert ("GRD01", level) in told(kind, before, after)
    assert "GRD01" not in [rule for rule, _ in told(kind, after, before)]


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("openstack_blockstorage_volume_v3", "data-loss"),
        ("yandex_mdb_postgresql_cluster", "data-loss"),
        ("elasticsearch_index", "data-loss"),
        ("nomad_job", "disruption"),
        ("proxmox_vm_qemu", "disruption"),
    ],
)
def test_what_other_providers_keep_or_run_is_known(kind: str, level: str) -> None:
    assert found(reviewed(change(f"{kind}.x", DELETE, {"name": "x"}))) == [("LOSS01", level)]


def test_a_number_of_reviews_is_no_number_of_instances() -> None:
    weaker = told("github_branch_protection", {"required_approving_review_count": 2},
                  {"required_approving_review_count": 0})  # fmt: skip
    assert weaker == LOOK


def test_a_guard_whose_value_is_secret_is_told_without_it() -> None:
    before = {"replication_group_id": "a", "auth_token": "hunter2-hunter2"}
    result = reviewed(update("aws_elasticache_replication_group.x", before, auth_token=None))
    assert ("GRD01", "security") in found(result)
    assert "hunter2" not in markdown(result)


WORLD = ["0.0.0.0/0"]


@pytest.mark.parametrize(
    ("kind", "values", "level"),
    [
        ("digitalocean_firewall", {"inbound_rule": [{"source_addresses": WORLD}]}, "security"),
        ("hcloud_firewall", {"rule": [{"direction": "in", "source_ips": WORLD}]}, "security"),
        ("aws_lightsail_instance_public_ports", {"port_info": [{"cidrs": WORLD}]}, "security"),
        ("mongodbatlas_project_ip_access_list", {"cidr_block": "0.0.0.0/0"}, "security"),
        ("kubernetes_service", {"spec": [{"load_balancer_source_ranges": WORLD}]}, "review"),
    ],
)
def test_the_whole_internet_in_a_filter_of_any_kind_is_told(
    kind: str, values: Json, level: str
) -> None:
    assert ("GRD02", level) in found(reviewed(change(f"{kind}.x", CREATE, None, values)))
    narrow = json.loads(json.dumps(values).replace("0.0.0.0/0", "10.0.0.0/8"))
    assert ("GRD02", "security") in told(kind, narrow, values)
    assert "GRD02" not in [rule for rule, _ in told(kind, values, narrow)]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("digitalocean_firewall", {"outbound_rule": [{"destination_addresses": WORLD}]}),
        ("hcloud_firewall", {"rule": [{"direction": "out", "source_ips": WORLD}]}),
        ("azurerm_route", {"address_prefix": "0.0.0.0/0"}),
        ("kubernetes_network_policy", {"spec": [{"egress": [{"cidr": "0.0.0.0/0"}]}]}),
        ("oci_core_security_list", {"egress_security_rules": [{"destination": "0.0.0.0/0"}]}),
    ],
)
def test_what_leads_out_to_the_whole_internet_is_not(kind: str, values: Json) -> None:
    assert found(reviewed(change(f"{kind}.x", CREATE, None, values))) == []


def manifest(kind: str, **rest: Json) -> Json:
    return {"manifest": {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}, **rest}}


def as_yaml(kind: str) -> Json:
    return {"yaml_body": f"apiVersion: v1\nkind: {kind}\nmetadata:\n  labels: {{}}\n  name: x\n"}


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("Namespace", "data-loss"),
        ("PersistentVolumeClaim", "data-loss"),
        ("CustomResourceDefinition", "data-loss"),
        ("ClusterRoleBinding", "review"),
        ("Secret", "review"),
        ("Deployment", "disruption"),
    ],
)
def test_a_manifest_that_goes_is_what_it_says_that_it_is(kind: str, level: str) -> None:
    gone = change("kubernetes_manifest.x", DELETE, manifest(kind))
    assert found(reviewed(gone)) == [("LOSS01", level)]
    written = change("kubectl_manifest.x", DELETE, as_yaml(kind))
    assert found(reviewed(written)) == [("LOSS01", level)]


def test_only_the_top_of_yaml_is_read() -> None:
    read = manifest_of(as_yaml("Job"))
    assert read == {"apiVersion": "v1", "kind": "Job", "metadata": {"name": "x"}}
    assert manifest_of({"yaml_body": "spec:\n  kind: Job\n"}) is None
    assert manifest_of({"yaml_body": "metadata:\n" + " \n" * 50_000}) is None


def test_a_binding_that_is_a_manifest_is_a_binding() -> None:
    role = {"kind": "ClusterRole", "name": "cluster-admin"}
    to_all = manifest(
        "ClusterRoleBinding",
        roleRef=role,
        subjects=[{"kind": "Group", "name": "system:unauthenticated"}],
    )
    assert found(reviewed(change("kubernetes_manifest.x", CREATE, None, to_all))) == [
        ("RBAC01", "security")
    ]
    view = manifest("ClusterRoleBinding", roleRef={"name": "view"}, subjects=[{"name": "ops"}])
    assert found(reviewed(change("kubernetes_manifest.x", CREATE, None, view))) == []


def role(resource: str, *verbs: str) -> Json:
    return {"rule": [{"api_groups": [""], "resources": ["pods", resource], "verbs": list(verbs)}]}


def test_a_role_that_reads_secrets_leads_further() -> None:
    reads = told("kubernetes_role", role("services", "get"), role("secrets", "get", "list"))
    assert ("RBAC03", "review") in reads
    assert told("kubernetes_role", role("services", "get"), role("services", "get", "list")) == []
    assert ("RBAC03", "review") in told(
        "kubernetes_cluster_role",
        role("clusterroles", "get"),
        role("clusterroles", "get", "escalate"),
    )


RELEASE = {"name": "web", "chart": "web", "repository": "https://a", "version": "4.11.0"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"version": "4.12.3"}, []),
        ({"version": "4.10.0"}, [("HELM01", "review")]),
        ({"version": "5.0.0"}, [("HELM01", "review")]),
        ({"chart": "other"}, [("HELM01", "review")]),
        ({"repository": "https://b"}, [("HELM01", "review")]),
        ({"values": ["web:\n  replicaCount: 0\n"]}, [("HELM02", "disruption")]),
        ({"values": ["web:\n  replicaCount: 10\n"]}, []),
        ({"set": [{"name": "web.replicas", "value": "0"}]}, [("HELM02", "disruption")]),
        ({"set": [{"name": "web.replicas", "value": "2"}]}, []),
    ],
)
def test_a_release_that_goes_back_or_stops_is_told(
    after: Json, expected: list[tuple[str, str]]
) -> None:
    assert (
        told("helm_release", {**RELEASE, "values": ["web:\n  replicaCount: 2\n"]}, after)
        == expected
    )
