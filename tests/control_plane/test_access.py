"""Who gets in and what they may do there: aws-auth and access entries on the real API."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.aws import AwsEmulator

from .conftest import create_cluster
from .script import Script
from .server import ControlPlane

ACCOUNT = "arn:aws:iam::123456789012"
POLICIES = "arn:aws:eks::aws:cluster-access-policy"


@pytest.fixture(scope="module")
def another_aws() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture
def modern(another_aws: AwsEmulator, control_plane: ControlPlane, tmp_path: Path) -> Script:
    """A cluster that knows access entries, and them alone."""
    control_plane.serve(another_aws)
    if not another_aws.client("eks").list_clusters()["clusters"]:
        create_cluster(another_aws, "lovelace", accessConfig={"authenticationMode": "API"})
    return Script(another_aws, control_plane, tmp_path)


def me(script: Script, who: Mapping[str, str]) -> dict[str, Any]:
    answer = script.ask("auth", "whoami", "-o", "json", **who)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)["status"]["userInfo"]
    return found


@pytest.fixture
def mapped(script: Script) -> Script:
    """The aws-auth of a spec with an administrator and a group of its own."""
    roles = [
        {"rolearn": f"{ACCOUNT}:role/admin", "username": "admin", "groups": ["system:masters"]},
        {
            "rolearn": f"{ACCOUNT}:role/support",
            "username": "support:{{SessionName}}",
            "groups": ["support"],
        },
    ]
    data = {"mapRoles": yaml.safe_dump(roles)}
    metadata = {"name": "aws-auth", "namespace": "kube-system"}
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    assert script.apply(config_map, name="aws_auth").status == 0
    return script


def test_a_role_in_system_masters_may_do_everything(mapped: Script, assumed: Any) -> None:
    listed = mapped.ask("auth", "can-i", "--list", **assumed("admin"))
    assert listed.stdout.splitlines()[1].split() == ["*.*", "[]", "[]", "[*]"]


def test_a_role_in_a_group_of_its_own_may_do_what_is_bound_to_it_and_no_more(
    mapped: Script, assumed: Any
) -> None:
    who = assumed("support", "grace@example.com")
    assert me(mapped, who)["username"] == "support:grace-example.com"
    assert "support" in me(mapped, who)["groups"]
    assert not mapped.may(who, "list", "pods")
    mapped.kubectl(
        "create",
        "clusterrolebinding",
        "support",
        "--clusterrole=system:aggregate-to-view",
        "--group=support",
    )
    assert mapped.may(who, "list", "pods")
    assert not mapped.may(who, "list", "secrets")
    assert not mapped.may(who, "delete", "pods")
    assert not mapped.may(who, "list", "nodes")


def test_a_role_that_is_not_mapped_is_not_let_in(mapped: Script, assumed: Any) -> None:
    answer = mapped.ask("get", "--raw=/api", **assumed("stranger"))
    assert answer.returncode == 1
    assert "You must be logged in to the server" in answer.stderr
    assert f"{ACCOUNT}:role/stranger is not mapped" in mapped.control_plane.refusals


def test_a_token_for_another_aws_is_not_taken(mapped: Script) -> None:
    answer = mapped.ask("get", "--raw=/api", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert answer.returncode == 1
    assert "does not ask this AWS" in mapped.control_plane.refusals[-1]


@pytest.mark.parametrize(
    ("policy", "namespace", "allowed", "denied"),
    [
        ("AmazonEKSClusterAdminPolicy", None, ("delete", "nodes"), ()),
        ("AmazonEKSViewPolicy", None, ("list", "pods"), ("list", "secrets")),
        (
            "AmazonEKSEditPolicy",
            "default",
            ("create", "pods"),
            ("create", "pods", "-n=kube-system"),
        ),
    ],
)
def test_an_access_entry_may_do_what_its_policy_says(
    modern: Script,
    assume: Any,
    *,
    policy: str,
    namespace: str | None,
    allowed: tuple[str, ...],
    denied: tuple[str, ...],
) -> None:
    script, aws = modern, modern.aws
    role = policy.lower()
    who = assume(aws, role)
    eks, entry = aws.client("eks"), {"clusterName": "lovelace"}
    assert script.ask("get", "--raw=/api", **who).returncode == 1
    eks.create_access_entry(principalArn=f"{ACCOUNT}:role/{role}", **entry)
    assert not script.may(who, *allowed)
    scope = {"type": "namespace", "namespaces": [namespace]} if namespace else {"type": "cluster"}
    eks.associate_access_policy(
        principalArn=f"{ACCOUNT}:role/{role}",
        policyArn=f"{POLICIES}/{policy}",
        accessScope=scope,
        **entry,
    )
    assert script.may(who, *allowed)
    if denied:
        assert not script.may(who, *denied)


def test_aws_auth_counts_for_nothing_where_access_entries_alone_do(
    modern: Script, assume: Any
) -> None:
    script, aws = modern, modern.aws
    roles = [{"rolearn": f"{ACCOUNT}:role/late", "username": "late", "groups": ["system:masters"]}]
    data = {"mapRoles": yaml.safe_dump(roles)}
    metadata = {"name": "aws-auth", "namespace": "kube-system"}
    script.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    assert script.ask("get", "--raw=/api", **assume(aws, "late")).returncode == 1
