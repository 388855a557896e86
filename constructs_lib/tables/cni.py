"""What the VPC CNI is told of pods' addresses, and how many pods a node then runs.

https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html and
https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html; not tried on AWS.
"""

from collections.abc import Mapping
from typing import Final

MAX_SUBNET_PREFIX: Final = 28
"""https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""

CUSTOM_NETWORKING: Final[Mapping[str, str]] = {
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
    "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
}
"""Environment by which pods get addresses of the subnets that the ENIConfig of their node's zone
names, and none of the node's first interface."""

CONFIGS: Final = "eniConfig"
"""Key of the add-on's settings that makes an ENIConfig for each zone."""

PREFIXES: Final[Mapping[str, str]] = {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}
"""Environment by which interfaces get prefixes of 16 addresses, one of them in store."""

CLASSES: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16")
"""Blocks of which a VPC takes no secondary range, unless its first is of the same.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions"""

APART: Final = (("10.0.0.0/15", "10.0.0.0/16"), ("172.16.0.0/12", "172.31.0.0/16"))
"""Blocks, and what of its own class a VPC whose first range is within them does not take.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions"""

_PER_PREFIX: Final = 16
_ON_THE_HOST: Final = 2
"""Pods that have the node's own address: the CNI and kube-proxy."""
_SMALL, _MOST_ON_SMALL, _MOST = 30, 110, 250


def most_pods(cpus: int) -> int:
    """How many pods AWS recommends at most on a node with so many CPUs.

    https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html
    """
    return _MOST_ON_SMALL if cpus <= _SMALL else _MOST


def pods(type_: str, *, custom_networking: bool, prefixes: bool) -> str:
    """The pods that the data source `type_` of an instance type carries, as an expression.

    Each interface keeps one address for itself; in custom networking the first has no pods.
    https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html
    """
    # of several network cards, pods use the first: what all carry together is more
    card = f"{type_}.network_cards[{type_}.default_network_card_index].maximum_interfaces"
    most = f"try({card}, {type_}.maximum_network_interfaces)"
    interfaces = f"({most} - {1 if custom_networking else 0})"
    addresses = f"{interfaces} * ({type_}.maximum_ipv4_addresses_per_interface - 1)"
    if not prefixes:
        return f"{addresses} + {_ON_THE_HOST}"
    recommended = f"{type_}.default_vcpus > {_SMALL} ? {_MOST} : {_MOST_ON_SMALL}"
    return f"min({addresses} * {_PER_PREFIX} + {_ON_THE_HOST}, {recommended})"
