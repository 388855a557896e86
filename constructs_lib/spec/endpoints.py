"""Which VPC endpoints a cluster needs, by the features that its spec uses."""

from collections.abc import Mapping

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.networking import AUTO
from constructs_lib.tables import endpoints


def needed(spec: ClusterSpec) -> Mapping[str, str]:
    """Each service whose endpoint the cluster needs where it has no way out, and what for."""
    found = dict(endpoints.OF_NODES)
    for addon in spec.addons:
        found |= endpoints.OF_ADDONS.get(addon, {})
    return found


def wanted(spec: ClusterSpec) -> tuple[str, ...]:
    """The services that get an endpoint, in order of their names."""
    asked = set(spec.networking.endpoints)
    if AUTO in asked:
        asked = (asked - {AUTO}) | needed(spec).keys()
    return tuple(sorted(asked))
