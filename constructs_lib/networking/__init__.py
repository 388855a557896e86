"""The VPC: a public and a private subnet in each zone, one way in, and the ways out."""

import json
from collections.abc import Sequence

from cdktf import Fn, ITerraformDependable, Op, TerraformCount, Token
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from constructs_lib import naming, variables
from constructs_lib.identity import Identity
from constructs_lib.networking.endpoints import Endpoints
from constructs_lib.networking.flow_logs import FlowLogs
from constructs_lib.networking.nat import NatGateways
from constructs_lib.networking.routes import PrivateRoutes, arguments, name_every_key
from constructs_lib.spec import NetworkingSpec
from constructs_lib.spec.networking import EVERYWHERE
from constructs_lib.terraform.addresses import every


class Networking(Construct):
    """The cluster's network, by default cut as the chapter cuts it::

        | first quarter of the VPC | second quarter | third quarter | last quarter |
        | public 0, 1, 2           | private 0      | private 1     | private 2    |

    Zone i has public subnet i and private subnet i. There is one NAT gateway, in zone 0, as the
    chapter has it: cheap, and the way out of all zones while that zone lives. The spec may ask for
    one in each zone, for none, and for no public subnets.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: NetworkingSpec,
        *,
        vpc_cidr: str,
        zones: Sequence[str],
        endpoints: Sequence[str],
        cluster: Identity,
    ) -> None:
        """Make the network in the range `vpc_cidr` and in `zones`, with endpoints for services."""
        super().__init__(scope, id_)
        range_ = variables.vpc_cidr(self, vpc_cidr, spec.max_vpc_prefix).string_value
        name = cluster.name
        each_zone = TerraformCount.of(Token.as_number(Fn.length_of(cluster.zones)))
        self.vpc = Vpc(
            self,
            "aws_vpc.k8s",
            cidr_block=range_,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name, cluster.tag: "shared"},
        )

        self.public_subnets: Subnet | None = None
        self.public_subnet_ids: list[str] = []
        gateway = None
        tables: list[str] = []
        if spec.public_subnets:
            gateway = InternetGateway(
                self, "aws_internet_gateway.gateway", vpc_id=self.vpc.id, tags={"Name": name}
            )
            elsewhere = list(arguments(spec.routes, "public"))
            way = [{"cidr_block": EVERYWHERE, "gateway_id": gateway.id}, *elsewhere]
            public_routes = RouteTable(
                self,
                "aws_route_table.public",
                vpc_id=self.vpc.id,
                route=[RouteTableRoute(**route) for route in way],
                tags={"Name": f"{name}-public"},
            )
            name_every_key(public_routes, len(way))
            self.public_subnets = self._subnets(
                "public",
                count=each_zone,
                cidr=Fn.cidrsubnet(range_, spec.public_newbits, each_zone.index),
                cluster=cluster,
            )
            self.public_subnet_ids = every(self.public_subnets, "id")
            self._associate("public", each_zone, self.public_subnet_ids, [public_routes.id])
            tables = [public_routes.id]

        nat = NatGateways(
            self,
            "nat",
            spec,
            zones=zones,
            public_subnet_ids=self.public_subnet_ids,
            gateway=gateway,
        )
        routes = PrivateRoutes(
            self,
            "private-routes",
            spec.routes,
            zones=zones,
            cluster=cluster,
            vpc=self.vpc,
            gateways=nat.gateways,
        )
        self.ways_out: list[ITerraformDependable] = list(routes.tables)
        self.private_subnets = self._subnets(
            "private",
            count=each_zone,
            cidr=Fn.cidrsubnet(
                range_, spec.private_newbits, Token.as_number(Op.add(each_zone.index, 1))
            ),
            cluster=cluster,
        )
        self.private_subnet_ids = every(self.private_subnets, "id")
        self._associate("private", each_zone, self.private_subnet_ids, routes.ids)

        if endpoints:
            made = Endpoints(
                self,
                "endpoints",
                endpoints,
                cluster=cluster,
                vpc=self.vpc,
                subnet_ids=self.private_subnet_ids,
                route_table_ids=[*routes.ids, *tables],
            )
            self.ways_out += made.made
        if spec.flow_logs is not None:
            FlowLogs(self, "flow-logs", spec.flow_logs, cluster=cluster, vpc=self.vpc)
        if spec.default_security_group == "closed":
            DefaultSecurityGroup(
                self,
                "aws_default_security_group.default",
                vpc_id=self.vpc.id,
                tags={"Name": f"{name}-default"},
            )

    def _subnets(self, kind: str, *, count: TerraformCount, cidr: str, cluster: Identity) -> Subnet:
        """A subnet of a kind in each zone."""
        return Subnet(
            self,
            f"aws_subnet.{kind}",
            count=count,
            vpc_id=self.vpc.id,
            availability_zone=Token.as_string(Fn.element(cluster.zones, count.index)),
            cidr_block=cidr,
            map_public_ip_on_launch=True if kind == "public" else None,
            tags={
                "Name": f"{cluster.name}-{kind}-subnet",
                naming.LOAD_BALANCER_TAGS[kind]: "1",
                cluster.tag: "shared",
            },
        )

    def _associate(
        self, kind: str, count: TerraformCount, subnet_ids: list[str], tables: Sequence[str]
    ) -> None:
        """Give the subnet of each zone its table: the one there is, or that of its number."""
        RouteTableAssociation(
            self,
            f"aws_route_table_association.{kind}",
            count=count,
            subnet_id=Token.as_string(Fn.element(subnet_ids, count.index)),
            route_table_id=tables[0]
            if len(tables) == 1
            else Token.as_string(Fn.element(list(tables), count.index)),
        )

    def subnet_ids(self, zones: Sequence[str] | None) -> list[str]:
        """The ids of all subnets, or of those in `zones`."""
        subnets = [s for s in (self.public_subnets, self.private_subnets) if s is not None]
        if zones is None:
            if self.public_subnets is None:
                return self.private_subnet_ids
            return Token.as_list(Fn.concat([self.public_subnet_ids, self.private_subnet_ids]))
        named = ", ".join(subnet.node.id for subnet in subnets)
        return Token.as_list(
            f"${{[for subnet in concat({named}) : subnet.id "
            f"if contains({json.dumps(zones)}, subnet.availability_zone)]}}"
        )
