"""What is opened to everybody, keys and recorders: each with a near plan that stays silent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .build import CREATE, DELETE, REPLACE, change, cluster, found, reviewed, same, update

OURS = "123456789012"
ROOT = {"AWS": f"arn:aws:iam::{OURS}:root"}
HERE = same("aws_iam_role.here", {"name": "x", "arn": f"arn:aws:iam::{OURS}:role/x"})


def document(principal: Any, *actions: str, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions or ("s3:*",))}
    statement["Resource"] = "*"
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("aws_s3_bucket_policy", "policy"),
        ("aws_s3_bucket", "policy"),
        ("aws_sqs_queue", "policy"),
        ("aws_sqs_queue_policy", "policy"),
        ("aws_sns_topic", "policy"),
        ("aws_sns_topic_policy", "policy"),
        ("aws_ecr_repository_policy", "policy"),
        ("aws_secretsmanager_secret_policy", "policy"),
        ("aws_kms_key", "policy"),
        ("aws_kms_key_policy", "policy"),
        ("aws_opensearch_domain", "access_policies"),
        ("aws_efs_file_system_policy", "policy"),
        ("aws_cloudwatch_event_bus_policy", "policy"),
        ("aws_dynamodb_resource_policy", "policy"),
    ],
)
def test_a_policy_for_everybody_is_a_security_finding(kind: str, key: str) -> None:
    before = {key: document(ROOT)}
    for everybody in ("*", {"AWS": "*"}, {"AWS": [ROOT["AWS"], "*"]}):
        opened = update(f"{kind}.x", before, **{key: document(everybody)})
        assert ("PUB01", "security") in found(reviewed(opened))
    made = change(f"{kind}.x", CREATE, None, {key: document("*")})
    assert found(reviewed(made)) == [("PUB01", "security")]
    assert found(reviewed(update(f"{kind}.x", before, **{key: document(ROOT)}))) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, []),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::orders"}}, []),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, []),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, []),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, [("PUB01", "security")]),
        ({"Bool": {"aws:SecureTransport": "true"}}, [("PUB01", "security")]),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, [("PUB01", "security")]),
    ],
)
def test_a_condition_counts_where_it_leaves_somebody_out(
    condition: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    made = change("aws_sqs_queue_policy.q", CREATE, None, {"policy": document("*", **condition)})
    assert found(reviewed(made)) == expected


def test_another_account_is_for_review_and_our_own_is_not() -> None:
    for account, expected in (("999999999999", [("PUB01", "review")]), (OURS, [])):
        policy = document({"AWS": f"arn:aws:iam::{account}:role/reader"})
        made = change("aws_s3_bucket_policy.b", CREATE, None, {"policy": policy})
        assert found(reviewed(HERE, made)) == expected


def test_what_everybody_might_do_before_is_not_told_and_more_of_it_is() -> None:
    before = {"policy": document("*", "s3:GetObject")}
    same_again = document({"AWS": "*"}, "s3:GetObject")
    assert found(reviewed(update("aws_s3_bucket_policy.b", before, policy=same_again))) == []
    more = document("*", "s3:GetObject", "s3:PutObject")
    assert found(reviewed(update("aws_s3_bucket_policy.b", before, policy=more))) == [
        ("PUB01", "security")
    ]


def test_a_function_that_everybody_may_call_is_a_security_finding() -> None:
    call = {"function_name": "f", "action": "lambda:InvokeFunction", "principal": "*"}
    address = "aws_lambda_permission.p"
    assert found(reviewed(change(address, CREATE, None, call))) == [("PUB01", "security")]
    by_bucket = {**call, "principal": "s3.amazonaws.com"}
    assert found(reviewed(change(address, CREATE, None, by_bucket))) == []
    narrowed = {**call, "source_arn": "arn:aws:s3:::orders"}
    assert found(reviewed(change(address, CREATE, None, narrowed))) == []
    url = {"function_name": "f", "authorization_type": "AWS_IAM"}
    opened = update("aws_lambda_function_url.u", url, authorization_type="NONE")
    assert found(reviewed(opened)) == [("PUB01", "security")]


BLOCK = {
    "bucket": "lovelace-terraform-state",
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}
GUARD = "aws_s3_bucket_public_access_block.state"


def test_a_public_access_block_that_goes_is_a_security_finding() -> None:
    result = reviewed(change(GUARD, DELETE, BLOCK))
    assert found(result) == [("PUB02", "security")]
    assert "holds the state of stacks" in result.findings[0].why
    assert found(reviewed(update(GUARD, BLOCK, block_public_policy=False))) == [
        ("PUB02", "security")
    ]
    other = change("aws_s3_bucket_public_access_block.orders", DELETE, {**BLOCK, "bucket": "o"})
    assert "Terraform's state" not in reviewed(other).findings[0].why


def test_a_block_that_goes_with_its_bucket_or_is_made_elsewhere_is_not() -> None:
    bucket = change("aws_s3_bucket.o", DELETE, {"bucket": "o", "id": "o"})
    gone = change("aws_s3_bucket_public_access_block.o", DELETE, {**BLOCK, "bucket": "o"})
    assert ("PUB02", "security") not in found(reviewed(bucket, gone))
    again = change("aws_s3_bucket_public_access_block.p", CREATE, None, {**BLOCK, "bucket": "o"})
    assert ("PUB02", "security") not in found(reviewed(gone, again))
    assert found(reviewed(update(GUARD, {**BLOCK, "block_public_acls": False}, **BLOCK))) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("private", "public-read", [("PUB03", "security")]),
        ("private", "authenticated-read", [("PUB03", "security")]),
        ("public-read", "private", []),
        ("private", "log-delivery-write", []),
    ],
)
def test_an_acl_for_everybody_is_a_security_finding(
    old: str, new: str, expected: list[tuple[str, str]]
) -> None:
    acl = update("aws_s3_bucket_acl.a", {"bucket": "o", "acl": old}, acl=new)
    assert found(reviewed(acl)) == expected


def test_a_grant_to_all_users_is_a_security_finding() -> None:
    def grants(uri: str) -> Any:
        grantee = [{"uri": f"http://acs.amazonaws.com/groups/{uri}", "type": "Group"}]
        return [{"grant": [{"grantee": grantee, "permission": "READ"}]}]

    before = {"bucket": "o", "access_control_policy": grants("s3/LogDelivery")}
    opened = update("aws_s3_bucket_acl.a", before, access_control_policy=grants("global/AllUsers"))
    assert found(reviewed(opened)) == [("PUB03", "security")]


@pytest.mark.parametrize(
    ("address", "before", "changed", "expected"),
    [
        ("aws_db_instance.d", {"publicly_accessible": False}, True, [("PUB04", "security")]),
        ("aws_redshift_cluster.d", {"publicly_accessible": False}, True, [("PUB04", "security")]),
        ("aws_db_instance.d", {"publicly_accessible": True}, False, []),
        (
            "azurerm_storage_account.s",
            {"public_network_access_enabled": False},
            True,
            [("PUB04", "security")],
        ),
        ("aws_lb.l", {"internal": True}, False, [("PUB04", "security")]),
    ],
)
def test_what_becomes_public_is_a_security_finding(
    address: str, before: dict[str, Any], changed: bool, expected: list[tuple[str, str]]
) -> None:
    key = next(iter(before))
    assert found(reviewed(update(address, before, **{key: changed}))) == expected


def test_what_is_shared_with_everybody_is_a_security_finding() -> None:
    shared = change("aws_ami_launch_permission.a", CREATE, None, {"group": "all"})
    assert found(reviewed(shared)) == [("PUB04", "security")]
    one = change("aws_ami_launch_permission.a", CREATE, None, {"account_id": OURS})
    assert found(reviewed(one)) == [("PUB01", "review")]
    snapshot = update("aws_db_snapshot.s", {"shared_accounts": []}, shared_accounts=["all"])
    assert found(reviewed(snapshot)) == [("PUB04", "security")]


KEY = "aws_kms_key.secrets"
ARN = f"arn:aws:kms:us-west-2:{OURS}:key/1"
VALUES = {"arn": ARN, "key_id": "1", "is_enabled": True, "enable_key_rotation": True}


def test_a_key_policy_without_the_root_disturbs() -> None:
    before = {**VALUES, "policy": document(ROOT, "kms:*")}
    ours = {"AWS": f"arn:aws:iam::{OURS}:role/admin"}
    lost = update(KEY, before, policy=document(ours, "kms:*"))
    assert found(reviewed(lost)) == [("KEY01", "disruption")]
    both = {"AWS": [ROOT["AWS"], ours["AWS"]]}
    assert found(reviewed(update(KEY, before, policy=document(both, "kms:*")))) == []


def test_a_disabled_key_disturbs_and_under_a_cluster_is_an_outage() -> None:
    off = update(KEY, VALUES, is_enabled=False)
    assert found(reviewed(off)) == [("KEY02", "disruption")]
    config = [{"provider": [{"key_arn": ARN}], "resources": ["secrets"]}]
    eks = same("aws_eks_cluster.c", cluster(encryption_config=config))
    assert found(reviewed(eks, off)) == [("KEY02", "outage")]
    other = [{"provider": [{"key_arn": ARN + "9"}], "resources": ["secrets"]}]
    eks = same("aws_eks_cluster.c", cluster(encryption_config=other))
    assert found(reviewed(eks, off)) == [("KEY02", "disruption")]
    assert found(reviewed(update(KEY, {**VALUES, "is_enabled": False}, is_enabled=True))) == []


def test_a_key_that_is_no_longer_rotated_is_for_review() -> None:
    assert found(reviewed(update(KEY, VALUES, enable_key_rotation=False))) == [("KEY03", "review")]
    off = {**VALUES, "enable_key_rotation": False}
    assert found(reviewed(update(KEY, off, enable_key_rotation=True))) == []


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("aws_cloudtrail", "LOG01"),
        ("aws_flow_log", "LOG01"),
        ("aws_guardduty_detector", "LOG01"),
        ("aws_config_configuration_recorder", "LOG01"),
        ("aws_wafv2_web_acl_association", "LOG02"),
    ],
)
def test_recorders_and_guards_that_go_are_security_findings(kind: str, rule: str) -> None:
    values = {"id": "x", "name": "x"}
    assert found(reviewed(change(f"{kind}.x", DELETE, values))) == [(rule, "security")]
    assert found(reviewed(change(f"{kind}.x", REPLACE, values, values))) == [(rule, "security")]
    assert found(reviewed(update(f"{kind}.x", values, tags={"a": "b"}))) == []


@pytest.mark.parametrize("name", ["enable_logging", "is_multi_region_trail"])
def test_a_trail_that_is_switched_off_is_a_security_finding(name: str) -> None:
    trail = {"name": "t", "enable_logging": True, "is_multi_region_trail": True}
    off = update("aws_cloudtrail.t", trail, **{name: False})
    assert found(reviewed(off)) == [("LOG01", "security")]
    on = update("aws_cloudtrail.t", {**trail, name: False}, **{name: True})
    assert found(reviewed(on)) == []


def test_a_flow_log_that_goes_with_its_vpc_is_not_told_as_one() -> None:
    log = change("aws_flow_log.f", DELETE, {"id": "fl-1", "vpc_id": "vpc-1"})
    vpc = change("aws_vpc.v", DELETE, {"id": "vpc-1"})
    assert found(reviewed(vpc, log)) == [("NET02", "outage"), ("LOSS02", "review")]


def under(key: str) -> list[dict[str, object]]:
    return [{"resources": ["secrets"], "provider": [{"key_arn": key}]}]


def test_secrets_that_are_to_go_to_another_key_stay_where_they_are() -> None:
    values = {"name": "ada", "version": "1.36", "encryption_config": under(ARN)}
    other = ARN.replace("1234", "4321")

    moved = update("aws_eks_cluster.ada", values, encryption_config=under(other))
    assert ("KEY04", "will-fail") in found(reviewed(moved))
    none = {**values, "encryption_config": []}
    added = update("aws_eks_cluster.ada", none, encryption_config=under(ARN))
    assert "KEY04" not in dict(found(reviewed(added)))


def test_a_web_acl_that_lets_everything_through_is_told() -> None:
    blocks, allows = [{"block": [{}], "allow": []}], [{"block": [], "allow": [{}]}]
    address = "aws_wafv2_web_acl.x"
    opened = reviewed(
        update(address, {"name": "w", "default_action": blocks}, default_action=allows)
    )
    assert found(opened) == [("LOG02", "security")]
    closed = update(address, {"name": "w", "default_action": allows}, default_action=blocks)
    assert found(reviewed(closed)) == []


def test_a_share_for_accounts_outside_is_looked_at() -> None:
    address, name = "aws_ram_resource_share.x", "allow_external_principals"
    opened = reviewed(update(address, {"name": "s", name: False}, **{name: True}))
    assert found(opened) == [("PUB06", "review")]
    assert found(reviewed(update(address, {"name": "s", name: True}, **{name: False}))) == []
    assert found(reviewed(update(address, {"name": "s", name: True}, name="t"))) == []


def web_acl(verb: str, name: str = "sqli") -> dict[str, Any]:
    rule = {"name": name, "action": [{"block": [], "allow": [], "count": [], verb: [{}]}]}
    return {"name": "w", "rule": [rule]}


def test_a_rule_of_a_web_acl_that_goes_or_only_counts_is_told() -> None:
    address = "aws_wafv2_web_acl.x"
    for after in (web_acl("count"), {"rule": []}, web_acl("block", "other")):
        result = reviewed(update(address, web_acl("block"), **after))
        assert found(result) == [("LOG03", "security")]
        assert "`sqli`" in result.findings[0].title
    for before, after in (
        (web_acl("count"), web_acl("block")),
        (web_acl("allow"), {"rule": []}),
        (web_acl("block"), web_acl("captcha")),
    ):
        assert found(reviewed(update(address, before, **after))) == []


def test_a_group_of_rules_that_only_counts_is_told() -> None:
    def group(verb: str) -> dict[str, Any]:
        rule = {"name": "core", "override_action": [{"none": [], "count": [], verb: [{}]}]}
        return {"name": "w", "rule": [rule]}

    address = "aws_wafv2_web_acl.x"
    quiet = reviewed(update(address, group("none"), **group("count")))
    assert found(quiet) == [("LOG03", "security")]
    assert found(reviewed(update(address, group("count"), **group("none")))) == []


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("aws_guardduty_detector_feature.x", {"status": "ENABLED"}, {"status": "DISABLED"}),
        (
            "aws_cloudtrail.x",
            {"event_selector": [{"read_write_type": "All", "include_management_events": True}]},
            {
                "event_selector": [
                    {"read_write_type": "WriteOnly", "include_management_events": True}
                ]
            },
        ),
        (
            "aws_cloudtrail.x",
            {"event_selector": [{"read_write_type": "All", "include_management_events": True}]},
            {"event_selector": [{"read_write_type": "All", "include_management_events": False}]},
        ),
    ],
)
def test_a_recorder_that_sees_less_is_told(
    address: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert found(reviewed(update(address, before, **after))) == [("LOG01", "security")]
    assert found(reviewed(update(address, after, **before))) == []
