"""The VPC: a public and a private subnet in each zone, one way in and one way out."""

import json
from collections.abc import Sequence

from cdktf import Fn, Op, TerraformCount, Token
from cdktf_cdktf_provider_aws.default_route_table import (
    DefaultRouteTable,
    DefaultRouteTableRoute,
)
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from constructs_lib import naming, variables
from constructs_lib.identity import Identity
from constructs_lib.terraform.addresses import every

EVERYWHERE = "0.0.0.0/0"

PUBLIC_NEWBITS = 8
"""A public subnet of a /16 is a /24: 251 addresses for load balancers and gateways in each zone."""

PRIVATE_NEWBITS = 2
"""A private subnet of a /16 is a /18: some 16,000 addresses for nodes and pods in each zone."""


class Networking(Construct):
    """The cluster's network, cut as the chapter cuts it::

        | first quarter of the VPC | second quarter | third quarter | last quarter |
        | public 0, 1, 2           | private 0      | private 1     | private 2    |

    Zone i has public subnet i and private subnet i. There is one NAT gateway, in zone 0, as the
    chapter has it: cheap, and the way out of all zones while that zone lives.
    """

    def __init__(self, scope: Construct, id_: str, vpc_cidr: str, *, cluster: Identity) -> None:
        """Make the network in the range `vpc_cidr` and the zones of `cluster`."""
        super().__init__(scope, id_)
        range_ = variables.vpc_cidr(self, vpc_cidr).string_value
        name, zones = cluster.name, cluster.zones
        each_zone = TerraformCount.of(Token.as_number(Fn.length_of(zones)))
        zone = Token.as_string(Fn.element(zones, each_zone.index))
        shared = {cluster.tag: "shared"}

        self.vpc = Vpc(
            self,
            "aws_vpc.k8s",
            cidr_block=range_,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name, **shared},
        )
        vpc_id = self.vpc.id
        gateway = InternetGateway(
            self, "aws_internet_gateway.gateway", vpc_id=vpc_id, tags={"Name": name}
        )

        public_routes = RouteTable(
            self,
            "aws_route_table.public",
            vpc_id=vpc_id,
            route=[RouteTableRoute(cidr_block=EVERYWHERE, gateway_id=gateway.id)],
            tags={"Name": f"{name}-public"},
        )
        _name_every_key(public_routes)
        self.public_subnets = Subnet(
            self,
            "aws_subnet.public",
            count=each_zone,
            vpc_id=vpc_id,
            availability_zone=zone,
            cidr_block=Fn.cidrsubnet(range_, PUBLIC_NEWBITS, each_zone.index),
            map_public_ip_on_launch=True,
            tags={
                "Name": f"{name}-public-subnet",
                naming.LOAD_BALANCER_TAGS["public"]: "1",
                **shared,
            },
        )
        self.public_subnet_ids = every(self.public_subnets, "id")
        RouteTableAssociation(
            self,
            "aws_route_table_association.public",
            count=each_zone,
            subnet_id=Token.as_string(Fn.element(self.public_subnet_ids, each_zone.index)),
            route_table_id=public_routes.id,
        )

        nat_address = Eip(self, "aws_eip.nat", domain="vpc", depends_on=[gateway])
        nat_gateway = NatGateway(
            self,
            "aws_nat_gateway.nat_gateway",
            allocation_id=nat_address.id,
            subnet_id=Token.as_string(Fn.element(self.public_subnet_ids, 0)),
        )
        # the VPC's main table: a subnet that nobody associates stays private
        self.private_routes = DefaultRouteTable(
            self,
            "aws_default_route_table.private",
            default_route_table_id=self.vpc.default_route_table_id,
            route=[DefaultRouteTableRoute(cidr_block=EVERYWHERE, nat_gateway_id=nat_gateway.id)],
            tags={"Name": f"k8s-{name}-private"},
        )
        _name_every_key(self.private_routes)
        self.private_subnets = Subnet(
            self,
            "aws_subnet.private",
            count=each_zone,
            vpc_id=vpc_id,
            availability_zone=zone,
            cidr_block=Fn.cidrsubnet(
                range_, PRIVATE_NEWBITS, Token.as_number(Op.add(each_zone.index, 1))
            ),
            tags={
                "Name": f"{name}-private-subnet",
                naming.LOAD_BALANCER_TAGS["private"]: "1",
                **shared,
            },
        )
        self.private_subnet_ids = every(self.private_subnets, "id")
        RouteTableAssociation(
            self,
            "aws_route_table_association.private",
            count=each_zone,
            subnet_id=Token.as_string(Fn.element(self.private_subnet_ids, each_zone.index)),
            route_table_id=self.private_routes.id,
        )

    def subnet_ids(self, zones: Sequence[str] | None) -> list[str]:
        """The ids of all subnets, or of those in `zones`."""
        if zones is None:
            return Token.as_list(Fn.concat([self.public_subnet_ids, self.private_subnet_ids]))
        subnets = ", ".join(
            subnet.node.id for subnet in (self.public_subnets, self.private_subnets)
        )
        return Token.as_list(
            f"${{[for subnet in concat({subnets}) : subnet.id "
            f"if contains({json.dumps(zones)}, subnet.availability_zone)]}}"
        )


def _name_every_key(table: RouteTable | DefaultRouteTable) -> None:
    """Name the keys of `route` that newer providers have and the bindings, of aws 6.25, have not.

    `route` is an attribute written as a block: each object must name every key, or the provider
    refuses it. `odb_network_arn` is there from aws 6.47; older ones drop what they do not know.
    https://github.com/hashicorp/terraform-provider-aws/pull/48027
    """
    table.add_override("route.0.odb_network_arn", Token.null_value())
