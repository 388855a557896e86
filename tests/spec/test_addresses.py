"""Ranges of subnets by zone, and the addresses of pods."""

from pathlib import Path

import pytest

from tests.spec.bad import GOOD, Change, add, told, warnings
from tests.spec.test_networking import network, there

CNI = "addons: {vpc-cni: {addon_version: eks_default}}"
A = "us-west-2a: {public: 10.1.0.0/24, private: 10.1.64.0/18}"
B = "us-west-2b: {public: 10.1.1.0/24, private: 10.1.128.0/18}"


def by_zone(*zones: str, beside: str = "", others: tuple[str, ...] = ()) -> Change:
    """Add subnets by zone."""
    return network(f"{{subnets: {{{', '.join(zones)}}}{beside}}}", *others)


def pods(ranges: str, *others: str, beside: str = "") -> Change:
    """Add ranges of pods, and the add-on."""
    return network(f"{{pod_cidrs: [{ranges}]{beside}}}", *(others or (CNI,)))


def of_type(instance_type: str, *more: str) -> Change:
    """Many pods on nodes of a type, which stands in line 10."""
    wanted = network("{pods_per_node: high}", CNI)
    lines = "\n    ".join((f"instance_type: {instance_type}", *more, "min_size: 1"))
    return lambda text: wanted(text).replace("min_size: 1", lines)


