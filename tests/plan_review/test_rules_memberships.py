"""Who comes to be one of those who may, and what an organisation or a password policy asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .build import CREATE, change, found, reviewed, update

Json = Any
JOINS = [("IAM16", "review")]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_identitystore_group_membership", {"group_id": "g", "member_id": "m"}),
        ("aws_ssoadmin_account_assignment", {"principal_id": "p", "target_id": "1"}),
        ("aws_organizations_delegated_administrator", {"account_id": "1"}),
        ("azuread_group_member", {"member_object_id": "m"}),
        ("github_repository_collaborator", {"username": "u"}),
        ("aws_iam_user_group_membership", {"user": "u", "groups": ["admins"]}),
    ],
)
def test_whoever_joins_is_looked_at(kind: str, values: Json) -> None:
    assert found(reviewed(change(f"{kind}.x", CREATE, None, values))) == JOINS


def test_a_group_is_told_for_whom_it_gets_and_not_for_whom_it_keeps() -> None:
    address, before = "aws_iam_group_membership.x", {"group": "g", "users": ["a"]}
    result = reviewed(update(address, before, users=["a", "b"]))
    assert found(result) == JOINS
    assert result.findings[0].title.startswith("`b` becomes")
    assert found(reviewed(update(address, {**before, "users": ["a", "b"]}, users=["a"]))) == [
        ("CHG01", "review")
    ]
    assert found(reviewed(update(address, {**before, "path": "/"}, path="/x/"))) == []


def policy(*denied: str) -> str:
    statements = [{"Effect": "Deny", "Action": action, "Resource": "*"} for action in denied]
    return json.dumps({"Statement": statements})


def test_a_new_denial_of_the_organisation_is_looked_at() -> None:
    address, kind = "aws_organizations_policy.x", {"type": "SERVICE_CONTROL_POLICY"}
    more = update(address, {**kind, "content": policy("a:b")}, content=policy("a:b", "ec2:*"))
    result = reviewed(more)
    assert found(result) == [("IAM17", "review")]
    assert "ec2:*" in result.findings[0].title
    other = update(address, {**kind, "content": policy("a:*")}, content=policy("a:*", "a:b"))
    assert found(reviewed(other)) == []
    attached = change("aws_organizations_policy_attachment.x", CREATE, None, {"policy_id": "p-1"})
    assert found(reviewed(attached)) == [("IAM17", "review")]


PASSWORDS = {"minimum_password_length": 14, "require_symbols": True, "max_password_age": 90}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"minimum_password_length": 8}, [("IAM18", "review")]),
        ({"require_symbols": False}, [("IAM18", "review")]),
        ({"max_password_age": 0}, [("IAM18", "review")]),
        ({"minimum_password_length": 20, "max_password_age": 30}, []),
    ],
)
def test_weaker_passwords_are_looked_at(after: Json, expected: list[tuple[str, str]]) -> None:
    assert (
        found(reviewed(update("aws_iam_account_password_policy.x", PASSWORDS, **after))) == expected
    )


def test_the_passwords_of_a_user_pool_are_looked_at_too() -> None:
    before = {"name": "p", "password_policy": [{"minimum_length": 12}]}
    weaker = update("aws_cognito_user_pool.x", before, password_policy=[{"minimum_length": 6}])
    assert found(reviewed(weaker)) == [("IAM18", "review")]


@pytest.mark.parametrize("kind", ["google_service_account_key", "azuread_application_password"])
def test_a_key_of_another_cloud_is_a_lasting_credential(kind: str) -> None:
    made = change(f"{kind}.x", CREATE, None, {"display_name": "ci"})
    assert found(reviewed(made)) == [("IAM19", "review")]
    assert found(reviewed(update(f"{kind}.x", {"display_name": "ci"}, display_name="cd"))) == []


@pytest.mark.parametrize(
    ("policy_name", "expected"),
    [
        ("AdministratorAccess", [("IAM05", "security")]),
        ("AmazonS3FullAccess", [("IAM05", "review")]),
        ("ReadOnlyAccess", []),
    ],
)
def test_a_policy_of_a_permission_set_is_weighed(
    policy_name: str, expected: list[tuple[str, str]]
) -> None:
    values = {"managed_policy_arn": f"arn:aws:iam::aws:policy/{policy_name}"}
    made = change("aws_ssoadmin_managed_policy_attachment.x", CREATE, None, values)
    assert found(reviewed(made)) == expected
