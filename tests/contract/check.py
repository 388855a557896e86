"""What a plan breaks of the contract, and what changelog and upgrade notes must say of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

HEADING = "Addresses"

RUNS_AGAIN = "null_resource"
"""Replaced, it applies its manifest once more; nothing of it exists anywhere."""

_MOVED = re.compile(r"`(?P<old>[^`]+)` is now `(?P<new>[^`]+)`")
_HEADING = re.compile(r"^#+\s+(?P<text>.+?)\s*$")


def broken(plan: Mapping[str, Any]) -> list[str]:
    """What a plan would replace, destroy or forget of what an older version made."""
    return [
        f"{change['address']}: {'replaced' if 'create' in actions else 'destroyed or forgotten'}"
        for change in plan.get("resource_changes", [])
        if {"delete", "forget"} & set(actions := change["change"]["actions"])
        and not (change["type"] == RUNS_AGAIN and "create" in actions)
    ]


@dataclass(frozen=True, order=True)
class Change:
    """What a plan does to one resource, or to one argument of it."""

    address: str
    action: str
    """create, update, replace, destroy, forget or move."""
    argument: str = ""
    """The top-level argument that an update changes; where it moves from; else empty."""


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """Everything that a plan changes, sorted; what is only read is no change."""
    return sorted(_changes(plan))


def _changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    written = {
        block["address"]: set(block.get("expressions", {}))
        for block in plan["configuration"]["root_module"].get("resources", [])
    }
    for resource in plan.get("resource_changes", []):
        address, change = resource["address"], resource["change"]
        if "previous_address" in resource:
            yield Change(address, "move", resource["previous_address"])
        match sorted(change["actions"]):
            case ["no-op"] | ["read"]:
                pass
            case ["update"]:
                for argument in sorted(_different(change, written[address])):
                    yield Change(address, "update", argument)
            case ["create", "delete"]:
                yield Change(address, "replace")
            case [action]:
                yield Change(address, {"delete": "destroy"}.get(action, action))
            case actions:
                raise ValueError(f"{address}: no words for {actions}")


def _different(change: Mapping[str, Any], written: set[str]) -> set[str]:
    """The arguments with another value; an unknown one counts if the configuration has it."""
    before, after = change["before"], change["after"]
    unknown = {key for key, value in change["after_unknown"].items() if value}
    return (unknown & written) | {
        key for key in {*before, *after} - unknown if before.get(key) != after.get(key)
    }


@dataclass(frozen=True)
class Row:
    """A row of the tables of docs/upgrade-to-*.md."""

    clusters: str
    address: str
    action: str
    argument: str
    why: str

    def covers(self, cluster: str, change: Change) -> bool:
        """Whether the row speaks of this change of this recorded cluster."""
        return (
            any(fnmatchcase(cluster, name.strip()) for name in self.clusters.split(","))
            and fnmatchcase(change.address, self.address)
            and self.action == change.action
            and fnmatchcase(change.argument, self.argument)
        )


def rows(path: Path) -> list[Row]:
    """The rows of every table whose first column is "Cluster"."""
    found, inside = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.split("|")[1:-1]]
        if not cells:
            inside = False
        elif cells[0] == "Cluster":
            inside = True
        elif inside and set(line) - set("|-: "):
            found.append(Row(*cells))
    return found


def moved_in_changelog(path: Path) -> dict[str, str]:
    """New address by old one, from the lines under every heading "Addresses".

    A line is like "- `aws_vpc.k8s` is now `aws_vpc.cluster`: why".
    """
    return dict(_moves(path.read_text(encoding="utf-8")))


def _moves(text: str) -> Iterator[tuple[str, str]]:
    under = ""
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            under = heading["text"]
        elif under == HEADING and (move := _MOVED.search(line)):
            yield move["old"], move["new"]
