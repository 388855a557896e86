"""The script that applies manifests, on the real API with the real kubectl and AWS CLI."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.synthesis import ROOT

from .script import Script

GROUP = "example.com"


def config_map(name: str = "settings", namespace: str = "default", **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def definition(plural: str, kind: str) -> dict[str, Any]:
    """A custom resource definition."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": plural[:-1], "kind": kind},
            "versions": [version],
        },
    }


def managers(script: Script, name: str = "settings") -> set[tuple[str, str]]:
    """Who set fields of a ConfigMap, and how."""
    found = script.control_plane.get("ConfigMap", name, "default")
    assert found
    return {(each["manager"], each["operation"]) for each in found["metadata"]["managedFields"]}


@pytest.fixture(autouse=True)
def clean(script: Script) -> None:
    script.control_plane.clear()


# What is applied


def test_an_object_is_applied_and_applied_again(script: Script) -> None:
    for value in ("1", "1", "2"):
        done = script.apply(config_map(value=value))
        assert (done.status, done.told) == (0, "")
        assert done.printed == "configmap/settings serverside-applied\n"
        found = script.control_plane.get("ConfigMap", "settings", "default")
        assert found
        assert found["data"] == {"value": value}


@pytest.mark.parametrize("file", sorted((ROOT / "manifests").glob("*.yaml")), ids=lambda f: f.stem)
def test_the_projects_own_manifests_are_applied_and_applied_again(
    file: Path, script: Script
) -> None:
    """The API takes each object, and finds nothing to change the second time."""
    text = file.read_text(encoding="utf-8")
    versions = []
    for _ in range(2):
        done = script.apply_text(text)
        assert (done.status, done.told) == (0, "")
        there = json.loads(script.kubectl("get", "-f", "-", "-o", "json", given=text))
        versions.append([each["metadata"]["resourceVersion"] for each in there["items"]])
    assert versions[0] == versions[1]


def test_what_leaves_the_manifest_leaves_the_object(script: Script) -> None:
    script.apply(config_map(one="1", two="2"))
    script.apply(config_map(one="1"))
    found = script.control_plane.get("ConfigMap", "settings", "default")
    assert found
    assert found["data"] == {"one": "1"}


def test_a_definition_and_an_object_of_its_kind_are_applied_at_once(script: Script) -> None:
    """The first apply was always red, and half applied."""
    kind = {"apiVersion": f"{GROUP}/v1", "kind": "Engine", "metadata": {"name": "first"}}
    done = script.apply(definition("engines", "Engine"), kind)
    assert (done.status, done.told) == (0, "")
    path = f"/apis/{GROUP}/v1/namespaces/default/engines/first"
    assert script.control_plane.read(path)


def test_an_object_in_a_namespace_that_is_written_below_it_is_applied(script: Script) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "below"}}
    done = script.apply(config_map(namespace="below", a="1"), namespace)
    assert (done.status, done.told) == (0, "")
    assert script.control_plane.get("ConfigMap", "settings", "below")


def test_a_manifest_as_large_as_an_object_may_be_is_applied(script: Script) -> None:
    """Client-side apply keeps an escaped copy in an annotation, which takes 262,144 bytes."""
    page = '<a href="x">&\'\n' * 6_600
    assert len(page) > 98_000
    done = script.apply_file(config_map(page=page))
    assert (done.status, done.told) == (0, "")


def test_a_manifest_of_two_megabytes_is_applied_from_a_file(script: Script) -> None:
    """One environment variable takes 128 KiB on Linux."""
    done = script.apply_file(*(config_map(f"large-{n}", text="x" * 500_000) for n in range(4)))
    assert (done.status, done.told) == (0, "")
    assert script.control_plane.get("ConfigMap", "large-3", "default")


# Objects of version 0.1, which `kubectl apply` made without a field manager


