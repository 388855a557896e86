"""A VPC made here: a public and a private subnet in each zone, one way in, and the ways out."""

from collections.abc import Sequence

from cdktf import Fn, ITerraformDependable, Token
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_ipv4_cidr_block_association import (
    VpcIpv4CidrBlockAssociation,
)
from constructs import Construct

from constructs_lib import naming, variables
from constructs_lib.identity import Identity
from constructs_lib.networking.endpoints import Endpoints
from constructs_lib.networking.flow_logs import FlowLogs
from constructs_lib.networking.nat import NatGateways
from constructs_lib.networking.routes import PrivateRoutes, arguments, name_every_key
from constructs_lib.networking.zones import Keyed, Numbered
from constructs_lib.spec import NetworkingSpec
from constructs_lib.spec.networking import EVERYWHERE


class OwnVpc(Construct):
    """The cluster's network.

    By default it is cut as the chapter cuts it::

        | first quarter of the VPC | second quarter | third quarter | last quarter |
        | public 0, 1, 2           | private 0      | private 1     | private 2    |

    Zone i has public subnet i and private subnet i. There is one NAT gateway, in zone 0, as the
    chapter has it: cheap, and the way out of all zones while that zone lives. The spec may ask for
    one in each zone, for none, for no public subnets, and for ranges of its own by zone.
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
        self._cluster = cluster
        self._zones: Numbered | Keyed = (
            Numbered(spec, range_, cluster)
            if spec.subnets is None
            else Keyed(self, {zone: spec.subnets[zone] for zone in zones}, cluster)
        )
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
        first_public: list[str] = []
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
            self.public_subnets = self._subnets("public")
            self.public_subnet_ids = self._zones.ids(self.public_subnets)
            tables = [public_routes.id]
            self._associate("public", self.public_subnets, tables[0])
            first_public = [
                self._zones.id_in(self.public_subnets, number) for number in range(len(zones))
            ]

        nat = NatGateways(
            self,
            "nat",
            spec,
            zones=zones,
            public_subnet_ids=first_public,
            gateway=gateway,
        )
        routes = PrivateRoutes(
            self,
            "private-routes",
            spec,
            zones=zones,
            cluster=cluster,
            vpc=self.vpc,
            gateways=nat.gateways,
        )
        self.ways_out: list[ITerraformDependable] = list(routes.tables)
        self.private_subnets = self._subnets("private")
        self.private_subnet_ids = self._zones.ids(self.private_subnets)
        table = self._zones.table_in_each(routes.ids)
        self._associate("private", self.private_subnets, table)
        self.control_plane_subnets = [
            self._zones.listed(subnets)
            for subnets in (self.public_subnets, self.private_subnets)
            if subnets is not None
        ]
        self.control_plane_subnet_ids = (
            self.private_subnet_ids
            if self.public_subnets is None
            else Token.as_list(Fn.concat([self.public_subnet_ids, self.private_subnet_ids]))
        )
        self.pod_subnets_by_zone: str | None = None
        if spec.pod_cidrs:
            self._make_pod_subnets(spec.pod_cidrs, table)

        if endpoints:
            made = Endpoints(
                self,
                "endpoints",
                endpoints,
                cluster=cluster,
                vpc=self.vpc,
                ranges=[self.vpc.cidr_block, *spec.pod_cidrs],
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

    def _subnets(self, kind: str, after: Sequence[ITerraformDependable] = ()) -> Subnet:
        """A subnet of a kind in each zone."""
        tags = {"Name": f"{self._cluster.name}-{kind}-subnet"}
        if kind in naming.LOAD_BALANCER_TAGS:
            tags |= {naming.LOAD_BALANCER_TAGS[kind]: "1", self._cluster.tag: "shared"}
        return Subnet(
            self,
            f"aws_subnet.{kind}",
            **self._zones.each(),
            vpc_id=self.vpc.id,
            **self._zones.subnet(kind),
            map_public_ip_on_launch=True if kind == "public" else None,
            tags=tags,
            depends_on=list(after) or None,
        )

    def _associate(self, kind: str, subnets: Subnet, table: str) -> None:
        """Give the subnet of each zone its table."""
        RouteTableAssociation(
            self,
            f"aws_route_table_association.{kind}",
            **self._zones.each(),
            subnet_id=self._zones.id_in_each(subnets),
            route_table_id=table,
        )

    def _make_pod_subnets(self, ranges: Sequence[str], table: str) -> None:
        """Subnets of pods in ranges of their own, which leave as the private ones do."""
        added: list[ITerraformDependable] = [
            VpcIpv4CidrBlockAssociation(
                self,
                f"aws_vpc_ipv4_cidr_block_association.pods-{naming.of_range(range_)}",
                vpc_id=self.vpc.id,
                cidr_block=range_,
            )
            for range_ in ranges
        ]
        subnets = self._subnets("pods", after=added)
        self._associate("pods", subnets, table)
        self.pod_subnets_by_zone = self._zones.id_by_zone(subnets)
