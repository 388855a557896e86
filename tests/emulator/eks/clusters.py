"""Clusters: create, describe, update, delete."""

import base64
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from . import access, networking
from .errors import in_use, invalid_parameter, invalid_request
from .model import ApiEndpoint, Cluster, EksRequest, Json, look_up

VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
DEFAULT_VERSION = "1.36"

# When standard support ends, at 00:00 UTC.
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
END_OF_STANDARD_SUPPORT = {
    "1.31": "2025-11-26",
    "1.32": "2026-03-23",
    "1.33": "2026-07-29",
    "1.34": "2026-12-02",
    "1.35": "2027-03-27",
    "1.36": "2027-08-02",
    "1.37": "2027-12-01",
}
# https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html
ROLLBACK_SECONDS = 7 * 24 * 3600

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
AUTHENTICATION_MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")

NOBODYS_CA = b"-----BEGIN CERTIFICATE-----\nbm9ib2R5\n-----END CERTIFICATE-----\n"

UPDATE_TYPES = {
    "resourcesVpcConfig": "VpcConfigUpdate",
    "logging": "LoggingUpdate",
    "accessConfig": "AccessConfigUpdate",
    "upgradePolicy": "UpgradePolicyUpdate",
    "zonalShiftConfig": "ZonalShiftConfigUpdate",
    "deletionProtection": "DeletionProtectionUpdate",
    "computeConfig": "AutoModeUpdate",
    "storageConfig": "AutoModeUpdate",
    "kubernetesNetworkConfig": "AutoModeUpdate",
    "remoteNetworkConfig": "RemoteNetworkConfigUpdate",
    "controlPlaneScalingConfig": "ControlPlaneScalingConfigUpdate",
    "kubeApiServerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeControllerManagerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeSchedulerConfig": "ControlPlaneComponentConfigUpdate",
}
SCALING_TIERS = ("standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl")
EGRESS_MODES = ("AWS_MANAGED", "CUSTOMER_ROUTED", "CUSTOMER_ISOLATED")


def minor(version: str) -> int:
    return int(version.split(".")[1])


# Create, describe, delete


