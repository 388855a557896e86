"""Policies, groups and ranges that get narrower or wider, and what stays that answered for more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .build import CREATE, DELETE, NO_OP, change, found, reviewed, same, update

Json = Any
OURS = "arn:aws:iam::111111111111"
EKS = "oidc.eks.us-west-2.amazonaws.com/id/X"
GITHUB = "token.actions.githubusercontent.com"


def document(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(who: Json, *actions: str, **rest: Json) -> Json:
    return {"Effect": "Allow", "Principal": who, "Action": list(actions), "Resource": "*", **rest}


def web_identity(issuer: str, **condition: Json) -> str:
    who = {"Federated": f"{OURS}:oidc-provider/{issuer}"}
    statement = {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRoleWithWebIdentity"}
    return document({**statement, "Condition": condition})


def trust(before: str, after: str) -> list[tuple[str, str]]:
    role = {"name": "r", "assume_role_policy": before}
    return found(reviewed(update("aws_iam_role.r", role, assume_role_policy=after)))


def subject(text: str, operator: str = "StringEquals", issuer: str = EKS) -> str:
    return web_identity(issuer, **{operator: {f"{issuer}:sub": text}})


ANY_POD = subject("system:serviceaccount:*:*", "StringLike")
ONE_POD = subject("system:serviceaccount:shop:web")


def test_a_subject_within_a_pattern_is_narrower_and_a_pattern_is_wider() -> None:
    assert trust(ANY_POD, ONE_POD) == [("IAM09", "review")]
    assert trust(ONE_POD, ANY_POD) == [("IAM03", "security")]
    assert trust(ONE_POD, subject("system:serviceaccount:shop:web", "StringLike")) == []
    branch = subject("repo:o/r:ref:refs/heads/main", "StringLike", GITHUB)
    whole = subject("repo:o/r:*", "StringLike", GITHUB)
    assert trust(whole, branch) == [("IAM09", "review")]
    assert trust(branch, whole) == [("IAM03", "security")]


def test_a_condition_that_counts_only_where_the_key_is_there_is_wider() -> None:
    key = {f"{EKS}:sub": "system:serviceaccount:shop:web"}
    if_there = web_identity(EKS, StringEqualsIfExists=key)
    assert trust(ONE_POD, if_there) == [("IAM03", "security")]
    assert trust(if_there, ONE_POD) == [("IAM09", "review")]


def test_a_new_role_for_whoever_has_a_token_of_github_is_told() -> None:
    def made(policy: str) -> list[tuple[str, str]]:
        values = {"name": "r", "assume_role_policy": policy}
        return found(reviewed(change("aws_iam_role.r", CREATE, None, values)))

    audience = web_identity(GITHUB, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"})
    assert made(audience) == [("IAM03", "security")]
    assert made(subject("repo:*", "StringLike", GITHUB)) == [("IAM03", "security")]
    assert made(subject("repo:o/r:*", "StringLike", GITHUB)) == []
    assert made(web_identity(EKS, StringEquals={f"{EKS}:aud": "sts.amazonaws.com"})) == []


def test_a_denial_in_a_trust_policy_that_goes_is_lifted() -> None:
    lets = {"Effect": "Allow", "Principal": {"AWS": f"{OURS}:root"}, "Action": "sts:AssumeRole"}
    denies = {**lets, "Effect": "Deny", "Principal": "*"}
    assert trust(document(lets, denies), document(lets)) == [("IAM10", "security")]
    assert trust(document(lets), document(lets, denies)) == []


def test_a_role_of_whatever_account_may_not_be_assumed_without_a_word() -> None:
    def policy(resource: str) -> list[tuple[str, str]]:
        grant = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}
        before = {"name": "p", "policy": document()}
        return found(reviewed(update("aws_iam_policy.p", before, policy=document(grant))))

    assert policy("arn:aws:iam::*:role/admin") == [("IAM02", "security")]
    assert policy("arn:aws:iam::222222222222:role/admin") == []


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        ("aws_msk_cluster_policy", "policy"),
        ("aws_s3tables_table_policy", "resource_policy"),
        ("aws_cloudwatch_log_destination_policy", "access_policy"),
        ("aws_xray_resource_policy", "policy_document"),
        ("aws_something_new_policy", "policy"),
    ],
)
def test_a_policy_of_a_resource_of_any_type_that_lets_everybody_in_is_told(
    kind: str, argument: str
) -> None:
    ours = {argument: document(allow({"AWS": f"{OURS}:root"}, "x:*"))}
    wide = {argument: document(allow("*", "x:Get"))}
    assert ("PUB01", "security") in found(reviewed(update(f"{kind}.x", ours, **wide)))
    assert ("PUB01", "security") in found(reviewed(change(f"{kind}.x", CREATE, None, wide)))
    assert found(reviewed(change(f"{kind}.x", CREATE, None, ours))) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, []),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, [("PUB01", "security")]),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, [("PUB01", "security")]),
    ],
)
def test_a_condition_that_leaves_the_others_in_narrows_nothing(
    condition: Json, expected: list[tuple[str, str]]
) -> None:
    values = {"bucket": "b", "policy": document(allow("*", "s3:GetObject", Condition=condition))}
    assert found(reviewed(change("aws_s3_bucket_policy.b", CREATE, None, values))) == expected


def test_whom_a_policy_of_a_resource_no_longer_lets_in_is_looked_at() -> None:
    root, app = {"AWS": f"{OURS}:root"}, {"AWS": f"{OURS}:role/app"}
    before = {"key_id": "k", "policy": document(allow(root, "kms:*"), allow(app, "kms:Decrypt"))}
    less = reviewed(update("aws_kms_key.k", before, policy=document(allow(root, "kms:*"))))
    assert found(less) == [("IAM11", "review")]
    assert "role/app" in less.findings[0].title
    turned = document(allow(app, "kms:Decrypt"), allow(root, "kms:*"))
    assert found(reviewed(update("aws_kms_key.k", before, policy=turned))) == []
    unknown = update("aws_kms_key.k", before, unknown={"policy": True})
    assert found(reviewed(unknown)) == [("IAM13", "review")]


def test_an_attachment_to_more_than_one_is_told_for_each_that_gets_it() -> None:
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    before = {"name": "a", "policy_arn": admin, "roles": ["r"]}
    more = update("aws_iam_policy_attachment.a", before, roles=["r", "q"])
    assert found(reviewed(more)) == [("IAM05", "security")]
    moved = update("aws_iam_policy_attachment.a", {**before, "name": "b"}, name="c")
    assert found(reviewed(moved)) == []


RULE = {"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/16"]}
GROUP = {"id": "sg-1", "vpc_id": "vpc-1", "ingress": [RULE], "egress": []}


def test_ingress_that_is_closed_is_looked_at() -> None:
    address = "aws_security_group.db"
    assert found(reviewed(update(address, GROUP, ingress=[]))) == [("SG09", "review")]
    wider = [{**RULE, "cidr_blocks": ["10.0.0.0/8"]}]
    assert "SG09" not in [
        rule for rule, _ in found(reviewed(update(address, GROUP, ingress=wider)))
    ]
    assert found(reviewed(change(address, ["forget"], GROUP))) == [("TF01", "review")]


def test_a_rule_of_a_group_that_only_the_cluster_names_is_between_nodes_and_plane() -> None:
    cluster = {"id": "c", "name": "c", "vpc_config": [{"security_group_ids": ["sg-1"]}]}
    rule = {
        "security_group_id": "sg-1",
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        "cidr_ipv4": "10.0.0.0/16",
    }
    address = "aws_vpc_security_group_ingress_rule.api"
    gone = change(address, DELETE, rule)
    assert found(reviewed(same("aws_eks_cluster.c", cluster), gone)) == [("SG05", "disruption")]
    other = change(address, DELETE, {**rule, "security_group_id": "sg-2"})
    assert found(reviewed(same("aws_eks_cluster.c", cluster), other)) == [("SG09", "review")]


def test_every_port_of_tcp_and_udp_is_as_good_as_every_protocol() -> None:
    out = {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}
    both = [{**out, "protocol": name, "to_port": 65535} for name in ("tcp", "udp")]
    before = {"id": "sg-1", "ingress": [], "egress": [out]}
    address = "aws_security_group.node"
    assert found(reviewed(update(address, before, egress=both))) == []
    assert found(reviewed(update(address, before, egress=both[:1]))) == [("SG07", "review")]


def test_what_an_acl_lets_out_does_not_decide_what_it_lets_in() -> None:
    line = {"action": "allow", "protocol": "-1", "cidr_block": "0.0.0.0/0", "from_port": 0}
    out = {**line, "rule_no": 100, "to_port": 0}
    web, high = (
        {**line, "protocol": "6", "rule_no": number, "from_port": first, "to_port": last}
        for number, first, last in ((100, 443, 443), (110, 1024, 65535))
    )
    before = {"id": "acl-1", "ingress": [web, high], "egress": [out]}
    closed = update("aws_network_acl.a", before, ingress=[web])
    assert found(reviewed(closed)) == [("NET16", "disruption")]
    assert found(reviewed(update("aws_network_acl.a", before, ingress=[high, web]))) == []


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_cloudfront_distribution", {"aliases": ["a", "b"]}, {"aliases": ["a"]}),
        ("aws_lb_listener", {"port": 443}, {"port": 8443}),
        (
            "aws_elb",
            {"listener": [{"lb_port": 80}, {"lb_port": 443}]},
            {"listener": [{"lb_port": 80}]},
        ),
        (
            "aws_route53_zone",
            {"vpc": [{"vpc_id": "a"}, {"vpc_id": "b"}]},
            {"vpc": [{"vpc_id": "a"}]},
        ),
        ("aws_route_table", {"propagating_vgws": ["vgw-1"]}, {"propagating_vgws": []}),
        ("kubernetes_service", {"spec": [{"port": [{"port": 80}]}]}, {"spec": [{"port": []}]}),
    ],
)
def test_what_no_longer_answers_for_a_part_disturbs(kind: str, before: Json, after: Json) -> None:
    assert found(reviewed(update(f"{kind}.x", before, **after))) == [("NET20", "disruption")]
    more = found(reviewed(update(f"{kind}.x", after, **before)))
    assert kind == "aws_lb_listener" or more == []


def test_a_balancer_under_protection_is_not_destroyed() -> None:
    values = {"name": "web", "enable_deletion_protection": True}
    assert found(reviewed(change("aws_lb.x", DELETE, values))) == [("NET14", "will-fail")]
    free = {**values, "enable_deletion_protection": False}
    assert found(reviewed(change("aws_lb.x", DELETE, free))) == [("NET14", "disruption")]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"port": 5433}, [("DATA12", "disruption")]),
        ({"db_subnet_group_name": "b"}, [("DATA12", "disruption")]),
        ({"replicate_source_db": ""}, [("DATA12", "disruption")]),
        ({"ca_cert_identifier": "b"}, [("DATA12", "review")]),
        ({"tags": {"a": "b"}}, []),
    ],
)
def test_a_database_that_moves_disturbs(after: Json, expected: list[tuple[str, str]]) -> None:
    before = {"identifier": "d", "port": 5432, "db_subnet_group_name": "a", "tags": {}}
    before |= {"replicate_source_db": "main", "ca_cert_identifier": "a"}
    assert found(reviewed(update("aws_db_instance.d", before, **after))) == expected


def test_a_minor_version_of_aurora_postgresql_is_no_major_one() -> None:
    def upgrade(version: str) -> list[tuple[str, str]]:
        before = {
            "cluster_identifier": "c",
            "engine": "aurora-postgresql",
            "engine_version": "15.4",
        }
        return found(reviewed(update("aws_rds_cluster.c", before, engine_version=version)))

    assert upgrade("15.5") == [("DATA08", "review")]
    assert upgrade("16.1") == [("DATA08", "will-fail")]


def lifecycle(days: int, prefix: str = "", status: str = "Enabled") -> Json:
    rule = {"status": status, "filter": [{"prefix": prefix}], "expiration": [{"days": days}]}
    return {"bucket": "b", "rule": [rule]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (lifecycle(365), lifecycle(3650), []),
        (lifecycle(365), lifecycle(30), [("DATA05", "data-loss")]),
        (lifecycle(30), lifecycle(30, "logs/"), []),
        (lifecycle(30, "logs/"), lifecycle(30), [("DATA05", "data-loss")]),
        (lifecycle(30, status="Disabled"), lifecycle(30), [("DATA05", "data-loss")]),
    ],
)
def test_what_expires_later_or_less_of_it_is_no_loss(
    before: Json, after: Json, expected: list[tuple[str, str]]
) -> None:
    address = "aws_s3_bucket_lifecycle_configuration.b"
    told = found(reviewed(update(address, before, **after)))
    assert [pair for pair in told if pair[0] == "DATA05"] == expected


def test_a_parameter_that_asks_for_tls_may_not_go_without_a_word() -> None:
    def group(value: str) -> Json:
        return {"name": "p", "parameter": [{"name": "rds.force_ssl", "value": value}]}

    off = update("aws_db_parameter_group.p", group("1"), **group("0"))
    assert ("TLS01", "security") in found(reviewed(off))
    on = update("aws_db_parameter_group.p", group("0"), **group("1"))
    assert found(reviewed(on)) == []


def test_a_table_whose_rows_newly_expire_is_looked_at() -> None:
    address = "aws_keyspaces_table.t"
    on = update(address, {"default_time_to_live": 0}, default_time_to_live=3600)
    assert found(reviewed(on)) == [("DATA06", "review")]
    longer = update(address, {"default_time_to_live": 60}, default_time_to_live=3600)
    assert found(reviewed(longer)) == []


def test_the_account_is_told_from_who_planned_where_nothing_else_tells() -> None:
    caller = {"type": "aws_caller_identity", "values": {"account_id": "111111111111"}}
    state = {"values": {"root_module": {"resources": [caller]}}}
    grant = {"key_id": "k", "grantee_principal": "arn:aws:iam::222222222222:role/x"}
    made = change("aws_kms_grant.g", CREATE, None, grant)
    assert found(reviewed(made, prior_state=state)) == [("PUB01", "review")]
    ours = change("aws_kms_grant.g", CREATE, None, {**grant, "grantee_principal": f"{OURS}:role/x"})
    assert found(reviewed(ours, prior_state=state)) == []
    assert found(reviewed(change("aws_kms_grant.g", NO_OP, grant, grant))) == []


def test_a_role_of_azure_that_allows_everything_is_told() -> None:
    reads = {"name": "r", "permissions": [{"actions": ["Microsoft.Compute/*/read"]}]}
    every = {"name": "r", "permissions": [{"actions": ["*"]}]}
    address = "azurerm_role_definition.r"
    assert ("CLD04", "security") in found(reviewed(update(address, reads, **every)))
    assert found(reviewed(change(address, CREATE, None, every))) == [("CLD04", "review")]
    assert found(reviewed(change(address, CREATE, None, reads))) == []


def test_an_owner_by_the_id_of_the_role_is_an_owner() -> None:
    path = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/"
    owner = {
        "role_definition_id": f"{path}8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "principal_id": "p",
    }
    address = "azurerm_role_assignment.r"
    assert found(reviewed(change(address, CREATE, None, owner))) == [("CLD02", "security")]
    other = {**owner, "role_definition_id": f"{path}00000000-0000-0000-0000-000000000000"}
    assert found(reviewed(change(address, CREATE, None, other))) == []
