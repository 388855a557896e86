"""Who gets into the cluster, by ConfigMap or by access entries."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Synth
from tests.requirements import require

ACCOUNT = "arn:aws:iam::111122223333"
PEOPLE: dict[str, Any] = {
    "map_roles": [
        {"rolearn": f"{ACCOUNT}:role/admin", "username": "admin", "groups": ["system:masters"]},
        {"rolearn": f"{ACCOUNT}:role/support", "username": "support", "groups": ["support"]},
    ],
    "map_users": [{"userarn": f"{ACCOUNT}:user/ada", "username": "ada"}],
}
NODES = {
    "rolearn": "${aws_iam_role.node.arn}",
    "username": "system:node:{{EC2PrivateDNSName}}",
    "groups": ["system:bootstrappers", "system:nodes"],
}


def config_map(document: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(document["locals"]["aws_auth_manifest"])
    return parsed


@pytest.fixture(scope="module")
def entries(synth: Synth) -> dict[str, Any]:
    found: dict[str, Any] = synth(access="access_entries", **PEOPLE)["resource"]
    return found


def test_config_map_lets_in_the_nodes(lovelace: dict[str, Any]) -> None:
    manifest = config_map(lovelace)

    assert manifest["kind"] == "ConfigMap"
    assert manifest["metadata"] == {"name": "aws-auth", "namespace": "kube-system"}
    assert list(manifest["data"]) == ["mapRoles"]
    assert yaml.safe_load(manifest["data"]["mapRoles"]) == [NODES]


def test_config_map_lets_in_the_specs_roles_and_users(synth: Synth) -> None:
    data = config_map(synth(**PEOPLE))["data"]

    assert yaml.safe_load(data["mapRoles"]) == [NODES, *PEOPLE["map_roles"]]
    assert yaml.safe_load(data["mapUsers"]) == [{**PEOPLE["map_users"][0], "groups": []}]


WORDS = (
    *("42", "007", "0o17", "0x1F", "1e3", "1E3", "+1e3", ".5e1", "1_000", "12:30:45", "2026-11-25"),
    *("true", "on", "Off", "yes", "y", "N", "null", "~", ".inf", ".NaN", "=", "<<"),
    *(
        "a: b",
        "a #b",
        "- a",
        "* a",
        "&a",
        "!a",
        "'a'",
        '"a"',
        "a\u0085b",
        "@a",
        "`a`",
        "{a}",
        " a ",
    ),
)
"""Names that YAML, of one version or another, reads as something else where they are not quoted."""


def test_names_are_texts_whatever_they_are(synth: Synth, tmp_path: Path) -> None:
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    users = [
        {"userarn": f"{ACCOUNT}:user/u{number}", "username": word, "groups": [word]}
        for number, word in enumerate(WORDS)
    ]
    text = config_map(synth(map_users=users))["data"]["mapUsers"]
    assert yaml.safe_load(text) == users

    # kubectl reads YAML by the library that EKS's authenticator reads it by
    named = re.findall(r"username: (.*)$", text, re.MULTILINE)
    assert re.findall(r"^  - (.*)$", text, re.MULTILINE) == named
    contexts = [f"- context: {{}}\n  name: {name}" for name in named]
    file = tmp_path / "kubeconfig"
    file.write_text("\n".join(["apiVersion: v1", "kind: Config", "contexts:", *contexts]), "utf-8")
    seen = subprocess.run(
        ["kubectl", "config", f"--kubeconfig={file}", "view", "-o", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {context["name"] for context in json.loads(seen.stdout)["contexts"]} == set(WORDS)


def test_nodes_start_after_they_were_let_in(synth: Synth) -> None:
    by_config_map = synth()["resource"]["aws_autoscaling_group"]["node"]
    by_entries = synth(access="access_entries")["resource"]["aws_autoscaling_group"]["node"]

    assert "null_resource.aws_auth" in by_config_map["depends_on"]
    assert "aws_eks_access_entry.node" in by_entries["depends_on"]


def test_access_entries_leave_the_config_map_alone(synth: Synth) -> None:
    document = synth(access="access_entries", kube2iam={"enabled": False})

    assert "null_resource" not in document["resource"]
    assert "aws_auth_manifest" not in document["locals"]


def test_nodes_have_an_entry_of_their_type(entries: dict[str, Any]) -> None:
    node = {k: v for k, v in entries["aws_eks_access_entry"]["node"].items() if k != "//"}

    assert node == {
        "cluster_name": "${aws_eks_cluster.control_plane.name}",
        "principal_arn": "${aws_iam_role.node.arn}",
        "type": "EC2_LINUX",
    }


def test_entry_of_a_principal_keeps_name_and_groups(entries: dict[str, Any]) -> None:
    support = entries["aws_eks_access_entry"]["role-111122223333-support"]

    assert support["type"] == "STANDARD"
    assert support["principal_arn"] == f"{ACCOUNT}:role/support"
    assert support["user_name"] == "support"
    assert support["kubernetes_groups"] == ["support"]
    assert "kubernetes_groups" not in entries["aws_eks_access_entry"]["user-111122223333-ada"]


def test_masters_become_a_policy_which_eks_takes(entries: dict[str, Any]) -> None:
    association = entries["aws_eks_access_policy_association"]

    assert list(association) == ["role-111122223333-admin"]
    assert association["role-111122223333-admin"]["policy_arn"] == (
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    )
    assert association["role-111122223333-admin"]["access_scope"] == {"type": "cluster"}
    assert "kubernetes_groups" not in entries["aws_eks_access_entry"]["role-111122223333-admin"]
