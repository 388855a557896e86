"""The objects of the emulated Kubernetes API, and what it does to them.

Nobody is behind them: no controllers, no defaults but one, no admission, no RBAC. A workload is
ready as soon as it is stored. Server-side apply knows what each field manager applied last, but
reports no conflicts between managers.
"""

import copy
import json
import time
import uuid
from collections.abc import Mapping

from . import kubernetes_patch as patches
from .kubernetes_fields import field_errors
from .kubernetes_resources import BY_URL, Json, Resource

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

# group/version, plural, namespace, name
Key = tuple[str, str, str, str]
Options = Mapping[str, str]


class KubernetesError(Exception):
    """A refusal, as an API server words it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message

    def document(self) -> Json:
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "reason": self.reason,
            "message": self.message,
            "code": self.status,
        }


class ObjectStore:
    """Every object; the caller sees to it that one change is made at a time."""

    def __init__(self) -> None:
        self._objects: dict[Key, Json] = {}
        self._applied: dict[tuple[Key, str], Json] = {}
        self._resource_version = 0
        for name in NAMESPACES:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.create(BY_URL["v1", "namespaces"], "", namespace, {})

    def all(self) -> list[Json]:
        return [copy.deepcopy(each) for _, each in sorted(self._objects.items())]

    def list(self, resource: Resource, namespace: str, options: Options) -> Json:
        items = [
            each
            for key, each in sorted(self._objects.items())
            if key[:2] == (resource.group_version, resource.plural)
            and namespace in ("", key[2])
            and _is_selected(each, options)
        ]
        return {
            "kind": resource.kind + "List",
            "apiVersion": resource.group_version,
            "metadata": {"resourceVersion": str(self._resource_version)},
            "items": items,
        }

    def get(self, resource: Resource, namespace: str, name: str) -> Json:
        key = _key(resource, namespace, name)
        if key not in self._objects:
            raise _not_found(resource.qualified_name, name)
        return self._objects[key]

    def create(self, resource: Resource, namespace: str, wanted: Json, options: Options) -> Json:
        name = wanted.get("metadata", {}).get("name")
        if not name:
            raise _invalid(resource, "", "metadata.name: Required value: name is required")
        if namespace and ("v1", "namespaces", "", namespace) not in self._objects:
            raise _not_found("namespaces", namespace)
        key = _key(resource, namespace, name)
        if key in self._objects:
            message = f'{resource.qualified_name} "{name}" already exists'
            raise KubernetesError(409, "AlreadyExists", message)
        return self._store(resource, key, wanted, options)

    def replace(self, resource: Resource, namespace: str, wanted: Json, options: Options) -> Json:
        name = wanted["metadata"]["name"]
        old = self.get(resource, namespace, name)
        version = wanted["metadata"].get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            message = f'Operation cannot be fulfilled on {resource.qualified_name} "{name}"'
            raise KubernetesError(409, "Conflict", message)
        return self._store(resource, _key(resource, namespace, name), wanted, options)

    def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        patch: Json,
        patch_type: str,
        options: Options,
    ) -> Json:
        key = _key(resource, namespace, name)
        if "apply-patch" in patch_type:
            return self._apply(resource, key, patch, options)
        old = self.get(resource, namespace, name)
        if _last_applied(patch):
            new = _with_last_applied(old, patch)
        elif "strategic" in patch_type:
            new = patches.strategic_merge_patch(old, patch)
        else:
            new = patches.merge_patch(old, patch)
        return self._store(resource, key, new, options)

    def delete(self, resource: Resource, namespace: str, name: str, options: Options) -> Json:
        old = self.get(resource, namespace, name)
        if "dryRun" not in options:
            del self._objects[_key(resource, namespace, name)]
            if resource.kind == "Namespace":
                self._delete_namespaced(name)
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Success",
            "details": {"name": name, "kind": resource.plural, "uid": old["metadata"]["uid"]},
        }

    def _delete_namespaced(self, namespace: str) -> None:
        for key in [key for key in self._objects if key[2] == namespace]:
            del self._objects[key]

    def _apply(self, resource: Resource, key: Key, wanted: Json, options: Options) -> Json:
        """Apply server-side: against what the same field manager applied last."""
        manager = options.get("fieldManager", "")
        if key not in self._objects:
            new = self.create(resource, key[2], copy.deepcopy(wanted), options)
        else:
            last = self._applied.get((key, manager), {})
            merged = patches.apply(self._objects[key], last, wanted)
            new = self._store(resource, key, merged, options)
        if "dryRun" not in options:
            self._applied[key, manager] = copy.deepcopy(wanted)
        return new

    def _store(self, resource: Resource, key: Key, wanted: Json, options: Options) -> Json:
        old = self._objects.get(key)
        new = _completed(resource, copy.deepcopy(wanted), key[2])
        if old is not None and _content(new) == _content(old):
            return old
        _check(resource, new, old, options)
        self._resource_version += 1
        _stamp(new, old, self._resource_version)
        if "dryRun" not in options:
            self._objects[key] = new
        return new


def _key(resource: Resource, namespace: str, name: str) -> Key:
    return (resource.group_version, resource.plural, namespace, name)


def _completed(resource: Resource, wanted: Json, namespace: str) -> Json:
    """Fill in what a server fills in."""
    wanted.setdefault("apiVersion", resource.group_version)
    wanted.setdefault("kind", resource.kind)
    if namespace:
        wanted["metadata"].setdefault("namespace", namespace)
    if resource.kind == "DaemonSet":
        # kubectl rollout status reads it.
        wanted.setdefault("spec", {}).setdefault("updateStrategy", {"type": "RollingUpdate"})
    return wanted


def _stamp(new: Json, old: Json | None, resource_version: int) -> None:
    """Write what only the server writes: identity, versions, times, the status of a workload."""
    metadata, before = new["metadata"], (old or {}).get("metadata", {})
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    changed = old is None or _specification(new) != _specification(old)
    metadata["uid"] = before.get("uid") or str(uuid.uuid4())
    metadata["creationTimestamp"] = before.get("creationTimestamp") or now
    metadata["resourceVersion"] = str(resource_version)
    metadata["generation"] = before.get("generation", 0) + changed
    status = _ready_status(new)
    if status:
        new["status"] = {**status, "observedGeneration": metadata["generation"]}


def _ready_status(workload: Json) -> Json:
    if workload["kind"] == "DaemonSet":
        counts: tuple[str, ...] = (
            "desiredNumberScheduled",
            "currentNumberScheduled",
            "updatedNumberScheduled",
            "numberReady",
            "numberAvailable",
        )
        return {**dict.fromkeys(counts, 1), "numberMisscheduled": 0}
    if workload["kind"] in ("Deployment", "StatefulSet"):
        replicas = workload["spec"].get("replicas", 1)
        counts = ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas")
        available = {"type": "Available", "status": "True"}
        return {**dict.fromkeys(counts, replicas), "conditions": [available]}
    return {}


SERVER_FIELDS = ("uid", "creationTimestamp", "resourceVersion", "generation", "managedFields")


def _content(document: Json) -> Json:
    """Give an object without what only the server writes."""
    metadata = {
        key: value for key, value in document["metadata"].items() if key not in SERVER_FIELDS
    }
    return {**_specification(document), "metadata": metadata}


def _specification(document: Json) -> Json:
    return {key: value for key, value in document.items() if key not in ("metadata", "status")}


def _last_applied(document: Json) -> str:
    annotations = (document.get("metadata") or {}).get("annotations") or {}
    return annotations.get(LAST_APPLIED) or ""


def _with_last_applied(old: Json, patch: Json) -> Json:
    """Do what a client-side apply meant: its new annotation is the whole wish, the old the last."""
    wanted = json.loads(_last_applied(patch))
    new = patches.apply(old, json.loads(_last_applied(old) or "{}"), wanted)
    annotations = new["metadata"].get("annotations") or {}
    new["metadata"]["annotations"] = {**annotations, LAST_APPLIED: _last_applied(patch)}
    return dict(new)


def _is_selected(document: Json, options: Options) -> bool:
    labels = document["metadata"].get("labels", {})
    fields = {"metadata.name": document["metadata"]["name"]}
    fields["metadata.namespace"] = document["metadata"].get("namespace", "")
    return _matches(labels, options.get("labelSelector", "")) and _matches(
        fields, options.get("fieldSelector", "")
    )


def _matches(values: Mapping[str, str], selector: str) -> bool:
    """Hold values against `key=value,key=value`, the one form of selector known here."""
    terms = [term.replace("==", "=").split("=", 1) for term in selector.split(",") if "=" in term]
    return all(values.get(key) == value for key, value in terms)


# What is refused


def _not_found(qualified_name: str, name: str) -> KubernetesError:
    return KubernetesError(404, "NotFound", f'{qualified_name} "{name}" not found')


def _invalid(resource: Resource, name: str, problem: str) -> KubernetesError:
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    return KubernetesError(422, "Invalid", f'{kind} "{name}" is invalid: {problem}')


def _check(resource: Resource, new: Json, old: Json | None, options: Options) -> None:
    errors = field_errors(resource.kind, new)
    if errors and options.get("fieldValidation") == "Strict":
        version = resource.group_version.rpartition("/")[2]
        raise KubernetesError(
            400,
            "BadRequest",
            f'{resource.kind} in version "{version}" cannot be handled as a {resource.kind}: '
            f"strict decoding error: {', '.join(errors)}",
        )
    name = new["metadata"]["name"]
    if resource.kind in ("DaemonSet", "Deployment", "StatefulSet"):
        _check_selector(resource, name, new["spec"], (old or {}).get("spec"))
    if old and old.get("roleRef") != new.get("roleRef"):
        raise _invalid(resource, name, "roleRef: Invalid value: cannot change roleRef")


def _check_selector(resource: Resource, name: str, spec: Json, old: Json | None) -> None:
    selector = spec.get("selector") or {}
    labels = spec.get("template", {}).get("metadata", {}).get("labels") or {}
    if not selector.get("matchLabels", {}).items() <= labels.items():
        problem = "Invalid value: `selector` does not match template `labels`"
        raise _invalid(resource, name, f"spec.template.metadata.labels: {problem}")
    if not selector:
        raise _invalid(resource, name, "spec.selector: Required value")
    if old and old.get("selector") != selector:
        raise _invalid(resource, name, "spec.selector: Invalid value: field is immutable")
