"""Route tables, whose routes stand inside them: a route that is added by hand is removed."""

from collections.abc import Iterable, Sequence
from typing import Any

from cdktf import Token
from cdktf_cdktf_provider_aws.default_route_table import (
    DefaultRouteTable,
    DefaultRouteTableRoute,
)
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.spec import NetworkingSpec, RouteSpec
from constructs_lib.spec.networking import EVERYWHERE, ROUTE_TARGETS


class PrivateRoutes(Construct):
    """The route tables of the private subnets: one, or one in each zone with a NAT gateway.

    Where the subnets are called after their zones, each zone has a table from the start, so that
    the number of gateways changes routes alone.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: NetworkingSpec,
        *,
        zones: Sequence[str],
        cluster: Identity,
        vpc: Vpc,
        gateways: Sequence[NatGateway],
    ) -> None:
        """Lead out through `gateways`, of which the first is also for zones without their own."""
        super().__init__(scope, id_)
        elsewhere = list(arguments(spec.routes, "private"))
        ways = [
            [{"cidr_block": EVERYWHERE, "nat_gateway_id": gateway.id}, *elsewhere]
            for gateway in gateways
        ] or [elsewhere]
        by_zone = spec.subnets is not None
        if by_zone and len(ways) == 1:
            ways *= len(zones)
        name = f"k8s-{cluster.name}-private"
        # the VPC's main table: a subnet that nobody associates stays private
        main = elsewhere if by_zone else ways[0]
        first = DefaultRouteTable(
            self,
            "aws_default_route_table.private",
            default_route_table_id=vpc.default_route_table_id,
            route=[DefaultRouteTableRoute(**route) for route in main],
            tags={"Name": name},
        )
        name_every_key(first, len(main))
        self.tables: list[DefaultRouteTable | RouteTable] = [] if by_zone else [first]
        own = slice(0 if by_zone else 1, None)
        for zone, way in zip(zones[own], ways[own], strict=False):
            table = RouteTable(
                self,
                f"aws_route_table.private-{zone}",
                vpc_id=vpc.id,
                route=[RouteTableRoute(**route) for route in way],
                tags={"Name": f"{name}-{zone}"},
            )
            name_every_key(table, len(way))
            self.tables.append(table)
        self.ids = [table.id for table in self.tables]


def arguments(routes: Iterable[RouteSpec], kind: str) -> Iterable[dict[str, Any]]:
    """The arguments of those of `routes` that subnets of `kind` have."""
    for route in routes:
        if route.subnets in (kind, "all"):
            target = ROUTE_TARGETS[route.via.partition("-")[0]]
            yield {"cidr_block": route.to, target: route.via}


def name_every_key(table: RouteTable | DefaultRouteTable, routes: int) -> None:
    """Name the keys of `route` that newer providers have and the bindings, of aws 6.25, have not.

    `route` is an attribute written as a block: each object must name every key, or the provider
    refuses it. `odb_network_arn` is there from aws 6.47; older ones drop what they do not know.
    Without routes it must be an empty list: an argument that is not there changes nothing.
    https://github.com/hashicorp/terraform-provider-aws/pull/48027
    """
    for number in range(routes):
        table.add_override(f"route.{number}.odb_network_arn", Token.null_value())
    if not routes:
        table.add_override("route", [])