def create_cluster(request: EksRequest) -> Json:
    name = request.required("name")
    if name in request.clusters:
        raise in_use(f"Cluster already exists with name: {name}")
    if not re.fullmatch(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", name):
        raise invalid_parameter(f"Invalid cluster name: {name}")
    version = request.body.get("version") or DEFAULT_VERSION
    _check_version(version)
    mode = (request.body.get("accessConfig") or {}).get("authenticationMode") or "CONFIG_MAP"
    _check_authentication_mode(mode)

    subnets = networking.find_subnets(request, request.required("resourcesVpcConfig")["subnetIds"])
    vpc_config = _new_vpc_config(request, networking.vpc_of(subnets))
    description = {
        **_identity(request, name),
        "version": version,
        "platformVersion": "eks.1",
        "roleArn": request.required("roleArn"),
        "resourcesVpcConfig": vpc_config,
        "kubernetesNetworkConfig": _new_network_config(request, vpc_config["vpcId"]),
        "logging": _logging(_enabled_log_types(request.body.get("logging"), set())),
        "accessConfig": {"authenticationMode": mode},
        "upgradePolicy": request.body.get("upgradePolicy") or {"supportType": "EXTENDED"},
        "encryptionConfig": request.body.get("encryptionConfig") or [],
        "deletionProtection": bool(request.body.get("deletionProtection")),
        "tags": request.body.get("tags") or {},
        **_optional_parts(request.body),
    }
    # Last, after everything that may be refused: it leaves a trace in EC2.
    vpc_config["clusterSecurityGroupId"] = networking.create_cluster_security_group(
        request, name, vpc_config["vpcId"]
    )
    zones = networking.zones_of(subnets)
    cluster = Cluster(description, zones, creator=request.caller)
    networking.place_interfaces(request, cluster)
    request.clusters[name] = cluster
    if _creator_is_admin(request.body) and cluster.has_access_entries:
        access.add_cluster_creator(request, cluster)
    return {"cluster": description}


def list_clusters(request: EksRequest) -> Json:
    return {"clusters": sorted(request.clusters)}


def describe_cluster(request: EksRequest, name: str) -> Json:
    return {"cluster": request.cluster(name).description}


def delete_cluster(request: EksRequest, name: str) -> Json:
    cluster = request.cluster(name)
    if cluster.description["deletionProtection"]:
        raise invalid_request(f"Cluster {name} has deletion protection enabled")
    if cluster.node_groups:
        raise in_use("Cluster has nodegroups attached")
    if cluster.fargate_profiles:
        raise in_use("Cluster has Fargate profiles attached")
    networking.remove_interfaces(request, cluster)
    networking.delete_cluster_security_group(request, cluster)
    del request.clusters[name]
    return {"cluster": {**cluster.description, "status": "DELETING"}}


def describe_cluster_versions(request: EksRequest) -> Json:
    wanted = request.query.get("clusterVersions") or VERSIONS
    return {"clusterVersions": [_version(version) for version in VERSIONS if version in wanted]}


def _version(version: str) -> Json:
    end = datetime.fromisoformat(END_OF_STANDARD_SUPPORT[version]).replace(tzinfo=UTC)
    extended = end.timestamp() <= time.time()
    return {
        "clusterVersion": version,
        "clusterType": "eks",
        "defaultPlatformVersion": "eks.1",
        "defaultVersion": version == DEFAULT_VERSION,
        "endOfStandardSupportDate": end.timestamp(),
        "status": "EXTENDED_SUPPORT" if extended else "STANDARD_SUPPORT",
        "versionStatus": "EXTENDED_SUPPORT" if extended else "STANDARD_SUPPORT",
    }


def _identity(request: EksRequest, name: str) -> Json:
    issuer_id = secrets.token_hex(16).upper()
    own = ApiEndpoint(f"https://{issuer_id}.gr7.{request.region}.eks.amazonaws.com", NOBODYS_CA)
    endpoint = request.model.api_endpoint or own
    return {
        "name": name,
        "arn": request.arn("cluster", name),
        "createdAt": time.time(),
        "status": "ACTIVE",
        "health": {"issues": []},
        "endpoint": endpoint.url,
        "certificateAuthority": {
            "data": base64.b64encode(endpoint.certificate_authority).decode("ascii")
        },
        "identity": {
            "oidc": {"issuer": f"https://oidc.eks.{request.region}.amazonaws.com/id/{issuer_id}"}
        },
    }


def _new_vpc_config(request: EksRequest, vpc_id: str) -> Json:
    wanted = request.body["resourcesVpcConfig"]
    vpc_config = {
        "vpcId": vpc_id,
        "subnetIds": wanted["subnetIds"],
        "securityGroupIds": wanted.get("securityGroupIds") or [],
        "endpointPublicAccess": wanted.get("endpointPublicAccess", True),
        "endpointPrivateAccess": wanted.get("endpointPrivateAccess", False),
        "publicAccessCidrs": wanted.get("publicAccessCidrs") or ["0.0.0.0/0"],
        "controlPlaneEgressMode": wanted.get("controlPlaneEgressMode") or EGRESS_MODES[0],
    }
    if vpc_config["controlPlaneEgressMode"] not in EGRESS_MODES:
        raise invalid_parameter(f"Unsupported egress mode {wanted['controlPlaneEgressMode']}")
    networking.check_security_groups(request, vpc_config["securityGroupIds"], vpc_id)
    _check_reachable(vpc_config)
    return vpc_config


def _new_network_config(request: EksRequest, vpc_id: str) -> Json:
    wanted = request.body.get("kubernetesNetworkConfig") or {}
    config = {"ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": False}, **wanted}
    if config["ipFamily"] == "ipv6":
        if wanted.get("serviceIpv4Cidr"):
            raise invalid_parameter("serviceIpv4Cidr cannot be specified with ipFamily ipv6")
        return {**config, "serviceIpv6Cidr": "fd00:ec2:1::/108"}
    service_cidr = networking.choose_service_cidr(request, vpc_id, wanted.get("serviceIpv4Cidr"))
    return {**config, "serviceIpv4Cidr": service_cidr}


