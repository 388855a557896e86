"""Fargate profiles: which pods run without nodes."""

import time
import uuid

from . import networking
from .errors import in_use, invalid_parameter
from .model import EksRequest, Json, look_up

MAX_SELECTORS = 5


def create_profile(request: EksRequest, cluster_name: str) -> Json:
    cluster = request.cluster(cluster_name)
    name, selectors = request.required("fargateProfileName"), request.required("selectors")
    if name in cluster.fargate_profiles:
        raise in_use(f"Fargate profile {name} already exists")
    if not 1 <= len(selectors) <= MAX_SELECTORS:
        raise invalid_parameter(f"A Fargate profile takes 1 to {MAX_SELECTORS} selectors")
    subnets = request.body.get("subnets") or []
    networking.find_subnets(request, subnets)
    profile = {
        "fargateProfileName": name,
        "fargateProfileArn": request.arn("fargateprofile", cluster_name, name, str(uuid.uuid4())),
        "clusterName": cluster_name,
        "createdAt": time.time(),
        "podExecutionRoleArn": request.required("podExecutionRoleArn"),
        "subnets": subnets,
        "selectors": selectors,
        "status": "ACTIVE",
        "health": {"issues": []},
        "tags": request.body.get("tags") or {},
    }
    cluster.fargate_profiles[name] = profile
    return {"fargateProfile": profile}


def list_profiles(request: EksRequest, cluster_name: str) -> Json:
    return {"fargateProfileNames": sorted(request.cluster(cluster_name).fargate_profiles)}


def describe_profile(request: EksRequest, cluster_name: str, name: str) -> Json:
    profiles = request.cluster(cluster_name).fargate_profiles
    return {"fargateProfile": look_up(profiles, name, "Fargate profile")}


def delete_profile(request: EksRequest, cluster_name: str, name: str) -> Json:
    profile = describe_profile(request, cluster_name, name)["fargateProfile"]
    del request.cluster(cluster_name).fargate_profiles[name]
    return {"fargateProfile": {**profile, "status": "DELETING"}}
