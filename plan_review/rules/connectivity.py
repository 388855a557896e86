"""The ways of the traffic: DNS of the VPC, default routes, endpoints, peerings, balancers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_VPC_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide"
_EKS_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
_DEFAULT: Final = ("0.0.0.0/0", "::/0")
_DESTINATIONS: Final = (
    "cidr_block",
    "ipv6_cidr_block",
    "destination_cidr_block",
    "destination_ipv6_cidr_block",
    "destination_prefix_list_id",
)
_TABLES: Final = ("aws_default_route_table", "aws_route_table")

_LINKS: Final = {
    "aws_carrier_gateway": "carrier gateway",
    "aws_customer_gateway": "customer gateway",
    "aws_dx_connection": "Direct Connect connection",
    "aws_dx_connection_association": "Direct Connect association",
    "aws_dx_gateway": "Direct Connect gateway",
    "aws_dx_gateway_association": "Direct Connect association",
    "aws_dx_hosted_connection": "Direct Connect connection",
    "aws_dx_hosted_private_virtual_interface": "Direct Connect interface",
    "aws_dx_hosted_private_virtual_interface_accepter": "Direct Connect interface",
    "aws_dx_hosted_transit_virtual_interface": "Direct Connect interface",
    "aws_dx_hosted_transit_virtual_interface_accepter": "Direct Connect interface",
    "aws_dx_lag": "Direct Connect connections",
    "aws_dx_private_virtual_interface": "Direct Connect interface",
    "aws_dx_public_virtual_interface": "Direct Connect interface",
    "aws_dx_transit_virtual_interface": "Direct Connect interface",
    "aws_ec2_client_vpn_authorization_rule": "permission of the client VPN",
    "aws_ec2_client_vpn_endpoint": "client VPN",
    "aws_ec2_client_vpn_network_association": "network of the client VPN",
    "aws_ec2_client_vpn_route": "route of the client VPN",
    "aws_ec2_local_gateway_route": "route of a local gateway",
    "aws_ec2_transit_gateway": "transit gateway",
    "aws_ec2_transit_gateway_connect": "transit gateway attachment",
    "aws_ec2_transit_gateway_connect_peer": "transit gateway peer",
    "aws_ec2_transit_gateway_peering_attachment": "transit gateway peering",
    "aws_ec2_transit_gateway_peering_attachment_accepter": "transit gateway peering",
    "aws_ec2_transit_gateway_prefix_list_reference": "transit gateway route",
    "aws_ec2_transit_gateway_route": "transit gateway route",
    "aws_ec2_transit_gateway_route_table": "transit gateway route table",
    "aws_ec2_transit_gateway_route_table_association": "transit gateway association",
    "aws_ec2_transit_gateway_route_table_propagation": "transit gateway propagation",
    "aws_ec2_transit_gateway_vpc_attachment": "transit gateway attachment",
    "aws_ec2_transit_gateway_vpc_attachment_accepter": "transit gateway attachment",
    "aws_egress_only_internet_gateway": "egress-only internet gateway",
    "aws_eip_association": "association of an elastic IP",
    "aws_internet_gateway_attachment": "internet gateway attachment",
    "aws_main_route_table_association": "association of the main route table",
    "aws_nat_gateway_eip_association": "association of an elastic IP",
    "aws_network_acl_association": "association of a network ACL",
    "aws_network_interface": "network interface",
    "aws_networkfirewall_firewall": "network firewall",
    "aws_networkmanager_core_network": "core network",
    "aws_networkmanager_vpc_attachment": "core network attachment",
    "aws_odb_network": "database network",
    "aws_ram_principal_association": "receiver of a resource share",
    "aws_ram_resource_association": "part of a resource share",
    "aws_ram_resource_share": "resource share",
    "aws_ram_resource_share_accepter": "resource share",
    "aws_route53_resolver_endpoint": "resolver endpoint",
    "aws_route53_resolver_rule": "resolver rule",
    "aws_route53_resolver_rule_association": "resolver rule association",
    "aws_route53_zone_association": "association of a private zone",
    "aws_route53profiles_association": "association of a DNS profile",
    "aws_vpc_dhcp_options": "DHCP option set",
    "aws_vpc_dhcp_options_association": "DHCP option set association",
    "aws_vpc_endpoint_connection_accepter": "endpoint connection",
    "aws_vpc_ipv4_cidr_block_association": "secondary range",
    "aws_vpc_ipv6_cidr_block_association": "secondary range",
    "aws_vpc_peering_connection": "VPC peering",
    "aws_vpc_peering_connection_accepter": "VPC peering",
    "aws_vpclattice_service_network_service_association": "Lattice association",
    "aws_vpclattice_service_network_vpc_association": "Lattice association",
    "aws_vpn_connection": "VPN connection",
    "aws_vpn_connection_route": "VPN route",
    "aws_vpn_gateway": "VPN gateway",
    "aws_vpn_gateway_attachment": "VPN gateway attachment",
    "aws_vpn_gateway_route_propagation": "VPN route propagation",
}


@rule(
    "NET18",
    Level.REVIEW,
    when="a subnet that stays begins to give new instances public addresses",
    title="New instances in a subnet get public addresses",
    why="Nodes that come up there from then on can be reached from the internet, as far as their "
    "groups and routes let it.",
    action="Keep nodes in private subnets; give load balancers the public ones.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html",
)
def subnet_gives_public_addresses(facts: Facts) -> Iterator[Match]:
    """Those that run already keep what they have."""
    for subnet in facts.of("aws_subnet", "aws_default_subnet"):
        name = "map_public_ip_on_launch"
        if (
            subnet.action is Action.UPDATE
            and subnet.old(name) is False
            and subnet.new(name) is True
        ):
            yield Match(subnet.address)


@rule(
    "NET10",
    Level.DISRUPTION,
    when="DNS support or DNS host names of a VPC that stays are switched off",
    title="The VPC's DNS is switched off: {what}",
    why="EKS needs both in its VPC: nodes can no longer register, and private endpoints no "
    "longer resolve.",
    action="Leave both on.",
    source=f"{_EKS_GUIDE}/network-reqs.html",
)
def vpc_dns_is_switched_off(facts: Facts) -> Iterator[Match]:
    """Planned as an update in place, and looks harmless."""
    for vpc in facts.of("aws_vpc", "aws_default_vpc"):
        if vpc.action is not Action.UPDATE:
            continue
        off = [
            name
            for name in ("enable_dns_support", "enable_dns_hostnames")
            if vpc.old(name) is True and vpc.new(name) is False
        ]
        if off:
            yield Match(vpc.address, {"what": codes(off)})


@rule(
    "NET11",
    Level.DISRUPTION,
    when="a default route leaves a route table that stays",
    title="The default route {route} leaves the table",
    why="Was: {target}. What sits in its subnets no longer gets out: images, AWS's APIs and the "
    "control plane's public endpoint are out of reach.",
    action="Keep a default route, or see to endpoints for everything the nodes need first.",
    source=f"{_VPC_GUIDE}/VPC_Route_Tables.html",
)
def default_route_is_lost(facts: Facts) -> Iterator[Match]:
    """Inline only: an `aws_route` that goes is NET05's. One made as an `aws_route` replaces it."""
    for table in facts.of(*_TABLES):
        for route, target in default_routes_lost(facts, table):
            yield Match(table.address, {"route": code(route), "target": code(target)})


