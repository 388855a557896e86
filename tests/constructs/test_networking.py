"""The VPC, cut as the chapter cuts it."""

import ipaddress
import json
import re
from typing import Any

import pytest

from constructs_lib import naming
from constructs_lib.spec import NetworkingSpec
from tests import synthesis

CUT = NetworkingSpec()

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

    subnets = [cut(CUT.public_newbits, zone) for zone in range(3)]
    subnets += [cut(CUT.private_newbits, zone + 1) for zone in range(3)]

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


def example(name: str) -> dict[str, Any]:
    text = (synthesis.ROOT / "examples" / f"{name}.yaml").read_text(encoding="utf-8")
    return synthesis.synth(text)


def test_one_gateway_a_zone_keeps_the_first_ones_address() -> None:
    resources = example("nat-per-zone")["resource"]

    assert list(resources["aws_nat_gateway"]) == [
        "nat_gateway",
        "nat_gateway-us-west-2b",
        "nat_gateway-us-west-2c",
    ]
    assert list(resources["aws_eip"]) == ["nat", "nat-us-west-2b", "nat-us-west-2c"]
    assert [gateway["subnet_id"] for gateway in resources["aws_nat_gateway"].values()] == [
        f"${{element(aws_subnet.public[*].id, {number})}}" for number in range(3)
    ]


def test_each_zone_leaves_by_its_own_gateway() -> None:
    resources = example("nat-per-zone")["resource"]
    tables = {
        "private": resources["aws_default_route_table"]["private"],
        **{k: v for k, v in resources["aws_route_table"].items() if k != "public"},
    }

    assert {
        name: [route["nat_gateway_id"] for route in table["route"]]
        for name, table in tables.items()
    } == {
        "private": ["${aws_nat_gateway.nat_gateway.id}"],
        "private-us-west-2b": ["${aws_nat_gateway.nat_gateway-us-west-2b.id}"],
        "private-us-west-2c": ["${aws_nat_gateway.nat_gateway-us-west-2c.id}"],
    }
    association = resources["aws_route_table_association"]["private"]
    assert association["route_table_id"] == (
        "${element([aws_default_route_table.private.id, aws_route_table.private-us-west-2b.id, "
        "aws_route_table.private-us-west-2c.id], count.index)}"
    )


def test_a_private_cluster_has_no_way_in_or_out() -> None:
    document = example("private")
    resources = document["resource"]

    for kind in ("aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_route_table"):
        assert kind not in resources
    assert list(resources["aws_subnet"]) == ["private"]
    (route,) = resources["aws_default_route_table"]["private"]["route"]
    assert (route["cidr_block"], route["transit_gateway_id"]) == (
        "192.168.0.0/16",
        "tgw-0123456789abcdef0",
    )
    vpc = resources["aws_eks_cluster"]["control_plane"]["vpc_config"]
    assert vpc["subnet_ids"] == "${aws_subnet.private[*].id}"


def test_endpoints_are_those_that_the_features_need() -> None:
    endpoints = example("private")["resource"]["aws_vpc_endpoint"]

    assert {name: e["vpc_endpoint_type"] for name, e in endpoints.items()} == {
        "ec2": "Interface",
        "ecr-api": "Interface",
        "ecr-dkr": "Interface",
        "eks": "Interface",
        "s3": "Gateway",
        "sts": "Interface",
    }
    assert endpoints["ecr-api"]["service_name"] == "com.amazonaws.us-west-2.ecr.api"
    assert endpoints["ecr-api"]["private_dns_enabled"] is True
    assert endpoints["s3"]["route_table_ids"] == ["${aws_default_route_table.private.id}"]


def test_endpoints_answer_the_vpc_and_nobody_else() -> None:
    group = example("private")["resource"]["aws_security_group"]["endpoints"]

    (opening,) = group["ingress"]
    assert (opening["from_port"], opening["to_port"], opening["protocol"]) == (443, 443, "tcp")
    assert opening["cidr_blocks"] == ["${aws_vpc.k8s.cidr_block}"]
    assert "egress" not in group


def test_gateway_endpoints_alone_need_no_group() -> None:
    resources = synthesis.synth(networking={"endpoints": ["s3"]})["resource"]

    assert list(resources["aws_vpc_endpoint"]) == ["s3"]
    assert "endpoints" not in resources["aws_security_group"]


