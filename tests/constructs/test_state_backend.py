"""The stack that makes the bucket and the lock table."""

from typing import Any

import pytest

from tests import synthesis
from tests.conftest import Synth
from tests.terraform_json import blocks

STATE = {"bucket": "ada-state", "key": "ada.tfstate", "region": "eu-west-1", "create": True}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    text = synthesis.LOVELACE.read_text(encoding="utf-8")
    found: dict[str, Any] = synthesis.synth(text, stack="state")["resource"]
    return found


def test_bucket_is_the_one_the_backend_asks_for(
    resources: dict[str, Any], lovelace: dict[str, Any]
) -> None:
    backend = lovelace["terraform"]["backend"]["s3"]

    assert resources["aws_s3_bucket"]["state"]["bucket"] == backend["bucket"]
    assert resources["aws_dynamodb_table"]["lock"]["name"] == backend["dynamodb_table"]


def test_bucket_keeps_old_versions_encrypted_and_private(resources: dict[str, Any]) -> None:
    versioning = resources["aws_s3_bucket_versioning"]["state"]["versioning_configuration"]
    encryption = resources["aws_s3_bucket_server_side_encryption_configuration"]["state"]["rule"]
    blocked = resources["aws_s3_bucket_public_access_block"]["state"]

    assert versioning == {"status": "Enabled"}
    assert encryption[0]["apply_server_side_encryption_by_default"] == {"sse_algorithm": "aws:kms"}
    assert all(
        blocked[name]
        for name in (
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        )
    )


def test_old_versions_and_what_is_left_of_locks_go_after_a_year(resources: dict[str, Any]) -> None:
    lifecycle = resources["aws_s3_bucket_lifecycle_configuration"]["state"]

    (rule,) = lifecycle["rule"]
    assert (rule["status"], rule["filter"]) == ("Enabled", [{}])
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 365}]
    # no day on which what is current would expire: that is the state itself
    assert rule["expiration"] == [{"expired_object_delete_marker": True}]
    assert set(rule) == {"id", "status", "filter", "noncurrent_version_expiration", "expiration"}
    assert lifecycle["depends_on"] == ["aws_s3_bucket_versioning.state"]


def test_bucket_refuses_what_is_not_encrypted_on_the_way(synth: Synth) -> None:
    document = synth(state=STATE, stack="state")
    (statement,) = blocks(document)["data.aws_iam_policy_document.state"]["statement"]

    assert statement["effect"] == "Deny"
    assert statement["condition"] == [
        {"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}
    ]
    assert statement["resources"] == [
        "${aws_s3_bucket.state.arn}",
        "${aws_s3_bucket.state.arn}/*",
    ]


def test_terraform_destroys_neither_bucket_nor_table(resources: dict[str, Any]) -> None:
    for block in (resources["aws_s3_bucket"]["state"], resources["aws_dynamodb_table"]["lock"]):
        assert block["lifecycle"] == {"prevent_destroy": True}


def test_table_has_the_key_terraform_locks_with(resources: dict[str, Any]) -> None:
    table = resources["aws_dynamodb_table"]["lock"]

    assert table["hash_key"] == "LockID"
    assert table["attribute"] == [{"name": "LockID", "type": "S"}]
    assert table["billing_mode"] == "PAY_PER_REQUEST"
    assert table["point_in_time_recovery"] == {"enabled": True}


def test_without_a_table_in_the_spec_none_is_made(synth: Synth) -> None:
    document = synth(state={**STATE, "use_lockfile": True}, stack="state")

    assert "aws_dynamodb_table" not in document["resource"]


def test_stack_is_made_only_where_the_spec_asks(synth: Synth) -> None:
    state = {**STATE, "create": False, "use_lockfile": True}

    assert list(synthesis.stacks(synthesis.as_yaml(None, {"state": state}))) == ["ada"]
    assert synth(state=state)["terraform"]["backend"]["s3"]["bucket"] == "ada-state"


def test_it_stands_in_the_region_of_the_state(synth: Synth) -> None:
    document = synth(state=STATE, stack="state")

    assert document["provider"]["aws"] == [{"region": "eu-west-1"}]
    assert document["terraform"]["backend"] == {
        "local": {"path": "../../../terraform.ada-state.tfstate"}
    }


def test_the_key_of_the_state_encrypts_backend_and_bucket(synth: Synth) -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-86ef-1234567890ab"
    state = {"bucket": "b-ada", "key": "k", "region": "eu-west-1", "create": True, "kms_key": key}

    backend = synth(state=state)["terraform"]["backend"]["s3"]
    bucket = synth(state=state, stack="state")["resource"]
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    (rule,) = bucket[kind]["state"]["rule"]

    assert (backend["encrypt"], backend["kms_key_id"]) == (True, key)
    assert rule["apply_server_side_encryption_by_default"] == {
        "kms_master_key_id": key,
        "sse_algorithm": "aws:kms",
    }
