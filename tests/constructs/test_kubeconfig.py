"""The kubeconfig that Terraform renders."""

from typing import Any

import pytest
import yaml

NAME = "${aws_eks_cluster.control_plane.name}"


@pytest.fixture(scope="module")
def kubeconfig(lovelace: dict[str, Any]) -> dict[str, Any]:
    # Terraform's expressions are no YAML inside [...]: take one for a plain name
    text = lovelace["locals"]["kubeconfig"].replace(NAME, "NAME")
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


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


def test_people_get_it_as_an_output(lovelace: dict[str, Any]) -> None:
    assert lovelace["output"]["kubeconfig"]["value"] == "${local.kubeconfig}"