def test_china_has_names_of_its_own_for_most_services() -> None:
    assert naming.endpoint_service("cn-north-1", "s3") == "com.amazonaws.cn-north-1.s3"
    assert naming.endpoint_service("cn-north-1", "ec2") == "cn.com.amazonaws.cn-north-1.ec2"


def test_without_any_route_the_table_is_emptied() -> None:
    resources = synthesis.synth(
        kube2iam={"enabled": False}, networking={"nat": "none", "endpoints": "auto"}
    )["resource"]

    assert resources["aws_default_route_table"]["private"]["route"] == []


def test_nodes_wait_for_every_way_out() -> None:
    resources = example("nat-per-zone")["resource"]

    assert {
        "aws_default_route_table.private",
        "aws_route_table.private-us-west-2b",
        "aws_route_table.private-us-west-2c",
    } <= set(resources["aws_autoscaling_group"]["node"]["depends_on"])
    assert (
        "aws_vpc_endpoint.ecr-dkr"
        in (example("private")["resource"]["aws_autoscaling_group"]["node"]["depends_on"])
    )


def test_routes_of_the_spec_stand_beside_those_made_here() -> None:
    resources = example("finer-cut")["resource"]

    for table in (
        resources["aws_default_route_table"]["private"],
        resources["aws_route_table"]["public"],
    ):
        assert [route["cidr_block"] for route in table["route"]] == ["0.0.0.0/0", "172.31.0.0/16"]
        assert table["route"][1]["vpc_peering_connection_id"] == "pcx-0123456789abcdef0"


def test_addresses_of_the_owner_are_not_made() -> None:
    resources = example("finer-cut")["resource"]

    assert "aws_eip" not in resources
    gateway = resources["aws_nat_gateway"]["nat_gateway"]
    assert gateway["allocation_id"] == "eipalloc-0123456789abcdef0"


def test_flow_logs_may_be_written_and_nothing_else() -> None:
    document = example("flow-logs")
    resources = document["resource"]
    policy = document["data"]["aws_iam_policy_document"]["write_flow_logs"]

    (statement,) = policy["statement"]
    assert statement["resources"] == [
        "${aws_cloudwatch_log_group.flow_logs.arn}",
        "${aws_cloudwatch_log_group.flow_logs.arn}:*",
    ]
    assert resources["aws_cloudwatch_log_group"]["flow_logs"]["retention_in_days"] == 90


def test_flow_logs_in_a_bucket_need_no_role() -> None:
    resources = example("finer-cut")["resource"]
    log = resources["aws_flow_log"]["vpc"]

    assert (log["log_destination_type"], log["log_destination"]) == (
        "s3",
        "arn:aws:s3:::example-flow-logs",
    )
    assert "iam_role_arn" not in log
    assert "aws_cloudwatch_log_group" not in resources


def test_a_closed_default_group_has_no_rule() -> None:
    group = example("private")["resource"]["aws_default_security_group"]["default"]

    assert not {"ingress", "egress"} & group.keys()


def test_a_vpc_that_is_there_is_looked_up_and_not_made() -> None:
    document = example("existing-vpc")

    assert not {
        "aws_vpc",
        "aws_subnet",
        "aws_route_table",
        "aws_route_table_association",
        "aws_default_route_table",
        "aws_internet_gateway",
        "aws_nat_gateway",
        "aws_eip",
        "aws_vpc_endpoint",
    } & set(document["resource"])
    assert "vpc_cidr" not in document["variable"]
    assert document["resource"]["aws_security_group"]["nodes"]["vpc_id"] == (
        "${data.aws_vpc.k8s.id}"
    )


def test_nodes_and_control_plane_stand_in_subnets_of_their_own() -> None:
    resources = example("existing-vpc")["resource"]

    assert resources["aws_autoscaling_group"]["node"]["vpc_zone_identifier"] == (
        "${values(data.aws_subnet.private)[*].id}"
    )
    assert resources["aws_eks_cluster"]["control_plane"]["vpc_config"]["subnet_ids"] == (
        "${values(data.aws_subnet.control_plane)[*].id}"
    )


