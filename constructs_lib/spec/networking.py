"""The cluster's network: zones, ranges, ways out, endpoints and flow logs."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, Strict

from constructs_lib.spec.section import Check, Section, Wrong, matching
from constructs_lib.spec.types import (
    ID,
    NOT_EMPTY,
    UNIQUE,
    BucketName,
    Cidr,
    Days,
    SubnetId,
    Text,
    cidr,
    network,
)
from constructs_lib.tables import endpoints, regions

MIN_ZONES = 2
"""EKS wants subnets in at least two zones.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

MIN_VPC_PREFIX, MAX_SUBNET_PREFIX = 16, 28
"""AWS takes a VPC of /16 at most and a subnet of /28 at least.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""

MOST_NEWBITS = MAX_SUBNET_PREFIX - MIN_VPC_PREFIX
"""Bits between the largest VPC and the smallest subnet."""

ROUTE_TARGETS = {
    "eni": "network_interface_id",
    "nat": "nat_gateway_id",
    "pcx": "vpc_peering_connection_id",
    "tgw": "transit_gateway_id",
    "vgw": "gateway_id",
    "vpce": "vpc_endpoint_id",
}
"""The argument of a route by the start of its target's id.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html"""

_STARTS = ", ".join(f"{start}-" for start in ROUTE_TARGETS)

EVERYWHERE = "0.0.0.0/0"

MOST_ZONES = max(map(len, regions.ZONES.values()))
"""Zones of the region that has the most."""

AUTO = "auto"
"""Among the endpoints: those that the cluster's features need."""


def _number_of_zones(zones: tuple[str, ...]) -> Iterator[Wrong]:
    if len(zones) < MIN_ZONES:
        got = f"{len(zones)} zone" + "s" * (len(zones) != 1)
        what = "is too short a list: EKS wants at least two zones"
        yield Wrong((), what, "name two or three", got=got)


NO_HOSTS = {
    "0.0.0.0/8": "of this network",
    "127.0.0.0/8": "of a host to itself",
    "169.254.0.0/16": "of a link, where EC2 has its own services",
    "224.0.0.0/4": "of groups (multicast)",
    "240.0.0.0/4": "that are reserved",
}
"""Ranges in which no host can have an address.
https://www.iana.org/assignments/iana-ipv4-special-registry/"""


def _hosts_may_have_the_range(cidr: str) -> Iterator[Wrong]:
    own = network(cidr)
    for range_, whose in NO_HOSTS.items():
        if own.overlaps(network(range_)):
            what = f"lies in {range_}, addresses {whose}"
            yield Wrong((), what, "use a private range, like 10.1.0.0/16")


def _aws_takes_the_vpc(cidr: str) -> Iterator[Wrong]:
    if network(cidr).prefixlen < MIN_VPC_PREFIX:
        yield Wrong((), "is larger than AWS allows a VPC to be", "use a prefix from /16 to /20")


def _aws_takes_the_subnet(cidr: str) -> Iterator[Wrong]:
    if not MIN_VPC_PREFIX <= network(cidr).prefixlen <= MAX_SUBNET_PREFIX:
        what = f"is outside /{MIN_VPC_PREFIX} to /{MAX_SUBNET_PREFIX}, which AWS allows"
        yield Wrong((), what, "use a prefix between the two")


