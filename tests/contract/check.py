"""What a plan breaks of the contract, and what the changelog has to say about addresses."""

import re
from collections.abc import Iterator, Mapping
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
