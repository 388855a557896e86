"""The kubeconfig that Terraform renders."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.requirements import require

NAME = "${aws_eks_cluster.control_plane.name}"


@pytest.fixture(scope="module")
def kubeconfig(lovelace: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(of_cluster(lovelace, "NAME"))
    return parsed


def of_cluster(document: dict[str, Any], name: str) -> str:
    """The kubeconfig as Terraform renders it for a cluster called `name`."""
    text: str = document["locals"]["kubeconfig"]
    return text.replace(NAME, name)


def test_cluster_user_and_context_have_the_clusters_name(kubeconfig: dict[str, Any]) -> None:
    for section in ("clusters", "users", "contexts"):
        assert [entry["name"] for entry in kubeconfig[section]] == ["NAME"]
    assert kubeconfig["contexts"][0]["context"] == {"cluster": "NAME", "user": "NAME"}
    assert kubeconfig["current-context"] == "NAME"


def test_endpoint_and_authority_are_what_eks_says(kubeconfig: dict[str, Any]) -> None:
    assert kubeconfig["clusters"][0]["cluster"] == {
        "server": "${aws_eks_cluster.control_plane.endpoint}",
        "certificate-authority-data": (
            "${aws_eks_cluster.control_plane.certificate_authority[0].data}"
        ),
    }


def test_user_is_whoever_runs_it_with_a_token_of_the_aws_cli(kubeconfig: dict[str, Any]) -> None:
    user = kubeconfig["users"][0]["user"]

    assert list(user) == ["exec"]
    assert user["exec"]["apiVersion"] == "client.authentication.k8s.io/v1beta1"
    assert [user["exec"]["command"], *user["exec"]["args"]] == [
        *["aws", "eks", "get-token", "--cluster-name", "NAME", "--region", "us-west-2"],
        *["--output", "json"],
    ]


WORDS = ("42", "007", "1e3", "0x1F", "true", "on", "y", "null", "1_0", "22_22", "NaN")
"""Names of clusters that YAML, of one version or another, reads as something else."""


@pytest.mark.parametrize("name", WORDS)
def test_name_is_a_text_whatever_it_is(lovelace: dict[str, Any], name: str) -> None:
    parsed = yaml.safe_load(of_cluster(lovelace, name))

    assert parsed["current-context"] == name
    assert parsed["contexts"][0] == {"name": name, "context": {"cluster": name, "user": name}}
    assert parsed["clusters"][0]["name"] == parsed["users"][0]["name"] == name
    assert name in parsed["users"][0]["user"]["exec"]["args"]


@pytest.mark.parametrize("name", WORDS)
def test_kubectl_reads_the_name_as_a_text(
    lovelace: dict[str, Any], name: str, tmp_path: Path
) -> None:
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    file = tmp_path / "kubeconfig"
    authority = "${aws_eks_cluster.control_plane.certificate_authority[0].data}"
    text = of_cluster(lovelace, name).replace(authority, "Y2E=")
    file.write_text(text, encoding="utf-8")

    seen = subprocess.run(
        ["kubectl", "config", f"--kubeconfig={file}", "current-context"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert seen.stdout == f"{name}\n"


def test_people_get_it_as_an_output(lovelace: dict[str, Any]) -> None:
    assert lovelace["output"]["kubeconfig"]["value"] == "${local.kubeconfig}"
