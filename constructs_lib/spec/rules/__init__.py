"""What looks at two fields of a spec: generators, a file a concern."""

from types import ModuleType
from typing import Final

from constructs_lib.spec.rules import (
    access,
    addons,
    addresses,
    adoption,
    advice,
    bottlerocket,
    composed,
    control_plane,
    existing_vpc,
    images,
    instance_store,
    kubelet,
    manifests,
    networking,
    node_network,
    nodes,
    organisation,
    pod_identity,
    quotas,
    state,
    user_data,
    volumes,
    warm_pool,
)
from constructs_lib.spec.rules.rule import Rule, Rules


def _rules(*modules: ModuleType) -> Rules:
    return Rules(
        found for module in modules for found in vars(module).values() if isinstance(found, Rule)
    )


RULES: Final = _rules(
    networking,
    existing_vpc,
    addresses,
    control_plane,
    nodes,
    node_network,
    images,
    volumes,
    instance_store,
    kubelet,
    user_data,
    bottlerocket,
    warm_pool,
    access,
    pod_identity,
    addons,
    manifests,
    composed,
    state,
    organisation,
    adoption,
)
"""All rules; each is asked, whatever another says."""

ADVICE: Final = _rules(advice, quotas)
"""Those that warn."""