def test_subnets_by_tags_are_those_of_the_clusters_zones() -> None:
    data = example("existing-vpc")["data"]

    assert list(data["aws_subnets"]) == ["public"]
    assert data["aws_subnets"]["public"]["tags"] == {"tier": "public"}
    assert data["aws_subnets"]["public"]["filter"] == [
        {"name": "vpc-id", "values": ["${data.aws_vpc.k8s.id}"]},
        {"name": "availability-zone", "values": "${var.availability_zones}"},
    ]


def test_subnets_of_another_account_are_named_by_their_ids() -> None:
    """What tags their owner gave is not seen: those for load balancers are this account's own."""
    document = example("shared-vpc")

    assert "aws_subnets" not in document["data"]
    assert set(document["resource"]["aws_ec2_tag"]) == {
        f"{kind}-{what}" for kind in ("private", "public") for what in ("cluster", "load-balancers")
    }


def test_a_zone_is_associated_by_the_account_of_the_vpc_alone() -> None:
    there = example("existing-vpc")["resource"]["aws_route53_zone_association"]
    (condition,) = there["zone-Z0123456789ABCDEFGHIJ"]["lifecycle"]["precondition"]

    assert condition["condition"] == (
        "${data.aws_vpc.k8s.owner_id == data.aws_caller_identity.network.account_id}"
    )


def test_subnets_of_others_are_tagged_on_request_alone() -> None:
    tags = example("existing-vpc")["resource"]["aws_ec2_tag"]
    vpc = {"id": "vpc-0abc1234", "private_subnets": {"ids": ["subnet-0abc1234"]}}

    assert {name: (tag["key"], tag["value"]) for name, tag in tags.items()} == {
        "private-cluster": ("kubernetes.io/cluster/${var.cluster_name}", "shared"),
        "private-load-balancers": ("kubernetes.io/role/internal-elb", "1"),
        "public-cluster": ("kubernetes.io/cluster/${var.cluster_name}", "shared"),
        "public-load-balancers": ("kubernetes.io/role/elb", "1"),
    }
    plain = synthesis.synth(networking={"vpc": vpc})
    assert "aws_ec2_tag" not in plain["resource"]
    assert list(plain["data"]["aws_subnet"]) == ["private"]
    assert plain["resource"]["aws_eks_cluster"]["control_plane"]["vpc_config"]["subnet_ids"] == (
        "${values(data.aws_subnet.private)[*].id}"
    )


def test_a_zone_is_associated_with_the_vpc() -> None:
    made = synthesis.synth(networking={"private_zones": ["Z0ABC"]})["resource"]

    zone = made["aws_route53_zone_association"]["zone-Z0ABC"]
    assert (zone["zone_id"], zone["vpc_id"]) == ("Z0ABC", "${aws_vpc.k8s.id}")


@pytest.mark.parametrize(
    "networking",
    [
        {
            "subnets": {
                "eu-central-1a": {"public": "10.1.0.0/24", "private": "10.1.64.0/18"},
                "eu-central-1b": {"public": "10.1.1.0/24", "private": "10.1.128.0/18"},
            }
        },
        {
            "vpc": {
                "id": "vpc-0abc1234",
                "private_subnets": {"ids": ["subnet-0abc1111"]},
                "public_subnets": {"ids": ["subnet-0abc2222"]},
            }
        },
    ],
)
def test_no_expression_stands_inside_another_in_braces_of_its_own(networking: Any) -> None:
    bastion = {"cidr_blocks": ["198.51.100.0/24"]}
    document = synthesis.synth(networking=networking, bastion=bastion, key_name="k")

    assert not re.search(r"\$\{[^\"{}]*\$\{", json.dumps(document["resource"]))
    data = "" if "subnets" in networking else "data."
    assert document["resource"]["aws_instance"]["ssh_bastion"]["subnet_id"] == (
        f"${{element(values({data}aws_subnet.public)[*].id, 0)}}"
    )


