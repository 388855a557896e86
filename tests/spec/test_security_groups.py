"""Openings in the nodes' security group."""

from pathlib import Path

import pytest

from constructs_lib.spec.loader import load
from tests.spec.bad import GOOD, TODAY, Change, add, also, told

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
    "a range within another of its list": (
        also(
            "node_ingress: {a: {description: a, from_port: 80, to_port: 90, "
            "cidr_blocks: [10.0.0.0/8, 10.9.0.0/16]}}"
        ),
        "6: node_ingress.a.cidr_blocks[1]: overlaps 10.0.0.0/8 of node_ingress.a, which is let in "
        "to port 80-90, got 10.9.0.0/16; write the two as one, or cut one of them",
    ),
    "a range to ports that overlap": (
        also(
            "node_ingress: {a: {description: a, from_port: 80, to_port: 90, "
            "cidr_blocks: [10.9.0.0/16]}, b: {description: b, from_port: 85, to_port: 95, "
            "cidr_blocks: [10.9.0.0/16]}}"
        ),
        "6: node_ingress.b.cidr_blocks[0]: overlaps 10.9.0.0/16 of node_ingress.a, which is let in "
        "to port 80-90, got 10.9.0.0/16; write the two as one, or cut one of them",
    ),
    "an opening within a wider one": (
        also(
            "node_ingress: {a: {description: a, from_port: 443, cidr_blocks: [10.9.0.0/16]}, "
            "b: {description: b, from_port: 0, to_port: 65535, cidr_blocks: [10.0.0.0/8]}}"
        ),
        "6: node_ingress.b.cidr_blocks[0]: overlaps 10.9.0.0/16 of node_ingress.a, which is let in "
        "to port 443, got 10.0.0.0/8; write the two as one, or cut one of them",
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
    "an opening with the address of another's range": (
        also(
            "node_ingress: {a: {description: a, from_port: 80, cidr_blocks: "
            "[10.0.0.0/8], rule_per_range: true}, a-10-0-0-0-8: {description: "
            "a, from_port: 90, cidr_blocks: [10.0.0.0/8]}}"
        ),
        "6: node_ingress.a-10-0-0-0-8: would have the address of node_ingress.a, "
        "nodes-ingress-a-10-0-0-0-8; rename one of the two",
    ),
    "more rules than AWS takes": (
        also(
            "node_ingress: {a: {description: a, from_port: 80, cidr_blocks: ["
            + ", ".join(f"10.{n // 256}.{n % 256}.0/24" for n in range(1001))
            + "]}}"
        ),
        "6: node_ingress.a.cidr_blocks[1000]: is one more than the 1000 rules that AWS takes at "
        "most, got 10.3.232.0/24; join ranges, or leave some out",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


def test_openings_that_only_cross_are_both_of_use(root: Path) -> None:
    add(
        root,
        "ada",
        GOOD
        + """node_ingress:
  shop: {description: All, from_port: 443, cidr_blocks: [0.0.0.0/0], open_to_the_world: true}
  office: {description: All ports, from_port: 0, to_port: 65535, cidr_blocks: [203.0.113.0/24]}
  dns: {description: Names, from_port: 53, protocol: udp, cidr_blocks: [203.0.113.0/24]}
""",
    )
    assert load(root, today=TODAY).clusters


@pytest.mark.parametrize("number", [1000, 9000])
def test_as_many_ranges_as_aws_takes_are_compared(root: Path, number: int) -> None:
    ranges = ", ".join(f"10.{n // 256}.{n % 256}.0/24" for n in range(number))
    entry = f"{{description: a, from_port: 80, cidr_blocks: [{ranges}]}}"
    change = also(f"node_ingress: {{a: {entry}}}")
    add(root, "ada", change(GOOD))
    if number == 1000:
        assert load(root, today=TODAY).clusters
    else:
        (one,) = told(root, change)
        assert one.startswith("6: node_ingress.a.cidr_blocks[1000]: is one more than the 1000")
