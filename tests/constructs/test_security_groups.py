"""Who may talk to whom."""

from typing import Any

import pytest

from constructs_lib.security_groups import OPENINGS
from tests.conftest import Synth

HTTP = {"description": "Visitors", "from_port": 80, "cidr_blocks": ["203.0.113.0/24"]}


@pytest.fixture(scope="module")
def rules(lovelace: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = lovelace["resource"]["aws_security_group_rule"]
    return found


def test_every_row_of_the_table_is_a_rule_and_nothing_else(rules: dict[str, Any]) -> None:
    assert {f"aws_security_group_rule.{name}" for name in rules} == {o.address for o in OPENINGS}


@pytest.mark.parametrize(
    ("name", "target", "source", "ports"),
    [
        ("control_plane-ingress-nodes", "control_plane", "nodes", ("tcp", 443, 443)),
        ("node-kubelet-ingress-control_plane", "nodes", "control_plane", ("tcp", 10250, 10250)),
        ("nodes-ingress-control_plane", "nodes", "control_plane", ("tcp", 0, 65535)),
    ],
)
def test_rule_opens_its_target_to_its_source(
    rules: dict[str, Any], name: str, target: str, source: str, ports: tuple[str, int, int]
) -> None:
    rule = rules[name]

    assert rule["type"] == "ingress"
    assert rule["security_group_id"] == f"${{aws_security_group.{target}.id}}"
    assert rule["source_security_group_id"] == f"${{aws_security_group.{source}.id}}"
    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ports


def test_nodes_reach_each_other_by_any_protocol(rules: dict[str, Any]) -> None:
    rule = rules["nodes-ingress-self"]

    assert rule["self"] is True
    assert "source_security_group_id" not in rule
    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ("-1", 0, 0)


def test_node_ingress_of_the_spec_is_a_rule_of_its_own(synth: Synth) -> None:
    rules = synth(node_ingress={"http": HTTP})["resource"]["aws_security_group_rule"]

    assert {k: v for k, v in rules["nodes-ingress-http"].items() if k != "//"} == {
        "type": "ingress",
        "security_group_id": "${aws_security_group.nodes.id}",
        "cidr_blocks": ["203.0.113.0/24"],
        "protocol": "tcp",
        "from_port": 80,
        "to_port": 80,
        "description": "Visitors",
    }


def test_node_ingress_takes_a_range_of_ports(synth: Synth) -> None:
    udp = {**HTTP, "from_port": 27015, "to_port": 27030, "protocol": "udp"}
    rules = synth(node_ingress={"game": udp})["resource"]["aws_security_group_rule"]
    rule = rules["nodes-ingress-game"]

    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ("udp", 27015, 27030)


def test_nodes_group_is_owned_by_the_cluster(lovelace: dict[str, Any]) -> None:
    group = lovelace["resource"]["aws_security_group"]["nodes"]

    assert group["tags"]["kubernetes.io/cluster/${var.cluster_name}"] == "owned"


@pytest.mark.parametrize("name", ["control_plane", "nodes"])
def test_everything_may_go_out_and_inline_rules_let_nothing_in(
    lovelace: dict[str, Any], name: str
) -> None:
    group = lovelace["resource"]["aws_security_group"][name]

    (egress,) = group["egress"]
    assert (egress["protocol"], egress["cidr_blocks"]) == ("-1", ["0.0.0.0/0"])
    assert "ingress" not in group  # never beside aws_security_group_rule: the two would fight


def test_ranges_and_groups_of_the_spec_reach_the_api(synth: Synth) -> None:
    office = {
        "description": "kubectl of the office",
        "cidr_blocks": ["10.200.0.0/16", "10.201.0.0/16"],
        "security_groups": ["sg-0a1b2c3d4e5f67890"],
    }
    ci = {"description": "The runners", "security_groups": ["sg-0123456789abcdef0"]}
    rules = synth(control_plane={"ingress": {"office": office, "ci": ci}})["resource"][
        "aws_security_group_rule"
    ]

    found = {
        name: rule.get("cidr_blocks", rule.get("source_security_group_id"))
        for name, rule in rules.items()
        if name.startswith("control_plane-ingress-") and not name.endswith("-nodes")
    }
    assert found == {
        "control_plane-ingress-office": ["10.200.0.0/16", "10.201.0.0/16"],
        "control_plane-ingress-office-sg-0a1b2c3d4e5f67890": "sg-0a1b2c3d4e5f67890",
        "control_plane-ingress-ci-sg-0123456789abcdef0": "sg-0123456789abcdef0",
    }
    for name in found:
        rule = rules[name]
        assert rule["security_group_id"] == "${aws_security_group.control_plane.id}"
        assert (rule["type"], rule["protocol"]) == ("ingress", "tcp")
        assert (rule["from_port"], rule["to_port"]) == (443, 443)


def test_each_range_is_a_rule_of_its_own_if_asked(synth: Synth) -> None:
    ranges = ["203.0.113.0/24", "198.51.100.7/32"]
    http = {**HTTP, "cidr_blocks": ranges, "rule_per_range": True}
    rules = synth(node_ingress={"http": http})["resource"]["aws_security_group_rule"]

    assert rules["nodes-ingress-http-203-0-113-0-24"]["cidr_blocks"] == ranges[:1]
    assert rules["nodes-ingress-http-198-51-100-7-32"]["cidr_blocks"] == ranges[1:]
    assert "nodes-ingress-http" not in rules
