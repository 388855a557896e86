"""Access entries: who may use a cluster's Kubernetes API, kept by EKS instead of by aws-auth."""

import time
import uuid

from .errors import in_use, invalid_parameter, invalid_request, not_found
from .model import Cluster, EksRequest, Json

POLICY_PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
CLUSTER_ADMIN_POLICY = POLICY_PREFIX + "AmazonEKSClusterAdminPolicy"
NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX")
ENTRY_TYPES = ("STANDARD", "EC2", *NODE_TYPES)


def add_cluster_creator(request: EksRequest, cluster: Cluster) -> None:
    """Give whoever created the cluster the entry that EKS makes for him."""
    _add_entry(request, cluster, cluster.creator, {})
    scope = {"type": "cluster", "namespaces": []}
    cluster.access_policies[cluster.creator][CLUSTER_ADMIN_POLICY] = scope


def add_node_role(request: EksRequest, cluster: Cluster, role_arn: str) -> None:
    """Let a managed node group's nodes in, as EKS does by itself where there are entries."""
    if cluster.has_access_entries and role_arn not in cluster.access_entries:
        _add_entry(request, cluster, role_arn, {"type": "EC2_LINUX"})


def create_access_entry(request: EksRequest, cluster_name: str) -> Json:
    cluster = _cluster_with_entries(request, cluster_name)
    principal = request.required("principalArn")
    kind = request.body.get("type") or "STANDARD"
    if principal in cluster.access_entries:
        raise in_use(
            "The specified access entry resource is already in use on this cluster. " + principal
        )
    if kind not in ENTRY_TYPES:
        raise invalid_parameter(f"The type parameter is not valid: {kind}")
    for key in ("kubernetesGroups", "username"):
        if kind != "STANDARD" and request.body.get(key):
            raise invalid_parameter(f"The {key} parameter is not supported for type {kind}")
    return {"accessEntry": _add_entry(request, cluster, principal, request.body)}


def list_access_entries(request: EksRequest, cluster_name: str) -> Json:
    return {"accessEntries": sorted(_cluster_with_entries(request, cluster_name).access_entries)}


def describe_access_entry(request: EksRequest, cluster_name: str, principal: str) -> Json:
    cluster = _cluster_with_entries(request, cluster_name)
    if principal not in cluster.access_entries:
        raise not_found(
            "The specified principalArn could not be found. You can view your available access "
            f"entries with 'list-access-entries'. {principal}"
        )
    return {"accessEntry": cluster.access_entries[principal]}


def delete_access_entry(request: EksRequest, cluster_name: str, principal: str) -> Json:
    describe_access_entry(request, cluster_name, principal)
    cluster = request.cluster(cluster_name)
    del cluster.access_entries[principal]
    del cluster.access_policies[principal]
    return {}


def update_access_entry(request: EksRequest, cluster_name: str, principal: str) -> Json:
    entry = describe_access_entry(request, cluster_name, principal)["accessEntry"]
    if request.body.get("kubernetesGroups") is not None:
        entry["kubernetesGroups"] = request.body["kubernetesGroups"]
    if request.body.get("username"):
        entry["username"] = request.body["username"]
    entry["modifiedAt"] = time.time()
    return {"accessEntry": entry}


def associate_access_policy(request: EksRequest, cluster_name: str, principal: str) -> Json:
    entry = describe_access_entry(request, cluster_name, principal)["accessEntry"]
    policy, wanted = request.required("policyArn"), request.required("accessScope")
    if not policy.startswith(POLICY_PREFIX):
        raise invalid_parameter(f"The policyArn parameter format is not valid: {policy}")
    if entry["type"] in NODE_TYPES:
        raise invalid_request("The access entry type does not support access policies")
    scope = {"type": wanted["type"], "namespaces": wanted.get("namespaces") or []}
    request.cluster(cluster_name).access_policies[principal][policy] = scope
    return {
        "clusterName": cluster_name,
        "principalArn": principal,
        "associatedAccessPolicy": _association(policy, scope),
    }


def list_associated_access_policies(request: EksRequest, cluster_name: str, principal: str) -> Json:
    describe_access_entry(request, cluster_name, principal)
    policies = request.cluster(cluster_name).access_policies[principal]
    return {
        "clusterName": cluster_name,
        "principalArn": principal,
        "associatedAccessPolicies": [_association(*policy) for policy in policies.items()],
    }


def disassociate_access_policy(
    request: EksRequest, cluster_name: str, principal: str, policy: str
) -> Json:
    describe_access_entry(request, cluster_name, principal)
    if request.cluster(cluster_name).access_policies[principal].pop(policy, None) is None:
        raise not_found(f"The access policy {policy} is not associated with {principal}")
    return {}


def _cluster_with_entries(request: EksRequest, cluster_name: str) -> Cluster:
    cluster = request.cluster(cluster_name)
    if not cluster.has_access_entries:
        raise invalid_request(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
            "to perform this operation."
        )
    return cluster


def _add_entry(request: EksRequest, cluster: Cluster, principal: str, wanted: Json) -> Json:
    kind = wanted.get("type") or "STANDARD"
    path = principal.split(":", 5)[5].split("/")
    groups = ["system:nodes"] if kind in NODE_TYPES else wanted.get("kubernetesGroups") or []
    entry = {
        "clusterName": cluster.name,
        "principalArn": principal,
        "accessEntryArn": request.arn("access-entry", cluster.name, *path, str(uuid.uuid4())),
        "type": kind,
        "username": wanted.get("username") or _username(kind, principal),
        "kubernetesGroups": groups,
        "tags": wanted.get("tags") or {},
        "createdAt": time.time(),
        "modifiedAt": time.time(),
    }
    cluster.access_entries[principal] = entry
    cluster.access_policies[principal] = {}
    return entry


def _username(kind: str, principal: str) -> str:
    if kind != "STANDARD":
        return "system:node:{{EC2PrivateDNSName}}"
    if ":role/" not in principal:
        return principal
    session = principal.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    return session + "/{{SessionName}}"


def _association(policy: str, scope: Json) -> Json:
    now = time.time()
    return {"policyArn": policy, "accessScope": scope, "associatedAt": now, "modifiedAt": now}
