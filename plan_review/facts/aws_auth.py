"""The aws-auth ConfigMap, whichever provider writes it, as who is mapped to which groups.

Its YAML is of one form, a list of entries with an ARN and groups, and is read for that alone.
"""

from __future__ import annotations

import re
from typing import Final

from plan_review.plan import ResourceChange
from plan_review.plan.manifests import MANIFESTS
from plan_review.plan.paths import Json, dicts, embedded_json

CONFIG_MAPS: Final = (
    "kubernetes_config_map",
    "kubernetes_config_map_v1",
    "kubernetes_config_map_v1_data",
)
_PARTS: Final = ("mapRoles", "mapUsers")
_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
_KEY: Final = re.compile(r"""^\s*(-\s+)?["']?(rolearn|userarn|username|groups)["']?\s*:\s*(.*)$""")
_ITEM: Final = re.compile(r"""^\s*-\s+["']?([^"'#]+?)["']?\s*$""")

Mapping = dict[str, frozenset[str]]
"""ARNs of roles and users, or account ids, each with its groups."""


def is_aws_auth(change: ResourceChange) -> bool:
    """Whether a change is about the ConfigMap aws-auth of kube-system."""
    if change.type in CONFIG_MAPS:
        sides = (change.before, change.after)
        return any(
            one.get("name") == "aws-auth"
            for side in sides
            if isinstance(side, dict)
            for one in dicts(side.get("metadata"))
        )
    if change.type not in MANIFESTS:
        return False
    if change.old_text("name") == "aws-auth" or change.new_text("name") == "aws-auth":
        return True
    names = [change.old("manifest", "metadata", "name"), change.new("manifest", "metadata", "name")]
    bodies = f"{change.old_text('yaml_body')}\n{change.new_text('yaml_body')}"
    return "aws-auth" in names or bool(re.search(r"name:\s*[\"']?aws-auth\b", bodies))


def mapping_before(change: ResourceChange) -> Mapping:
    """Who is mapped now; empty where the ConfigMap does not exist."""
    return _mapping(change.old("data"), change.old("manifest", "data"), change.old("yaml_body"))


def mapping_after(change: ResourceChange) -> Mapping | None:
    """Who is mapped after the apply; None where only the apply tells."""
    if change.is_unknown("data") or change.is_unknown("manifest") or change.is_unknown("yaml_body"):
        return None
    return _mapping(change.new("data"), change.new("manifest", "data"), change.new("yaml_body"))


def _mapping(*holders: Json) -> Mapping:
    found: Mapping = {}
    for holder in holders:
        if isinstance(holder, dict):
            for part in _PARTS:
                found |= _entries(holder.get(part))
            accounts = holder.get("mapAccounts")
            for account in _ACCOUNT.findall(accounts) if isinstance(accounts, str) else ():
                found[account] = frozenset()
        elif isinstance(holder, str):
            found |= _entries(holder)
    return found


def _entries(text: Json) -> Mapping:
    """Read the entries of one part, written as YAML or as JSON."""
    decoded = embedded_json(text)
    if isinstance(decoded, list):
        return {
            str(entry.get("rolearn") or entry.get("userarn")): frozenset(
                map(str, groups if isinstance(groups := entry.get("groups"), list) else ())
            )
            for entry in dicts(decoded)
            if entry.get("rolearn") or entry.get("userarn")
        }
    found: dict[str, set[str]] = {}
    arn, groups = "", set[str]()
    for line in text.splitlines() if isinstance(text, str) else ():
        key = _KEY.match(line)
        if key and key[1]:
            arn, groups = "", set()
        if key and key[2] in ("rolearn", "userarn"):
            arn = key[3].strip("\"' ")
            found[arn] = groups
        elif key and key[2] == "groups":
            groups |= {part.strip("\"'[] ") for part in key[3].split(",")} - {""}
        elif not key and (item := _ITEM.match(line)):
            groups.add(item[1])
    return {arn: frozenset(groups) for arn, groups in found.items()}
