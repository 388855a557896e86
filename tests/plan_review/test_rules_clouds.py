"""Other clouds and role bindings: what lets everybody in, or lets somebody do everything."""

from __future__ import annotations

from typing import Any

import pytest

from .build import CREATE, change, found, reviewed, update

Json = Any
CLOSED = ["198.51.100.0/24"]
FIRST, LAST = "0.0.0.0", "255.255.255.255"  # noqa: S104  # the ends of a range
EVERYBODY = ["0.0.0.0/0"]


def google_cluster(*ranges: str, private: bool = False) -> Json:
    blocks = [{"cidr_blocks": [{"cidr_block": one} for one in ranges]}] if ranges else []
    return {
        "name": "prod",
        "master_authorized_networks_config": blocks,
        "private_cluster_config": [{"enable_private_endpoint": private}],
    }


def google_database(*ranges: str) -> Json:
    networks = [{"name": "office", "value": one} for one in ranges]
    return {"name": "d", "settings": [{"ip_configuration": [{"authorized_networks": networks}]}]}


def azure_cluster(ranges: Json, *, private: bool = False) -> Json:
    profile = [{"authorized_ip_ranges": ranges}]
    return {"api_server_access_profile": profile, "private_cluster_enabled": private}


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("google_container_cluster.x", google_cluster(*CLOSED), google_cluster(*EVERYBODY)),
        ("google_container_cluster.x", google_cluster(*CLOSED), google_cluster()),
        ("google_sql_database_instance.x", google_database(), google_database(*EVERYBODY)),
        (
            "google_sql_database_instance.x",
            google_database(*CLOSED),
            google_database("0.0.0.0/1", "128.0.0.0/1"),
        ),
        ("azurerm_kubernetes_cluster.x", azure_cluster(CLOSED), azure_cluster(EVERYBODY)),
        ("azurerm_kubernetes_cluster.x", azure_cluster(CLOSED), azure_cluster(None)),
    ],
)
def test_an_api_or_database_that_lets_everybody_in_is_told(
    address: str, before: Json, after: Json
) -> None:
    assert found(reviewed(update(address, before, **after))) == [("CLD01", "security")]


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("google_container_cluster.x", google_cluster(*EVERYBODY), google_cluster(*CLOSED)),
        ("google_container_cluster.x", google_cluster(), google_cluster(*CLOSED)),
        ("google_container_cluster.x", google_cluster(*CLOSED), google_cluster(private=True)),
        ("google_sql_database_instance.x", google_database(*CLOSED), google_database()),
        ("azurerm_kubernetes_cluster.x", azure_cluster(None), azure_cluster(CLOSED)),
        ("azurerm_kubernetes_cluster.x", azure_cluster(CLOSED), azure_cluster(None, private=True)),
    ],
)
def test_what_is_closed_or_private_is_not(address: str, before: Json, after: Json) -> None:
    told = found(reviewed(update(address, before, **after)))
    assert told in ([], [("CHG01", "review")])


def test_ranges_that_only_the_apply_knows_are_not_none() -> None:
    unknown = {"api_server_access_profile": [{"authorized_ip_ranges": True}]}
    after = {"api_server_access_profile": [{}]}
    entry = update("azurerm_kubernetes_cluster.x", azure_cluster(CLOSED), **after, unknown=unknown)
    assert found(reviewed(entry)) == []


@pytest.mark.parametrize(
    ("first", "last", "findings"),
    [
        (FIRST, LAST, [("CLD01", "security")]),
        ("1.0.0.0", "200.0.0.0", [("CLD01", "security")]),
        (FIRST, FIRST, []),  # Azure's own services
        ("198.51.100.7", "198.51.100.9", []),
    ],
)
def test_a_firewall_rule_of_azures_is_judged_by_its_size(
    first: str, last: str, findings: list[tuple[str, str]]
) -> None:
    values = {"name": "r", "start_ip_address": first, "end_ip_address": last}
    for kind in ("mssql", "postgresql_flexible_server"):
        made = change(f"azurerm_{kind}_firewall_rule.x", CREATE, None, values)
        assert found(reviewed(made)) == findings


@pytest.mark.parametrize(
    ("address", "values", "level"),
    [
        ("azurerm_role_assignment.x", {"role_definition_name": "Owner"}, "security"),
        ("azurerm_role_assignment.x", {"role_definition_name": "Contributor"}, "review"),
        ("google_project_iam_member.x", {"role": "roles/owner", "member": "user:a@b"}, "security"),
        (
            "google_project_iam_binding.x",
            {"role": "roles/editor", "members": ["user:a@b"]},
            "review",
        ),
    ],
)
def test_an_administrator_of_another_cloud_is_told(address: str, values: Json, level: str) -> None:
    assert found(reviewed(change(address, CREATE, None, values))) == [("CLD02", level)]


def test_a_reader_and_an_administrator_of_old_are_not() -> None:
    reader = {"role_definition_name": "Reader", "principal_id": "p"}
    assert found(reviewed(change("azurerm_role_assignment.x", CREATE, None, reader))) == []
    before = {"role": "roles/owner", "members": ["user:a@b", "user:c@d"]}
    fewer = update("google_project_iam_binding.x", before, members=["user:a@b"])
    assert found(reviewed(fewer)) == [("CHG01", "review")]
    more = update("google_project_iam_binding.x", before, members=[*before["members"], "user:e@f"])
    result = reviewed(more)
    assert found(result) == [("CLD02", "security")]
    assert "user:e@f" in result.findings[0].title
    assert "user:a@b" not in result.findings[0].title