MOST_RANGES = 4
"""Secondary ranges that a VPC takes.
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""


def _room_in_the_vpc(cidrs: tuple[str, ...]) -> Iterator[Wrong]:
    if len(cidrs) > MOST_RANGES:
        what = f"is too long a list: a VPC takes {MOST_RANGES} more ranges"
        yield Wrong((), what, "name one, which all zones share", got=f"{len(cidrs)} ranges")


Zones = Annotated[
    tuple[str, ...], Strict(False), UNIQUE, Check(_number_of_zones, {"minItems": MIN_ZONES})
]
VpcCidr = Annotated[
    str,
    cidr(MIN_VPC_PREFIX, MAX_SUBNET_PREFIX),
    Check(_hosts_may_have_the_range, {"not": {"pattern": r"^(0|127|169\.254|22[4-9]|2[3-5]\d)\."}}),
    Check(_aws_takes_the_vpc, {"pattern": "/(1[6-9]|2[0-8])$"}),
]

SubnetCidr = Annotated[
    str,
    cidr(MIN_VPC_PREFIX, MAX_SUBNET_PREFIX, "10.1.0.0/24"),
    Check(_aws_takes_the_subnet, {"pattern": "/(1[6-9]|2[0-8])$"}),
]
PodCidr = Annotated[
    str,
    cidr(MIN_VPC_PREFIX, MAX_SUBNET_PREFIX, "100.64.0.0/16"),
    Check(_hosts_may_have_the_range, {"not": {"pattern": r"^(0|127|169\.254|22[4-9]|2[3-5]\d)\."}}),
    Check(_aws_takes_the_subnet, {"pattern": "/(1[6-9]|2[0-8])$"}),
]

AllocationId = Annotated[
    str,
    matching(
        rf"eipalloc-{ID}",
        "is not the id of an Elastic IP address",
        "write one like eipalloc-0abc1234, which `aws ec2 describe-addresses` shows",
    ),
]


def _no_other_word(service: str) -> Iterator[Wrong]:
    if (name := endpoints.OTHER_WORDS.get(service)) is not None:
        yield Wrong((), "has no endpoint by this name", f"write {name}")


Service = Annotated[
    str,
    matching(
        r"(?!(cn\.)?com\.amazonaws\.).*",
        "is a whole name, and what follows the region in it is wanted",
        "write it like s3 or ecr.api",
    ),
    Check(_no_other_word, {"not": {"enum": list(endpoints.OTHER_WORDS)}}),
    matching(
        r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*",
        "is not the name of an AWS service with VPC endpoints",
        "write what follows the region in its name, like ecr.api",
    ),
]


VpcId = Annotated[
    str,
    matching(
        rf"vpc-{ID}",
        "is not the id of a VPC",
        "write one like vpc-0abc1234, which `aws ec2 describe-vpcs` shows",
    ),
]
HostedZoneId = Annotated[
    str,
    matching(
        r"[0-9A-Z]{1,32}",
        "is not the id of a hosted zone",
        "write one like Z0123456789ABCDEFGHIJ, which `aws route53 list-hosted-zones` shows",
    ),
]


def _pods_have_ipv4(family: str) -> Iterator[Wrong]:
    if family == "ipv6":
        what = "is not offered: eks-join, the launch templates and kube2iam speak IPv4 alone"
        yield Wrong((), what, "write ipv4; pod_cidrs and pods_per_node give pods more addresses")
    elif family != "ipv4":
        yield Wrong((), "is not a choice", "use ipv4")


def _in_one_word(value: object) -> object:
    """The short form: ``endpoints: auto``."""
    return (AUTO,) if value == AUTO else value


class RouteSpec(Section):
    """A route to elsewhere: a peering, a transit gateway, a VPN.

    https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
    """

    to: Cidr
    """Range that is reached by it. 0.0.0.0/0 is the way out of subnets that have no other."""

    via: Annotated[
        str,
        matching(
            rf"({'|'.join(ROUTE_TARGETS)})-{ID}",
            "is not the id of something that routes lead to",
            f"write one that starts with {_STARTS}, like tgw-0abc1234",
        ),
    ]
    """Id of what leads there: a peering connection (`pcx-`), a transit (`tgw-`), virtual private
    (`vgw-`) or NAT gateway (`nat-`), an interface (`eni-`), an endpoint (`vpce-`)."""

    subnets: Literal["private", "public", "all"] = "private"
    """The subnets that have the route: the private ones by default."""


class FlowLogsSpec(Section):
    """A record of the connections in the VPC, which AWS bills by the GB.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
    """

    to: Literal["cloudwatch", "s3"] = "cloudwatch"
    """Where they go: to a log group of their own (default), or into a bucket of yours."""

    retention_in_days: Days = 30
    """How many days CloudWatch keeps them; by its own default that is for ever. In a bucket its
    own rules say that."""

    bucket: BucketName | None = None
    """The bucket, for `to: s3`. Its policy must let delivery.logs.amazonaws.com write:
    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html"""

    traffic_type: Literal["ALL", "ACCEPT", "REJECT"] = "ALL"
    """Which connections: all by default."""

    max_aggregation_interval: Literal[60, 600] = 600
    """Seconds that one record covers at most; 600 by default. Less is more records."""


class ZoneSubnetsSpec(Section):
    """The ranges of one zone's subnets, inside the VPC's and apart from all others."""

    private: SubnetCidr
    """Range of the nodes' subnet."""

    public: SubnetCidr | None = None
    """Range of the public subnet, where there are public ones."""

    pods: SubnetCidr | None = None
    """Range of the pods' subnet, inside one of `pod_cidrs`, where there are some."""


