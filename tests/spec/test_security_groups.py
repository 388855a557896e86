"""Openings in the nodes' security group."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "a range that two openings let in": (
        also(
            "node_ingress: {a: {description: a, from_port: 80, cidr_blocks: [10.9.0.0/16]}, "
            "b: {description: b, from_port: 80, to_port: 80, "
            "cidr_blocks: [10.8.0.0/16, 10.9.0.0/16]}}"
        ),
        "6: node_ingress.b.cidr_blocks[1]: is let in by node_ingress.a to the same ports, got "
        "10.9.0.0/16; keep it in one of the two",
    ),
    "nodes open to the world by the way": (
        also("node_ingress: {web: {description: web, from_port: 80, cidr_blocks: [0.0.0.0/0]}}"),
        "6: node_ingress.web.cidr_blocks[0]: lets in the whole internet, got 0.0.0.0/0; name "
        "the ranges you mean, or say open_to_the_world: true beside it",
    ),
    "ports in the wrong order": (
        also(
            "node_ingress: {web: {description: web, from_port: 80, to_port: 70, "
            "cidr_blocks: [10.0.0.0/8]}}"
        ),
        "6: node_ingress.web.to_port: is below from_port (80), got 70; swap the two",
    ),
    "a port that does not exist": (
        also("node_ingress: {web: {description: x, from_port: 70000, cidr_blocks: [10.0.0.0/8]}}"),
        "6: node_ingress.web.from_port: is too large, got 70000; use 65535 or less",
    ),
    "a description EC2 refuses": (
        also("node_ingress: {web: {description: it's, from_port: 80, cidr_blocks: [10.0.0.0/8]}}"),
        "6: node_ingress.web.description: holds a character that EC2 refuses in descriptions, got "
        "it's; use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
    ),
    "an opening called like the project's own": (
        also("node_ingress: {self: {description: x, from_port: 1, cidr_blocks: [10.0.0.0/8]}}"),
        "6: node_ingress.self: is the rule by which nodes reach each other, got self; "
        "choose another key",
    ),
    "two halves of the world": (
        also(
            "node_ingress: {web: {description: web, from_port: 80, "
            "cidr_blocks: [0.0.0.0/1, 128.0.0.0/1]}}"
        ),
        "6: node_ingress.web.cidr_blocks: lets in half of the internet or more, taken together, "
        "got 0.0.0.0/1, 128.0.0.0/1; name the ranges you mean, or say open_to_the_world: true "
        "beside it",
    ),
    "a world in quarters, with one left out": (
        also(
            "node_ingress: {web: {description: web, from_port: 80, "
            "cidr_blocks: [0.0.0.0/2, 64.0.0.0/2, 192.0.0.0/2]}}"
        ),
        "6: node_ingress.web.cidr_blocks: lets in half of the internet or more, taken together, "
        "got 0.0.0.0/2, 64.0.0.0/2, 192.0.0.0/2; name the ranges you mean, or say "
        "open_to_the_world: true beside it",
    ),
    "a description that is too long": (
        also(
            f"node_ingress: {{web: {{description: {'x' * 256}, from_port: 80, "
            "cidr_blocks: [10.0.0.0/8]}}"
        ),
        f"6: node_ingress.web.description: is longer than the 255 characters that EC2 takes, got "
        f"{'x' * 80}...; shorten it",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
