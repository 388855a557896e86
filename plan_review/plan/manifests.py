"""Kubernetes objects that a resource holds whole: as an object, or as YAML in a string.

Of YAML only what stands at the top, and one level below `metadata`, is read: its kind and name.
"""

from __future__ import annotations

import re
from typing import Final

from plan_review.plan.paths import Json, embedded_json

MANIFESTS: Final = ("kubectl_manifest", "kubernetes_manifest")
"""The types that are there to hold one."""
_TOP: Final = re.compile(r"""(?m)^["']?(kind|apiVersion)["']?\s*:\s*["']?([A-Za-z0-9./-]+)""")
_NAME: Final = re.compile(r"""(?m)^metadata:\s*\n(?:[ ].*\n)*?[ ]+name:\s*["']?([^\s"']+)""")
_LONGEST: Final = 100_000


def manifest_of(values: Json) -> dict[str, Json] | None:
    """The object in the values of a resource; of YAML its kind, API and name."""
    if not isinstance(values, dict):
        return None
    whole = values.get("manifest")
    if isinstance(whole, dict):
        return whole
    for key in ("yaml_body", "manifest", "content"):
        text = values.get(key)
        if isinstance(text, str) and 0 < len(text) <= _LONGEST:
            decoded = embedded_json(text)
            if isinstance(decoded, dict):
                return decoded if "kind" in decoded else None
            found: dict[str, Json] = dict(_TOP.findall(text))
            name = _NAME.search(text)
            if "kind" in found and "apiVersion" in found:
                return {**found, "metadata": {"name": name[1] if name else ""}}
    return None
