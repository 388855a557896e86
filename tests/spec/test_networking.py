"""The cluster's range and zones."""

import re
from pathlib import Path

import pytest

from constructs_lib.spec import endpoints
from constructs_lib.spec.loader import load
from tests import synthesis
from tests.spec.bad import GOOD, TODAY, Change, add, also, in_group, instead, told, warnings

QUIET = "kube2iam: {enabled: false}"
"""Nothing that needs an image from outside."""


def network(section: str, *others: str) -> Change:
    """Add the section `networking`, in line 6, and other lines below it."""
    return also("\n".join((f"networking: {section}", *others)))


VPC = "id: vpc-0abc1234, private_subnets: {ids: [subnet-0abc1234, subnet-0abc1235]}"


def there(*more: str, others: tuple[str, ...] = (), beside: str = "", vpc: str = VPC) -> Change:
    """A VPC that is there, in place of the range in line 4, which stays an empty line."""
    section = f"{{vpc: {{{', '.join((vpc, *more))}}}{beside}}}"
    return lambda text: network(section, *others)(text).replace("vpc_cidr: 10.1.0.0/16", "")


def group(line: str, vpc: str = VPC) -> Change:
    """A group of a VPC that is there, with `line` in line 9."""
    return lambda text: there(vpc=vpc)(text).replace("    min_size: 1", f"    {line}")


PUBLIC = f"{VPC}, public_subnets: {{ids: [subnet-0abc1236]}}"

