"""The chapter's four variables, with the spec's rules."""

import re
from typing import Any

import pytest

from tests.conftest import Synth


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("cluster_name", "lovelace"),
        ("vpc_cidr", "10.1.0.0/16"),
        ("availability_zones", ["us-west-2a", "us-west-2b"]),
        ("k8s_version", "1.36"),
    ],
)
def test_default_is_the_specs(lovelace: dict[str, Any], name: str, default: object) -> None:
    assert lovelace["variable"][name]["default"] == default


def test_every_variable_is_described_typed_and_validated(lovelace: dict[str, Any]) -> None:
    assert list(lovelace["variable"]) == sorted(
        ["cluster_name", "vpc_cidr", "availability_zones", "k8s_version"]
    )
    for name, variable in lovelace["variable"].items():
        assert variable["description"], name
        assert variable["type"] in ("string", "list(string)"), name
        assert variable["nullable"] is False, name
        (validation,) = variable["validation"]
        assert f"var.{name}" in validation["condition"], name


def test_messages_are_sentences_as_terraform_wants_them(lovelace: dict[str, Any]) -> None:
    for name, variable in lovelace["variable"].items():
        message = variable["validation"][0]["error_message"]
        assert message.startswith(name), name
        assert message.endswith("."), name


def test_zones_must_be_of_the_region(synth: Synth) -> None:
    (validation,) = synth()["variable"]["availability_zones"]["validation"]

    assert 'regex("^eu-central-1[a-z]$", zone)' in validation["condition"]


def test_name_is_checked_without_a_look_ahead(lovelace: dict[str, Any]) -> None:
    (validation,) = lovelace["variable"]["cluster_name"]["validation"]
    pattern = re.search(r'regex\("(.+?)", var', validation["condition"])
    assert pattern is not None

    assert "(?" not in pattern[1]  # Terraform's RE2 has none
    assert re.fullmatch(pattern[1], "lovelace")
    assert not re.fullmatch(pattern[1], "a" * 51)
    assert not re.fullmatch(pattern[1], "-lovelace")


def test_resources_refer_to_variables_not_to_values(lovelace: dict[str, Any]) -> None:
    resources = str(lovelace["resource"])

    for value in ("10.1.0.0/16", "us-west-2a"):
        assert value not in resources
    assert lovelace["resource"]["aws_eks_cluster"]["control_plane"]["version"] == (
        "${var.k8s_version}"
    )