def default_routes_lost(facts: Facts, table: ResourceChange) -> list[tuple[str, str]]:
    """The default routes that an update takes out of a table, each with its target."""
    if table.type not in _TABLES or table.action is not Action.UPDATE:
        return []
    if table.new("route") is UNKNOWN:
        return []
    kept = {route for route, _ in _defaults(table.new("route"))} | _made_elsewhere(facts, table)
    return [pair for pair in _defaults(table.old("route")) if pair[0] not in kept]


def other_routes_lost(facts: Facts, table: ResourceChange) -> list[tuple[str, str]]:
    """The routes to elsewhere that an update takes out of a table, each with its target."""
    if table.type not in _TABLES or table.action is not Action.UPDATE:
        return []
    if table.new("route") is UNKNOWN:
        return []
    kept = {route for route, _ in _routes(table.new("route"))} | _made_elsewhere(facts, table)
    return [
        pair
        for pair in _routes(table.old("route"))
        if pair[0] not in kept and pair[0] not in _DEFAULT
    ]


def _defaults(routes: Json) -> list[tuple[str, str]]:
    return [pair for pair in _routes(routes) if pair[0] in _DEFAULT]


def _routes(routes: Json) -> list[tuple[str, str]]:
    found = []
    for entry in routes if isinstance(routes, list) else []:
        if not isinstance(entry, dict):
            continue
        for key in _DESTINATIONS:
            if isinstance(entry.get(key), str) and entry[key]:
                ways = [
                    value
                    for name, value in sorted(entry.items())
                    if isinstance(value, str) and value and name not in _DESTINATIONS
                ]
                found.append((str(entry[key]), ways[0] if ways else "a target not known yet"))
    return found


