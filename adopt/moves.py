"""What no block `moved` can say: a resource whose old address is another part's here.

Terraform refuses a move from an address that the configuration still has, so such a resource is
moved by hand, with `terraform state mv`.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from adopt.state import Resource

_PARTS = re.compile(r"(?P<type>\w+)\.(?P<name>[\w-]+)(?:\[(?P<key>.+)\])?", re.DOTALL)
"""An address in the root module."""


def by_hand(moved: Mapping[str, str], document: Mapping[str, Any]) -> dict[str, str]:
    """Those of `moved` that `document`, the JSON of the stack, does not let a block say.

    In an order in which each new address is free.
    """
    found = {old for old in moved if _is_declared(old, document)}
    # what stands where another goes has to go before it
    while more := {moved[old] for old in found if moved[old] in moved} - found:
        found |= more
    ordered: dict[str, str] = {}

    def go(old: str, waiting: frozenset[str]) -> None:
        new = moved[old]
        if old in ordered:
            return
        if new in found and new not in waiting:
            go(new, waiting | {old})
        ordered[old] = new

    for old in moved:
        if old in found:
            go(old, frozenset())
    return ordered


def _is_declared(address: str, document: Mapping[str, Any]) -> bool:
    parts = _PARTS.fullmatch(address)
    blocks = document.get("resource", {})
    if parts is None or parts["name"] not in blocks.get(parts["type"], {}):
        return False
    block, key = blocks[parts["type"]][parts["name"]], parts["key"]
    return key is None or ("count" if key.isdigit() else "for_each") in block


def moved_to(resource: Resource, address: str) -> Resource:
    """A resource as it is in the state once it has been moved to one of our addresses."""
    parts = _PARTS.fullmatch(address)
    if parts is None:
        return resource
    key = parts["key"]
    return replace(
        resource,
        address=address,
        module="",
        name=parts["name"],
        key=None if key is None else int(key) if key.isdigit() else key.strip('"'),
    )


def commands(name: str, moves: Mapping[str, str], program: str) -> Iterator[str]:
    """The commands that move things in the state of the cluster `name`."""
    for old, new in moves.items():
        yield (
            f"{program} state mv -state=terraform.{name}.tfstate {shlex.quote(old)} "
            f"{shlex.quote(new)}"
        )
