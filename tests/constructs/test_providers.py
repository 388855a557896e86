"""The providers: the region of the spec, versions in ranges, no credentials."""

import importlib.metadata
import re
from typing import Any

import pytest

from tests.conftest import Synth


def test_region_is_the_specs_and_credentials_are_not_there(lovelace: dict[str, Any]) -> None:
    assert lovelace["provider"] == {"aws": [{"region": "us-west-2"}], "null": [{}]}


def test_terraform_is_new_enough_for_native_locks(lovelace: dict[str, Any]) -> None:
    assert lovelace["terraform"]["required_version"] == ">= 1.11"


@pytest.mark.parametrize("provider", ["aws", "null"])
def test_versions_hold_what_the_bindings_were_made_from(
    lovelace: dict[str, Any], provider: str
) -> None:
    summary = importlib.metadata.metadata(f"cdktf-cdktf-provider-{provider}").get_payload()
    made_from = re.search(rf"hashicorp/{provider}/([\d.]+)", str(summary))
    assert made_from is not None

    versions = lovelace["terraform"]["required_providers"][provider]["version"]
    least, below = re.fullmatch(r">= ([\d.]+), < (\d+)", versions).groups()  # type: ignore[union-attr]
    assert _numbers(least) <= _numbers(made_from[1]) < _numbers(below)


def test_another_region_is_another_provider(synth: Synth) -> None:
    assert synth()["provider"]["aws"] == [{"region": "eu-central-1"}]


def test_account_of_the_spec_is_the_only_one(synth: Synth) -> None:
    state = {"bucket": "b-ada", "key": "k", "region": "eu-west-1", "create": True}
    spec = {"account_id": "111122223333", "state": state}

    for document in (synth(**spec), synth(**spec, stack="state")):
        (provider,) = document["provider"]["aws"]
        assert provider["allowed_account_ids"] == ["111122223333"]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