def _optional_parts(body: Json) -> Json:
    """Give what DescribeCluster leaves out unless it was asked for."""
    named = (
        *("zonalShiftConfig", "remoteNetworkConfig"),
        *("kubeApiServerConfig", "kubeControllerManagerConfig", "kubeSchedulerConfig"),
    )
    parts = {key: body[key] for key in named if body.get(key)}
    parts["controlPlaneScalingConfig"] = _scaling(body.get("controlPlaneScalingConfig"))
    compute = body.get("computeConfig") or {}
    if compute.get("enabled") or body.get("storageConfig"):
        parts["computeConfig"] = compute
        parts["storageConfig"] = body.get("storageConfig") or {"blockStorage": {"enabled": False}}
    return parts


def _scaling(wanted: Json | None) -> Json:
    tier = (wanted or {}).get("tier") or SCALING_TIERS[0]
    if tier not in SCALING_TIERS:
        raise invalid_parameter(f"Unsupported control plane scaling tier {tier}")
    return {"tier": tier}


def _creator_is_admin(body: Json) -> bool:
    access_config = body.get("accessConfig") or {}
    return bool(access_config.get("bootstrapClusterCreatorAdminPermissions", True))


def _check_version(version: str) -> None:
    if version not in VERSIONS:
        raise invalid_parameter(f"unsupported Kubernetes version {version}")


def _check_authentication_mode(mode: str) -> None:
    if mode not in AUTHENTICATION_MODES:
        raise invalid_parameter(f"Unsupported authentication mode {mode}")


def _check_reachable(vpc_config: Json) -> None:
    if not (vpc_config["endpointPublicAccess"] or vpc_config["endpointPrivateAccess"]):
        raise invalid_parameter("Private and public endpoint access cannot both be set to false.")


# Updates


def update_cluster_config(request: EksRequest, name: str) -> Json:
    """Change one side of a cluster; EKS takes one kind of change a call."""
    cluster = request.cluster(name)
    parts = [part for part in UPDATE_TYPES if request.body.get(part) is not None]
    kinds = sorted({UPDATE_TYPES[part] for part in parts})
    if not kinds:
        raise invalid_parameter("No changes requested")
    if len(kinds) > 1:
        raise invalid_parameter("Only one type of update can be allowed.")
    for part in parts:
        PART_UPDATES.get(part, _replace_part(part))(request, cluster, request.body[part])
    params = [(part[0].upper() + part[1:], request.body[part]) for part in parts]
    return cluster.record_update(kinds[0], params)


def _update_vpc_config(request: EksRequest, cluster: Cluster, wanted: Json) -> None:
    vpc_config = {**cluster.description["resourcesVpcConfig"], **wanted}
    _check_reachable(vpc_config)
    moved = "subnetIds" in wanted or "securityGroupIds" in wanted
    if "subnetIds" in wanted:
        subnets = networking.find_subnets(request, wanted["subnetIds"])
        networking.check_same_vpc_and_zones(cluster, subnets)
    if "securityGroupIds" in wanted:
        groups = wanted["securityGroupIds"]
        networking.check_security_groups(request, groups, vpc_config["vpcId"])
    cluster.description["resourcesVpcConfig"] = vpc_config
    if moved:
        networking.place_interfaces(request, cluster)


def _update_access_config(request: EksRequest, cluster: Cluster, wanted: Json) -> None:
    """Move one step from the ConfigMap towards the API; there is no way back."""
    old = cluster.description["accessConfig"]["authenticationMode"]
    new = wanted["authenticationMode"]
    _check_authentication_mode(new)
    if AUTHENTICATION_MODES.index(new) != AUTHENTICATION_MODES.index(old) + 1:
        raise invalid_parameter(f"Unsupported authentication mode update from {old} to {new}")
    cluster.description["accessConfig"]["authenticationMode"] = new
    if old == "CONFIG_MAP":
        access.add_cluster_creator(request, cluster)