BAD: dict[str, tuple[Change, str]] = {
    "subnets beside zones": (
        group("availability_zones: [us-west-2a]\n    subnet_ids: [subnet-0abc1234]"),
        "10: node_groups.node.subnet_ids: stands beside availability_zones, and each says where "
        "nodes start; delete one of the two",
    ),
    "nodes in a public subnet": (
        group("subnet_ids: [subnet-0abc1236]", vpc=PUBLIC),
        "9: node_groups.node.subnet_ids[0]: is among networking.vpc.public_subnets, and nodes have "
        "no public address, got subnet-0abc1236; use a private subnet",
    ),
    "a bad CIDR": (
        instead("10.1.0.0/16", "10.1.0/16"),
        "4: vpc_cidr: is not an IPv4 CIDR, got 10.1.0/16; "
        "write an address and a prefix length, like 10.1.0.0/16",
    ),
    "a CIDR with host bits": (
        instead("10.1.0.0/16", "10.1.2.0/16"),
        "4: vpc_cidr: has host bits set, got 10.1.2.0/16; write 10.1.0.0/16",
    ),
    "a CIDR without a prefix": (
        instead("10.1.0.0/16", "10.1.0.0"),
        "4: vpc_cidr: has no prefix length, got 10.1.0.0; write an address and a prefix length, "
        "like 10.1.0.0/16",
    ),
    "a VPC larger than AWS allows": (
        instead("10.1.0.0/16", "10.0.0.0/15"),
        "4: vpc_cidr: is larger than AWS allows a VPC to be, got 10.0.0.0/15; "
        "use a prefix from /16 to /20",
    ),
    "a VPC too small for its subnets": (
        instead("10.1.0.0/16", "10.1.0.0/21"),
        "4: vpc_cidr: is too small for its subnets: the public ones would be /29, "
        "and AWS allows /28 at least, got 10.1.0.0/21; use a prefix from /16 to /20",
    ),
    "a fourth zone": (
        instead("us-west-2b]", "us-west-2b, us-west-2c, us-west-2d]"),
        "3: availability_zones: is too long a list: private subnet 4 runs past the VPC's "
        "range, got 4 zones; name two or three, or cut the VPC finer with "
        "networking.private_newbits",
    ),
    "a single zone": (
        instead(", us-west-2b]", "]"),
        "3: availability_zones: is too short a list: EKS wants at least two zones, got 1 zone; "
        "name two or three",
    ),
    "a zone of another region": (
        instead("us-west-2b", "us-east-1b"),
        "3: availability_zones[1]: is not a zone of us-west-2, got us-east-1b; write one like "
        "us-west-2a",
    ),
    "a repeated zone": (
        instead("us-west-2b", "us-west-2a"),
        "3: availability_zones[1]: is repeated, got us-west-2a; list it once",
    ),
    "a text instead of a list": (
        instead("[us-west-2a, us-west-2b]", "us-west-2a"),
        "3: availability_zones: is not a list, got us-west-2a; write a list, each item in a "
        "line of its own after a hyphen, or [in, brackets]",
    ),
    "a VPC around the default Service range": (
        instead("10.1.0.0/16", "172.20.0.0/16"),
        "4: vpc_cidr: overlaps the range of the Services, 172.20.0.0/16 by default, got "
        "172.20.0.0/16; use another range, like 10.1.0.0/16, or add control_plane: "
        "{service_ipv4_cidr: 10.100.0.0/16}",
    ),
    "a range of loopback addresses": (
        instead("10.1.0.0/16", "127.0.0.0/16"),
        "4: vpc_cidr: lies in 127.0.0.0/8, addresses of a host to itself, got 127.0.0.0/16; "
        "use a private range, like 10.1.0.0/16",
    ),
    "a range of link-local addresses": (
        instead("10.1.0.0/16", "169.254.0.0/16"),
        "4: vpc_cidr: lies in 169.254.0.0/16, addresses of a link, where EC2 has its own services, "
        "got 169.254.0.0/16; use a private range, like 10.1.0.0/16",
    ),
    "a range of multicast": (
        instead("10.1.0.0/16", "224.0.0.0/16"),
        "4: vpc_cidr: lies in 224.0.0.0/4, addresses of groups (multicast), got 224.0.0.0/16; "
        "use a private range, like 10.1.0.0/16",
    ),
    "a netmask": (
        instead("10.1.0.0/16", "10.1.0.0/255.255.0.0"),
        "4: vpc_cidr: has no plain prefix length, got 10.1.0.0/255.255.0.0; write 10.1.0.0/16",
    ),
    "full-width digits": (
        instead("10.1.0.0/16", "10.1.0.\uff10/16"),
        "4: vpc_cidr: is not an IPv4 CIDR, got 10.1.0.\uff10/16 (10.1.0.\\uff10/16); write an "
        "address and a prefix length, like 10.1.0.0/16",
    ),
    "a zone beyond the region's": (
        instead("us-west-2b", "us-west-2e"),
        "3: availability_zones[1]: is beyond the zones of us-west-2, a to d on 2026-11-25, got "
        "us-west-2e; write one like us-west-2a",
    ),
    "a list over several lines": (
        instead("[us-west-2a, us-west-2b]", "\n  - us-west-2a\n  - us-east-1b"),
        "5: availability_zones[1]: is not a zone of us-west-2, got us-east-1b; "
        "write one like us-west-2a",
    ),
    "a cut with too few private subnets": (
        network("{private_newbits: 1}"),
        "3: availability_zones: is too long a list: private subnet 2 runs past the VPC's range, "
        "got 2 zones; cut the VPC finer with networking.private_newbits",
    ),
    "a cut whose public subnets run into the private ones": (
        network("{public_newbits: 4, private_newbits: 4}"),
        "3: availability_zones: is too long a list: the public subnets run into the private ones, "
        "got 2 zones; write networking.public_newbits: 5 or more",
    ),
    "a cut without room for another public subnet": (
        network("{public_newbits: 12, private_newbits: 12}"),
        "3: availability_zones: is too long a list: the public subnets run into the private ones, "
        "got 2 zones; write networking.private_newbits: 11 or less",
    ),
    "public subnets larger than private ones": (
        network("{public_newbits: 1}"),
        "6: networking.public_newbits: is below private_newbits (2), so no public subnet fits "
        "before the private ones, got 1; write 2 or more",
    ),
    "a finer cut of a small VPC": (
        lambda text: network("{public_newbits: 10}")(text).replace("10.1.0.0/16", "10.1.0.0/19"),
        "4: vpc_cidr: is too small for its subnets: the public ones would be /29, and AWS allows "
        "/28 at least, got 10.1.0.0/19; use a prefix from /16 to /18",
    ),
    "an Elastic IP that is none": (
        network("{nat_eips: [203.0.113.7]}"),
        "6: networking.nat_eips[0]: is not the id of an Elastic IP address, got 203.0.113.7; "
        "write one like eipalloc-0abc1234, which `aws ec2 describe-addresses` shows",
    ),
    "one address for two gateways": (
        network("{nat: per_zone, nat_eips: [eipalloc-0abc1234]}"),
        "6: networking.nat_eips: is for 2 NAT gateways, got 1 address; name 2",
    ),
    "addresses without gateways": (
        network("{nat: none, endpoints: auto, nat_eips: [eipalloc-0abc1234]}", QUIET),
        "6: networking.nat_eips: has no effect with nat: none; delete it",
    ),
    "a NAT gateway without public subnets": (
        network("{public_subnets: false}"),
        "6: networking.public_subnets: is off, and a NAT gateway stands in a public subnet, "
        "got false; add nat: none, with endpoints or a route to another way out",
    ),
    "a bastion without public subnets": (
        network(
            "{nat: none, public_subnets: false, endpoints: auto}",
            f"{QUIET}\nkey_name: ada\nbastion: {{cidr_blocks: [203.0.113.0/24]}}",
        ),
        "6: networking.public_subnets: is off, and the bastion stands in a public subnet, "
        "got false; turn it on, or delete the section bastion",
    ),
    "no way out, and not every endpoint": (
        network("{nat: none, endpoints: [ec2, ecr.api, ecr.dkr, s3, sts]}", QUIET),
        "6: networking.nat: is none without the endpoints eks (eks-join, which finds the cluster); "
        "write endpoints: auto, or add them",
    ),
    "no way out, and an add-on that needs an endpoint": (
        network(
            "{nat: none, endpoints: [ec2, ecr.api, ecr.dkr, eks, s3, sts]}",
            f"{QUIET}\naddons: {{eks-pod-identity-agent: {{}}}}",
        ),
        "6: networking.nat: is none without the endpoints eks-auth (credentials of pods); "
        "write endpoints: auto, or add them",
    ),
    "no way out, and the API outside": (
        network(
            "{nat: none, endpoints: auto}",
            f"{QUIET}\ncontrol_plane: {{endpoint_private_access: false}}",
        ),
        "6: networking.nat: is none while control_plane.endpoint_private_access is off, so the "
        "nodes never reach the API; turn the private endpoint on",
    ),
    "no way out, and a controller that needs an endpoint": (
        network(
            "{nat: none, endpoints: [ec2, ecr.api, ecr.dkr, eks, s3, sts]}",
            QUIET,
            "pod_identity: irsa\ncontrollers: {load_balancers: true, karpenter: true}",
        ),
        "6: networking.nat: is none without the endpoints elasticloadbalancing "
        "(aws-load-balancer-controller), sqs (Karpenter's queue), ssm (images of Karpenter's "
        "nodes); write endpoints: auto, or add them",
    ),
    "an endpoint by its whole name": (
        network("{endpoints: [com.amazonaws.us-west-2.s3]}"),
        "6: networking.endpoints[0]: is a whole name, and what follows the region in it is wanted, "
        "got com.amazonaws.us-west-2.s3; write it like s3 or ecr.api",
    ),
    "an endpoint by another word": (
        network("{endpoints: [ecr]}"),
        "6: networking.endpoints[0]: has no endpoint by this name, got ecr; "
        "write ecr.api and ecr.dkr",
    ),
    "an endpoint of no service": (
        network("{endpoints: [S3]}"),
        "6: networking.endpoints[0]: is not the name of an AWS service with VPC endpoints, got S3; "
        "write what follows the region in its name, like ecr.api",
    ),
    "a second way out": (
        network("{routes: [{to: 0.0.0.0/0, via: tgw-0abc1234}]}"),
        "6: networking.routes[0].to: is the way out of the private subnets, which have one "
        "already, got 0.0.0.0/0; write another range, or nat: none",
    ),
    "a range that is routed twice": (
        network(
            "{routes: [{to: 10.9.0.0/16, via: tgw-0abc1234}, "
            "{to: 10.9.0.0/16, via: pcx-0abc1234, subnets: all}]}"
        ),
        "6: networking.routes[1].to: is routed already for the private subnets, got 10.9.0.0/16; "
        "keep one of the two",
    ),
    "a route to the VPC itself": (
        network("{routes: [{to: 10.1.0.0/16, via: tgw-0abc1234}]}"),
        "6: networking.routes[0].to: is the VPC itself, whose route cannot be changed, "
        "got 10.1.0.0/16; write the range that is elsewhere",
    ),
    "a route that leads out of the VPC's own range": (
        network("{routes: [{to: 10.1.128.0/24, via: tgw-0abc1234}]}"),
        "6: networking.routes[0].to: lies inside vpc_cidr 10.1.0.0/16, which nothing leads out of, "
        "got 10.1.128.0/24; write the range that is elsewhere",
    ),
    "a route of public subnets that are not there": (
        network(
            "{nat: none, public_subnets: false, endpoints: auto, "
            "routes: [{to: 10.9.0.0/16, via: tgw-0abc1234, subnets: all}]}",
            QUIET,
        ),
        "6: networking.routes[0].subnets: names public subnets, and there are none, got all; "
        "write private, or public_subnets: true",
    ),
    "a route by an instance": (
        network("{routes: [{to: 10.9.0.0/16, via: i-0abc1234}]}"),
        "6: networking.routes[0].via: is not the id of something that routes lead to, got "
        "i-0abc1234; write one that starts with eni-, nat-, pcx-, tgw-, vgw-, vpce-, like "
        "tgw-0abc1234",
    ),
    "flow logs in no bucket": (
        network("{flow_logs: {to: s3}}"),
        "6: networking.flow_logs.to: is s3 without a bucket; add bucket with its name",
    ),
    "a bucket beside CloudWatch": (
        network("{flow_logs: {bucket: ada-logs}}"),
        "6: networking.flow_logs.bucket: has no effect with to: cloudwatch, got ada-logs; "
        "delete it, or write to: s3",
    ),
    "days of a bucket": (
        network("{flow_logs: {to: s3, bucket: ada-logs, retention_in_days: 30}}"),
        "6: networking.flow_logs.retention_in_days: has no effect in a bucket, got 30; "
        "delete it; the bucket's lifecycle rules say that",
    ),
    "days that CloudWatch has not": (
        network("{flow_logs: {retention_in_days: 31}}"),
        "6: networking.flow_logs.retention_in_days: is not a choice, got 31; use 1, 3, 5, 7, 14, "
        "30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653",
    ),
    "an id that is no VPC's": (
        there(vpc=VPC.replace("vpc-0abc1234", "vpc-x")),
        "6: networking.vpc.id: is not the id of a VPC, got vpc-x; write one like vpc-0abc1234, "
        "which `aws ec2 describe-vpcs` shows",
    ),
    "an id that is no subnet's": (
        there(vpc=VPC.replace("subnet-0abc1234", "10.1.0.0/24")),
        "6: networking.vpc.private_subnets.ids[0]: is not the id of a subnet, got 10.1.0.0/24; "
        "write one like subnet-0abc1234, which `aws ec2 describe-subnets` shows",
    ),
    "subnets by ids and by tags": (
        there("public_subnets: {ids: [subnet-0abc1236], tags: {tier: public}}"),
        "6: networking.vpc.public_subnets: has both ids and tags; keep one of the two",
    ),
    "subnets by nothing": (
        there("public_subnets: {}"),
        "6: networking.vpc.public_subnets: names no subnets; add ids, or tags that the subnets "
        "have",
    ),
    "a public subnet among the private ones": (
        there("public_subnets: {ids: [subnet-0abc1235]}"),
        "6: networking.vpc.public_subnets.ids[0]: is among the private_subnets too, "
        "got subnet-0abc1235; keep it in one of the two",
    ),
    "a range of a VPC that is there": (
        network(f"{{vpc: {{{VPC}}}}}"),
        "4: vpc_cidr: has no effect in a VPC that is there, got 10.1.0.0/16; "
        "delete it; each plan looks up the VPC's ranges",
    ),
    "a NAT gateway in a VPC that is there": (
        there(beside=", nat: per_zone"),
        "6: networking.nat: has no effect in a VPC that is there; "
        "delete it; who owns the VPC sees to that",
    ),
    "a bastion in a VPC without public subnets": (
        there(others=("key_name: ada\nbastion: {cidr_blocks: [203.0.113.0/24]}",)),
        "6: networking.vpc: has no public_subnets, and the bastion stands in one; "
        "add public_subnets, or delete the section bastion",
    ),
    "a hosted zone by its name": (
        network("{private_zones: [internal.example]}"),
        "6: networking.private_zones[0]: is not the id of a hosted zone, got internal.example; "
        "write one like Z0123456789ABCDEFGHIJ, which `aws route53 list-hosted-zones` shows",
    ),
    "IPv6": (
        network("{ip_family: ipv6}"),
        "6: networking.ip_family: is not offered: eks-join, the launch templates and kube2iam "
        "speak IPv4 alone, got ipv6; write ipv4; pod_cidrs and pods_per_node give pods more "
        "addresses",
    ),
    "no family of addresses": (
        network("{ip_family: ipx}"),
        "6: networking.ip_family: is not a choice, got ipx; use ipv4",
    ),
    "a CIDR with host bits that is too large for a VPC": (
        instead("10.1.0.0/16", "10.1.0.0/8"),
        "4: vpc_cidr: has host bits set, got 10.1.0.0/8; write an address and a prefix length, "
        "like 10.1.0.0/16",
    ),
    "an id of neither length": (
        network("{routes: [{to: 10.9.0.0/16, via: tgw-0abc12345}]}"),
        "6: networking.routes[0].via: is not the id of something that routes lead to, got "
        "tgw-0abc12345; write one that starts with eni-, nat-, pcx-, tgw-, vgw-, vpce-, like "
        "tgw-0abc1234",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


@pytest.mark.parametrize(
    "section",
    [
        "{nat: per_zone}",
        "{nat: per_zone, nat_eips: [eipalloc-0abc1234, eipalloc-0abc1235]}",
        "{nat: none, routes: [{to: 0.0.0.0/0, via: tgw-0abc1234}]}",
        "{nat: none, routes: [{to: 0.0.0.0/1, via: tgw-0abc1234}, "
        "{to: 128.0.0.0/1, via: tgw-0abc1234}]}",
        "{routes: [{to: 10.1.64.0/18, via: eni-0abc1234567890abc}]}",
        "{public_newbits: 9, private_newbits: 3}",
        "{endpoints: [s3]}",
        "{endpoints: []}",
        "{flow_logs: {to: s3, bucket: ada-logs}}",
        "{routes: [{to: 10.1.64.0/18, via: eni-0abc1234}]}",
    ],
)
def test_what_fits_together_is_taken(root: Path, section: str) -> None:
    add(root, "ada", network(section, QUIET)(GOOD))

    assert warnings(root) == []


def test_four_zones_fit_into_eighths(root: Path) -> None:
    zones = ", ".join(f"us-west-2{letter}" for letter in "abcd")
    text = network("{private_newbits: 3}")(instead("us-west-2a, us-west-2b", zones)(GOOD))
    add(root, "ada", text)
    (cluster,) = load(root, today=TODAY).clusters

    assert len(cluster.spec.availability_zones) == 4
    assert cluster.spec.networking.max_zones == 7


@pytest.mark.parametrize(
    "change",
    [
        there(),
        there("public_subnets: {tags: {tier: public}}", "tag_subnets: true"),
        there("public_subnets: {ids: [subnet-0abc1236]}", beside=", private_zones: [Z0ABC]"),
        there(
            beside=", pods_per_node: high",
            others=("addons: {vpc-cni: {addon_version: eks_default}}",),
        ),
    ],
)
def test_a_vpc_that_is_there_needs_no_range(root: Path, change: Change) -> None:
    add(root, "ada", change(GOOD))

    assert warnings(root) == []


def test_each_image_that_no_node_could_fetch_is_named(root: Path) -> None:
    containers = """
      initContainers: [{name: a, image: public.ecr.aws/docker/library/busybox:1}]
      containers:
        - {name: b, image: nginx:1.29}
        - {name: c, image: "123456789012.dkr.ecr.us-west-2.amazonaws.com/web:1"}
"""
    (root / "manifests" / "web.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        f"spec:\n  template:\n    spec:{containers}"
    )
    section = network("{nat: none, endpoints: auto}", QUIET, "manifests: {web: {}}")

    assert told(root, section) == [
        "6: networking.nat: is none, and no node could fetch nginx:1.29 (manifests/web.yaml), "
        "public.ecr.aws/docker/library/busybox:1 (manifests/web.yaml); name copies in ECR, or "
        "leave the manifests out"
    ]


def test_the_image_of_the_autoscaler_is_named_until_it_is_in_ecr(root: Path) -> None:
    section = network("{nat: none, endpoints: auto}", QUIET, "cluster_autoscaler: true")

    assert told(root, section) == [
        "6: networking.nat: is none, and no node could fetch "
        "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.1 "
        "(manifests/cluster-autoscaler.yaml); name copies in ECR, or leave the manifests out"
    ]
    image = "123456789012.dkr.ecr.us-west-2.amazonaws.com/cluster-autoscaler:v1.36.1"
    own = f"cluster_autoscaler: {{enabled: true, image: '{image}'}}"
    add(root, "ada", network("{nat: none, endpoints: auto}", QUIET, own)(GOOD))
    (cluster,) = load(root, today=TODAY).clusters
    assert "autoscaling" in endpoints.wanted(cluster.spec)


def test_what_drains_nodes_has_its_endpoints(root: Path) -> None:
    shipped = (synthesis.ROOT / "manifests" / "node-termination-handler.yaml").read_text("utf-8")
    handler = "123456789012.dkr.ecr.us-west-2.amazonaws.com/aws-node-termination-handler:v1.25.6"
    file = root / "manifests" / "node-termination-handler.yaml"
    file.write_text(re.sub("image: .*", f"image: {handler}", shipped))
    agent = "addons: {eks-pod-identity-agent: {addon_version: eks_default}}"
    section = network(
        "{nat: none, endpoints: auto}", QUIET, f"pod_identity: eks_pod_identity\n{agent}"
    )
    add(root, "ada", section(in_group("drain: true")(GOOD)))

    (cluster,) = load(root, today=TODAY).clusters
    assert {"autoscaling", "sqs"} <= {*endpoints.wanted(cluster.spec)}


def test_what_cloudwatch_is_sent_has_its_endpoints(root: Path) -> None:
    """Logs, metrics, and the traces that its role may send."""
    section = network(
        "{nat: none, endpoints: auto}", QUIET, "pod_identity: irsa\nmonitoring: {cloudwatch: true}"
    )
    add(root, "ada", section(GOOD))

    (cluster,) = load(root, today=TODAY).clusters
    assert {"logs", "monitoring", "xray"} <= {*endpoints.wanted(cluster.spec)}


def test_the_image_of_kube2iam_is_named_until_it_is_in_ecr(root: Path) -> None:
    file = root / "manifests" / "kube2iam.yaml"
    shipped = (synthesis.ROOT / "manifests" / "kube2iam.yaml").read_text(encoding="utf-8")
    file.write_text(shipped)
    section = network("{nat: none, endpoints: auto}")

    assert told(root, section) == [
        "6: networking.nat: is none, and no node could fetch jtblin/kube2iam:0.15.0 "
        "(manifests/kube2iam.yaml); name copies in ECR, or leave the manifests out"
    ]

    ecr = "123456789012.dkr.ecr.us-west-2.amazonaws.com/kube2iam:0.15.0"
    file.write_text(shipped.replace("jtblin/kube2iam:0.15.0", ecr))

    assert warnings(root) == []
