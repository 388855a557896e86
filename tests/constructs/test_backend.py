"""Where the state is kept."""

from typing import Any

from tests.conftest import Synth

BUCKET = {"bucket": "ada-state", "key": "ada.tfstate", "region": "eu-west-1"}


def test_chapters_state_is_in_s3_with_a_lock_table(lovelace: dict[str, Any]) -> None:
    assert lovelace["terraform"]["backend"] == {
        "s3": {
            "bucket": "lovelace-terraform-state",
            "key": "us-west-2.tfstate",
            "region": "us-west-2",
            "dynamodb_table": "lovelace-terraform-lock",
            "encrypt": True,
        }
    }


def test_without_a_section_the_state_is_a_file_in_the_checkout(synth: Synth) -> None:
    assert synth()["terraform"]["backend"] == {"local": {"path": "../../../terraform.ada.tfstate"}}


def test_lock_object_is_asked_for_only_where_the_spec_does(synth: Synth) -> None:
    without = synth(state=BUCKET)["terraform"]["backend"]["s3"]
    with_lock = synth(state={**BUCKET, "use_lockfile": True})["terraform"]["backend"]["s3"]

    assert "use_lockfile" not in without
    assert with_lock == {**without, "use_lockfile": True}


def test_both_locks_can_be_had_while_moving(synth: Synth) -> None:
    state = {**BUCKET, "use_lockfile": True, "dynamodb_table": "ada-lock"}
    backend = synth(state=state)["terraform"]["backend"]["s3"]

    assert (backend["use_lockfile"], backend["dynamodb_table"]) == (True, "ada-lock")
