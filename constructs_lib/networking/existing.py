"""A VPC that is there: looked up, and checked by each plan."""

from collections.abc import Sequence
from typing import Any

from cdktf import (
    ITerraformDependable,
    Postcondition,
    Precondition,
    TerraformElement,
    TerraformIterator,
    TerraformOutput,
    TerraformResourceLifecycle,
    TerraformStack,
    Token,
)
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_route_table import DataAwsRouteTable
from cdktf_cdktf_provider_aws.data_aws_route_tables import (
    DataAwsRouteTables,
    DataAwsRouteTablesFilter,
)
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet
from cdktf_cdktf_provider_aws.data_aws_subnets import DataAwsSubnets, DataAwsSubnetsFilter
from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from cdktf_cdktf_provider_aws.ec2_tag import Ec2Tag
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.spec import MIN_ZONES, ExistingVpcSpec, SubnetsSpec
from constructs_lib.spec.networking import EVERYWHERE
from constructs_lib.terraform.addresses import every_value
from constructs_lib.terraform.literals import literal

FREE_ADDRESSES = 6
"""What EKS wants in each subnet of the control plane.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

ZONES = "var.availability_zones"
KEY = "networking.vpc"


class ExistingVpc(Construct):
    """The VPC and subnets of somebody else, as data sources.

    What would never work ends the plan, with the key of the spec: a subnet of another VPC or zone,
    a zone without a subnet, no DNS, Services inside the VPC. What may be right for reasons that
    Terraform cannot see, or passes, is a warning: few free addresses, no way out.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: ExistingVpcSpec,
        *,
        service_ipv4_cidr: str,
        cluster: Identity,
    ) -> None:
        """Look up what `spec` names, for a cluster whose Services are in `service_ipv4_cidr`."""
        super().__init__(scope, id_)
        self.vpc = DataAwsVpc(
            self,
            "data.aws_vpc.k8s",
            id=spec.id,
            lifecycle=after(
                (
                    "self.enable_dns_support && self.enable_dns_hostnames",
                    f"{KEY}.id: ${{self.id}} has no DNS of its own, without which nodes do not "
                    "find the API; turn on enableDnsSupport and enableDnsHostnames",
                ),
                (
                    "alltrue([for a in self.cidr_block_associations : "
                    f"{_apart(service_ipv4_cidr)}])",
                    f"{KEY}.id: ${{self.id}} overlaps the range of the Services, "
                    f"{service_ipv4_cidr}; set control_plane.service_ipv4_cidr to another",
                ),
            ),
        )
        self.private_subnets = self._subnets("private", spec.private_subnets, cluster)
        self.private_subnet_ids = ids_of(self.private_subnets)
        self.public_subnet_ids: list[str] = []
        public = None
        if spec.public_subnets is not None:
            public = self._subnets("public", spec.public_subnets, cluster)
            self.public_subnet_ids = ids_of(public)
        own = spec.control_plane_subnets
        of_control_plane = (
            self.private_subnets if own is None else self._subnets("control_plane", own, cluster)
        )
        self.control_plane_subnets = [f"values({of_control_plane.node.id})"]
        self.control_plane_subnet_ids = ids_of(of_control_plane)
        self.pod_subnets_by_zone: str | None = None
        conditions: list[tuple[str, str]] = []
        if spec.pod_subnets is not None:
            pods = self._subnets("pod", spec.pod_subnets, cluster).node.id
            found = f"[for s in {pods} : s.id if s.availability_zone == zone]"
            self.pod_subnets_by_zone = f"{{for zone in {ZONES} : zone => try(one({found}), null)}}"
            conditions.append(
                (
                    f"alltrue([for zone in {ZONES} : length({found}) == 1])",
                    f"{KEY}.pod_subnets: name one subnet in each of availability_zones, as an "
                    "ENIConfig has one",
                )
            )
        self.ways_out: Sequence[ITerraformDependable] = ()

        if spec.tag_subnets:
            self._tag("private", self.private_subnets, cluster)
            if public is not None:
                self._tag("public", public, cluster)
        kind = "private" if own is None else "control_plane"
        self._tell_zones(of_control_plane, kind, conditions)
        self._check_free_addresses(of_control_plane)
        self._check_ways_out(public)

    def _subnets(self, kind: str, spec: SubnetsSpec, cluster: Identity) -> DataAwsSubnet:
        """The subnets of a kind, each of this VPC and in a zone of the cluster."""
        if spec.ids is not None:
            ids = list(spec.ids)
        else:
            ids = DataAwsSubnets(
                self,
                f"data.aws_subnets.{kind}",
                tags={literal(key): literal(value) for key, value in (spec.tags or {}).items()},
                filter=[
                    DataAwsSubnetsFilter(name="vpc-id", values=[self.vpc.id]),
                    DataAwsSubnetsFilter(name="availability-zone", values=cluster.zones),
                ],
                lifecycle=after(
                    (
                        "length(self.ids) > 0",
                        f"{KEY}.{kind}_subnets: no subnet of the cluster's zones has these tags; "
                        "where another account shares the VPC, its tags are not seen here: name "
                        "the ids",
                    )
                ),
            ).ids
        return subnets_by_id(self, kind, ids, key=f"{KEY}.{kind}_subnets", vpc=self.vpc)

    def ours(self) -> TerraformResourceLifecycle:
        """What holds for a resource that only the account of the VPC can make.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html
        """
        here = DataAwsCallerIdentity(self, "data.aws_caller_identity.network")
        return TerraformResourceLifecycle(
            precondition=[
                Precondition(
                    **condition(
                        f"{self.vpc.node.id}.owner_id == {here.node.id}.account_id",
                        f"networking.private_zones: {KEY}.id is of account "
                        f"${{{self.vpc.node.id}.owner_id}}, which alone can have it resolve them; "
                        "have its owner do so, and delete the key",
                    )
                )
            ]
        )

    def _tag(self, kind: str, subnets: DataAwsSubnet, cluster: Identity) -> None:
        """Add what load balancers look for."""
        each = TerraformIterator.from_resources(subnets)
        for name, tag, value in (
            (f"{kind}-load-balancers", naming.LOAD_BALANCER_TAGS[kind], "1"),
            (f"{kind}-cluster", cluster.tag, "shared"),
        ):
            Ec2Tag(
                self,
                f"aws_ec2_tag.{name}",
                for_each=each,
                resource_id=each.get_string("id"),
                key=tag,
                value=value,
            )

    def _tell_zones(
        self, of_control_plane: DataAwsSubnet, kind: str, others: Sequence[tuple[str, str]]
    ) -> None:
        """Output the private subnets by zone; a plan ends where a zone has none, or by `others`."""
        private = self.private_subnets.node.id
        output = TerraformOutput(
            self,
            "output.private_subnets",
            value=f"${{{{for subnet in {private} : subnet.availability_zone => subnet.id...}}}}",
            description="Subnets of the nodes, by zone",
        )
        empty = f"setsubtract({ZONES}, values({private})[*].availability_zone)"
        zones = f"values({of_control_plane.node.id})[*].availability_zone"
        conditions = [
            (
                f"length({empty}) == 0",
                f'{KEY}.private_subnets: none is in ${{join(", ", {empty})}} of '
                "availability_zones; add one or leave the zone out",
            ),
            (
                f"length(toset({zones})) >= {MIN_ZONES}",
                f"{KEY}.{kind}_subnets: EKS wants subnets in at least two zones",
            ),
            *others,
        ]
        output.add_override("precondition", [condition(*each) for each in conditions])

    def _check_free_addresses(self, subnets: DataAwsSubnet) -> None:
        few = (
            f"[for s in {subnets.node.id} : s.id if s.available_ip_address_count < "
            f"{FREE_ADDRESSES}]"
        )
        self._check(
            "free_addresses",
            (
                f"length({few}) == 0",
                f'{KEY}: ${{join(", ", {few})}} has fewer than {FREE_ADDRESSES} free addresses, '
                "and EKS wants as many in each subnet of the control plane",
            ),
        )

    def _check_ways_out(self, public: DataAwsSubnet | None) -> None:
        """Look at the route table of each subnet: its own, or else the VPC's main one."""
        self._main_tables = DataAwsRouteTables(
            self,
            "data.aws_route_tables.main",
            vpc_id=self.vpc.id,
            filter=[DataAwsRouteTablesFilter(name="association.main", values=["true"])],
        )
        assertions = [
            self._default_routes(
                self.private_subnets,
                "private",
                'try(!startswith(r.gateway_id, "igw-"), true)',
                f"have no route to {EVERYWHERE} but by an internet gateway, which takes nobody "
                "without a public address; nodes then reach what the VPC's endpoints offer",
            )
        ]
        if public is not None:
            assertions.append(
                self._default_routes(
                    public,
                    "public",
                    'try(startswith(r.gateway_id, "igw-"), false)',
                    f"have no route to {EVERYWHERE} by an internet gateway, so nothing there is "
                    "reached from outside",
                )
            )
        self._check("ways_out", *assertions)

    def _default_routes(
        self, subnets: DataAwsSubnet, kind: str, right: str, what: str
    ) -> tuple[str, str]:
        """The assertion that each subnet has a default route of the `right` kind."""
        each = TerraformIterator.from_resources(subnets)
        own = DataAwsRouteTables(
            self,
            f"data.aws_route_tables.{kind}",
            for_each=each,
            vpc_id=self.vpc.id,
            filter=[
                DataAwsRouteTablesFilter(
                    name="association.subnet-id", values=[each.get_string("id")]
                )
            ],
        )
        tables = DataAwsRouteTable(
            self, f"data.aws_route_table.{kind}", route_table_id="${each.value}"
        )
        # a VPC of another account may not show its tables: then there is nothing to look at
        seen = f"concat(own.ids, {self._main_tables.node.id}.ids)"
        tables.add_override(
            "for_each",
            f"${{{{for id, own in {own.node.id} : id => {seen}[0] if length({seen}) > 0}}}}",
        )
        lost = (
            f"[for id, table in {tables.node.id} : id if length([for r in table.routes : r "
            f'if r.cidr_block == "{EVERYWHERE}" && {right}]) == 0]'
        )
        return f"length({lost}) == 0", f'{KEY}.{kind}_subnets: ${{join(", ", {lost})}} {what}'

    def _check(self, name: str, *assertions: tuple[str, str]) -> None:
        """Add a `check`, whose failure is a warning of each plan; CDKTF 0.21 has no word for it."""
        TerraformStack.of(self).add_override(
            f"check.{name}.assert", [condition(*assertion) for assertion in assertions]
        )


