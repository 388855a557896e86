"""Keys of a spec that most clusters do without: each is taken where the rest of the spec lets it.

What the spec refuses stays what it was: an override, or a neighbour that its owner keeps.
"""

import contextlib
import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from adopt import nodes
from adopt.parts import CLUSTER, Parts
from adopt.state import Resource, State
from constructs_lib.naming import principal as principal_of
from constructs_lib.spec.access import ADMIN_GROUP
from constructs_lib.spec.loader import problems_of
from constructs_lib.tables.addon_order import VITAL

Spec = dict[str, Any]

_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")


@dataclass(frozen=True)
class Option:
    """What a key says, and the resources that the stack then has."""

    says: Mapping[str, Any]
    """To be merged into the spec."""

    places: Mapping[str, Resource] = field(default_factory=dict)
    """By our address."""


def take(spec: Spec, state: State, parts: Parts) -> None:
    """Merge into `spec` every option of the cluster that it may have, and place what it makes."""
    for find in _ALL:
        for option in find(state, parts):
            trial = copy.deepcopy(spec)
            merge(trial, option.says)
            new = [problem for problem in problems_of(trial) if problem not in problems_of(spec)]
            if new:
                parts.notes.extend(new)
                continue
            merge(spec, option.says)
            parts.by_address.update(option.places)


def _node_groups(_: State, parts: Parts) -> Iterator[Option]:
    zones = {subnet.id: subnet.text("availability_zone") for subnet in parts.subnets("private")}
    for key, group in parts.groups.items():
        for says in nodes.options(key, group, zones):
            yield Option({"node_groups": says})


