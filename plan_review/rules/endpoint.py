"""The API's endpoints: who may reach them, and who no longer does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.cidr import Network, covers_the_internet, merged, networks, not_covered
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN
from plan_review.quoting import codes
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/eks/latest/userguide"
_PUBLIC: Final = ("vpc_config", 0, "endpoint_public_access")
_PRIVATE: Final = ("vpc_config", 0, "endpoint_private_access")
_CIDRS: Final = ("vpc_config", 0, "public_access_cidrs")


def _updated(facts: Facts) -> Iterator[ResourceChange]:
    return (cluster for cluster in facts.clusters if cluster.action is Action.UPDATE)


@rule(
    "EKS07",
    Level.SECURITY,
    when="the public endpoint becomes reachable from (nearly) the whole internet",
    title="The Kubernetes API is open to the whole internet",
    why="{was} Only IAM stands between anyone and the API server then; a leaked credential or "
    "a flaw in the API server is enough.",
    action="Name the networks that need it in `public_access_cidrs`, or use the private endpoint.",
    source=f"{_GUIDE}/cluster-endpoint.html",
)
def api_is_opened_to_everyone(facts: Facts) -> Iterator[Match]:
    """Security where it is opened; review where a new cluster starts that way, as AWS's does."""
    for cluster in facts.clusters:
        if not _is_public(cluster) or not covers_the_internet(_admitted(cluster, facts)):
            continue
        if cluster.action is Action.CREATE:
            yield Match(cluster.address, {"was": "The cluster is new."}, Level.REVIEW)
        elif cluster.action in (Action.UPDATE, Action.REPLACE):
            was_public = cluster.old(*_PUBLIC) is True
            old = networks(cluster.old(*_CIDRS))
            if not was_public:
                yield Match(cluster.address, {"was": "It was not public at all before."})
            elif not covers_the_internet(old):
                was = codes(str(network) for network in merged(old))
                yield Match(cluster.address, {"was": f"Before: {was}."})


@rule(
    "EKS08",
    Level.SECURITY,
    when="the public endpoint admits more addresses than before",
    title="More networks may reach the Kubernetes API",
    why="{what}",
    action="Check that each of these networks is yours and needs the API.",
    source=f"{_GUIDE}/cluster-endpoint.html",
)
def api_is_opened_wider(facts: Facts) -> Iterator[Match]:
    """Compared as address ranges, so that splitting a range is not a change."""
    for cluster in _updated(facts):
        if not _is_public(cluster):
            continue
        touched = facts.changes_at(cluster, *_CIDRS) or facts.changes_at(cluster, *_PUBLIC)
        if touched and cluster.is_unknown(*_CIDRS):
            what = "The admitted networks are known only after the apply."
            yield Match(cluster.address, {"what": what}, Level.REVIEW)
            continue
        new = networks(cluster.new(*_CIDRS))
        old = networks(cluster.old(*_CIDRS)) if cluster.old(*_PUBLIC) is True else []
        added = not_covered(new, old)
        if added and not covers_the_internet(new):
            yield Match(cluster.address, {"what": f"New: {codes(map(str, added))}."})


def _is_public(cluster: ResourceChange) -> bool:
    """Whether the endpoint is public after the plan; on by default in AWS."""
    value = cluster.new(*_PUBLIC)
    return value is True or (value in (None, UNKNOWN) and cluster.action is Action.CREATE)


def _admitted(cluster: ResourceChange, facts: Facts) -> list[Network]:
    """The admitted ranges after the plan; left out on a new cluster, that is everyone."""
    value = cluster.new(*_CIDRS)
    if cluster.is_made and (value in (None, [], UNKNOWN)) and not facts.is_set(cluster, *_CIDRS):
        return networks("0.0.0.0/0")
    return networks(value) if isinstance(value, list) else []


@rule(
    "EKS09",
    Level.DISRUPTION,
    when="the public endpoint is switched off",
    title="The public API endpoint is switched off",
    why="Whoever comes from outside the VPC loses kubectl, this repository's own pipeline and "
    "its local-exec steps among them.",
    action="Check that CI and people have a way into the VPC first.",
    source=f"{_GUIDE}/cluster-endpoint.html",
)
def public_endpoint_is_lost(facts: Facts) -> Iterator[Match]:
    """Terraform itself often needs the endpoint it closes."""
    for cluster in _updated(facts):
        if cluster.old(*_PUBLIC) is True and cluster.new(*_PUBLIC) is False:
            yield Match(cluster.address)


@rule(
    "EKS10",
    Level.DISRUPTION,
    when="the private endpoint is switched off",
    title="The private API endpoint is switched off",
    why="Nodes then reach the API over NAT and the public endpoint; if its allow-list does not "
    "hold the NAT address they go NotReady.",
    action="Leave it on, or put the NAT addresses into `public_access_cidrs` first.",
    source=f"{_GUIDE}/cluster-endpoint.html",
)
def private_endpoint_is_lost(facts: Facts) -> Iterator[Match]:
    """Looks harmless, and cuts the nodes off."""
    for cluster in _updated(facts):
        if cluster.old(*_PRIVATE) is True and cluster.new(*_PRIVATE) is False:
            yield Match(cluster.address)


@rule(
    "EKS19",
    Level.REVIEW,
    when="ranges leave the public endpoint's list while it stays public; disruption where none of "
    "the old ones is left and the private endpoint is off",
    title="Fewer networks may reach the Kubernetes API",
    why="No longer: {gone}. Whoever comes from there is out: people, this pipeline, and nodes that "
    "have no private endpoint.",
    action="Check that CI, the nodes' NAT addresses and the people on call are among {left}.",
    source=f"{_GUIDE}/cluster-endpoint.html",
)
def api_is_narrowed(facts: Facts) -> Iterator[Match]:
    """Good for security, and a way to lock oneself out."""
    for cluster in _updated(facts):
        if cluster.old(*_PUBLIC) is not True or cluster.new(*_PUBLIC) is not True:
            continue
        if cluster.is_unknown(*_CIDRS):
            continue
        old, new = networks(cluster.old(*_CIDRS)), networks(cluster.new(*_CIDRS))
        gone = not_covered(old, new)
        if gone and new:
            stays = any(not not_covered([network], old) for network in new)
            private = cluster.new(*_PRIVATE) is True
            yield Match(
                cluster.address,
                {"gone": codes(map(str, gone)), "left": codes(map(str, merged(new)))},
                None if stays or private else Level.DISRUPTION,
            )
