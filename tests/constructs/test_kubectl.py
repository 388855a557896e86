"""Manifests through kubectl: what Terraform runs, and when. The script has tests of its own."""

from pathlib import Path
from typing import Any

import pytest

from commands import programs
from constructs_lib.kubectl import MINIMUM_KUBECTL
from tests import synthesis
from tests.conftest import Synth
from tests.large_manifest import large_manifest, write_with_manifest

SCRIPT = synthesis.ROOT / "constructs_lib" / "kubectl" / "apply.sh"


@pytest.fixture(scope="module")
def kube2iam(lovelace: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = lovelace["resource"]["null_resource"]["kube2iam"]
    return found


@pytest.fixture(scope="module")
def provisioner(kube2iam: dict[str, Any]) -> dict[str, Any]:
    (block,) = kube2iam["provisioner"]
    found: dict[str, Any] = block["local-exec"]
    return found


def test_manifest_is_applied_again_when_it_or_the_cluster_changes(kube2iam: dict[str, Any]) -> None:
    assert kube2iam["triggers"] == {
        "manifest_sha1": "${sha1(local.kube2iam_manifest)}",
        "cluster_endpoint": "${aws_eks_cluster.control_plane.endpoint}",
    }


def test_script_is_run_by_a_posix_shell_to_the_letter(provisioner: dict[str, Any]) -> None:
    shell, flag, script = provisioner["interpreter"]
    assert (shell, flag) == ("/bin/sh", "-c")
    assert script.replace("$${", "${") == SCRIPT.read_text(encoding="utf-8")


def test_an_error_of_terraform_names_what_was_applied_and_not_the_script(
    provisioner: dict[str, Any],
) -> None:
    assert provisioner["command"] == "kubectl apply of kube2iam"


def test_manifest_and_kubeconfig_are_not_on_the_command_line(provisioner: dict[str, Any]) -> None:
    assert provisioner["environment"]["MANIFEST"] == "${local.kube2iam_manifest}"
    assert provisioner["environment"]["KUBECONFIG_CONTENT"] == "${local.kubeconfig}"


def test_script_is_not_printed_before_its_output(provisioner: dict[str, Any]) -> None:
    assert provisioner["quiet"] is True


def test_daemonset_comes_after_its_right(kube2iam: dict[str, Any]) -> None:
    assert kube2iam["depends_on"] == ["aws_iam_role_policy.node"]


def test_commands_ask_for_the_kubectl_that_the_script_asks_for() -> None:
    assert f"1.{programs.KUBECTL_MINOR}" == MINIMUM_KUBECTL


# Manifests of the spec: their order, and rollouts


def test_manifests_are_applied_after_those_that_they_name(synth: Synth) -> None:
    path = "tests/golden/everything/storage-class.yaml"
    resources = synth(
        manifests={
            "web": {"path": path, "after": ["crds", "rights"], "rollout_seconds": 120},
            "crds": {"path": path},
            "rights": {"path": path, "after": ["crds"]},
        }
    )["resource"]["null_resource"]

    assert resources["web"]["depends_on"] == [
        "null_resource.crds",
        "null_resource.rights",
        "aws_autoscaling_group.node",
    ]
    assert resources["rights"]["depends_on"] == ["null_resource.crds"]
    assert resources["crds"]["depends_on"] == []
    seconds = {
        name: resource["provisioner"][0]["local-exec"]["environment"].get("ROLLOUT_SECONDS")
        for name, resource in resources.items()
    }
    assert seconds["web"] == "120"
    assert {name for name, limit in seconds.items() if limit is not None} == {"web"}


def test_a_large_manifest_is_a_file_beside_the_stack(tmp_path: Path) -> None:
    stack = tmp_path / "stacks" / "ada"
    text = large_manifest("one")
    written = write_with_manifest(text, tmp_path)
    applied = written["resource"]["null_resource"]["web"]
    (block,) = applied["provisioner"]
    environment = block["local-exec"]["environment"]
    assert applied["triggers"]["manifest_sha1"] == "${filesha1(local.web_manifest)}"
    assert environment["MANIFEST_FILE"] == "${local.web_manifest}"
    assert "MANIFEST" not in environment
    module, _, path = written["locals"]["web_manifest"].partition("/")
    assert module == "${path.module}"
    assert (stack / path).read_text(encoding="utf-8") == text