def test_subnets_by_zone_are_keyed_by_it() -> None:
    document = example("subnets-by-zone")
    resources = document["resource"]

    for kind in ("public", "private", "pods"):
        subnet = resources["aws_subnet"][kind]
        association = resources["aws_route_table_association"][kind]
        assert subnet["for_each"] == association["for_each"] == "${toset(var.availability_zones)}"
        assert subnet["availability_zone"] == "${each.key}"
        assert subnet["cidr_block"] == f"${{local.{kind}_ranges[each.key]}}"
        assert association["subnet_id"] == f"${{aws_subnet.{kind}[each.key].id}}"
    assert document["locals"]["private_ranges"] == {
        "us-east-1a": "10.17.16.0/20",
        "us-east-1b": "10.17.32.0/20",
        "us-east-1c": "10.17.48.0/20",
        "us-east-1d": "10.17.64.0/20",
    }


def test_the_control_plane_takes_the_subnets_by_zone_of_all_zones() -> None:
    ranges = {
        f"eu-central-1{letter}": {
            "private": f"10.1.{16 * n}.0/20",
            "public": f"10.1.{200 + n}.0/24",
        }
        for n, letter in enumerate("ab")
    }
    made = synthesis.synth(networking={"subnets": ranges})["resource"]

    assert made["aws_eks_cluster"]["control_plane"]["vpc_config"]["subnet_ids"] == (
        "${concat(values(aws_subnet.public)[*].id, values(aws_subnet.private)[*].id)}"
    )


def test_each_zone_has_a_table_and_a_gateway_of_its_name() -> None:
    document = example("subnets-by-zone")
    resources = document["resource"]
    zones = [f"us-east-1{letter}" for letter in "abcd"]

    assert document["locals"]["private_tables"] == {
        zone: f"${{aws_route_table.private-{zone}.id}}" for zone in zones
    }
    for zone in zones:
        (route,) = resources["aws_route_table"][f"private-{zone}"]["route"]
        assert route["nat_gateway_id"] == f"${{aws_nat_gateway.nat_gateway-{zone}.id}}"
        gateway = resources["aws_nat_gateway"][f"nat_gateway-{zone}"]
        assert gateway["subnet_id"] == f'${{aws_subnet.public["{zone}"].id}}'
        assert gateway["allocation_id"] == f"${{aws_eip.nat-{zone}.id}}"
    assert resources["aws_default_route_table"]["private"]["route"] == []


def test_nodes_and_control_plane_have_zones_of_their_own() -> None:
    resources = example("subnets-by-zone")["resource"]

    assert resources["aws_autoscaling_group"]["node"]["vpc_zone_identifier"] == (
        "${[for subnet in aws_subnet.private : subnet.id if "
        'contains(["us-east-1c", "us-east-1d"], subnet.availability_zone)]}'
    )
    vpc = resources["aws_eks_cluster"]["control_plane"]["vpc_config"]
    assert vpc["subnet_ids"] == (
        "${[for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : "
        "subnet.id if "
        'contains(["us-east-1a", "us-east-1b", "us-east-1c"], subnet.availability_zone)]}'
    )


@pytest.mark.parametrize(
    ("ranges", "cut"),
    [
        (["100.64.0.0/16"], '${cidrsubnet("100.64.0.0/16", 2, count.index)}'),
        (
            ["100.64.0.0/17", "100.64.128.0/17"],
            '${element(["100.64.0.0/17", "100.64.128.0/17"], count.index)}',
        ),
    ],
)
def test_pods_share_a_range_or_have_one_in_each_zone(ranges: list[str], cut: str) -> None:
    resources = synthesis.synth(
        networking={"pod_cidrs": ranges, "endpoints": ["ec2"]},
        addons={"vpc-cni": {"addon_version": "eks_default"}},
    )["resource"]
    subnet = resources["aws_subnet"]["pods"]
    added = resources["aws_vpc_ipv4_cidr_block_association"]

    assert [association["cidr_block"] for association in added.values()] == ranges
    assert subnet["depends_on"] == [f"aws_vpc_ipv4_cidr_block_association.{k}" for k in added]
    assert subnet["cidr_block"] == cut
    (opening,) = resources["aws_security_group"]["endpoints"]["ingress"]
    assert opening["cidr_blocks"] == ["${aws_vpc.k8s.cidr_block}", *ranges]


def test_nodes_start_when_the_cni_knows_where_pods_get_addresses() -> None:
    resources = example("pods-elsewhere")["resource"]

    for group in resources["aws_autoscaling_group"].values():
        assert "aws_eks_addon.vpc-cni" in group["depends_on"]
