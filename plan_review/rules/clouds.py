"""Other clouds, as far as a plan of theirs opens something to everybody."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.cidr import covers_the_internet, networks
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import Json, dicts
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_EVERYBODY: Final = ("allUsers", "allAuthenticatedUsers")
_ANYWHERE: Final = ("*", "internet", "any")
_WEB: Final = ({"80"}, {"443"}, {"80", "443"})


@rule(
    "CLD01",
    Level.SECURITY,
    when="in Google Cloud or Azure, a role is given to everybody, or a firewall, network "
    "security group, database, vault, storage account or cluster API newly lets the whole internet "
    "in; review for the ports 80 and 443",
    title="{what} to everybody",
    why="It was not so before. Whoever finds the address can use it.",
    action="Name who needs it, or the ranges they come from.",
    source="https://cloud.google.com/iam/docs/principals-overview",
)
def open_to_everybody(facts: Facts) -> Iterator[Match]:
    """What was open before is not told again."""
    for change in facts.written:
        if change.type.startswith("google_") and _LETS_IN.search(change.type):
            old, new = _members(change.before), _members(change.after)
            if new - old:
                role = code(change.new_text("role") or change.type)
                yield Match(change.address, {"what": f"{role} is given"})
        elif change.type == "google_compute_firewall":
            yield from _opened(change, _google(change.before), _google(change.after))
        elif change.type in ("azurerm_network_security_rule", "azurerm_network_security_group"):
            yield from _opened(change, _azure(change.before), _azure(change.after))
        elif _opens(change):
            yield Match(change.address, {"what": f"{code(change.address)} opens"})


_LETS_IN: Final = re.compile(r"_iam_|_access_control|_acl\b|bigquery_dataset")
_RANGES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "azurerm_kubernetes_cluster": (
        ("api_server_access_profile", "authorized_ip_ranges"),
        ("api_server_authorized_ip_ranges",),
    ),
    "google_container_cluster": (
        ("master_authorized_networks_config", "cidr_blocks", "cidr_block"),
    ),
    "google_sql_database_instance": (
        ("settings", "ip_configuration", "authorized_networks", "value"),
    ),
}
"""Where the API of a cluster, or a database, says from which ranges it may be reached."""
_FIREWALL_RULE: Final = re.compile(
    r"azurerm_(mssql|mysql|mariadb|postgresql|sql|redis|synapse)(_flexible_server)?_firewall_rule"
)


def _opens(change: ResourceChange) -> bool:
    """Whether a cluster's API or a database newly lets (nearly) the whole internet in."""
    if change.type.startswith("azurerm_") and _opens_its_gate(change):
        return True
    if _FIREWALL_RULE.fullmatch(change.type):
        return _spans_the_internet(change.after) and not _spans_the_internet(change.before)
    for path in _RANGES.get(change.type, ()):
        old, new = list(_below(change.before, path)), list(_below(change.after, path))
        if covers_the_internet(networks(new)) and not covers_the_internet(networks(old)):
            return True
        is_lifted = bool(old) and not new and not change.is_unknown(path[0])
        if is_lifted and change.type in _OPEN_WITHOUT and not _is_private(change):
            return True
    return False


_GATES: Final = (("network_acls",), ("network_rules",), ())
"""Where a vault or a storage account of Azure's says what becomes of who is named nowhere."""


def _opens_its_gate(change: ResourceChange) -> bool:
    """Whether a vault or a storage account lets in who is named nowhere, and did not before."""
    for path in _GATES:
        key = (*path, "default_action")
        if list(_below(change.before, key)) == ["Deny"]:
            return list(_below(change.after, key)) == ["Allow"]
    return False


_OPEN_WITHOUT: Final = ("azurerm_kubernetes_cluster", "google_container_cluster")
"""Types that let everybody in where no range is named."""


def _is_private(cluster: ResourceChange) -> bool:
    return (
        cluster.new("private_cluster_enabled") is True
        or cluster.new("private_cluster_config", 0, "enable_private_endpoint") is True
    )


def _below(value: Json, path: tuple[str, ...]) -> Iterator[Json]:
    """What stands at a path, whichever of the blocks on the way it is in."""
    if not path:
        yield from value if isinstance(value, list) else [value] if value else []
        return
    for block in dicts(value):
        yield from _below(block.get(path[0]), path[1:])


def _spans_the_internet(values: Json) -> bool:
    """Whether the addresses of a firewall rule are half of them all, or more."""
    if not isinstance(values, dict):
        return False
    first = values.get("start_ip_address") or values.get("start_ip")
    last = values.get("end_ip_address") or values.get("end_ip")
    try:
        ends = [int(ipaddress.IPv4Address(str(address))) for address in (first, last)]
    except ValueError:
        return False
    return ends[1] - ends[0] >= 2**31 - 1