BAD: dict[str, tuple[Change, str]] = {
    "a zone without ranges": (
        by_zone(A),
        "6: networking.subnets: has no ranges for us-west-2b; add them by its name",
    ),
    "ranges of a zone that the cluster lacks": (
        by_zone(A, B, "us-west-2c: {public: 10.1.2.0/24, private: 10.1.192.0/18}"),
        "6: networking.subnets.us-west-2c: is not among the cluster's availability_zones; "
        "use those of us-west-2a, us-west-2b",
    ),
    "a cut beside ranges": (
        by_zone(A, B, beside=", private_newbits: 3"),
        "6: networking.private_newbits: has no effect beside subnets, got 3; delete it",
    ),
    "a zone without a public range": (
        by_zone(A, "us-west-2b: {private: 10.1.128.0/18}"),
        "6: networking.subnets.us-west-2b: has no range for the public subnet; "
        "add one, or write public_subnets: false",
    ),
    "a public range without public subnets": (
        by_zone(
            A,
            "us-west-2b: {private: 10.1.128.0/18}",
            beside=", nat: none, public_subnets: false, endpoints: auto",
            others=("kube2iam: {enabled: false}",),
        ),
        "6: networking.subnets.us-west-2a.public: has no effect while public_subnets is off, "
        "got 10.1.0.0/24; delete it, or turn them on",
    ),
    "a range of pods and no ranges for them": (
        by_zone(A.replace("}", ", pods: 100.64.0.0/18}"), B),
        "6: networking.subnets.us-west-2a.pods: has no effect without pod_cidrs, "
        "got 100.64.0.0/18; delete it, or add pod_cidrs",
    ),
    "a zone without a range of pods": (
        by_zone(
            A.replace("}", ", pods: 100.64.0.0/18}"),
            B,
            beside=", pod_cidrs: [100.64.0.0/16]",
            others=(CNI,),
        ),
        "6: networking.subnets.us-west-2b: has no range for the pods' subnet; "
        "add one inside pod_cidrs",
    ),
    "a subnet outside the VPC": (
        by_zone(A, B.replace("10.1.1.0", "10.2.1.0")),
        "6: networking.subnets.us-west-2b.public: is not inside vpc_cidr 10.1.0.0/16, "
        "got 10.2.1.0/24; write a range inside it",
    ),
    "a subnet over another": (
        by_zone(A, B.replace("10.1.1.0/24", "10.1.100.0/24")),
        "6: networking.subnets.us-west-2b.public: overlaps us-west-2a.private 10.1.64.0/18, "
        "got 10.1.100.0/24; write a range apart from it",
    ),
    "a subnet too small for AWS": (
        by_zone(A, B.replace("10.1.1.0/24", "10.1.1.0/29")),
        "6: networking.subnets.us-west-2b.public: is outside /16 to /28, which AWS allows, "
        "got 10.1.1.0/29; use a prefix between the two",
    ),
    "pods without the add-on": (
        pods("100.64.0.0/16", ""),
        "6: networking.pod_cidrs: needs the add-on vpc-cni, which is told of it before the first "
        "node; add addons: {vpc-cni: {addon_version: eks_default}}",
    ),
    "many pods without the add-on": (
        network("{pods_per_node: high}"),
        "6: networking.pods_per_node: needs the add-on vpc-cni, which is told of it before the "
        "first node; add addons: {vpc-cni: {addon_version: eks_default}}",
    ),
    "a setting of the CNI that the network says": (
        network(
            "{pods_per_node: high}",
            "addons: {vpc-cni: {configuration_values: {env: {WARM_PREFIX_TARGET: '2'}}}}",
        ),
        "7: addons.vpc-cni.configuration_values.env.WARM_PREFIX_TARGET: is said by "
        "networking.pods_per_node, got 2; delete it",
    ),
    "a second set of ENIConfigs": (
        pods(
            "100.64.0.0/16",
            "addons: {vpc-cni: {addon_version: eks_default, "
            "configuration_values: {eniConfig: {create: true}}}}",
        ),
        "7: addons.vpc-cni.configuration_values.eniConfig: is said by networking.pod_cidrs; "
        "delete it",
    ),
    "pods inside the VPC": (
        pods("10.1.0.0/17"),
        "6: networking.pod_cidrs[0]: overlaps vpc_cidr 10.1.0.0/16, got 10.1.0.0/17; "
        "use another range, like 100.64.0.0/16",
    ),
    "pods over the Services": (
        pods("172.20.0.0/16"),
        "6: networking.pod_cidrs[0]: overlaps the range of the Services, 172.20.0.0/16, "
        "got 172.20.0.0/16; use another range, like 100.64.0.0/16",
    ),
    "pods over pods": (
        pods("100.64.0.0/16, 100.64.128.0/17"),
        "6: networking.pod_cidrs[1]: overlaps pod_cidrs 100.64.0.0/16, got 100.64.128.0/17; "
        "use another range, like 100.64.0.0/16",
    ),
    "pods in another private block": (
        pods("192.168.0.0/16"),
        "6: networking.pod_cidrs[0]: lies in 192.168.0.0/16, and AWS takes none of it beside a "
        "VPC of 10.1.0.0/16, got 192.168.0.0/16; use another range, like 100.64.0.0/16",
    ),
    "pods where a route leads": (
        pods("100.64.0.0/16", beside=", routes: [{to: 100.64.8.0/24, via: tgw-0abc1234}]"),
        "6: networking.pod_cidrs[0]: holds 100.64.8.0/24, which a route leads elsewhere, "
        "got 100.64.0.0/16; use another range, like 100.64.0.0/16",
    ),
    "pods on the host itself": (
        pods("127.0.0.0/16"),
        "6: networking.pod_cidrs[0]: lies in 127.0.0.0/8, addresses of a host to itself, "
        "got 127.0.0.0/16; use a private range, like 10.1.0.0/16",
    ),
    "three ranges of pods for two zones": (
        pods("100.64.0.0/18, 100.64.64.0/18, 100.64.128.0/18"),
        "6: networking.pod_cidrs: is 3 ranges for 2 zones; "
        "name one, which all zones share, or one for each",
    ),
    "more ranges than a VPC takes": (
        pods(", ".join(f"100.{number}.0.0/16" for number in range(64, 69))),
        "6: networking.pod_cidrs: is too long a list: a VPC takes 4 more ranges, got 5 ranges; "
        "name one, which all zones share",
    ),
    "a range too small for the pods of each zone": (
        pods("100.64.0.0/27"),
        "6: networking.pod_cidrs[0]: is too small for a subnet in each zone: they would be /29, "
        "got 100.64.0.0/27; use a prefix of /26 or less",
    ),
    "many pods on an old type": (
        of_type("m4.large"),
        "10: node_groups.node.instance_type: is no Nitro type, and pods_per_node: high needs its "
        "interfaces, got m4.large; use a newer type, like c5.large",
    ),
    "many pods in little memory": (
        of_type("t3.micro"),
        "10: node_groups.node.instance_type: has 1024 MiB, and pods_per_node: high keeps 1565 of "
        "them back for Kubernetes, got t3.micro; add max_pods, or a larger type",
    ),
    "pods of a VPC that is there, without the add-on": (
        there("pod_subnets: {tags: {tier: pods}}"),
        "6: networking.vpc.pod_subnets: needs the add-on vpc-cni, which is told of it before the "
        "first node; add addons: {vpc-cni: {addon_version: eks_default}}",
    ),
    "a range for pods in a VPC that is there": (
        there(beside=", pod_cidrs: [100.64.0.0/16]", others=(CNI,)),
        "6: networking.pod_cidrs: has no effect in a VPC that is there; "
        "delete it; who owns the VPC sees to that",
    ),
    "pods in the first block of the VPC's": (
        pods("10.0.0.0/16"),
        "6: networking.pod_cidrs[0]: lies in 10.0.0.0/16, and AWS takes none of it beside a VPC "
        "of 10.1.0.0/16, got 10.0.0.0/16; use another range, like 100.64.0.0/16",
    ),
    "pods without a prefix": (
        pods("100.64.0.0"),
        "6: networking.pod_cidrs[0]: has no prefix length, got 100.64.0.0; write an address and "
        "a prefix length, like 100.64.0.0/16",
    ),
    "a subnet without a prefix": (
        by_zone(A, B.replace("10.1.1.0/24", "10.1.1.0")),
        "6: networking.subnets.us-west-2b.public: has no prefix length, got 10.1.1.0; write an "
        "address and a prefix length, like 10.1.0.0/24",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


@pytest.mark.parametrize(
    "change",
    [
        by_zone(A, B),
        by_zone(A, B, beside=", nat: per_zone"),
        pods("100.64.0.0/16"),
        pods("10.2.0.0/16"),
        pods("100.64.0.0/17, 100.64.128.0/17"),
        of_type("m5.large"),
        of_type("t3.micro", "max_pods: 20"),
        of_type("i3.metal"),
        there("pod_subnets: {tags: {tier: pods}}", others=(CNI,)),
    ],
)
def test_what_fits_together_is_taken(root: Path, change: Change) -> None:
    add(root, "ada", change(GOOD))

    assert warnings(root) == []
