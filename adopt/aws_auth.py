"""Whom a state's aws-auth lets in: the ConfigMap as the chapter's file, or as a resource."""

from collections.abc import Iterator, Set
from typing import Any

import yaml

from adopt.state import State

_NODES = "system:node:{{EC2PrivateDNSName}}"
_MAPS = {"map_roles": ("mapRoles", "rolearn"), "map_users": ("mapUsers", "userarn")}


def sections(state: State, nodes: Set[str]) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """The spec's `map_roles` and `map_users`, and a note for what they cannot say.

    `nodes` are the ARNs of the nodes' roles, which have their entries anyway.
    """
    said: dict[str, list[dict[str, Any]]] = {}
    notes = []
    for where, data in _config_maps(state):
        for section, (key, principal) in _MAPS.items():
            for entry in _entries(data.get(key)):
                if entry.get(principal) in nodes:
                    continue
                try:
                    found = _entry(entry, principal)
                except (KeyError, TypeError):
                    notes.append(
                        f"{where}: {key} has an entry that is none; whom it lets in is shut out"
                    )
                    continue
                if found not in said.setdefault(section, []):
                    said[section].append(found)
        if _said(data.get("mapAccounts")):
            notes.append(f"{where}: mapAccounts has no place here, and is gone after the apply")
    return said, notes


def _entry(entry: dict[str, Any], principal: str) -> dict[str, Any]:
    """An entry as the spec says it; nodes of another role by their type."""
    if entry.get("username") == _NODES:
        return {"type": "EC2_LINUX", principal: str(entry[principal])}
    groups = [str(group) for group in entry.get("groups") or []]
    return {
        principal: str(entry[principal]),
        "username": str(entry["username"]),
        **({"groups": groups} if groups else {}),
    }


def _config_maps(state: State) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in state.resources:
        if resource.type == "local_file" and "aws-auth" in resource.text("content"):
            document = _yaml(resource.text("content"))
            # the chapter's own excerpt is the data alone
            yield resource.address, document.get("data") or document
        elif (
            resource.type.startswith("kubernetes_config_map")
            and resource.block("metadata").get("name") == "aws-auth"
        ):
            yield resource.address, dict(resource.values.get("data") or {})


def _entries(text: Any) -> list[dict[str, Any]]:
    found = _said(text)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _said(text: Any) -> Any:
    """What a key of the ConfigMap says, which is YAML in a text."""
    return _yaml(text) if isinstance(text, str) else text or []


def _yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return {}