def test_an_object_that_an_earlier_version_applied_is_taken_over(script: Script) -> None:
    script.kubectl("apply", "-f", "-", given=yaml.safe_dump(config_map(one="1", two="2")))
    assert managers(script) == {("kubectl-client-side-apply", "Update")}
    done = script.apply(config_map(one="3"))
    assert (done.status, done.told) == (0, "")
    found = script.control_plane.get("ConfigMap", "settings", "default")
    assert found
    assert found["data"] == {"one": "3"}
    assert ("kubectl", "Apply") in managers(script)
    assert ("kubectl-client-side-apply", "Update") not in managers(script)
    assert script.apply(config_map(two="2")).status == 0


def test_a_field_that_somebody_else_set_is_told_with_its_owner_and_kept(script: Script) -> None:
    script.apply(config_map(one="1"))
    script.kubectl(
        *("patch", "configmap", "settings", "--type=merge", "--field-manager=ada"),
        *("--patch", '{"data": {"one": "of ada"}}'),
    )
    done = script.apply(config_map(one="2"))
    assert done.status == 1
    assert 'conflict with "ada" using v1: .data.one' in done.told
    assert done.told.splitlines()[-1] == (
        "kubectl apply of test: somebody else set these fields to other values; write theirs into "
        "the manifest or leave them out of it, or give the fields up there, and apply again"
    )
    assert "--force-conflicts" not in done.told
    found = script.control_plane.get("ConfigMap", "settings", "default")
    assert found
    assert found["data"] == {"one": "of ada"}
    assert script.apply(config_map(one="of ada")).status == 0


def test_fields_of_others_that_the_manifest_does_not_set_stay(script: Script) -> None:
    script.apply(config_map(one="1"))
    script.kubectl("label", "configmap", "settings", "team=ada")
    script.apply(config_map(one="2"))
    found = script.control_plane.get("ConfigMap", "settings", "default")
    assert found
    assert found["metadata"]["labels"] == {"team": "ada"}


# What is refused


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndataa: {}\n",
            ".dataa: field not declared",
        ),
        ("apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: a}\n", 'no matches for kind "De'),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [}\n", "error converting YAML"),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: nowhere}\n",
            'namespaces "nowhere" not found',
        ),
    ],
)
def test_a_mistake_is_told_at_once_in_the_words_of_the_api(
    script: Script, manifest: str, reason: str
) -> None:
    before = len(applications(script))
    done = script.apply_text(manifest)
    assert done.status == 1
    assert reason in done.told
    assert len(applications(script)) - before <= 1


def applications(script: Script) -> list[Any]:
    """The requests that were to change something."""
    return [event for event in script.control_plane.audit() if event["verb"] == "patch"]


def test_the_other_objects_of_a_manifest_are_applied(script: Script) -> None:
    done = script.apply(config_map(namespace="nowhere", a="1"), config_map(a="1"))
    assert done.status == 1
    assert script.control_plane.get("ConfigMap", "settings", "default")


# Who applies


def test_who_made_the_cluster_may_apply(script: Script) -> None:
    done = script.with_token().apply(config_map(a="1"))
    assert (done.status, done.told) == (0, "")
    users = {event["user"]["username"] for event in applications(script)}
    assert "kubernetes-admin" in users


def test_credentials_that_the_cluster_does_not_know_are_told_by_name(
    script: Script, assumed: Any
) -> None:
    who = assumed("stranger")
    done = script.with_token().apply(config_map(a="1"), WAIT_SECONDS="300", **who)
    assert (done.status, done.printed) == (1, "")
    assert done.told == (
        "kubectl apply of test: the cluster does not know these credentials: "
        "arn:aws:sts::123456789012:assumed-role/stranger/ada; "
        "apply with those that made it, or with a role that it maps\n"
    )


def test_who_may_not_apply_is_told_at_once_what_he_may_not(script: Script, assumed: Any) -> None:
    role = {"rolearn": "arn:aws:iam::123456789012:role/reader", "username": "reader", "groups": []}
    script.apply(aws_auth(mapRoles=[role]), name="aws_auth")
    done = script.with_token().apply(config_map(a="1"), **assumed("reader"))
    assert done.status == 1
    assert 'User "reader" cannot patch resource "configmaps"' in done.told


