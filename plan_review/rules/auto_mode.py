"""EKS Auto Mode: what it runs is gone when it, or one of its node pools, is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.capacity import capacity_of
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Path, dotted
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/eks/latest/userguide"
_COMPUTE: Final[Path] = ("compute_config", 0, "enabled")
_POOLS: Final[Path] = ("compute_config", 0, "node_pools")
_PARTS: Final[tuple[Path, ...]] = (
    _COMPUTE,
    ("kubernetes_network_config", 0, "elastic_load_balancing", 0, "enabled"),
    ("storage_config", 0, "block_storage", 0, "enabled"),
)


@rule(
    "EKS27",
    Level.DISRUPTION,
    when="EKS Auto Mode, or one of its built-in node pools, is switched off; outage where Auto "
    "Mode goes and nothing else in the plan can take its pods",
    title="{what} is switched off",
    why="{why}",
    action="{advice}",
    source=f"{_GUIDE}/auto-disable.html",
)
def auto_mode_is_lost(facts: Facts) -> Iterator[Match]:
    """A small update in the plan; every node of it is terminated."""
    for cluster in facts.clusters:
        if cluster.action is not Action.UPDATE or cluster.old(*_COMPUTE) is not True:
            continue
        others = capacity_of(facts, cluster.old_text("name"))
        where = f"Pods can go to {codes(others)}." if others else "Pods have nowhere to go."
        if cluster.new(*_COMPUTE) is False:
            why = "EKS terminates every node of it and deletes its load balancers; volumes stay. "
            advice = "Bring up other nodes and load balancers first, and move over."
            values = {"what": "EKS Auto Mode", "why": why + where, "advice": advice}
            yield Match(cluster.address, values, None if others else Level.OUTAGE)
        elif gone := _pools_that_go(cluster):
            why = "Its nodes are drained and terminated; what only fits there stays pending."
            advice = "Check that another node pool takes those pods: taints, sizes, architecture."
            what = f"Node pool {codes(gone)} of Auto Mode"
            yield Match(cluster.address, {"what": what, "why": why, "advice": advice})


def _pools_that_go(cluster: ResourceChange) -> list[str]:
    if cluster.new(*_POOLS) is UNKNOWN:
        return []
    return sorted(
        set(map(str, cluster.old_list(*_POOLS))) - set(map(str, cluster.new_list(*_POOLS)))
    )


@rule(
    "EKS28",
    Level.WILL_FAIL,
    when="of compute, load balancing and block storage of EKS Auto Mode some are switched on or "
    "off in place without the others",
    title="Auto Mode is switched {way} in part: {parts}",
    why="EKS takes the three together or not at all, and refuses the update.",
    action="Give all three the same value: compute, load balancing, block storage.",
    source=f"{_GUIDE}/auto-enable-existing.html",
)
def auto_mode_is_torn(facts: Facts) -> Iterator[Match]:
    """Said where the plan tells all three."""
    for cluster in facts.clusters:
        now = {path: cluster.new(*path) for path in _PARTS}
        changed = [path for path in _PARTS if cluster.old(*path) != now[path]]
        if cluster.action is not Action.UPDATE or not changed or UNKNOWN in now.values():
            continue
        if len({value is True for value in now.values()}) > 1:
            way = "on" if now[changed[0]] is True else "off"
            parts = ", ".join(code(dotted(path)) for path in changed)
            yield Match(cluster.address, {"way": way, "parts": parts})
