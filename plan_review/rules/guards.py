"""Guards that an argument switches off, and openings to the internet, whatever the type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.cidr import covers_the_internet, networks
from plan_review.facts.guards import weakened
from plan_review.facts.leaves import Leaf
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, dicts, dotted, is_empty, strings
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_WELL_ARCHITECTED: Final = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar"


@rule(
    "GRD01",
    Level.SECURITY,
    when="an argument that guards something is switched off or weakened, by a table of such "
    "arguments: logins, reach, encryption, inspection, a pod's limits; review for the milder ones",
    title="A guard is weakened: {what}",
    why="{effect}",
    action="Keep it, or say in the pull request what takes its place.",
    source=f"{_WELL_ARCHITECTED}/welcome.html",
)
def guard_is_weakened(facts: Facts) -> Iterator[Match]:
    """One argument of one name means the same in most types."""
    for change in facts.rewritten:
        for leaf in facts.leaves(change):
            guard = None if leaf.after is UNKNOWN else weakened(change.type, leaf)
            if guard is not None:
                sides = (_shown(facts, leaf, side) for side in (leaf.before, leaf.after))
                what = f"{code(dotted(leaf.path))} {' → '.join(sides)}"
                yield Match(change.address, {"what": what, "effect": guard.effect}, guard.level)


def _shown(facts: Facts, leaf: Leaf, value: Json) -> str:
    if is_empty(value):
        return "nothing"
    return code(facts.mask.value(value, leaf.path, is_sensitive=leaf.is_sensitive))


_TOLD_ELSEWHERE: Final = re.compile(
    r"aws_(default_)?(security_group|network_acl)(_rule)?|aws_vpc_security_group_\w+_rule"
    r"|aws_eks_cluster|google_compute_firewall|azurerm_network_security_(group|rule)"
    r"|aws_ec2_transit_gateway_\w+|\w*_routes?(_table)?(_\w+)?|azurerm_\w+_firewall_rule"
    r"|azurerm_kubernetes_cluster|google_container_cluster|google_sql_database_instance"
)
_WIDE: Final = ("/0", "/1")
"""How a range ends that is half of all addresses, or more."""
_OUTWARD: Final = re.compile(
    r"(?i)egress|outbound|dest|route|target|next_hop|nat_|deny|denied|blocked|reject|peer|remote_net"
    r"|no_proxy|policy|statement"
)
_FILTERS: Final = re.compile(
    r"\w*(firewall|secgroup|security_group|security_list|access_list|ip_access|whitelist"
    r"|public_ports|ip_group|network_rule|prefix_list|acl)\w*"
)


@rule(
    "GRD02",
    Level.SECURITY,
    when="a range that covers (nearly) the whole internet newly stands where an object says who "
    "may come in, whatever its type; review where a new object that is no filter begins with it",
    title="The whole internet is let in by {what}",
    why="{was}",
    action="Name the ranges it is meant for.",
    source=f"{_WELL_ARCHITECTED}/protecting-networks.html",
)
def whole_internet_is_let_in(facts: Facts) -> Iterator[Match]:
    """Security groups, ACLs and the like have rules of their own; what leads out is not meant.

    Of what is new in AWS only filters are looked at: the ranges of others lead out.
    """
    for change in facts.written:
        is_filter = _FILTERS.fullmatch(change.type) is not None
        if change.before is None and change.type.startswith("aws_") and not is_filter:
            continue
        if not any(text.endswith(_WIDE) for text in strings(change.after)):
            continue
        if _TOLD_ELSEWHERE.fullmatch(change.type) or _is_outward(change):
            continue
        leaves = facts.leaves(change)
        for path in dict.fromkeys(leaf.path for leaf in leaves if _opens(change, leaf)):
            is_mild = change.action is Action.CREATE and not is_filter
            yield Match(
                change.address,
                {
                    "what": code(dotted(path)),
                    "was": "It is new." if change.before is None else "It did not before.",
                },
                Level.REVIEW if is_mild else None,
            )


def _opens(change: ResourceChange, leaf: Leaf) -> bool:
    if leaf.after is UNKNOWN or any(
        isinstance(key, str) and _OUTWARD.search(key) for key in leaf.path
    ):
        return False
    new = leaf.after if isinstance(leaf.after, list) else [leaf.after]
    if not any(isinstance(one, str) and one.endswith(_WIDE) for one in new):
        return False
    old = leaf.before if isinstance(leaf.before, list) else [leaf.before]
    return (
        covers_the_internet(networks(new))
        and not covers_the_internet(networks(old))
        and not _is_outward_element(change, leaf)
    )


_OUT: Final = ("out", "egress", "outbound", "output", "deny", "drop", "block", "reject")


def _is_outward(change: ResourceChange) -> bool:
    """Whether a rule that is an object of its own is about what goes out, or keeps out."""
    return _says_out(change.new(key) for key in ("direction", "type", "action", "policy"))


def _is_outward_element(change: ResourceChange, leaf: Leaf) -> bool:
    """Whether one of the blocks that an opening stands in says the same."""
    return any(
        _says_out(block.get(key) for key in ("direction", "type", "action"))
        for length in range(1, len(leaf.path))
        for block in dicts(change.new(*leaf.path[:length]))
    )


def _says_out(words: Iterable[Json]) -> bool:
    return any(isinstance(word, str) and word.lower() in _OUT for word in words)