def subnets_by_id(
    scope: Construct, name: str, ids: Sequence[str], *, key: str, vpc: TerraformElement
) -> DataAwsSubnet:
    """The subnets `ids` as ``data.aws_subnet.<name>``: a map by id.

    A plan ends, naming the spec's `key`, where one is not of `vpc` or in no zone of the cluster.
    """
    each = TerraformIterator.from_list(ids)
    return DataAwsSubnet(
        scope,
        f"data.aws_subnet.{name}",
        for_each=each,
        id=Token.as_string(each.value),
        lifecycle=after(
            (
                f"self.vpc_id == {vpc.node.id}.id",
                f"{key}: ${{self.id}} is in another VPC, ${{self.vpc_id}}",
            ),
            (
                f"contains({ZONES}, self.availability_zone)",
                f"{key}: ${{self.id}} is in ${{self.availability_zone}}, which is not among "
                "availability_zones; add the zone or leave the subnet out",
            ),
        ),
    )


def ids_of(subnets: DataAwsSubnet) -> list[str]:
    """The id of each, in the order of the ids: a data source with `for_each` is a map by them."""
    return every_value(subnets, "id")


def _apart(cidr: str) -> str:
    """The condition that the range of `a` and `cidr` share no address.

    They share one if the wider of the two holds the network address of the other.
    """
    address, _, length = cidr.partition("/")
    wider = f'min({length}, tonumber(split("/", a.cidr_block)[1]))'
    return (
        f'cidrhost("{address}/${{{wider}}}", 0) != '
        f'cidrhost("${{split("/", a.cidr_block)[0]}}/${{{wider}}}", 0)'
    )


def condition(true: str, message: str) -> dict[str, Any]:
    """A condition of Terraform's, and what it says where that does not hold."""
    return {"condition": f"${{{true}}}", "error_message": f"{message}."}


def after(*conditions: tuple[str, str]) -> TerraformResourceLifecycle:
    """Conditions that end the plan, with what Terraform says then."""
    return TerraformResourceLifecycle(
        postcondition=[Postcondition(**condition(*each)) for each in conditions]
    )