def test_the_reason_of_the_aws_cli_is_told(script: Script) -> None:
    changes = {"WAIT_SECONDS": "300", "AWS_PROFILE": "nobody"}
    done = script.with_token().apply(config_map(a="1"), **changes)
    assert done.status == 1
    assert done.told.startswith("kubectl apply of test: no token for the cluster: ")
    assert "The config profile (nobody) could not be found" in done.told
    assert len(done.told.splitlines()) == 1


def test_a_server_that_is_down_is_told(script: Script) -> None:
    config = json.loads(script.environment["KUBECONFIG_CONTENT"])
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    done = script.apply(WAIT_SECONDS="0", KUBECONFIG_CONTENT=json.dumps(config))
    assert done.status == 1
    assert done.told.startswith("kubectl apply of test: the API did not answer for 0 seconds: ")
    assert "The connection to the server 127.0.0.1:1 was refused" in done.told


# aws-auth, which is written whole


def aws_auth(**data: Any) -> dict[str, Any]:
    texts = {key: yaml.safe_dump(value, sort_keys=False) for key, value in data.items()}
    return config_map("aws-auth", "kube-system", **texts)


ACCOUNT = "arn:aws:iam::123456789012"
NODES = {
    "rolearn": f"{ACCOUNT}:role/node",
    "username": "system:node:{{EC2PrivateDNSName}}",
    "groups": ["system:bootstrappers", "system:nodes"],
}
ADMIN = {"rolearn": f"{ACCOUNT}:role/admin", "username": "admin", "groups": ["system:masters"]}


def mapped(script: Script) -> dict[str, Any]:
    found = script.control_plane.get("ConfigMap", "aws-auth", "kube-system")
    assert found
    return {key: yaml.safe_load(text) for key, text in found["data"].items()}


def test_aws_auth_is_made_where_there_is_none(script: Script) -> None:
    done = script.apply(aws_auth(mapRoles=[NODES, ADMIN]), name="aws_auth")
    assert (done.status, done.told) == (0, "")
    assert done.printed == "configmap/aws-auth created\n"
    assert mapped(script) == {"mapRoles": [NODES, ADMIN]}


def test_what_other_hands_wrote_into_aws_auth_goes_and_is_named(script: Script) -> None:
    intruder = {"userarn": f"{ACCOUNT}:user/eve", "username": "eve", "groups": ["system:masters"]}
    old = {"rolearn": f"{ACCOUNT}:role/old", "username": "old", "groups": ["system:masters"]}
    by_hand = aws_auth(mapRoles=[NODES, old], mapUsers=[intruder], mapAccounts=["999999999999"])
    script.kubectl("apply", "-f", "-", given=yaml.safe_dump(by_hand))
    done = script.apply(aws_auth(mapRoles=[NODES, ADMIN]), name="aws_auth")
    assert (done.status, done.told) == (0, "")
    assert done.printed == textwrap.dedent(
        f"""\
        aws-auth: {ACCOUNT}:role/old is not in the spec and goes from mapRoles
        aws-auth: {ACCOUNT}:user/eve is not in the spec and goes from mapUsers
        aws-auth: 999999999999 is not in the spec and goes from mapAccounts
        configmap/aws-auth replaced
        """
    )
    assert mapped(script) == {"mapRoles": [NODES, ADMIN]}


def test_a_role_whose_name_begins_like_another_is_another(script: Script) -> None:
    longer = {**ADMIN, "rolearn": f"{ACCOUNT}:role/admin-of-old"}
    script.kubectl("apply", "-f", "-", given=yaml.safe_dump(aws_auth(mapRoles=[NODES, longer])))
    done = script.apply(aws_auth(mapRoles=[NODES, ADMIN]), name="aws_auth")
    assert f"aws-auth: {ACCOUNT}:role/admin-of-old is not in the spec" in done.printed
    assert mapped(script) == {"mapRoles": [NODES, ADMIN]}


