"""Whom a state's aws-auth lets in: the ConfigMap as the chapter's file, or as a resource."""

from collections.abc import Iterator, Set
from typing import Any

import yaml

from adopt.state import State
from constructs_lib import naming

_NODES = "system:node:{{EC2PrivateDNSName}}"
_GROUPS_OF_NODES = frozenset({"system:bootstrappers", "system:nodes"})
_MAPS = {"map_roles": ("mapRoles", "rolearn"), "map_users": ("mapUsers", "userarn")}


def sections(state: State, nodes: Set[str]) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """The spec's `map_roles` and `map_users`, and a note for what they cannot say.

    `nodes` are the ARNs of the nodes' roles, which have their entries anyway.
    """
    said: dict[str, dict[str, dict[str, Any]]] = {}
    notes = []
    for where, data in _config_maps(state):
        if not _is_of(data, nodes, state):
            notes.append(f"{where}: lets in no nodes of this cluster, so it is taken for another's")
            continue
        for section, (key, principal) in _MAPS.items():
            entries = _said(data.get(key))
            if not isinstance(entries, list):
                notes.append(f"{where}: {key} is no list; whom it lets in is shut out")
                continue
            for entry in entries:
                try:
                    found = _entry(entry, principal)
                except (AttributeError, KeyError, TypeError):
                    notes.append(
                        f"{where}: {key} has an entry that is none; whom it lets in is shut out"
                    )
                    continue
                if naming.without_path(found[principal]) in map(naming.without_path, nodes):
                    continue
                of_section = said.setdefault(section, {})
                if of_section.get(found[principal], found) != found:
                    notes.append(
                        f"{where}: {key} has {found[principal]} twice; the last of them counts"
                    )
                of_section[found[principal]] = found
        if _said(data.get("mapAccounts")):
            notes.append(f"{where}: mapAccounts has no place here, and is gone after the apply")
    return {section: list(entries.values()) for section, entries in said.items()}, notes


def _entry(entry: dict[str, Any], principal: str) -> dict[str, Any]:
    """An entry as the spec says it; nodes of another role by their type."""
    groups = [str(group) for group in entry.get("groups") or []]
    if entry.get("username") == _NODES and {*groups} <= _GROUPS_OF_NODES:
        return {"type": "EC2_LINUX", principal: str(entry[principal])}
    return {
        principal: str(entry[principal]),
        "username": str(entry["username"]),
        **({"groups": groups} if groups else {}),
    }


def _is_of(data: dict[str, Any], nodes: Set[str], state: State) -> bool:
    """Whether a ConfigMap is the cluster's: of several clusters, the one that lets its nodes in."""
    if len(state.of("aws_eks_cluster")) == 1:
        return True
    entries = _said(data.get("mapRoles"))
    there = [entry.get("rolearn") for entry in entries if isinstance(entry, dict)]
    return not {*map(naming.without_path, nodes)}.isdisjoint(
        naming.without_path(str(arn)) for arn in there
    )


def _config_maps(state: State) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in state.resources:
        if resource.type == "local_file" and "aws-auth" in resource.text("content"):
            document = _yaml(resource.text("content"))
            if isinstance(document, dict):
                # the chapter's own excerpt is the data alone
                data = document.get("data")
                yield resource.address, data if isinstance(data, dict) else document
            else:
                yield resource.address, {"mapRoles": document}
        elif (
            resource.type.startswith("kubernetes_config_map")
            and resource.block("metadata").get("name") == "aws-auth"
        ):
            yield resource.address, dict(resource.values.get("data") or {})


def _said(text: Any) -> Any:
    """What a key of the ConfigMap says, which is YAML in a text; a list where it says nothing."""
    return (_yaml(text) if isinstance(text, str) else text) or []


def _yaml(text: str) -> Any:
    """What YAML says; the text itself where it is none."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text