def binding(role: str, *names: str, kind: str = "Group") -> Json:
    return {
        "metadata": [{"name": "b"}],
        "role_ref": [{"kind": "ClusterRole", "name": role}],
        "subject": [{"kind": kind, "name": name, "namespace": "ci"} for name in names],
    }


@pytest.mark.parametrize("name", ["system:anonymous", "system:unauthenticated"])
def test_a_binding_for_everybody_is_told_whatever_the_role(name: str) -> None:
    for kind in ("kubernetes_cluster_role_binding", "kubernetes_role_binding_v1"):
        made = change(f"{kind}.x", CREATE, None, binding("view", name))
        assert found(reviewed(made)) == [("RBAC01", "security")]


def test_a_binding_to_cluster_admin_is_told_for_whom_it_is_new() -> None:
    address = "kubernetes_cluster_role_binding_v1.x"
    before = binding("cluster-admin", "ops")
    result = reviewed(update(address, before, **binding("cluster-admin", "ops", "devs")))
    assert found(result) == [("RBAC01", "security")]
    assert result.findings[0].title == "`devs` may act as `cluster-admin`"
    fewer = reviewed(update(address, binding("cluster-admin", "ops", "devs"), **before))
    assert found(fewer) == [("CHG01", "review")]
    account = change(address, CREATE, None, binding("cluster-admin", "x", kind="ServiceAccount"))
    assert "ci/x" in reviewed(account).findings[0].title


def test_a_binding_to_cluster_admin_of_a_new_cluster_is_looked_at() -> None:
    cluster = change("aws_eks_cluster.x", CREATE, None, {"name": "x"})
    made = change(
        "kubernetes_cluster_role_binding.x", CREATE, None, binding("cluster-admin", "ops")
    )
    assert ("RBAC01", "review") in found(reviewed(cluster, made))


def test_ordinary_bindings_are_routine() -> None:
    for kind, role, name in (
        ("kubernetes_cluster_role_binding", "view", "devs"),
        ("kubernetes_cluster_role_binding", "system:discovery", "system:authenticated"),
        ("kubernetes_role_binding", "cluster-admin", "devs"),
    ):
        assert found(reviewed(change(f"{kind}.x", CREATE, None, binding(role, name)))) == []


def test_a_cluster_role_that_allows_everything_is_told() -> None:
    def role(*verbs: str) -> Json:
        rule = {"api_groups": ["*"], "resources": ["*"], "verbs": list(verbs)}
        return {"metadata": [{"name": "r"}], "rule": [rule]}

    address = "kubernetes_cluster_role.x"
    assert found(reviewed(update(address, role("get"), **role("*")))) == [("RBAC02", "security")]
    assert found(reviewed(update(address, role("*"), **role("get")))) == [("CHG01", "review")]
    assert found(reviewed(change(address, CREATE, None, role("get", "list")))) == []


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("azurerm_key_vault.x", "network_acls"),
        ("azurerm_storage_account.x", "network_rules"),
        ("azurerm_storage_account_network_rules.x", ""),
    ],
)
def test_a_gate_of_azure_s_that_opens_is_told(address: str, path: str) -> None:
    def values(action: str) -> Json:
        rules = {"default_action": action}
        return {path: [rules]} if path else rules

    opened = reviewed(update(address, values("Deny"), **values("Allow")))
    assert found(opened) == [("CLD01", "security")]
    assert found(reviewed(update(address, values("Allow"), **values("Deny")))) == []
    assert found(reviewed(update(address, values("Deny"), tags={"a": "b"}))) == []


def test_a_whole_policy_of_google_s_is_looked_at_and_a_member_is_not() -> None:
    policy = {"project": "p", "policy_data": "{}"}
    for entry in (
        change("google_project_iam_policy.x", CREATE, None, policy),
        change("google_project_iam_policy.x", ["delete"], policy),
    ):
        assert ("CLD03", "review") in found(reviewed(entry))
    member = {"role": "roles/viewer", "member": "user:a@b"}
    assert found(reviewed(change("google_project_iam_member.x", CREATE, None, member))) == []


@pytest.mark.parametrize(
    ("condition", "findings"),
    [
        ({"age": 1}, [("DATA05", "data-loss")]),
        ({"age": 1, "matches_prefix": ["tmp/"]}, [("DATA05", "review")]),
        ({"num_newer_versions": 3, "with_state": "ARCHIVED"}, [("DATA05", "review")]),
    ],
)
def test_objects_of_google_s_expire_too(condition: Json, findings: list[tuple[str, str]]) -> None:
    def rule(kind: str) -> Json:
        return [{"action": [{"type": kind}], "condition": [condition]}]

    address, before = "google_storage_bucket.x", {"name": "b", "lifecycle_rule": []}
    result = reviewed(update(address, before, lifecycle_rule=rule("Delete")))
    assert found(result) == findings
    days = "1 day" if "age" in condition else "what its rule says"
    assert result.findings[0].title == f"Objects of `b` expire after {days}"
    assert found(reviewed(update(address, before, lifecycle_rule=rule("SetStorageClass")))) == []
    standing = {"name": "b", "lifecycle_rule": rule("Delete")}
    assert found(reviewed(update(address, standing, labels={"a": "b"}))) == []