def merge(into: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Put what `over` says into `into`, mapping by mapping."""
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)


def _control_plane(_: State, parts: Parts) -> Iterator[Option]:
    cluster = parts.of(CLUSTER)
    provider = (cluster.block("encryption_config").get("provider") or [{}])[0]
    if _KEY_ARN.fullmatch(key := str(provider.get("key_arn") or "")):
        yield Option({"control_plane": {"secrets_key": key}})
    if cluster.block("upgrade_policy").get("support_type") == "STANDARD":
        yield Option({"control_plane": {"support": "standard"}})
    if cluster.block("zonal_shift_config").get("enabled"):
        yield Option({"control_plane": {"zonal_shift": True}})
    if cluster.values.get("deletion_protection"):
        yield Option({"control_plane": {"deletion_protection": True}})
    argument = "bootstrap_self_managed_addons"
    if cluster.values.get(argument) is False:
        yield Option({"control_plane": {argument: False}})
    elif cluster.values.get(argument) is None:
        # EKS does not tell, so an imported cluster has no value, and any would replace it
        # https://github.com/hashicorp/terraform-provider-aws/issues/39058
        yield Option({"lifecycle": {"ignore_changes": {CLUSTER: [argument]}}})


def _log_group(state: State, parts: Parts) -> Iterator[Option]:
    cluster = parts.of(CLUSTER)
    group = state.find("aws_cloudwatch_log_group", name=f"/aws/eks/{cluster.text('name')}/cluster")
    if group is None or not cluster.texts("enabled_cluster_log_types"):
        return
    said = {
        key: value
        for key, value in {
            "retention_in_days": group.values.get("retention_in_days"),
            "kms_key": group.values.get("kms_key_id"),
        }.items()
        if value
    }
    if not said or group.text("log_group_class") == "INFREQUENT_ACCESS":
        said["log_group_class"] = group.text("log_group_class") or "STANDARD"
    yield Option(
        {"control_plane": {"logs": said}}, {"aws_cloudwatch_log_group.control_plane": group}
    )


_OF_OIDC = (
    "issuer_url",
    "client_id",
    "username_claim",
    "username_prefix",
    "groups_claim",
    "groups_prefix",
    "required_claims",
)


def _oidc(state: State, parts: Parts) -> Iterator[Option]:
    """Whom the API server knows by another issuer than IAM."""
    name = parts.of(CLUSTER).text("name")
    found = state.find("aws_eks_identity_provider_config", cluster_name=name)
    if found is None:
        return
    block = found.block("oidc")
    said = {key: block[key] for key in _OF_OIDC if block.get(key)}
    said["name"] = block.get("identity_provider_config_name")
    yield Option(
        {"control_plane": {"oidc": said}}, {"aws_eks_identity_provider_config.oidc": found}
    )


def _irsa(state: State, parts: Parts) -> Iterator[Option]:
    """IAM's provider for the tokens of the cluster's service accounts."""
    issuers = parts.of(CLUSTER).block("identity").get("oidc") or [{}]
    issuer = str(issuers[0].get("issuer") or "").removeprefix("https://")
    for provider in state.of("aws_iam_openid_connect_provider"):
        if issuer and provider.text("url").removeprefix("https://") == issuer:
            by = ["irsa"] if parts.get("aws_iam_role_policy.node") is None else ["kube2iam", "irsa"]
            yield Option(
                {"pod_identity": {"by": by}}, {"aws_iam_openid_connect_provider.irsa": provider}
            )


def _addons(state: State, parts: Parts) -> Iterator[Option]:
    name = parts.of(CLUSTER).text("name")
    for addon in state.of("aws_eks_addon"):
        if addon.text("cluster_name") != name:
            continue
        called = addon.text("addon_name")
        said: Spec = {"addon_version": addon.text("addon_version")}
        if bool(addon.values.get("preserve")) != (called in VITAL):
            said["preserve"] = called not in VITAL
        if role := addon.text("service_account_role_arn"):
            said["service_account_role_arn"] = role
        with contextlib.suppress(ValueError):  # YAML, which EKS takes too, stays an override
            said["configuration_values"] = json.loads(addon.text("configuration_values"))
        yield Option({"addons": {called: said}}, {f"aws_eks_addon.{called}": addon})


def _access(state: State, parts: Parts) -> Iterator[Option]:
    """Access entries, where the nodes have theirs; other entries stay what they are."""
    cluster, nodes_role = parts.of(CLUSTER), parts.get("aws_iam_role.node")
    mode = cluster.block("access_config").get("authentication_mode")
    entries = {
        entry.text("principal_arn"): entry
        for entry in state.of("aws_eks_access_entry")
        if entry.text("cluster_name") == cluster.text("name")
    }
    own = entries.pop(nodes_role.text("arn"), None) if nodes_role is not None else None
    if mode not in ("API", "API_AND_CONFIG_MAP") or (own is None and mode != "API"):
        return
    places = {} if own is None else {"aws_eks_access_entry.node": own}
    admins = {
        association.text("principal_arn"): association
        for association in state.of("aws_eks_access_policy_association")
        if association.text("policy_arn").endswith("/AmazonEKSClusterAdminPolicy")
        and association.block("access_scope").get("type") == "cluster"
    }
    people: dict[str, list[Spec]] = {"map_roles": [], "map_users": []}
    for arn, entry in sorted(entries.items()):
        kind, principal = ("map_users", "userarn") if ":user/" in arn else ("map_roles", "rolearn")
        said: Spec = {principal: arn}
        if entry.text("type") == "EC2_LINUX":
            said["type"] = "EC2_LINUX"
        elif entry.text("type") == "STANDARD":
            groups = sorted(entry.texts("kubernetes_groups"))
            said["username"] = entry.text("user_name")
            if arn in admins:
                places[f"aws_eks_access_policy_association.{principal_of(arn)}"] = admins[arn]
                groups.append(ADMIN_GROUP)
            if groups:
                said["groups"] = groups
        else:
            continue
        places[f"aws_eks_access_entry.{principal_of(arn)}"] = entry
        people[kind].append(said)
    access = {"by": "access_entries"} | ({"authentication_mode": "API"} if mode == "API" else {})
    yield Option({"access": access, **{k: v for k, v in people.items() if v}}, places)


def _roles(_: State, parts: Parts) -> Iterator[Option]:
    """The path of the nodes' role, which aws-auth leaves out, and the boundary of all roles.

    The path of a role that has another is an override.
    """
    roles = [r for _, r in parts.placed() if r.type == "aws_iam_role"]
    of_nodes = parts.get("aws_iam_role.node") or parts.get("aws_iam_role.managed_node")
    if of_nodes is not None and of_nodes.text("path") not in ("", "/"):
        yield Option({"iam": {"path": of_nodes.text("path")}})
    boundaries = {role.text("permissions_boundary") for role in roles}
    if len(boundaries) == 1 and boundaries != {""}:
        yield Option({"iam": {"permissions_boundary": boundaries.pop()}})


def _tags(_: State, parts: Parts) -> Iterator[Option]:
    """What the owner's provider puts on everything: `default_tags`."""
    by_default = [
        {
            (key, value)
            for key, value in resource.values["tags_all"].items()
            if key not in (resource.values.get("tags") or {})
        }
        for _, resource in parts.placed()
        if resource.values.get("tags_all") is not None
    ]
    if common := reduce(set.intersection, by_default) if by_default else set():
        yield Option({"tags": dict(sorted(common))})


_ALL = (
    _control_plane,
    _log_group,
    _oidc,
    _access,
    _irsa,
    _addons,
    _node_groups,
    _roles,
    _tags,
)
"""In this order: tags are those of everything that the others place."""
