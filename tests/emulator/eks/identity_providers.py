"""The OIDC issuer whose tokens a Kubernetes API takes for people; EKS has one a cluster."""

import uuid

from .errors import EksError, invalid_parameter, not_found
from .model import EksRequest, Json


def associate(request: EksRequest, cluster_name: str) -> Json:
    cluster, wanted = request.cluster(cluster_name), request.required("oidc")
    if cluster.identity_providers:
        raise EksError("ResourceLimitExceededException", "One identity provider a cluster")
    if not wanted["issuerUrl"].startswith("https://"):
        raise invalid_parameter("issuerUrl must begin with https://")
    name = wanted["identityProviderConfigName"]
    arn = request.arn("identityproviderconfig", cluster_name, "oidc", name, str(uuid.uuid4()))
    tags = request.body.get("tags") or {}
    cluster.identity_providers[name] = {
        **wanted,
        "identityProviderConfigArn": arn,
        "clusterName": cluster_name,
        "requiredClaims": wanted.get("requiredClaims") or {},
        "status": "ACTIVE",
        "tags": tags,
    }
    params = [("IdentityProviderConfig", [{"type": "oidc", "name": name}])]
    return {**cluster.record_update("AssociateIdentityProviderConfig", params), "tags": tags}


def list_configs(request: EksRequest, cluster_name: str) -> Json:
    names = sorted(request.cluster(cluster_name).identity_providers)
    return {"identityProviderConfigs": [{"type": "oidc", "name": name} for name in names]}


def describe(request: EksRequest, cluster_name: str) -> Json:
    return {"identityProviderConfig": {"oidc": _find(request, cluster_name)}}


def disassociate(request: EksRequest, cluster_name: str) -> Json:
    cluster, found = request.cluster(cluster_name), _find(request, cluster_name)
    del cluster.identity_providers[found["identityProviderConfigName"]]
    return cluster.record_update("DisassociateIdentityProviderConfig")


def _find(request: EksRequest, cluster_name: str) -> Json:
    wanted = request.required("identityProviderConfig")
    providers = request.cluster(cluster_name).identity_providers
    if wanted["type"] != "oidc" or wanted["name"] not in providers:
        raise not_found(f"Identity provider config {wanted['name']} is not associated")
    return providers[wanted["name"]]
