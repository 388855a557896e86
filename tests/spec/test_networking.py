"""The cluster's range and zones."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, instead, told

BAD: dict[str, tuple[Change, str]] = {
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
        "4: vpc_cidr: has no prefix length, got 10.1.0.0; write 10.1.0.0/32 for this one address",
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
        "3: availability_zones: is too long a list: a fourth private subnet runs past the VPC's "
        "range, got 4 zones; name two or three",
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
        "4: vpc_cidr: is not an IPv4 CIDR, got 10.1.0.\uff10/16; "
        "write an address and a prefix length, like 10.1.0.0/16",
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
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