def _made_elsewhere(facts: Facts, table: ResourceChange) -> set[str]:
    """The default routes that resources of their own keep, or make, in a table."""
    found = set()
    for route in facts.of("aws_route"):
        home = route.new("route_table_id")
        if route.after is not None and home in (table.old("id"), UNKNOWN):
            found |= {route.new_text(key) for key in _DESTINATIONS}
    return found - {""}


@rule(
    "NET12",
    Level.DISRUPTION,
    when="a VPC endpoint is destroyed, replaced the old one first, or loses private DNS, route "
    "tables or subnets",
    title="The endpoint of {service} {what}",
    why="{because} Private nodes reach the service only through NAT then, or not at all; with "
    "`ecr` and `s3` images can no longer be pulled, with `sts` roles not assumed.",
    action="Check that the subnets have another way to the service.",
    source=f"{_EKS_GUIDE}/private-clusters.html",
)
def vpc_endpoint_is_lost(facts: Facts) -> Iterator[Match]:
    """An endpoint made before the old one goes does not interrupt."""
    vpcs_going = {vpc.old_text("id") for vpc in facts.of("aws_vpc") if vpc.is_destroyed}
    for endpoint in facts.of("aws_vpc_endpoint"):
        service = code(endpoint.old_text("service_name") or endpoint.name)
        if endpoint.is_destroyed and not endpoint.creates_first:
            if endpoint.old_text("vpc_id") not in vpcs_going - {""}:
                values = {"service": service, "what": f"is {endpoint.fate}"}
                yield Match(endpoint.address, {**values, "because": facts.because(endpoint)})
        elif endpoint.action is Action.UPDATE:
            lost = _narrowed(endpoint)
            if lost:
                values = {"service": service, "what": f"loses {', '.join(lost)}", "because": ""}
                yield Match(endpoint.address, values)
    for link in facts.of(
        "aws_vpc_endpoint_route_table_association", "aws_vpc_endpoint_subnet_association"
    ):
        if link.is_destroyed and not link.creates_first:
            what = "route table" if "route_table" in link.type else "subnet"
            values = {"service": code(link.old_text("vpc_endpoint_id")), "what": f"loses a {what}"}
            yield Match(link.address, {**values, "because": facts.because(link)})


def _narrowed(endpoint: ResourceChange) -> list[str]:
    lost = []
    if endpoint.old("private_dns_enabled") is True and endpoint.new("private_dns_enabled") is False:
        lost.append("private DNS")
    for key, noun in (("route_table_ids", "route tables"), ("subnet_ids", "subnets")):
        old, new = endpoint.old(key), endpoint.new(key)
        if not isinstance(old, list) or not isinstance(new, list):
            continue
        if any(text not in new for text in old):
            lost.append(noun)
    return lost


@rule(
    "NET13",
    Level.DISRUPTION,
    when="a peering, transit gateway, VPN, Direct Connect or another link of the network is "
    "destroyed or replaced",
    title="The {link} is {fate}",
    why="{because} What is reached over it (a database, an office, another cluster) no longer "
    "answers.",
    action="Check the routes that point at it, and who uses them.",
    source=f"{_VPC_GUIDE}/vpc-peering.html",
)
def link_is_lost(facts: Facts) -> Iterator[Match]:
    """A new peering has to be accepted on the other side."""
    for change in facts.of(*_LINKS):
        if change.is_destroyed and not change.creates_first:
            values = {"link": _LINKS[change.type], "fate": change.fate}
            yield Match(change.address, {**values, "because": facts.because(change)})
