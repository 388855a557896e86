"""Sums over address ranges, both families."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable
from typing import Final

from plan_review.plan.paths import Json

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_BITS: Final = {4: 32, 6: 128}
_PRIVATE: Final = tuple(
    ipaddress.ip_network(space)
    for space in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)


def networks(values: Json) -> list[Network]:
    """Parse ranges; what is not one is left out."""
    every = values if isinstance(values, list) else [values]
    parsed = (_network(value) for value in every if isinstance(value, str))
    return [network for network in parsed if network is not None]


@functools.lru_cache(maxsize=8192)
def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def merged(ranges: Iterable[Network]) -> list[Network]:
    """Merge ranges to the fewest that cover the same addresses, in order."""
    every = list(ranges)
    if len(every) <= 1:
        return every
    four = ipaddress.collapse_addresses(
        network for network in every if isinstance(network, ipaddress.IPv4Network)
    )
    six = ipaddress.collapse_addresses(
        network for network in every if isinstance(network, ipaddress.IPv6Network)
    )
    return [*four, *six]


def covers_the_internet(ranges: Iterable[Network]) -> bool:
    """Whether ranges together let in half of a family's addresses or more.

    `0.0.0.0/1` and `128.0.0.0/1` are `0.0.0.0/0` written in two lines; leaving a corner out
    does not make an opening private.
    """
    shares = {4: 0.0, 6: 0.0}
    for network in merged(ranges):
        shares[network.version] += network.num_addresses / 2 ** _BITS[network.version]
    return max(shares.values()) >= 0.5  # noqa: PLR2004  # half


def not_covered(new: Iterable[Network], old: Iterable[Network]) -> list[Network]:
    """The merged new ranges that reach beyond the old ones."""
    before = merged(old)
    return [network for network in merged(new) if not any(_within(network, old) for old in before)]


def is_private(network: Network) -> bool:
    """Whether a range is not routed on the internet: private, shared or link-local space."""
    return any(_within(network, space) for space in _PRIVATE)


def _within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False
