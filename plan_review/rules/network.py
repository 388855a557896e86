"""The network under the cluster: subnets in use, the VPC, ways out, routes, subnet tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.cluster_network import subnet_ids, subnets_of
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import Json
from plan_review.quoting import code, codes
from plan_review.rules.connectivity import default_routes_lost, other_routes_lost
from plan_review.rules.rule import Match, rule

_VPC_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide"
_EKS_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"

_PLACES_INTERFACES: Final = frozenset(
    {
        "aws_alb",
        "aws_autoscaling_group",
        "aws_db_subnet_group",
        "aws_docdb_subnet_group",
        "aws_ec2_client_vpn_network_association",
        "aws_ec2_transit_gateway_vpc_attachment",
        "aws_ecs_service",
        "aws_efs_mount_target",
        "aws_eks_cluster",
        "aws_eks_fargate_profile",
        "aws_eks_node_group",
        "aws_elasticache_subnet_group",
        "aws_elb",
        "aws_fsx_lustre_file_system",
        "aws_instance",
        "aws_lambda_function",
        "aws_lb",
        "aws_msk_cluster",
        "aws_nat_gateway",
        "aws_network_interface",
        "aws_opensearch_domain",
        "aws_rds_cluster",
        "aws_redshift_subnet_group",
        "aws_route53_resolver_endpoint",
        "aws_vpc_endpoint",
    }
)
"""Types that put network interfaces into a subnet, which cannot be deleted while they are there."""

_ROLE_TAGS: Final = ("kubernetes.io/role/elb", "kubernetes.io/role/internal-elb")
_CLUSTER_TAG: Final = "kubernetes.io/cluster/"
_ROUTES: Final = ("aws_route", "aws_route_table", "aws_route_table_association")
_ROUTE_TABLES: Final = ("aws_default_route_table", "aws_route_table")


def _users_in_the_way(facts: Facts, subnet: ResourceChange) -> list[ResourceChange]:
    """What still sits in a subnet when Terraform comes to delete it.

    What this plan destroys too is destroyed before the subnet. What it updates is updated
    after, and what it leaves alone never moves.
    """
    if not subnet.is_destroyed or subnet.creates_first:
        return []
    return [
        user for user in facts.holders(subnet) if user.type in _PLACES_INTERFACES and user.stays
    ]


@rule(
    "NET01",
    Level.WILL_FAIL,
    when="a subnet is destroyed while something that stays still sits in it; outage when those "
    "are all the subnets of a cluster",
    title="{what} while still in use",
    why="{because} Terraform deletes it before it updates {users}; AWS refuses while their "
    "network interfaces sit in it, and what was ordered before is already gone.",
    action="{advice}",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/9495",
)
def subnet_in_use_is_lost(facts: Facts) -> Iterator[Match]:
    """Seen with Terraform 1.11: node groups first, then subnets, the cluster last."""
    blocked = {
        subnet.address: users
        for subnet in facts.of("aws_subnet", "aws_default_subnet")
        if (users := _users_in_the_way(facts, subnet))
    }
    emptied = set()
    for cluster in facts.clusters:
        subnets = subnets_of(facts, cluster)
        if cluster.stays and len(subnets) == len(set(subnet_ids(cluster))) > 0:
            addresses = {subnet.address for subnet in subnets}
            if addresses <= blocked.keys():
                emptied |= addresses
    for subnet in facts.of("aws_subnet", "aws_default_subnet"):
        if subnet.address not in blocked:
            continue
        done = "replaced" if subnet.action is Action.REPLACE else "destroyed"
        every = subnet.address in emptied
        yield Match(
            subnet.address,
            {
                "what": f"Every subnet of the cluster is {done}" if every else f"Subnet is {done}",
                "because": facts.because(subnet),
                "users": codes(user.address for user in blocked[subnet.address]),
                "advice": _advice(facts, subnet),
            },
            Level.OUTAGE if every else None,
        )


def _advice(facts: Facts, subnet: ResourceChange) -> str:
    if facts.is_forced_by(subnet, "vpc_id"):
        return "Keep the VPC; see where the replacements start."
    if facts.is_forced_by(subnet, "availability_zone") and isinstance(subnet.index, int):
        return (
            "If a zone was added, add it at the END of the list (or key by zone), so that the "
            "others keep their place."
        )
    if subnet.action is Action.DELETE:
        return "First move everything out of it in a change of its own, then delete it."
    return "Add a new subnet beside it, move over, and delete this one in a later change."


@rule(
    "NET02",
    Level.OUTAGE,
    when="a VPC is replaced or destroyed",
    title="The VPC is {what}",
    why="{because} Everything in it goes with it: subnets, gateways, load balancers, the "
    "cluster's network.",
    action="{advice}",
    source=f"{_VPC_GUIDE}/delete-vpc.html",
)
def vpc_is_lost(facts: Facts) -> Iterator[Match]:
    """The ground everything stands on."""
    for vpc in facts.of("aws_vpc"):
        if vpc.is_destroyed:
            replaced = vpc.action is Action.REPLACE
            yield Match(
                vpc.address,
                {
                    "what": "replaced" if replaced else "destroyed",
                    "because": facts.because(vpc),
                    "advice": "Keep it; for more addresses add a secondary range "
                    "(`aws_vpc_ipv4_cidr_block_association`)."
                    if replaced
                    else "Merge only if all that is in it is meant to end.",
                },
            )


@rule(
    "NET03",
    Level.DISRUPTION,
    when="a NAT gateway is replaced or destroyed",
    title="NAT gateway is {what}",
    why="{because} Private nodes have no way out until another one is up and routed; the "
    "public address changes if the elastic IP does.",
    action="Do it in a window; tell whoever allow-lists the address.",
    source=f"{_VPC_GUIDE}/vpc-nat-gateway.html",
)
def nat_gateway_is_lost(facts: Facts) -> Iterator[Match]:
    """Image pulls and calls out stop."""
    for change, what in _going(facts, "aws_nat_gateway"):
        yield Match(change.address, {"what": what, "because": facts.because(change)})


@rule(
    "NET04",
    Level.DISRUPTION,
    when="an elastic IP is replaced or released",
    title="Elastic IP is {what}",
    why="{because} The public address is given back and cannot be had again.",
    action="Tell whoever allow-lists the address, or keep the elastic IP.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html",
)
def elastic_ip_is_lost(facts: Facts) -> Iterator[Match]:
    """Allow-lists elsewhere break."""
    for change, what in _going(facts, "aws_eip"):
        verb = "released" if what == "destroyed" else what
        yield Match(change.address, {"what": verb, "because": facts.because(change)})


@rule(
    "NET05",
    Level.DISRUPTION,
    when="a route, route table or association is replaced or destroyed",
    title="Routing is {what}",
    why="{why}",
    action="{advice}",
    source=f"{_VPC_GUIDE}/VPC_Route_Tables.html",
)
def routing_is_lost(facts: Facts) -> Iterator[Match]:
    """Short where it is rebuilt, lasting where it is not."""
    for change, what in _going(facts, *_ROUTES):
        if what == "replaced" and not change.creates_first:
            why = "Traffic through it stops between delete and create."
            values = {"what": "rebuilt", "why": why, "advice": "Do it in a window."}
            yield Match(change.address, values)
        elif what != "replaced":
            why = "Traffic that took this way takes another, or none."
            advice = "Check that nothing takes it any more."
            yield Match(change.address, {"what": "removed", "why": why, "advice": advice})


@rule(
    "NET06",
    Level.REVIEW,
    when="routes change in place; disruption where one to elsewhere leaves a table, as one does "
    "that was added by hand to a table with inline routes",
    title="Routing changes{lost}",
    why="{why}",
    action="{advice}",
    source=f"{_VPC_GUIDE}/VPC_Route_Tables.html",
)
def routing_changes(facts: Facts) -> Iterator[Match]:
    """Tags of a route table are not routes."""
    for change in facts.of(*_ROUTE_TABLES, "aws_route", "aws_route_table_association"):
        if change.action is not Action.UPDATE:
            continue
        lost = other_routes_lost(facts, change)
        if facts.is_book_keeping(change) or (default_routes_lost(facts, change) and not lost):
            continue
        inline = change.type in _ROUTE_TABLES
        if facts.changes_at(change, "route") if inline else not facts.is_tags_only(change):
            if lost:
                shown = codes((f"{route} by {target}" for route, target in lost), 10)
                values = {
                    "lost": f": {codes(route for route, _ in lost)} leave the table",
                    "why": f"No longer: {shown}. What is behind them, such as a VPN or a peering, "
                    "is out of reach.",
                    "advice": "Write each that is needed into the routes of the table.",
                }
                yield Match(change.address, values, Level.DISRUPTION)
            else:
                why, advice = "Routes change in place.", "Check the default route."
                yield Match(change.address, {"lost": "", "why": why, "advice": advice})


@rule(
    "NET07",
    Level.DISRUPTION,
    when="an internet gateway is replaced, destroyed, or moved to another VPC",
    title="Internet gateway is {what}",
    why="Nothing goes in or out of the public subnets {until}, NAT and internet-facing load "
    "balancers among them.",
    action="{advice}",
    source=f"{_VPC_GUIDE}/VPC_Internet_Gateway.html",
)
def internet_gateway_is_lost(facts: Facts) -> Iterator[Match]:
    """The provider moves a gateway to another VPC in place."""
    for change in facts.of("aws_internet_gateway"):
        moves = change.action is Action.UPDATE and facts.changes_at(change, "vpc_id")
        if change.is_destroyed or moves:
            ends = change.action is Action.DELETE
            values = {
                "what": "moved to another VPC" if moves else change.fate,
                "until": "any more" if ends else "meanwhile",
                "advice": "Check that nothing public is left." if ends else "Do it in a window.",
            }
            yield Match(change.address, values)


@rule(
    "NET09",
    Level.DISRUPTION,
    when="a subnet is replaced or destroyed, and nothing that stays is seen in it",
    title="Subnet is {what}",
    why="{because} What runs in it has to go elsewhere first.",
    action="Check that nothing outside this plan (a load balancer made by the cluster) sits in it.",
    source=f"{_VPC_GUIDE}/configure-subnets.html",
)
def subnet_is_lost(facts: Facts) -> Iterator[Match]:
    """Load balancers that the cluster made itself are in no plan."""
    for change, what in _going(facts, "aws_subnet"):
        if not _users_in_the_way(facts, change):
            yield Match(change.address, {"what": what, "because": facts.because(change)})


@rule(
    "NET08",
    Level.DISRUPTION,
    when="a subnet that stays loses a tag by which load balancers find it",
    title="Subnet loses {tags}",
    why="New load balancers are no longer placed in it.",
    action="Keep the tags, or check that the other subnets suffice.",
    source=f"{_EKS_GUIDE}/network-load-balancing.html",
)
def discovery_tags_go(facts: Facts) -> Iterator[Match]:
    """A cluster's own tag goes with the cluster."""
    going = {
        f"{_CLUSTER_TAG}{cluster.old('name')}" for cluster in facts.clusters if cluster.is_destroyed
    }
    for subnet in facts.of("aws_subnet", "aws_default_subnet"):
        if subnet.action is not Action.UPDATE or subnet.is_unknown("tags"):
            continue
        old = _discovery_tags(subnet.old("tags")) | _discovery_tags(subnet.old("tags_all"))
        new = _discovery_tags(subnet.new("tags")) | _discovery_tags(subnet.new("tags_all"))
        lost = old - new - going
        if lost:
            shown = ", ".join(code(key) for key in sorted(lost))
            yield Match(subnet.address, {"tags": f"the tag {shown}" if len(lost) == 1 else shown})


def _discovery_tags(tags: Json) -> set[str]:
    return {
        key
        for key in (tags if isinstance(tags, dict) else {})
        if key in _ROLE_TAGS or key.startswith(_CLUSTER_TAG)
    }


def _going(facts: Facts, *types: str) -> Iterator[tuple[ResourceChange, str]]:
    for change in facts.of(*types):
        if change.is_destroyed:
            yield change, change.fate
