"""OpenTofu's plans: told from Terraform's, and whether they are whole.

OpenTofu writes neither `complete` nor `applyable`, so a plan that was made with `-target` or
`-exclude` looks whole. What it leaves out shows in the configuration: a plan that is whole has an
entry for every resource in it, unchanged ones included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plan_review.plan.paths import Json, dicts

_REGISTRY: Final = "registry.opentofu.org/"
_WITH_COMPLETE: Final = (1, 9)
"""Every Terraform from here on says whether its plan is complete."""


def program_of(document: dict[str, Json]) -> str:
    """Who made a plan: the registry of its providers says so, else what it lacks."""
    configuration = document.get("configuration")
    providers = configuration.get("provider_config") if isinstance(configuration, dict) else None
    names = [
        str(provider.get("full_name"))
        for provider in (providers.values() if isinstance(providers, dict) else ())
        if isinstance(provider, dict)
    ]
    names += [
        str(change.get("provider_name")) for change in dicts(document.get("resource_changes") or [])
    ]
    if any(name.startswith(_REGISTRY) for name in names):
        return "OpenTofu"
    match = re.match(r"(\d+)\.(\d+)", str(document.get("terraform_version")))
    lacks = "complete" not in document and "applyable" not in document
    if lacks and match and (int(match[1]), int(match[2])) >= _WITH_COMPLETE:
        return "OpenTofu"
    return "Terraform"


def left_out_of(document: dict[str, Json]) -> tuple[str, ...]:
    """The resources of the configuration that have no entry in the plan.

    Those with `count`, `for_each` or `lifecycle.enabled`, and all in a module that has one, may
    have no instance and are left aside.
    """
    configuration = document.get("configuration")
    root = configuration.get("root_module") if isinstance(configuration, dict) else None
    if not isinstance(root, dict):
        return ()
    spoken_of = {
        re.sub(r"\[(?:\"(?:[^\"\\]|\\.)*\"|\d+)\]", "", str(change.get("address")))
        for key in ("resource_changes", "deferred_changes")
        for entry in dicts(document.get(key) or [])
        for change in (entry, *dicts(entry.get("resource_change") or []))
    }
    return tuple(address for address in _resources(root, "") if address not in spoken_of)


def _resources(module: dict[str, Json], prefix: str) -> Iterator[str]:
    for block in dicts(module.get("resources") or []):
        repeated = "count_expression" in block or "for_each_expression" in block
        lifecycle = block.get("lifecycle")
        enabled = isinstance(lifecycle, dict) and "enabled" in lifecycle
        if block.get("mode") == "managed" and not repeated and not enabled:
            yield f"{prefix}{block.get('type')}.{block.get('name')}"
    calls = module.get("module_calls")
    for name, call in calls.items() if isinstance(calls, dict) else ():
        if not isinstance(call, dict) or {"count_expression", "for_each_expression"} & call.keys():
            continue
        if isinstance(call.get("module"), dict):
            yield from _resources(call["module"], f"{prefix}module.{name}.")
