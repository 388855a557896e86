"""EKS add-ons, and the pod identity associations that give them (or other pods) a role."""

import re
import secrets
import time
import uuid
from typing import Any

from .clusters import DEFAULT_VERSION
from .errors import in_use, invalid_parameter, not_found
from .model import Cluster, EksRequest, Json, look_up

# The one version of each that DescribeAddonVersions offers; others of this form are accepted too.
ADDON_VERSIONS = {
    "vpc-cni": "v1.20.4-eksbuild.1",
    "kube-proxy": "v{kubernetes}.0-eksbuild.2",
    "coredns": "v1.12.4-eksbuild.1",
    "aws-ebs-csi-driver": "v1.51.0-eksbuild.1",
    "aws-efs-csi-driver": "v2.1.13-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.9-eksbuild.3",
    "metrics-server": "v0.8.0-eksbuild.2",
    "adot": "v0.117.0-eksbuild.1",
    "amazon-cloudwatch-observability": "v4.4.0-eksbuild.1",
    "aws-fsx-csi-driver": "v1.8.0-eksbuild.1",
    "aws-guardduty-agent": "v1.11.0-eksbuild.4",
    "aws-mountpoint-s3-csi-driver": "v2.1.0-eksbuild.1",
    "cert-manager": "v1.18.2-eksbuild.3",
    "eks-node-monitoring-agent": "v1.4.1-eksbuild.1",
    "external-dns": "v0.19.0-eksbuild.2",
    "kube-state-metrics": "v2.17.0-eksbuild.1",
    "prometheus-node-exporter": "v1.9.1-eksbuild.4",
    "snapshot-controller": "v8.3.0-eksbuild.1",
}


def addon_version(name: str, kubernetes: str) -> str:
    return ADDON_VERSIONS[name].format(kubernetes=kubernetes)


def create_addon(request: EksRequest, cluster_name: str) -> Json:
    cluster, body = request.cluster(cluster_name), request.body
    name = request.required("addonName")
    if name in cluster.addons:
        raise in_use("Addon already exists.")
    if name not in ADDON_VERSIONS:
        raise invalid_parameter(
            f"Addon {name} specified is not supported in {cluster.version} kubernetes version"
        )
    version = body.get("addonVersion") or addon_version(name, cluster.version)
    _check_addon_version(version)
    addon = {
        "addonName": name,
        "clusterName": cluster_name,
        "addonArn": request.arn("addon", cluster_name, name, str(uuid.uuid4())),
        "addonVersion": version,
        "status": "ACTIVE",
        "health": {"issues": []},
        "createdAt": time.time(),
        "modifiedAt": time.time(),
        "podIdentityAssociations": [],
        "tags": body.get("tags") or {},
    }
    for key in ("serviceAccountRoleArn", "configurationValues"):
        if body.get(key):
            addon[key] = body[key]
    cluster.addons[name] = addon
    _replace_associations(request, cluster, addon, body.get("podIdentityAssociations") or [])
    return {"addon": addon}


def list_addons(request: EksRequest, cluster_name: str) -> Json:
    return {"addons": sorted(request.cluster(cluster_name).addons)}


def describe_addon(request: EksRequest, cluster_name: str, name: str) -> Json:
    addons = request.cluster(cluster_name).addons
    if name not in addons:
        raise not_found(f"No addon: {name} found in cluster: {cluster_name}")
    return {"addon": addons[name]}


def update_addon(request: EksRequest, cluster_name: str, name: str) -> Json:
    addon, body = describe_addon(request, cluster_name, name)["addon"], request.body
    cluster = request.cluster(cluster_name)
    if body.get("addonVersion"):
        _check_addon_version(body["addonVersion"])
    for key in ("addonVersion", "serviceAccountRoleArn", "configurationValues"):
        if body.get(key) is not None:
            addon[key] = body[key]
    addon["modifiedAt"] = time.time()
    if body.get("podIdentityAssociations") is not None:
        _replace_associations(request, cluster, addon, body["podIdentityAssociations"])
    params = [(key, value) for key, value in body.items() if key != "clientRequestToken"]
    return cluster.record_update("AddonUpdate", params)


def delete_addon(request: EksRequest, cluster_name: str, name: str) -> Json:
    addon = describe_addon(request, cluster_name, name)["addon"]
    cluster = request.cluster(cluster_name)
    _replace_associations(request, cluster, addon, [])
    del cluster.addons[name]
    return {"addon": {**addon, "status": "DELETING"}}


