"""How a Kubernetes object takes a change: patches, and `kubectl apply`'s comparison of three."""

from typing import Any

# Lists whose elements have a name of their own are merged by it; all others are replaced.
LIST_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "imagePullSecrets": "name",
    "secrets": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
}


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def strategic_merge_patch(target: Any, patch: Any) -> Any:
    """Apply the part of a strategic merge patch that pod templates need."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        merged = {key: value for key, value in merged.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            merged.pop(key, None)
        elif _is_keyed(key, merged.get(key), value):
            merged[key] = _merge_elements(merged[key], value, LIST_KEYS[key])
        else:
            merged[key] = strategic_merge_patch(merged.get(key), value)
    return merged


def _merge_elements(target: list[Any], patch: list[Any], key: str) -> list[Any]:
    elements = {element[key]: element for element in target}
    for change in patch:
        if change.get("$patch") == "delete":
            elements.pop(change[key], None)
        else:
            elements[change[key]] = strategic_merge_patch(elements.get(change[key]), change)
    return list(elements.values())


def apply(live: Any, last: Any, wanted: Any) -> Any:
    """Bring `live` to `wanted`: drop what only the `last` wish had, leave what others put there."""
    if not isinstance(wanted, dict):
        return wanted
    live, last = _as_dict(live), _as_dict(last)
    applied = {key: value for key, value in live.items() if key in wanted or key not in last}
    for key, value in wanted.items():
        if value is None:
            applied.pop(key, None)
        elif _is_keyed(key, live.get(key), value):
            applied[key] = _apply_elements(live[key], last.get(key) or [], value, LIST_KEYS[key])
        else:
            applied[key] = apply(live.get(key), last.get(key), value)
    return applied


def _apply_elements(live: list[Any], last: list[Any], wanted: list[Any], key: str) -> list[Any]:
    live_by_key = {element[key]: element for element in live}
    last_by_key = {element[key]: element for element in last if key in element}
    applied = {
        element[key]: apply(live_by_key.get(element[key]), last_by_key.get(element[key]), element)
        for element in wanted
    }
    foreign = [each for each in live if each[key] not in applied and each[key] not in last_by_key]
    return [*applied.values(), *foreign]


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_keyed(field: str, live: Any, wanted: Any) -> bool:
    key = LIST_KEYS.get(field)
    if key is None or not isinstance(live, list) or not isinstance(wanted, list):
        return False
    return all(isinstance(element, dict) and key in element for element in live + wanted)
