"""Other clouds, as far as a plan of theirs opens something to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.cidr import covers_the_internet, networks
from plan_review.levels import Level
from plan_review.plan import ResourceChange
from plan_review.plan.paths import Json, dicts
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_EVERYBODY: Final = ("allUsers", "allAuthenticatedUsers")
_ANYWHERE: Final = ("*", "internet", "any")
_WEB: Final = ({"80"}, {"443"}, {"80", "443"})


@rule(
    "CLD01",
    Level.SECURITY,
    when="in Google Cloud or Azure, a role is given to everybody, or a firewall or network "
    "security group newly lets the whole internet in; review for the ports 80 and 443",
    title="{what} to everybody",
    why="It was not so before. Whoever finds the address can use it.",
    action="Name who needs it, or the ranges they come from.",
    source="https://cloud.google.com/iam/docs/principals-overview",
)
def open_to_everybody(facts: Facts) -> Iterator[Match]:
    """What was open before is not told again."""
    for change in facts.changes:
        if not change.is_written:
            continue
        if change.type.startswith("google_") and "_iam_" in change.type:
            old, new = _members(change.before), _members(change.after)
            if new - old:
                role = code(change.new_text("role") or change.type)
                yield Match(change.address, {"what": f"{role} is given"})
        elif change.type == "google_compute_firewall":
            yield from _opened(change, _google(change.before), _google(change.after))
        elif change.type in ("azurerm_network_security_rule", "azurerm_network_security_group"):
            yield from _opened(change, _azure(change.before), _azure(change.after))


def _members(values: Json) -> set[str]:
    if not isinstance(values, dict):
        return set()
    every = [values.get("member"), *_list(values.get("members"))]
    return {member for member in every if member in _EVERYBODY}


def _opened(change: ResourceChange, old: set[str], new: set[str]) -> Iterator[Match]:
    """Yield a match where ports come to be open to the internet."""
    ports = new - old
    if ports and "*" not in old:
        level = Level.REVIEW if ports in _WEB else None
        shown = "every port" if "*" in ports else f"the ports {code(', '.join(sorted(ports)))}"
        what = f"{code(change.address)} opens {shown}"
        yield Match(change.address, {"what": what}, level)


def _google(values: Json) -> set[str]:
    """Return the ports that a firewall of Google's opens to the internet."""
    if (
        not isinstance(values, dict)
        or values.get("direction") == "EGRESS"
        or values.get("disabled")
    ):
        return set()
    if not covers_the_internet(networks(values.get("source_ranges"))):
        return set()
    ports: set[str] = set()
    allowed = dicts(values.get("allow") or [])
    for entry in allowed:
        ports.update(map(str, _list(entry.get("ports"))) if entry.get("ports") else {"*"})
    return ports if allowed or values.get("deny") else {"*"}


def _azure(values: Json) -> set[str]:
    """Return the ports that rules of Azure's open to the internet."""
    if not isinstance(values, dict):
        return set()
    ports: set[str] = set()
    for entry in (values, *dicts(values.get("security_rule") or [])):
        words = (str(entry.get("access")).lower(), str(entry.get("direction")).lower())
        if words != ("allow", "inbound"):
            continue
        sources = [entry.get("source_address_prefix"), *_list(entry.get("source_address_prefixes"))]
        named = any(isinstance(one, str) and one.lower() in _ANYWHERE for one in sources)
        if named or covers_the_internet(networks(sources)):
            ranges = [entry.get("destination_port_range")]
            ranges += _list(entry.get("destination_port_ranges"))
            ports.update(one for one in ranges if isinstance(one, str) and one)
    return ports


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