def describe_addon_versions(request: EksRequest) -> Json:
    kubernetes = request.first("kubernetesVersion") or DEFAULT_VERSION
    names = request.query.get("addonName") or sorted(ADDON_VERSIONS)
    known = [name for name in names if name in ADDON_VERSIONS]
    return {"addons": [_addon_versions(name, kubernetes) for name in known]}


def _addon_versions(name: str, kubernetes: str) -> Json:
    compatibility = {
        "clusterVersion": kubernetes,
        "platformVersions": ["*"],
        "defaultVersion": True,
    }
    version = {
        "addonVersion": addon_version(name, kubernetes),
        "architecture": ["amd64", "arm64"],
        "compatibilities": [compatibility],
        "requiresConfiguration": False,
        "requiresIamPermissions": False,
    }
    return {
        "addonName": name,
        "type": "networking",
        "publisher": "eks",
        "owner": "aws",
        "addonVersions": [version],
    }


def _check_addon_version(version: str) -> None:
    if not re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", version):
        raise invalid_parameter(f"Addon version specified is not supported: {version}")


# Pod identity associations


def create_association(request: EksRequest, cluster_name: str) -> Json:
    association = _add_association(
        request,
        request.cluster(cluster_name),
        namespace=request.required("namespace"),
        service_account=request.required("serviceAccount"),
        role_arn=request.required("roleArn"),
        tags=request.body.get("tags") or {},
    )
    return {"association": association}


def list_associations(request: EksRequest, cluster_name: str) -> Json:
    wanted = {key: request.first(key) for key in ("namespace", "serviceAccount")}

    def matches(association: Json) -> bool:
        return all(value in (None, association[key]) for key, value in wanted.items())

    associations = request.cluster(cluster_name).pod_identity_associations.values()
    return {"associations": [entry for entry in associations if matches(entry)]}


def describe_association(request: EksRequest, cluster_name: str, association_id: str) -> Json:
    associations = request.cluster(cluster_name).pod_identity_associations
    return {"association": look_up(associations, association_id, "pod identity association")}


def update_association(request: EksRequest, cluster_name: str, association_id: str) -> Json:
    answer = describe_association(request, cluster_name, association_id)
    if request.body.get("roleArn"):
        answer["association"]["roleArn"] = request.body["roleArn"]
    return answer


def delete_association(request: EksRequest, cluster_name: str, association_id: str) -> Json:
    answer = describe_association(request, cluster_name, association_id)
    del request.cluster(cluster_name).pod_identity_associations[association_id]
    return answer


def _add_association(
    request: EksRequest,
    cluster: Cluster,
    *,
    namespace: str,
    service_account: str,
    role_arn: str,
    tags: dict[str, str],
    **owner: Any,
) -> Json:
    associations = cluster.pod_identity_associations
    taken = {(entry["namespace"], entry["serviceAccount"]) for entry in associations.values()}
    if (namespace, service_account) in taken:
        raise in_use(f"Association already exists: {namespace}/{service_account}")
    association_id = "a-" + secrets.token_hex(9)[:17]
    association = {
        "clusterName": cluster.name,
        "namespace": namespace,
        "serviceAccount": service_account,
        "roleArn": role_arn,
        "associationId": association_id,
        "associationArn": request.arn("podidentityassociation", cluster.name, association_id),
        "disableSessionTags": False,
        "tags": tags,
        "createdAt": time.time(),
        "modifiedAt": time.time(),
        **owner,
    }
    associations[association_id] = association
    return association


def _replace_associations(
    request: EksRequest, cluster: Cluster, addon: Json, wanted: list[Json]
) -> None:
    """Make the wanted associations the add-on's only ones; it owns them."""
    owner = addon["addonArn"]
    for association_id, association in list(cluster.pod_identity_associations.items()):
        if association.get("ownerArn") == owner:
            del cluster.pod_identity_associations[association_id]
    addon["podIdentityAssociations"] = []
    for entry in wanted:
        association = _add_association(
            request,
            cluster,
            namespace="kube-system",
            service_account=entry["serviceAccount"],
            role_arn=entry["roleArn"],
            tags={},
            ownerArn=owner,
        )
        addon["podIdentityAssociations"].append(association["associationArn"])
