"""Permissions that end, widen or only look narrower: with a near plan that stays silent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plan_review.facts.policies import Grant, is_as_narrow

from .build import CREATE, DELETE, change, found, reviewed, same, update

POLICY = "aws_iam_policy.p"
READ = {"Effect": "Allow", "Action": ["ec2:DescribeInstances"], "Resource": ["*"]}
DENY = {"Effect": "Deny", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::payroll/*"]}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def rewritten(before: list[Any], after: list[Any], address: str = POLICY) -> list[tuple[str, str]]:
    changed = update(address, {"policy": document(*before)}, policy=document(*after))
    return found(reviewed(changed))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([READ], [("IAM10", "security")]),
        ([READ, {**DENY, "Action": ["s3:GetObject"]}], [("IAM10", "security")]),
        ([READ, {**DENY, "Resource": ["arn:aws:s3:::payroll/2025/*"]}], [("IAM10", "security")]),
        ([READ, {**DENY, "Condition": {"Bool": {"a": "true"}}}], [("IAM10", "security")]),
        ([READ, {**DENY, "Resource": "*"}], []),
        ([READ, {**DENY, "Action": "s3:*"}], []),
    ],
)
def test_a_denial_that_is_lifted_is_a_security_finding(
    after: list[Any], expected: list[tuple[str, str]]
) -> None:
    assert rewritten([READ, DENY], after) == expected


def test_a_denial_of_a_bucket_counts_while_the_bucket_stays() -> None:
    values = {"bucket": "orders", "policy": document(DENY)}
    gone = change("aws_s3_bucket_policy.b", DELETE, values)
    assert found(reviewed(gone)) == [("IAM10", "security")]
    bucket = change("aws_s3_bucket.b", DELETE, {"bucket": "orders"})
    assert ("IAM10", "security") not in found(reviewed(gone, bucket))


def test_a_policy_of_the_organisation_that_is_detached_is_a_security_finding() -> None:
    link = {"policy_id": "p-1", "target_id": "ou-1"}
    gone = change("aws_organizations_policy_attachment.a", DELETE, link)
    assert found(reviewed(gone)) == [("IAM10", "security")]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:iam::123456789012:role/*", [("IAM02", "security")]),
        ("arn:aws:iam::*:role/*", [("IAM02", "security")]),
        ("arn:aws:iam::*:*", [("IAM02", "security")]),
        ("arn:aws:iam::123456789012:role/nodes-*", []),
        ("arn:aws:iam::123456789012:role/nodes", []),
    ],
)
def test_a_pattern_of_every_role_is_as_wide_as_a_star(
    resource: str, expected: list[tuple[str, str]]
) -> None:
    new = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource}
    assert rewritten([READ], [READ, new]) == expected


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:DeleteObject", "arn:aws:s3:::*", [("IAM01", "security")]),
        ("s3:DeleteObject", "arn:aws:s3:::*/*", [("IAM01", "security")]),
        ("s3:GetObject", "arn:aws:s3:::*", [("IAM01", "security")]),
        ("s3:DeleteObject", "arn:aws:s3:::orders/*", []),
        ("s3:ListAllMyBuckets", "*", []),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*", None),
        ("dynamodb:DeleteItem", "arn:aws:dynamodb:us-west-2:1:table/*", [("IAM01", "security")]),
        ("dynamodb:DeleteItem", "arn:aws:dynamodb:us-west-2:1:table/orders", []),
    ],
)
def test_a_pattern_of_everything_of_a_service_is_as_wide_as_a_star(
    action: str, resource: str, expected: list[tuple[str, str]] | None
) -> None:
    new = {"Effect": "Allow", "Action": action, "Resource": resource}
    assert rewritten([READ], [READ, new]) == (
        [("IAM02", "security")] if expected is None else expected
    )


@pytest.mark.parametrize("resource", ["*", "arn:aws:s3:::*", "arn:aws:sqs:*:*:*", "arn:aws:*"])
def test_what_is_everywhere(resource: str) -> None:
    assert Grant("s3:PutObject", resource).is_everywhere


@pytest.mark.parametrize("resource", ["arn:aws:sqs:*:*:orders", "arn:aws:s3:::orders", "x"])
def test_what_is_not_everywhere(resource: str) -> None:
    assert not Grant("s3:PutObject", resource).is_everywhere


ROLE = "aws_iam_role.irsa"


def trust(**condition: Any) -> str:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/x"},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    if condition:
        statement["Condition"] = condition
    return document(statement)


SUB = {"StringEquals": {"x:sub": "system:serviceaccount:a:b"}}
TWO = {"StringEquals": {"x:sub": ["system:serviceaccount:a:b", "system:serviceaccount:a:c"]}}
ALSO = {"StringEquals": {**SUB["StringEquals"], "x:aud": "sts.amazonaws.com"}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, SUB, [("IAM09", "review")]),
        (SUB, ALSO, [("IAM09", "review")]),
        (TWO, SUB, [("IAM09", "review")]),
        (SUB, {}, [("IAM03", "security")]),
        (ALSO, SUB, [("IAM03", "security")]),
        (SUB, TWO, [("IAM03", "security")]),
        (SUB, SUB, []),
    ],
)
def test_a_condition_more_is_narrower_and_one_less_is_newly_trusted(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    values = {"name": "irsa", "assume_role_policy": trust(**before)}
    changed = update(ROLE, values, assume_role_policy=trust(**after))
    assert found(reviewed(changed)) == expected


def test_a_condition_that_excludes_more_is_narrower() -> None:
    one = json.dumps({"StringNotEquals": {"a": ["x"]}})
    two = json.dumps({"StringNotEquals": {"a": ["x", "y"]}})
    assert is_as_narrow(two, one)
    assert not is_as_narrow(one, two)


def attachment(policy: str) -> dict[str, str]:
    return {"role": "ca", "policy_arn": f"arn:aws:iam::123456789012:policy/{policy}"}


def test_permissions_that_go_are_for_review() -> None:
    inline = {"role": "ca", "name": "scale", "policy": document(READ)}
    gone = change("aws_iam_role_policy.ca", DELETE, inline)
    assert found(reviewed(gone)) == [("IAM11", "review")]
    link = change("aws_iam_role_policy_attachment.a", DELETE, attachment("scale"))
    assert found(reviewed(link)) == [("IAM11", "review")]
    assert rewritten([READ, {**READ, "Action": ["s3:PutObject"]}], [READ]) == [("IAM11", "review")]
    own = {"name": "ca", "managed_policy_arns": [attachment("scale")["policy_arn"]]}
    assert found(reviewed(update("aws_iam_role.ca", own, managed_policy_arns=[]))) == [
        ("IAM11", "review")
    ]
    parts = {"name": "ca", "inline_policy": [{"name": "scale", "policy": document(READ)}]}
    assert found(reviewed(update("aws_iam_role.ca", parts, inline_policy=[]))) == [
        ("IAM11", "review")
    ]


def test_permissions_that_go_with_their_role_or_are_written_another_way_are_not() -> None:
    inline = {"role": "ca", "name": "scale", "policy": document(READ)}
    gone = change("aws_iam_role_policy.ca", DELETE, inline)
    role = change("aws_iam_role.ca", DELETE, {"name": "ca"})
    assert found(reviewed(gone, role)) == [("LOSS02", "review")]
    assert rewritten([READ], [{**READ, "Action": "ec2:DescribeInstances"}]) == []
    made = change("aws_iam_role_policy.ca", CREATE, None, inline)
    assert found(reviewed(made)) == []


def test_an_instance_profile_with_another_role_disturbs() -> None:
    profile = {"name": "nodes", "role": "EKSNode"}
    swapped = update("aws_iam_instance_profile.n", profile, role="other")
    assert found(reviewed(swapped)) == [("IAM12", "disruption")]
    tagged = update("aws_iam_instance_profile.n", profile, tags={"a": "b"})
    assert found(reviewed(tagged)) == []
    empty = update("aws_iam_instance_profile.n", {"name": "nodes", "role": None}, role="EKSNode")
    assert found(reviewed(empty)) == []
    assert found(reviewed(same("aws_iam_instance_profile.n", profile))) == []


def test_a_policy_that_only_the_apply_knows_is_told_where_one_exists() -> None:
    values = {"name": "x", "policy": json.dumps({"Statement": []})}
    rewritten = update("aws_iam_policy.x", values, unknown={"policy": True})
    assert found(reviewed(rewritten)) == [("IAM13", "review")]
    made = change("aws_iam_policy.x", CREATE, None, {"name": "x"}, {"policy": True})
    assert found(reviewed(made)) == []
    assert found(reviewed(update("aws_iam_policy.x", values, description="other"))) == []


def test_a_lasting_credential_is_told_when_it_is_made() -> None:
    key = {"user": "deploy"}
    assert found(reviewed(change("aws_iam_access_key.x", CREATE, None, key))) == [
        ("IAM14", "review")
    ]
    assert found(reviewed(same("aws_iam_access_key.x", key))) == []
