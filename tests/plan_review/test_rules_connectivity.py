"""The ways of the traffic: each rule with a plan that fires it and a near one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from .build import CREATE, CREATE_FIRST, DELETE, REPLACE, change, found, reviewed, same, update

VPC = "aws_vpc.k8s"
DNS_ON = {"id": "vpc-1", "enable_dns_support": True, "enable_dns_hostnames": True}


def test_dns_of_the_vpc_switched_off_disturbs() -> None:
    assert found(reviewed(update(VPC, DNS_ON, enable_dns_hostnames=False))) == [
        ("NET10", "disruption")
    ]
    both = update(VPC, DNS_ON, enable_dns_hostnames=False, enable_dns_support=False)
    result = reviewed(both)
    assert "`enable_dns_support`, `enable_dns_hostnames`" in result.findings[0].title
    off = {**DNS_ON, "enable_dns_hostnames": False}
    assert found(reviewed(update(VPC, off, enable_dns_hostnames=True))) == []


def table(*routes: tuple[str, str]) -> dict[str, Any]:
    return {"id": "rtb-1", "route": [{"cidr_block": to, "nat_gateway_id": by} for to, by in routes]}


OUT, PEER = ("0.0.0.0/0", "nat-1"), ("10.9.0.0/16", "pcx-1")


@pytest.mark.parametrize("address", ["aws_route_table.r", "aws_default_route_table.r"])
def test_a_default_route_that_leaves_a_table_disturbs(address: str) -> None:
    def routes(*after: tuple[str, str], **more: Any) -> list[tuple[str, str]]:
        changed = update(address, table(OUT, PEER), route=table(*after)["route"])
        return found(reviewed(changed, *more.get("beside", ())))

    assert routes(PEER) == [("NET11", "disruption")]
    assert sorted(routes()) == [("NET06", "disruption"), ("NET11", "disruption")]
    assert routes(OUT) == [("NET06", "disruption")]
    assert routes(("0.0.0.0/0", "nat-2"), PEER) == [("NET06", "review")]
    own = {"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0"}
    assert routes(PEER, beside=[change("aws_route.out", CREATE, None, own)]) == [
        ("NET06", "review")
    ]


def test_each_route_to_elsewhere_that_leaves_a_table_is_named() -> None:
    """One that was added by hand to inline routes is deleted by the next apply."""
    listed = {"destination_prefix_list_id": "pl-1", "transit_gateway_id": "tgw-1"}
    before = {"id": "rtb-1", "route": [*table(OUT, PEER)["route"], listed]}
    result = reviewed(update("aws_default_route_table.r", before, route=table(OUT)["route"]))

    (finding,) = result.findings
    assert (finding.rule, finding.level.value) == ("NET06", "disruption")
    assert finding.title == "Routing changes: `10.9.0.0/16`, `pl-1` leave the table"
    assert "`10.9.0.0/16 by pcx-1`, `pl-1 by tgw-1`" in finding.why

    own = {"route_table_id": "rtb-1", "destination_cidr_block": "10.9.0.0/16"}
    beside = change("aws_route.peer", CREATE, None, own)
    moved = update("aws_route_table.r", table(OUT, PEER), route=table(OUT)["route"])
    assert found(reviewed(moved, beside)) == [("NET06", "review")]


def test_a_default_route_of_ipv6_counts_too() -> None:
    before = {"route": [{"ipv6_cidr_block": "::/0", "egress_only_gateway_id": "eigw-1"}]}
    assert found(reviewed(update("aws_route_table.r", before, route=[]))) == [
        ("NET11", "disruption")
    ]


ENDPOINT = {
    "id": "vpce-1",
    "vpc_id": "vpc-1",
    "service_name": "com.amazonaws.us-west-2.ecr.dkr",
    "private_dns_enabled": True,
    "subnet_ids": ["subnet-1", "subnet-2"],
    "route_table_ids": [],
}


@pytest.mark.parametrize(
    "changed",
    [
        change("aws_vpc_endpoint.e", DELETE, ENDPOINT),
        change("aws_vpc_endpoint.e", REPLACE, ENDPOINT, ENDPOINT),
        update("aws_vpc_endpoint.e", ENDPOINT, private_dns_enabled=False),
        update("aws_vpc_endpoint.e", ENDPOINT, subnet_ids=["subnet-1"]),
        change("aws_vpc_endpoint_route_table_association.e", DELETE, {"vpc_endpoint_id": "v"}),
    ],
)
def test_an_endpoint_that_goes_or_shrinks_disturbs(changed: dict[str, Any]) -> None:
    assert found(reviewed(changed)) == [("NET12", "disruption")]


def test_an_endpoint_that_grows_or_goes_with_its_vpc_does_not() -> None:
    more = update("aws_vpc_endpoint.e", ENDPOINT, subnet_ids=["subnet-1", "subnet-2", "subnet-3"])
    assert found(reviewed(more)) == []
    both = reviewed(
        change(VPC, DELETE, {"id": "vpc-1"}), change("aws_vpc_endpoint.e", DELETE, ENDPOINT)
    )
    assert found(both) == [("NET02", "outage"), ("LOSS02", "review")]


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("aws_vpc_peering_connection", "NET13"),
        ("aws_vpc_peering_connection_accepter", "NET13"),
        ("aws_ec2_transit_gateway_vpc_attachment", "NET13"),
        ("aws_vpn_connection", "NET13"),
        ("aws_egress_only_internet_gateway", "NET13"),
        ("aws_lb", "NET14"),
        ("aws_lb_listener", "NET14"),
        ("aws_lb_target_group", "NET14"),
        ("aws_elb", "NET14"),
        ("aws_route53_record", "NET14"),
        ("aws_cloudfront_distribution", "NET14"),
    ],
)
def test_links_and_fronts_that_go_disturb(kind: str, rule: str) -> None:
    values = {"id": "x", "name": "api.example.com"}
    assert found(reviewed(change(f"{kind}.x", DELETE, values))) == [(rule, "disruption")]
    assert found(reviewed(change(f"{kind}.x", REPLACE, values, values))) == [(rule, "disruption")]
    first = change(f"{kind}.x", CREATE_FIRST, values, values)
    assert found(reviewed(first)) == [("LOSS02", "review")]
    assert found(reviewed(update(f"{kind}.x", values, tags={"a": "b"}))) == []


def test_a_record_that_points_elsewhere_is_for_review() -> None:
    record = {"name": "api.example.com", "type": "CNAME", "records": ["old"], "ttl": 300}
    moved = update("aws_route53_record.r", record, records=["new"])
    assert found(reviewed(moved)) == [("NET15", "review")]
    assert found(reviewed(update("aws_route53_record.r", record, ttl=60))) == []


def line(
    number: int, action: str, source: str, port: int = 0, protocol: str = "-1"
) -> dict[str, Any]:
    return {
        "rule_no": number,
        "action": action,
        "cidr_block": source,
        "protocol": protocol,
        "from_port": port,
        "to_port": port,
    }


ALL = line(100, "allow", "0.0.0.0/0")


def acl(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[str, str]]:
    values = {"id": "acl-1", "ingress": before, "egress": [ALL]}
    return found(reviewed(update("aws_network_acl.a", values, ingress=after)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([ALL], [], [("NET16", "disruption")]),
        ([ALL], [line(50, "deny", "0.0.0.0/0"), ALL], [("NET16", "disruption")]),
        ([ALL], [line(50, "deny", "10.0.0.0/8", 443, "tcp"), ALL], [("NET16", "disruption")]),
        ([ALL], [ALL, line(200, "deny", "0.0.0.0/0")], []),
        ([ALL], [{**ALL, "rule_no": 90}], []),
        ([ALL], [line(100, "allow", "10.0.0.0/8")], [("NET16", "disruption")]),
        ([line(100, "allow", "10.0.0.0/8")], [ALL], [("NET17", "security")]),
        ([line(50, "deny", "198.51.100.0/24"), ALL], [ALL], [("NET17", "security")]),
        ([], [line(100, "allow", "10.0.0.0/8")], []),
    ],
)
def test_a_network_acl_is_read_in_the_order_of_its_numbers(
    before: list[dict[str, Any]], after: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    assert [*dict.fromkeys(acl(before, after))] == expected


def test_rules_of_an_acl_that_are_resources_are_read_together() -> None:
    def rule(number: int, action: str) -> dict[str, Any]:
        values = {"cidr_block": "0.0.0.0/0", "protocol": "-1", "egress": False}
        return {
            "network_acl_id": "acl-1",
            "rule_number": number,
            "rule_action": action,
            **values,
        }

    allow = same("aws_network_acl_rule.in", rule(100, "allow"))
    deny = change("aws_network_acl_rule.stop", CREATE, None, rule(50, "deny"))
    assert found(reviewed(allow, deny)) == [("NET16", "disruption")]
    late = change("aws_network_acl_rule.stop", CREATE, None, rule(150, "deny"))
    assert found(reviewed(allow, late)) == []
    gone = change("aws_network_acl_rule.in", DELETE, rule(100, "allow"))
    assert found(reviewed(gone)) == [("NET16", "disruption")]


NODES = "aws_security_group.nodes"


def out(*ranges: str, protocol: str = "-1", port: int = 0, peers: tuple[str, ...] = ()) -> Any:
    return {
        "from_port": port,
        "to_port": port,
        "protocol": protocol,
        "cidr_blocks": list(ranges),
        "ipv6_cidr_blocks": [],
        "security_groups": list(peers),
        "prefix_list_ids": [],
        "self": False,
    }


def egress(before: list[Any], after: list[Any], *, attached: bool = True) -> list[tuple[str, str]]:
    values = {"id": "sg-2", "name": "nodes", "egress": before}
    template = {"id": "lt-1", "vpc_security_group_ids": ["sg-2"]}
    beside = [same("aws_launch_template.node", template)] if attached else []
    return found(reviewed(update(NODES, values, egress=after), *beside))


def test_egress_that_is_closed_disturbs() -> None:
    everything = [out("0.0.0.0/0")]
    assert egress(everything, []) == [("SG07", "disruption")]
    assert egress(everything, [], attached=False) == [("SG07", "disruption")]
    assert egress(everything, [out("10.0.0.0/8")]) == [("SG07", "disruption")]
    assert egress(everything, [out("10.0.0.0/8")], attached=False) == [("SG07", "review")]
    halves = [out("0.0.0.0/1", "128.0.0.0/1")]
    assert egress(everything, halves) == []
    assert egress([out("10.0.0.0/8")], [out("10.1.0.0/16"), out("0.0.0.0/0")]) == []


def test_egress_rules_of_their_own_count() -> None:
    own = {"security_group_id": "sg-2", "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"}
    rule = "aws_vpc_security_group_egress_rule.out"
    group = same(NODES, {"id": "sg-2", "name": "nodes"})
    assert found(reviewed(group, change(rule, DELETE, own))) == [("SG07", "disruption")]
    both = same("aws_vpc_security_group_egress_rule.all", own)
    assert found(reviewed(group, both, change(rule, DELETE, own))) == [("LOSS02", "review")]


def test_the_api_closed_to_the_vpc_s_range_disturbs_and_a_group_in_its_place_does_not() -> None:
    def closed(*after: Any) -> list[tuple[str, str]]:
        eks = {"id": "lovelace", "name": "lovelace"}
        eks["vpc_config"] = [{"security_group_ids": ["sg-1"]}]
        before = [out("10.1.0.0/16", protocol="tcp", port=443)]
        values = {"id": "sg-1", "name": "cp", "ingress": before}
        plane = update("aws_security_group.cp", values, ingress=list(after))
        return found(reviewed(same("aws_eks_cluster.c", eks), plane))

    assert closed() == [("SG05", "disruption")]
    other_port = out("10.1.0.0/16", protocol="tcp", port=8443)
    assert closed(other_port) == [("SG05", "disruption"), ("SG03", "review")]
    by_group = out(protocol="tcp", port=443, peers=("sg-2",))
    assert closed(by_group) == [("SG08", "review")]
    assert closed(out("10.0.0.0/8", protocol="tcp", port=443)) == [("SG03", "review")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"prefix_list_id": "pl-1"}, [("SG08", "review")]),
        ({"referenced_security_group_id": "sg-77"}, [("SG08", "review")]),
        ({"referenced_security_group_id": "999999999999/sg-77"}, [("SG08", "security")]),
        ({"referenced_security_group_id": "sg-2"}, []),
    ],
)
def test_an_opening_to_who_knows_whom_is_told(
    rule: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    values = {"security_group_id": "sg-2", "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
    made = change("aws_vpc_security_group_ingress_rule.r", CREATE, None, {**values, **rule})
    assert found(reviewed(same(NODES, {"id": "sg-2", "name": "nodes"}), made)) == expected


@pytest.mark.parametrize("argument", ["security_groups", "subnets"])
def test_a_balancer_that_loses_groups_or_subnets_is_looked_at(argument: str) -> None:
    address, before = "aws_lb.x", {"name": "web", argument: ["a", "b"]}
    for after in (["a"], ["a", "c"]):
        assert found(reviewed(update(address, before, **{argument: after}))) == [
            ("NET19", "review")
        ]
    for after in (["b", "a"], ["a", "b", "c"]):
        assert found(reviewed(update(address, before, **{argument: after}))) == []
    unknown = update(address, before, unknown={argument: True})
    assert found(reviewed(unknown)) == []
