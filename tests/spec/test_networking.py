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
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
