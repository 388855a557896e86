"""The kinds that the emulated Kubernetes API knows, and how it tells kubectl about them."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One kind, and the name that it has in URLs."""

    group_version: str
    plural: str
    kind: str
    short_names: tuple[str, ...] = ()
    namespaced: bool = True

    @property
    def group(self) -> str:
        return self.group_version.rpartition("/")[0]

    @property
    def qualified_name(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


RBAC = "rbac.authorization.k8s.io/v1"
NETWORKING = "networking.k8s.io/v1"
STORAGE = "storage.k8s.io/v1"

RESOURCES = (
    Resource("v1", "namespaces", "Namespace", ("ns",), namespaced=False),
    Resource("v1", "nodes", "Node", ("no",), namespaced=False),
    Resource("v1", "configmaps", "ConfigMap", ("cm",)),
    Resource("v1", "secrets", "Secret"),
    Resource("v1", "serviceaccounts", "ServiceAccount", ("sa",)),
    Resource("v1", "services", "Service", ("svc",)),
    Resource("v1", "pods", "Pod", ("po",)),
    Resource("v1", "events", "Event", ("ev",)),
    Resource("apps/v1", "daemonsets", "DaemonSet", ("ds",)),
    Resource("apps/v1", "deployments", "Deployment", ("deploy",)),
    Resource("apps/v1", "statefulsets", "StatefulSet", ("sts",)),
    Resource("batch/v1", "jobs", "Job"),
    Resource("batch/v1", "cronjobs", "CronJob", ("cj",)),
    Resource("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", ("pdb",)),
    Resource(RBAC, "clusterroles", "ClusterRole", namespaced=False),
    Resource(RBAC, "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    Resource(RBAC, "roles", "Role"),
    Resource(RBAC, "rolebindings", "RoleBinding"),
    Resource(STORAGE, "storageclasses", "StorageClass", ("sc",), namespaced=False),
    Resource(STORAGE, "csidrivers", "CSIDriver", namespaced=False),
    Resource(NETWORKING, "networkpolicies", "NetworkPolicy", ("netpol",)),
    Resource(NETWORKING, "ingresses", "Ingress", ("ing",)),
    Resource(NETWORKING, "ingressclasses", "IngressClass", namespaced=False),
    Resource("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", ("pc",), namespaced=False),
    Resource(
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        ("crd", "crds"),
        namespaced=False,
    ),
)
BY_URL = {(resource.group_version, resource.plural): resource for resource in RESOURCES}
GROUP_VERSIONS = tuple(sorted({resource.group_version for resource in RESOURCES}))


def url_prefix(group_version: str) -> str:
    return f"/api/{group_version}" if group_version == "v1" else f"/apis/{group_version}"


def discovery_documents(version: str) -> dict[str, Json]:
    """Give what kubectl reads before it reads or writes an object, by path."""
    documents = {
        "/version": _version(version),
        "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups()},
        "/openapi/v3": {
            "paths": {url_prefix(each)[1:]: _schema_link(each) for each in GROUP_VERSIONS}
        },
    }
    for group_version in GROUP_VERSIONS:
        prefix = url_prefix(group_version)
        documents[prefix] = _resource_list(group_version)
        documents["/openapi/v3" + prefix] = _schema(group_version)
    return documents


def _version(version: str) -> Json:
    major, minor = version.split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{version}.0-emulator",
        "gitCommit": "0",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.23",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def _groups() -> list[Json]:
    groups = []
    for group_version in GROUP_VERSIONS:
        group, _, version = group_version.rpartition("/")
        if group:
            served = {"groupVersion": group_version, "version": version}
            groups.append({"name": group, "versions": [served], "preferredVersion": served})
    return groups


def _resources_of(group_version: str) -> list[Resource]:
    return [each for each in RESOURCES if each.group_version == group_version]


def _resource_list(group_version: str) -> Json:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": [
            {
                "name": resource.plural,
                "singularName": resource.kind.lower(),
                "shortNames": list(resource.short_names),
                "namespaced": resource.namespaced,
                "kind": resource.kind,
                "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
            }
            for resource in _resources_of(group_version)
        ],
    }


def _schema_link(group_version: str) -> Json:
    return {"serverRelativeURL": "/openapi/v3" + url_prefix(group_version)}


def _schema(group_version: str) -> Json:
    """Say only what kubectl asks before it sends: will the server check the fields itself?"""
    group, _, version = group_version.rpartition("/")
    parameter = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
    paths = {}
    for resource in _resources_of(group_version):
        kind = {"group": group, "version": version, "kind": resource.kind}
        namespace = "/namespaces/{namespace}" if resource.namespaced else ""
        paths[f"{url_prefix(group_version)}{namespace}/{resource.plural}/{{name}}"] = {
            "patch": {
                "x-kubernetes-group-version-kind": kind,
                "parameters": [parameter],
                "responses": {},
            }
        }
    return {"openapi": "3.0.0", "info": {"title": "emulator", "version": "v1"}, "paths": paths}
