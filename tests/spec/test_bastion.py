"""The SSH bastion."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "a bastion without CIDRs": (
        also("key_name: ops\nbastion: {}"),
        "7: bastion.cidr_blocks: is missing; add it",
    ),
    "a bastion with an empty list of CIDRs": (
        also("key_name: ops\nbastion: {cidr_blocks: []}"),
        "7: bastion.cidr_blocks: is empty; list at least one",
    ),
    "a bastion open to the world by the way": (
        also("key_name: ops\nbastion: {cidr_blocks: [0.0.0.0/0]}"),
        "7: bastion.cidr_blocks[0]: lets in the whole internet, got 0.0.0.0/0; name the "
        "ranges you mean, or say open_to_the_world: true beside it",
    ),
    "a bastion nobody has a key for": (
        also("bastion: {cidr_blocks: [203.0.113.0/24]}"),
        "6: bastion: has no key, so nobody could log in, got no key_name; "
        "add key_name with the name of an EC2 key pair",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
