"""The VPC, cut as the chapter cuts it."""

import ipaddress
from typing import Any

import pytest

from constructs_lib.networking import PRIVATE_NEWBITS, PUBLIC_NEWBITS

ZONES = "${length(var.availability_zones)}"


@pytest.fixture(scope="module")
def resources(lovelace: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = lovelace["resource"]
    return found


@pytest.mark.parametrize("kind", ["aws_subnet", "aws_route_table_association"])
@pytest.mark.parametrize("name", ["public", "private"])
def test_there_is_one_for_each_zone(resources: dict[str, Any], kind: str, name: str) -> None:
    assert resources[kind][name]["count"] == ZONES


@pytest.mark.parametrize("name", ["public", "private"])
def test_subnet_stands_in_the_zone_of_its_number(resources: dict[str, Any], name: str) -> None:
    subnet = resources["aws_subnet"][name]

    assert subnet["availability_zone"] == "${element(var.availability_zones, count.index)}"


def test_public_subnets_take_the_first_quarter(resources: dict[str, Any]) -> None:
    cidr = resources["aws_subnet"]["public"]["cidr_block"]

    assert cidr == "${cidrsubnet(var.vpc_cidr, 8, count.index)}"


def test_private_subnets_take_the_last_three_quarters(resources: dict[str, Any]) -> None:
    cidr = resources["aws_subnet"]["private"]["cidr_block"]

    assert cidr == "${cidrsubnet(var.vpc_cidr, 2, (count.index + 1))}"


@pytest.mark.parametrize("vpc", ["10.1.0.0/16", "10.8.0.0/20"])
def test_no_two_subnets_overlap(vpc: str) -> None:
    def cut(newbits: int, number: int) -> ipaddress.IPv4Network:
        return list(ipaddress.IPv4Network(vpc).subnets(prefixlen_diff=newbits))[number]

    subnets = [cut(PUBLIC_NEWBITS, zone) for zone in range(3)]
    subnets += [cut(PRIVATE_NEWBITS, zone + 1) for zone in range(3)]

    for number, one in enumerate(subnets):
        assert not any(one.overlaps(other) for other in subnets[number + 1 :])


def test_only_public_subnets_hand_out_public_addresses(resources: dict[str, Any]) -> None:
    subnets = resources["aws_subnet"]

    assert subnets["public"]["map_public_ip_on_launch"] is True
    assert "map_public_ip_on_launch" not in subnets["private"]


def test_way_out_of_private_subnets_is_the_nat_gateway(resources: dict[str, Any]) -> None:
    (route,) = resources["aws_default_route_table"]["private"]["route"]

    assert route["cidr_block"] == "0.0.0.0/0"
    assert route["nat_gateway_id"] == "${aws_nat_gateway.nat_gateway.id}"
    assert route["gateway_id"] is None


def test_each_route_names_the_key_that_the_provider_has_from_6_47(
    resources: dict[str, Any],
) -> None:
    tables = [
        *resources["aws_route_table"].values(),
        *resources["aws_default_route_table"].values(),
    ]
    routes = [route for table in tables for route in table["route"]]

    assert [route["odb_network_arn"] for route in routes] == [None, None]


def test_nat_gateway_stands_in_the_first_public_subnet(resources: dict[str, Any]) -> None:
    gateway = resources["aws_nat_gateway"]["nat_gateway"]

    assert gateway["subnet_id"] == "${element(aws_subnet.public[*].id, 0)}"
    assert gateway["allocation_id"] == "${aws_eip.nat.id}"


def test_load_balancers_find_their_subnets(resources: dict[str, Any]) -> None:
    subnets = resources["aws_subnet"]

    assert subnets["public"]["tags"]["kubernetes.io/role/elb"] == "1"
    assert subnets["private"]["tags"]["kubernetes.io/role/internal-elb"] == "1"
    for subnet in subnets.values():
        assert subnet["tags"]["kubernetes.io/cluster/${var.cluster_name}"] == "shared"