class SubnetsSpec(Section):
    """Subnets that are there, by their ids or by their tags."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["ids"]}, {"required": ["tags"]}]}
    )

    ids: Annotated[tuple[SubnetId, ...], Strict(False), NOT_EMPTY, UNIQUE] | None = None
    """Their ids."""

    tags: Annotated[dict[Text, Text], NOT_EMPTY] | None = None
    """Tags that each of them has, which are looked up by each plan: of the VPC's subnets in the
    cluster's zones, those with all of them. Of a VPC that another account shares name the ids: what
    tags its owner gave is not seen here."""


class ExistingVpcSpec(Section):
    """A VPC that is there, of this account or shared by another. Nothing of it is made or changed.

    What the cluster needs of it is checked by each plan: zones, ranges, DNS, free addresses, ways
    out. https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
    """

    id: VpcId
    """Id of the VPC."""

    private_subnets: SubnetsSpec
    """Subnets of the nodes, at least one in each of the cluster's zones."""

    control_plane_subnets: SubnetsSpec | None = None
    """Subnets in which EKS places its network interfaces; by default the private ones, of
    `control_plane.availability_zones` where that is said."""

    public_subnets: SubnetsSpec | None = None
    """Subnets with a route to the internet, for load balancers and the bastion. None by default."""

    pod_subnets: SubnetsSpec | None = None
    """Subnets from which pods take their addresses, one in each of the cluster's zones; needs the
    add-on `vpc-cni`. By default pods take them from the private ones."""

    tag_subnets: bool = False
    """Whether the tags by which load balancers find the subnets are added to them. Off by default:
    the subnets are their owner's. On, for subnets that another account shares: its tags are not
    seen here, nor ours there.
    https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html"""


