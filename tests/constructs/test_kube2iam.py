"""kube2iam: what the nodes may assume, and the DaemonSet."""

from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.conftest import Synth
from tests.terraform_json import blocks


@pytest.fixture(scope="module")
def objects() -> dict[str, dict[str, Any]]:
    text = (synthesis.ROOT / "manifests" / "kube2iam.yaml").read_text(encoding="utf-8")
    found = []
    for document in yaml.safe_load_all(text):
        found += document["items"] if document["kind"] == "List" else [document]
    return {item["kind"]: item for item in found}


def statement(document: dict[str, Any], sid: str) -> dict[str, Any]:
    statements = blocks(document)["data.aws_iam_policy_document.kube2iam"]["statement"]
    (found,) = [s for s in statements if s["sid"] == sid]
    return dict(found)


@pytest.mark.parametrize(
    ("section", "roles"),
    [({}, "role/${var.cluster_name}/*"), ({"role_path": "/pods/"}, "role/pods/*")],
)
def test_only_roles_below_the_path_are_in_reach(
    synth: Synth, section: dict[str, Any], roles: str
) -> None:
    found = statement(synth(kube2iam=section), "PodRoles")

    assert found["actions"] == ["sts:AssumeRole"]
    assert found["resources"] == [
        f"arn:aws:iam::${{data.aws_caller_identity.current.account_id}}:{roles}"
    ]


def test_daemonset_may_list_regions_which_it_does_first(lovelace: dict[str, Any]) -> None:
    assert statement(lovelace, "Regions")["actions"] == ["ec2:DescribeRegions"]


def test_switched_off_it_takes_the_right_away_too(synth: Synth) -> None:
    document = synth(kube2iam={"enabled": False})

    assert not [address for address in blocks(document) if "kube2iam" in address]
    assert "aws_iam_role_policy" not in document["resource"]


def test_applied_manifest_is_the_file(lovelace: dict[str, Any]) -> None:
    file = (synthesis.ROOT / "manifests" / "kube2iam.yaml").read_text(encoding="utf-8")

    applied = file.replace("${AWS_REGION}", "us-west-2")
    assert lovelace["locals"]["kube2iam_manifest"] == (
        applied.replace("${NAMESPACE_RESTRICTIONS}", "false")
    )


def test_manifest_of_the_apply_knows_its_region_and_the_specs_word(synth: Synth) -> None:
    text = synth(kube2iam={"namespace_restrictions": True})["locals"]["kube2iam_manifest"]
    daemonset = next(
        item
        for document in yaml.safe_load_all(text)
        for item in document.get("items", [])
        if item["kind"] == "DaemonSet"
    )
    (container,) = daemonset["spec"]["template"]["spec"]["containers"]

    assert {"name": "AWS_REGION", "value": "eu-central-1"} in container["env"]
    assert "--use-regional-sts-endpoint" in container["args"]
    assert "--namespace-restrictions=true" in container["args"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/healthz"
    assert "${" not in text.replace("$${", "")


def test_one_that_was_applied_by_hand_stays_as_it_is(synth: Synth) -> None:
    document = synth(kube2iam={"reach": "account", "manifest": False})

    assert "kube2iam" not in document["resource"]["null_resource"]
    found = blocks(document)["data.aws_iam_policy_document.kube2iam"]["statement"]
    assert found == [{"actions": ["sts:AssumeRole"], "resources": ["*"]}]


def test_manifest_is_complete(objects: dict[str, dict[str, Any]]) -> None:
    assert set(objects) == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"}
    account = objects["ServiceAccount"]["metadata"]["name"]
    assert objects["ClusterRoleBinding"]["subjects"][0]["name"] == account
    assert (
        objects["ClusterRoleBinding"]["roleRef"]["name"]
        == (objects["ClusterRole"]["metadata"]["name"])
    )
    assert objects["DaemonSet"]["spec"]["template"]["spec"]["serviceAccountName"] == account


def test_pods_without_a_role_do_not_get_the_nodes(objects: dict[str, dict[str, Any]]) -> None:
    (container,) = objects["DaemonSet"]["spec"]["template"]["spec"]["containers"]

    assert "--host-interface=eni+" in container["args"]
    assert not [a for a in container["args"] if a.startswith("--auto-discover-default-role")]


def test_it_runs_on_tainted_nodes_too(objects: dict[str, dict[str, Any]]) -> None:
    pod = objects["DaemonSet"]["spec"]["template"]["spec"]

    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert pod["hostNetwork"] is True


def test_it_is_removed_from_the_cluster_when_the_spec_says_so(synth: Synth) -> None:
    document = synth(
        kube2iam={"enabled": False, "remove": True}, node_groups={"node": {}, "web": {}}
    )

    assert "kube2iam" not in document["resource"]["null_resource"]
    removal = document["resource"]["null_resource"]["kube2iam_removal"]
    run = removal["provisioner"][0]["local-exec"]
    assert run["environment"]["AFTER_DELETION"] == (
        "kube2iam is gone; its rule stays on running nodes, whose pods get no credentials: replace "
        "the nodes of node, web"
    )
    assert run["environment"]["MANIFEST"] == "${local.kube2iam_removal_manifest}"
    assert document["locals"]["kube2iam_removal_manifest"].count("name: kube2iam") > 3
    # or the plan review would take its end for that of a manifest
    assert set(removal["triggers"]) == {"deleted_sha1", "cluster_endpoint"}