@pytest.mark.parametrize("username", ["{{EC2PrivateDNSName}}", "{{SessionName}}"])
def test_nodes_that_eks_lets_in_by_itself_stay(script: Script, username: str) -> None:
    """The role of a managed node group, and the one by which Fargate's pods are nodes."""
    managed = {
        "groups": ["system:bootstrappers", "system:nodes"],
        "rolearn": f"{ACCOUNT}:role/node-of-a-managed-group",
        "username": f"system:node:{username}",
    }
    script.kubectl("apply", "-f", "-", given=yaml.safe_dump(aws_auth(mapRoles=[managed, NODES])))
    for _ in range(2):
        done = script.apply(aws_auth(mapRoles=[NODES, ADMIN]), name="aws_auth")
        assert (done.status, done.printed) == (0, "configmap/aws-auth replaced\n")
        assert mapped(script) == {"mapRoles": [NODES, ADMIN, managed]}


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(json.dumps, id="JSON"),
        pytest.param(lambda entries: json.dumps(entries, indent=2), id="JSON in lines"),
        pytest.param(lambda entries: yaml.safe_dump(entries, default_style='"'), id="quoted"),
        pytest.param(lambda entries: textwrap.indent(yaml.safe_dump(entries), "    "), id="deeper"),
    ],
)
def test_they_stay_however_their_list_is_written(
    script: Script, write: Callable[[list[dict[str, Any]]], str]
) -> None:
    managed = {**NODES, "rolearn": f"{ACCOUNT}:role/node-of-a-managed-group"}
    old = {"rolearn": f"{ACCOUNT}:role/old", "username": "old", "groups": ["system:masters"]}
    by_hand = aws_auth()
    by_hand["data"] = {"mapRoles": write([old, managed, NODES])}
    script.kubectl("apply", "-f", "-", given=yaml.safe_dump(by_hand))
    done = script.apply(aws_auth(mapRoles=[NODES, ADMIN]), name="aws_auth")
    assert (done.status, done.told) == (0, "")
    assert f"{ACCOUNT}:role/old is not in the spec and goes from mapRoles" in done.printed
    assert mapped(script) == {"mapRoles": [NODES, ADMIN, managed]}


# Rollouts, and what is deleted


def deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"containers": [{"name": "web", "image": "registry.k8s.io/pause:3.10"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def test_a_rollout_that_never_ends_is_told_and_one_that_has_ended_passes(script: Script) -> None:
    """No controller runs here, so what a rollout has come to is written by the test."""
    done = script.apply(config_map(), deployment("slow"), ROLLOUT_SECONDS="2")
    assert done.status == 1
    assert done.told.startswith(
        "kubectl apply of test: Deployment slow in namespace default is not rolled out after 2 "
        "seconds: "
    )
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas"), 1)
    status = {"observedGeneration": 1, "availableReplicas": 1, **counts}
    script.kubectl(
        *("patch", "deployment", "slow", "--subresource=status", "--type=merge"),
        *("--patch", json.dumps({"status": status})),
    )
    done = script.apply(config_map(), deployment("slow"), ROLLOUT_SECONDS="20")
    assert (done.status, done.told) == (0, "")


def test_a_manifest_is_deleted_once_and_what_is_not_there_is_no_error(script: Script) -> None:
    script.apply(config_map(one="1"))
    for printed in ('configmap "settings" deleted', ""):
        done = script.apply(config_map(one="1"), AFTER_DELETION="replace the nodes")
        assert (done.status, done.told) == (0, "")
        assert done.printed.split(" from ")[0].startswith(printed)
        assert ("replace the nodes" in done.printed) is bool(printed)
    assert not script.control_plane.get("ConfigMap", "settings", "default")