class NetworkingSpec(Section):
    """How the VPC is cut, and its ways out. By default all is as in the chapter."""

    nat: Literal["single", "per_zone", "none"] = "single"
    """NAT gateways: one in the first zone (`single`, the default), one in each zone (`per_zone`),
    so that a zone that is down takes no other's way out along, or `none`. AWS bills each by the
    hour and by the GB. From one to many, the first keeps its address; to `none` ends what nodes
    and pods reach outside, but for `endpoints` and `routes`."""

    nat_eips: Annotated[tuple[AllocationId, ...], Strict(False), NOT_EMPTY, UNIQUE] | None = None
    """Elastic IP addresses of yours for the NAT gateways, one for each in the order of the zones.
    By default new ones are made. Another address replaces the gateway that has it."""

    public_subnets: bool = True
    """Whether there are public subnets and an internet gateway. On by default. Off, for clusters
    that serve nobody outside, needs `nat: none`."""

    public_newbits: Annotated[int, Field(ge=1, le=MOST_NEWBITS)] = 8
    """How many bits longer the prefix of a public subnet is than the VPC's: 8 by default, a /24 of
    a /16. A change replaces the subnets."""

    private_newbits: Annotated[int, Field(ge=1, le=MOST_NEWBITS)] = 2
    """How many bits longer the prefix of a private subnet is: 2 by default, a /18 of a /16 for
    each of three zones at most; 3 makes room for seven. A change replaces the subnets."""

    subnets: dict[str, ZoneSubnetsSpec] | None = None
    """Ranges of the subnets by zone, each of the cluster's. Terraform then knows the subnets by
    their zone's name, so that any zone can be added or taken away without a word to the others. By
    default they are cut from the VPC's range by number. On a cluster that runs it replaces the
    subnets."""

    pod_cidrs: Annotated[
        tuple[PodCidr, ...],
        Strict(False),
        UNIQUE,
        Check(_room_in_the_vpc, {"maxItems": MOST_RANGES}),
    ] = ()
    """Secondary ranges of the VPC from which pods take their addresses, such as 100.64.0.0/16: one,
    cut like the private subnets, or one for each zone. Needs the add-on `vpc-cni`. By default pods
    take them from the private subnets. On a cluster that runs it reaches new nodes only."""

    pods_per_node: Literal["default", "high"] = "default"
    """How many pods a node may run: as many as its network interfaces have addresses, or `high`: up
    to 110, and 250 with more than 30 CPUs, by giving the interfaces prefixes of 16 addresses. Needs
    the add-on `vpc-cni`, Nitro types, and subnets with room. On a cluster that runs it reaches new
    nodes only."""

    endpoints: Annotated[
        tuple[Service, ...],
        Strict(False),
        UNIQUE,
        BeforeValidator(_in_one_word, json_schema_input_type=Literal["auto"] | tuple[Service, ...]),
    ] = ()
    """AWS services that are reached without leaving the VPC, by name (`s3`, `ecr.api`); `auto`,
    alone or in the list, for those that the cluster's features need. None by default. `s3` and
    `dynamodb` cost nothing; any other is billed by the hour in each zone."""

    flow_logs: FlowLogsSpec | None = None
    """A record of connections. None by default."""

    default_security_group: Literal["as_is", "closed"] = "as_is"
    """The VPC's default security group, which lets its members talk to each other: as AWS makes it
    (`as_is`, the default), or without any rule (`closed`). Nothing made here is in it."""

    routes: Annotated[tuple[RouteSpec, ...], Strict(False)] = ()
    """Routes to elsewhere, beside those made here. None by default: a route that is added by hand
    is removed by the next apply."""

    private_zones: Annotated[tuple[HostedZoneId, ...], Strict(False), UNIQUE] = ()
    """Ids of private hosted zones of Route 53 whose names the VPC resolves; of this account, or
    authorised by theirs. Only the account of the VPC can do it. None by default."""

    ip_family: Annotated[str, Check(_pods_have_ipv4, {"enum": ["ipv4"]})] = "ipv4"
    """What addresses pods and Services have: `ipv4`. IPv6 is refused; why stands in
    docs/adr/0031-no-ipv6-yet.md."""

    vpc: ExistingVpcSpec | None = None
    """A VPC that is there, in place of one made here; no other keys but `private_zones` and
    `pods_per_node` go with it. By default one is made."""

    @property
    def max_zones(self) -> int:
        """How many private subnets there is room for behind the public ones, in their own slot."""
        if self.subnets is not None:
            return len(self.subnets)
        if self.vpc is not None:
            return MOST_ZONES
        public_in_a_slot: int = 2 ** max(self.public_newbits - self.private_newbits, 0)
        private: int = 2**self.private_newbits - 1
        return min(private, public_in_a_slot)

    @property
    def max_vpc_prefix(self) -> int:
        """The smallest VPC in which the smaller subnets are not under AWS's least."""
        if self.subnets is not None:
            return MAX_SUBNET_PREFIX
        return MAX_SUBNET_PREFIX - max(self.public_newbits, self.private_newbits)

    @property
    def has_pod_subnets(self) -> bool:
        """Whether pods take their addresses from subnets of their own."""
        return bool(self.pod_cidrs) or (self.vpc is not None and self.vpc.pod_subnets is not None)