def _update_logging(_request: EksRequest, cluster: Cluster, wanted: Json) -> None:
    before = _enabled_log_types(cluster.description["logging"], set())
    cluster.description["logging"] = _logging(_enabled_log_types(wanted, before))


def _update_network_config(_request: EksRequest, cluster: Cluster, wanted: Json) -> None:
    cluster.description["kubernetesNetworkConfig"].update(wanted)


PartUpdate = Callable[[EksRequest, Cluster, Any], None]


def _replace_part(part: str) -> PartUpdate:
    def replace(_request: EksRequest, cluster: Cluster, wanted: Any) -> None:
        cluster.description[part] = wanted

    return replace


def _update_scaling(_request: EksRequest, cluster: Cluster, wanted: Json) -> None:
    cluster.description["controlPlaneScalingConfig"] = _scaling(wanted)


PART_UPDATES: dict[str, PartUpdate] = {
    "controlPlaneScalingConfig": _update_scaling,
    "resourcesVpcConfig": _update_vpc_config,
    "accessConfig": _update_access_config,
    "logging": _update_logging,
    "kubernetesNetworkConfig": _update_network_config,
}


def _enabled_log_types(logging: Json | None, before: set[str]) -> set[str]:
    enabled = set(before)
    for entry in (logging or {}).get("clusterLogging") or []:
        types = set(entry.get("types") or [])
        enabled = enabled | types if entry.get("enabled") else enabled - types
    return enabled


def _logging(enabled: set[str]) -> Json:
    entries = [
        {"types": [log for log in LOG_TYPES if log in enabled], "enabled": True},
        {"types": [log for log in LOG_TYPES if log not in enabled], "enabled": False},
    ]
    return {"clusterLogging": [entry for entry in entries if entry["types"]]}


def update_cluster_version(request: EksRequest, name: str) -> Json:
    """Move to the next minor version, or back to where it came from, once and within seven days."""
    cluster = request.cluster(name)
    old, new = cluster.version, request.required("version")
    _check_version(new)
    if new == old:
        raise invalid_parameter(f"Cluster is already at the desired Kubernetes version {new}")
    if may_go_back(cluster, new, now=time.time()):
        _check_nodes_are_not_ahead(cluster, new)
        cluster.previous_version = None
        cluster.description["version"] = new
        return cluster.record_update("VersionRollback", [("Version", new)])
    if minor(new) != minor(old) + 1:
        raise invalid_parameter(f"Unsupported Kubernetes minor version update from {old} to {new}")
    cluster.previous_version, cluster.upgraded_at = old, time.time()
    cluster.description["version"] = new
    return cluster.record_update("VersionUpdate", [("Version", new), ("PlatformVersion", "eks.1")])


def may_go_back(cluster: Cluster, version: str, *, now: float) -> bool:
    return version == cluster.previous_version and now - cluster.upgraded_at < ROLLBACK_SECONDS


def _check_nodes_are_not_ahead(cluster: Cluster, version: str) -> None:
    ahead = [
        name
        for name, node_group in cluster.node_groups.items()
        if minor(node_group["version"]) > minor(version)
    ]
    if ahead:
        raise invalid_request(f"Node groups {', '.join(sorted(ahead))} are ahead of {version}")


def associate_encryption_config(request: EksRequest, name: str) -> Json:
    cluster = request.cluster(name)
    if cluster.description["encryptionConfig"]:
        raise invalid_parameter("Encryption is already enabled")
    wanted = request.required("encryptionConfig")
    cluster.description["encryptionConfig"] = wanted
    return cluster.record_update("AssociateEncryptionConfig", [("EncryptionConfig", wanted)])


def list_updates(request: EksRequest, name: str) -> Json:
    return {"updateIds": list(request.cluster(name).updates)}


def describe_update(request: EksRequest, name: str, update_id: str) -> Json:
    return {"update": look_up(request.cluster(name).updates, update_id, "update")}
