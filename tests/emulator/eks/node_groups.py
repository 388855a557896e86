"""Managed node groups; their instances and autoscaling groups do not exist here."""

import time
import uuid
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from . import access, networking
from .clusters import minor
from .errors import in_use, invalid_parameter
from .model import Cluster, EksRequest, Json, look_up


def create_node_group(request: EksRequest, cluster_name: str) -> Json:
    cluster, body = request.cluster(cluster_name), request.body
    name = request.required("nodegroupName")
    if name in cluster.node_groups:
        raise in_use(f"NodeGroup already exists with name {name} and cluster name {cluster_name}")
    version = body.get("version") or cluster.version
    _check_not_ahead(cluster, version)
    networking.find_subnets(request, request.required("subnets"))
    node_group = {
        "nodegroupName": name,
        "nodegroupArn": request.arn("nodegroup", cluster_name, name, str(uuid.uuid4())),
        "clusterName": cluster_name,
        "status": "ACTIVE",
        "health": {"issues": []},
        "createdAt": time.time(),
        "modifiedAt": time.time(),
        "version": version,
        "releaseVersion": body.get("releaseVersion") or _newest_release(version),
        "nodeRole": request.required("nodeRole"),
        "subnets": body["subnets"],
        "capacityType": body.get("capacityType") or "ON_DEMAND",
        "amiType": body.get("amiType") or "AL2023_x86_64_STANDARD",
        "scalingConfig": body.get("scalingConfig")
        or {"minSize": 1, "maxSize": 2, "desiredSize": 2},
        "updateConfig": _update_config(body.get("updateConfig") or {"maxUnavailable": 1}),
        "labels": body.get("labels") or {},
        "taints": body.get("taints") or [],
        "tags": body.get("tags") or {},
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{uuid.uuid4()}"}]},
        **_machine(request),
    }
    asked = ("remoteAccess", "nodeRepairConfig", "warmPoolConfig")
    node_group |= {key: body[key] for key in asked if body.get(key)}
    cluster.node_groups[name] = node_group
    access.add_node_role(request, cluster, body["nodeRole"])
    return {"nodegroup": node_group}


def list_node_groups(request: EksRequest, cluster_name: str) -> Json:
    return {"nodegroups": sorted(request.cluster(cluster_name).node_groups)}


def describe_node_group(request: EksRequest, cluster_name: str, name: str) -> Json:
    return {"nodegroup": look_up(request.cluster(cluster_name).node_groups, name, "node group")}


def delete_node_group(request: EksRequest, cluster_name: str, name: str) -> Json:
    node_group = describe_node_group(request, cluster_name, name)["nodegroup"]
    del request.cluster(cluster_name).node_groups[name]
    return {"nodegroup": {**node_group, "status": "DELETING"}}


def update_node_group_config(request: EksRequest, cluster_name: str, name: str) -> Json:
    node_group, body = describe_node_group(request, cluster_name, name)["nodegroup"], request.body
    if body.get("scalingConfig"):
        node_group["scalingConfig"] = {**node_group["scalingConfig"], **body["scalingConfig"]}
    if body.get("updateConfig"):
        node_group["updateConfig"] = _update_config(body["updateConfig"])
    for key in ("nodeRepairConfig", "warmPoolConfig"):
        if body.get(key):
            node_group[key] = body[key]
    _update_labels(node_group["labels"], body.get("labels") or {})
    node_group["taints"] = _updated_taints(node_group["taints"], body.get("taints") or {})
    return request.cluster(cluster_name).record_update("ConfigUpdate", body.items())


def update_node_group_version(request: EksRequest, cluster_name: str, name: str) -> Json:
    node_group, body = describe_node_group(request, cluster_name, name)["nodegroup"], request.body
    cluster = request.cluster(cluster_name)
    if body.get("version"):
        _check_not_ahead(cluster, body["version"])
        node_group["version"] = body["version"]
        node_group["releaseVersion"] = _newest_release(body["version"])
    if body.get("releaseVersion"):
        node_group["releaseVersion"] = body["releaseVersion"]
    if body.get("launchTemplate"):
        if "launchTemplate" not in node_group:
            raise invalid_parameter("Cannot update nodegroup to use a launch template")
        node_group["launchTemplate"]["version"] = str(body["launchTemplate"]["version"])
    return cluster.record_update("VersionUpdate", body.items())


def _update_config(wanted: Json) -> Json:
    """EKS tells the strategy whether it was asked for or not."""
    if len(wanted.keys() & {"maxUnavailable", "maxUnavailablePercentage"}) > 1:
        raise invalid_parameter("Only one of maxUnavailable and maxUnavailablePercentage is taken")
    return {"updateStrategy": "DEFAULT", **wanted}


def _check_not_ahead(cluster: Cluster, version: str) -> None:
    if minor(version) > minor(cluster.version):
        raise invalid_parameter(
            f"Requested Nodegroup version {version} is greater than the cluster version "
            f"{cluster.version}"
        )


def _newest_release(version: str) -> str:
    return f"{version}.0-20260101"


def _machine(request: EksRequest) -> Json:
    """Describe the instances: from a launch template, or from the group's own fields."""
    body = request.body
    if not body.get("launchTemplate"):
        return {
            "instanceTypes": body.get("instanceTypes") or ["t3.medium"],
            "diskSize": body.get("diskSize") or 20,
        }
    if body.get("diskSize"):
        raise invalid_parameter("Disk size must be specified within the launch template.")
    if body.get("remoteAccess"):
        raise invalid_parameter(
            "Remote access configuration cannot be specified with a launch template."
        )
    template = _find_launch_template(request, body["launchTemplate"])
    version = body["launchTemplate"].get("version") or template.default_version_number
    return {
        "instanceTypes": body.get("instanceTypes") or [],
        "launchTemplate": {"id": template.id, "name": template.name, "version": str(version)},
    }


def _find_launch_template(request: EksRequest, wanted: Json) -> Any:
    try:
        if wanted.get("id"):
            return request.ec2.describe_launch_templates(template_ids=[wanted["id"]])[0]
        return request.ec2.describe_launch_templates(template_names=[wanted["name"]])[0]
    except (EC2ClientError, IndexError):
        raise invalid_parameter(f"Launch template {wanted} could not be found") from None


def _update_labels(labels: dict[str, str], change: Json) -> None:
    labels.update(change.get("addOrUpdateLabels") or {})
    for key in change.get("removeLabels") or []:
        labels.pop(key, None)


def _updated_taints(taints: list[Json], change: Json) -> list[Json]:
    added = change.get("addOrUpdateTaints") or []
    removed = change.get("removeTaints") or []
    gone = {(taint["key"], taint["effect"]) for taint in added + removed}
    return [taint for taint in taints if (taint["key"], taint["effect"]) not in gone] + added
