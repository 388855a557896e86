"""Which VPC endpoints a cluster needs, by the features that its spec uses.

And what else it lacks where nothing leads out.
"""

import ipaddress
from collections.abc import Mapping

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.networking import AUTO, EVERYWHERE
from constructs_lib.spec.nodes import drained
from constructs_lib.spec.types import network
from constructs_lib.spec.wanted_addons import wanted as wanted_addons
from constructs_lib.tables import endpoints


def needed(spec: ClusterSpec) -> Mapping[str, str]:
    """Each service whose endpoint the cluster needs where it has no way out, and what for."""
    found = dict(endpoints.OF_NODES)
    for addon in wanted_addons(spec):
        found |= endpoints.OF_ADDONS.get(addon, {})
    for controller in spec.controllers.wanted():
        found |= endpoints.OF_CONTROLLERS.get(controller, {})
    if drained(spec.node_groups):
        found |= endpoints.OF_DRAINING
    if spec.cluster_autoscaler.enabled:
        found |= endpoints.OF_AUTOSCALER
    return found


def has_no_way_out(spec: ClusterSpec) -> bool:
    """Whether nodes reach nothing outside the VPC made here but by its endpoints.

    https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
    """
    section = spec.networking
    ways = [network(route.to) for route in section.routes if route.subnets != "public"]
    way_out = network(EVERYWHERE) in ipaddress.collapse_addresses(ways)  # also by two halves
    return section.nat == "none" and not way_out and section.vpc is None


def wanted(spec: ClusterSpec) -> tuple[str, ...]:
    """The services that get an endpoint, in order of their names."""
    asked = set(spec.networking.endpoints)
    if AUTO in asked:
        asked = (asked - {AUTO}) | needed(spec).keys()
    return tuple(sorted(asked))