_ADMINISTRATORS: Final = {
    "Owner": None,
    "Role Based Access Control Administrator": None,
    "User Access Administrator": None,
    "Contributor": Level.REVIEW,
    "roles/container.admin": Level.REVIEW,
    "roles/iam.securityAdmin": None,
    "roles/iam.serviceAccountAdmin": Level.REVIEW,
    "roles/iam.serviceAccountKeyAdmin": None,
    "roles/iam.serviceAccountTokenCreator": None,
    "roles/iam.serviceAccountUser": Level.REVIEW,
    "roles/secretmanager.admin": Level.REVIEW,
    "roles/storage.admin": Level.REVIEW,
    "roles/owner": None,
    "roles/resourcemanager.organizationAdmin": None,
    "roles/resourcemanager.projectIamAdmin": None,
    "roles/editor": Level.REVIEW,
}
"""Roles that give themselves everything; those that may change everything else are looked at."""


@rule(
    "CLD02",
    Level.SECURITY,
    when="in Google Cloud or Azure, somebody newly gets a role that can give itself every other; "
    "review for one that changes everything but permissions",
    title="{who} gets {role}",
    why="With it, its holder can change or delete everything there.",
    action="Give a role for what is needed, on what it is needed for.",
    source="https://cloud.google.com/iam/docs/roles-overview#basic",
)
def administrator_is_made(facts: Facts) -> Iterator[Match]:
    """Not told again of those who have it already."""
    for change in facts.written:
        if not _GIVES_A_ROLE.search(change.type):
            continue
        name = _ROLE_ARGUMENTS.get(change.type.partition("_")[0])
        role = change.new_text(name) if name else ""
        if not role:
            role = _ROLE_IDS.get(change.new_text("role_definition_id").rpartition("/")[2], "")
        if role not in _ADMINISTRATORS:
            continue
        known = _holders(change.before) if change.old_text(name or "") == role else set()
        added = sorted(_holders(change.after) - known)
        if added or change.action is Action.CREATE:
            who = codes(added) if added else "Somebody"
            values = {"who": who, "role": code(role)}
            yield Match(change.address, values, _ADMINISTRATORS[role])


_ROLE_IDS: Final = {
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
"""Azure's own roles, by the ids that are the same in every subscription."""


@rule(
    "CLD04",
    Level.SECURITY,
    when="in Azure, a role of one's own newly allows every action; review where the role is new",
    title="The role {role} allows everything",
    why="Whoever has it may change and delete whatever is in its scope.",
    action="Name the actions.",
    source="https://learn.microsoft.com/azure/role-based-access-control/custom-roles",
)
def role_allows_everything(facts: Facts) -> Iterator[Match]:
    """`Owner` under another name."""
    path = ("permissions", "actions")
    for change in facts.of("azurerm_role_definition"):
        if not change.is_written or "*" in _below(change.before, path):
            continue
        if "*" in _below(change.after, path):
            level = Level.REVIEW if change.before is None else None
            yield Match(change.address, {"role": code(change.new_text("name"))}, level)


@rule(
    "CLD03",
    Level.REVIEW,
    when="in Google Cloud, a whole IAM policy is made, changed or destroyed",
    title="The whole IAM policy of {what} is {verb}",
    why="It is authoritative: whoever is not in it loses access, those whom others or Google "
    "added among them.",
    action="Compare it with the policy that is there; prefer a `…_iam_member` for each role.",
    source="https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/"
    "google_project_iam",
)
def whole_policy_is_written(facts: Facts) -> Iterator[Match]:
    """The plan shows what is written, not what is there."""
    for change in facts.changes:
        is_policy = change.type.startswith("google_") and change.type.endswith("_iam_policy")
        if is_policy and (change.is_written or change.is_destroyed):
            verb = "destroyed" if change.action is Action.DELETE else "written"
            yield Match(change.address, {"what": code(change.address), "verb": verb})


_ROLE_ARGUMENTS: Final = {"azurerm": "role_definition_name", "google": "role"}
_GIVES_A_ROLE: Final = re.compile(r"azurerm_role_assignment|google_\w+_iam_(member|binding)")


def _holders(values: Json) -> set[str]:
    if not isinstance(values, dict):
        return set()
    every = [values.get("member"), values.get("principal_id"), *_list(values.get("members"))]
    return {one for one in every if isinstance(one, str) and one}


def _members(values: Json) -> set[str]:
    if not isinstance(values, dict):
        return set()
    every = [values.get("member"), values.get("entity"), *_list(values.get("members"))]
    for one in dicts(values.get("access")):
        every += [one.get("special_group"), one.get("iam_member")]
    return {member for member in every if member in _EVERYBODY}


def _opened(change: ResourceChange, old: set[str], new: set[str]) -> Iterator[Match]:
    """A match where ports come to be open to the internet."""
    ports = new - old
    if ports and "*" not in old:
        level = Level.REVIEW if ports in _WEB else None
        shown = "every port" if "*" in ports else f"the ports {code(', '.join(sorted(ports)))}"
        what = f"{code(change.address)} opens {shown}"
        yield Match(change.address, {"what": what}, level)


def _google(values: Json) -> set[str]:
    """The ports that a firewall of Google's opens to the internet."""
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
    """The ports that rules of Azure's open to the internet."""
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
