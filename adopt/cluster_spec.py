"""The spec of a cluster, from its parts; what does not fit becomes a note."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

from adopt import aws_auth, nodes, options, table
from adopt.neighbours import neighbours
from adopt.parts import (
    CLUSTER,
    NODE_POLICY,
    SSH,
    Parts,
)
from adopt.state import State
from constructs_lib import naming
from constructs_lib.spec import WORLD, AdoptedSpec, AsPrintedSpec, ClusterSpec
from constructs_lib.spec.loader import problems_of

_INSIDE = "10.0.0.0/8"
"""Whom a bastion lets in that nothing is known of, until the plan says whom."""

Spec = dict[str, Any]


def write(state: State, parts: Parts) -> Spec:
    """The spec's data, in the order in which it is written; `parts` gets notes.

    Raises:
        StateError: a part is missing that every cluster has.
    """
    cluster = parts.of(CLUSTER)
    network = cluster.block("vpc_config")
    spec: Spec = {
        "name": cluster.text("name"),
        "region": cluster.text("arn").split(":")[3],
        **parts.network,
        "kubernetes_version": cluster.text("version"),
        "control_plane": {
            "service_ipv4_cidr": cluster.block("kubernetes_network_config").get(
                "service_ipv4_cidr"
            ),
            "endpoint_public_access": network.get("endpoint_public_access"),
            "endpoint_private_access": network.get("endpoint_private_access"),
        },
    }
    cidrs = network.get("public_access_cidrs") or []
    # with the whole world among them, nobody is kept out
    if cidrs and network.get("endpoint_public_access") and not {*WORLD} & {*cidrs}:
        spec["control_plane"]["public_access_cidrs"] = cidrs
    if logs := cluster.texts("enabled_cluster_log_types"):
        spec["control_plane"]["enabled_cluster_log_types"] = sorted(logs)
    spec["node_groups"] = nodes.sections(parts.groups)
    keys = {nodes.template_of(group).text("key_name") for group in parts.groups.values()} - {""}
    if instance := parts.get("aws_instance.ssh_bastion"):
        keys = keys or {instance.text("key_name")} - {""}
    if keys:
        spec["key_name"] = min(keys)
    bastion = _bastion(parts) if keys and _has_public_subnets(parts.network) else None
    if bastion is None:
        parts.leave_bastion()
    else:
        spec["bastion"] = bastion
    if parts.get(NODE_POLICY) is None:
        spec["kube2iam"] = {"enabled": False}
    said = table.sections(parts)
    printed = _as_printed(parts, said.get("as_printed", {}))
    spec["adopted"] = _adopted(parts, said.get("adopted", {}))
    if printed:
        spec["as_printed"] = printed
    let_in, notes = aws_auth.sections(state, parts.arns_of_nodes())
    spec.update(let_in)
    notes += _let_nobody_in_wrongly(spec)
    _leave_to_overrides(spec)
    options.take(spec, state, parts)
    spec["adopted"] |= _addresses(state, parts, printed)
    parts.notes.extend([*notes, *_other_notes(state, parts)])
    return {key: spec[key] for key in ClusterSpec.model_fields if key in spec}


def _has_public_subnets(network: Mapping[str, Any]) -> bool:
    """Whether there is a subnet for a bastion."""
    networking = network.get("networking", {})
    if "vpc" in networking:
        return "public_subnets" in networking["vpc"]
    return bool(networking.get("public_subnets", True))


def _bastion(parts: Parts) -> Spec | None:
    instance = parts.get("aws_instance.ssh_bastion")
    group = parts.get("aws_security_group.ssh_bastion")
    if instance is None or group is None:
        return None
    cidrs: list[str] = next(
        (rule["cidr_blocks"] for rule in group.blocks("ingress") if _lets_in(rule, SSH)),
        [parts.network.get("vpc_cidr", _INSIDE)],
    )
    bastion: Spec = {"instance_type": instance.text("instance_type")}
    if any(cidr in WORLD for cidr in cidrs):
        bastion["open_to_the_world"] = True
    return {**bastion, "cidr_blocks": cidrs}


def _lets_in(rule: Mapping[str, Any], port: int) -> bool:
    """Whether a block `ingress` opens a TCP port, and that port alone, to some ranges."""
    there = rule.get("protocol"), rule.get("from_port"), rule.get("to_port")
    return there == ("tcp", port, port) and bool(rule.get("cidr_blocks"))


_SECTION = re.compile(r"(bastion|control_plane|node_groups\.[^.]+)\.(\w+)")


def _leave_to_overrides(spec: Spec) -> None:
    """Take out what the spec refuses of a section, where it is right without.

    The plan brings it back as an override.
    """
    for problem in problems_of(spec):
        if found := _SECTION.match(problem):
            section = reduce(lambda inner, key: inner.get(key, {}), found[1].split("."), spec)
            if found[2] == "mixed_instances":
                # types of several sizes are none for cluster-autoscaler; its tags stay all the same
                section["cluster_autoscaler_tags"] = False
                if not _is_still_wrong(spec, found[1]):
                    continue
                del section["cluster_autoscaler_tags"]
            refused = section.pop(found[2], None)
            if refused is not None and _is_still_wrong(spec, found[1]):
                section[found[2]] = refused


def _is_still_wrong(spec: Spec, section: str) -> bool:
    return any(problem.startswith(f"{section}.") for problem in problems_of(spec))


def _let_nobody_in_wrongly(spec: Spec) -> Iterator[str]:
    """Take out entries of aws-auth that the spec refuses, with a note for each."""
    for section in ("map_roles", "map_users"):
        refused: dict[int, str] = {}
        for problem in problems_of(spec):
            if found := re.match(rf"{section}\[(\d+)\]", problem):
                refused.setdefault(int(found[1]), problem)
        for index in sorted(refused, reverse=True):
            principal = spec[section][index]
            del spec[section][index]
            arn = principal.get("rolearn") or principal.get("userarn")
            yield f"aws-auth: {arn} is shut out: {refused[index]}"
        if not spec.get(section, True):
            del spec[section]


# --- adopted: for life ---------------------------------------------------------------------------


def _adopted(parts: Parts, said: Spec) -> Spec:
    parts.of("aws_iam_role.control_plane")
    if any(map(nodes.is_autoscaled, parts.groups.values())):
        parts.of("aws_iam_role.node")
    name = parts.of(CLUSTER).text("name")
    access = parts.of(CLUSTER).block("access_config")
    adopted = {
        # what is not there yet is made under today's names
        "node_role": naming.node(name),
        "control_plane_security_group": {
            "name": naming.control_plane(name),
            "description": f"EKS Cluster {name}",
        },
        "nodes_security_group": {
            "name": naming.nodes(name),
            "description": "Security group for all nodes in the cluster",
        },
        "autoscaling_groups": {},
        **said,
        "bootstrap_cluster_creator_admin_permissions": bool(
            access.get("bootstrap_cluster_creator_admin_permissions")
        ),
    }
    return {key: adopted[key] for key in AdoptedSpec.model_fields if key in adopted}


def _addresses(state: State, parts: Parts, printed: Spec) -> Spec:
    """What the state has to let go, and what it has under other addresses."""
    placed = {resource.address for _, resource in parts.placed()}
    here = parts.whole_addresses()
    moved = {r.address: address for address, r in parts.placed() if r.address != address}
    forgotten = [
        r.whole_address
        for r in state.resources
        if r.address not in placed
        and r.whole_address not in here
        and r.address != "null_resource.aws_auth"
    ]
    if parts.get(NODE_POLICY) is not None and not printed.get("kube2iam_of_the_chapter"):
        forgotten = [address for address in forgotten if address != "null_resource.kube2iam"]
    return {
        **({"forget": list(dict.fromkeys(forgotten))} if forgotten else {}),
        **({"moved": moved} if moved else {}),
        **({"imports": parts.imports} if parts.imports else {}),
    }


# --- as printed: to be left behind ---------------------------------------------------------------


def _as_printed(parts: Parts, said: Spec) -> Spec:
    printed: Spec = dict(said)
    mode = parts.of(CLUSTER).block("access_config").get("authentication_mode")
    if mode in (None, "CONFIG_MAP"):
        printed["authentication_mode"] = "CONFIG_MAP"
    if parts.get("aws_iam_role_policy_attachment.eks_service"):
        printed["eks_service_policy"] = True
    if _assumes_every_role(parts):
        printed["kube2iam_of_the_chapter"] = True
    groups = {
        key: nodes.printed(group)
        for key, group in parts.groups.items()
        if nodes.is_autoscaled(group)
    }
    if groups:
        printed["node_groups"] = groups
    return {key: printed[key] for key in AsPrintedSpec.model_fields if key in printed}


def _assumes_every_role(parts: Parts) -> bool:
    policy = parts.get(NODE_POLICY)
    if policy is None:
        return False
    statements = json.loads(policy.text("policy") or "{}").get("Statement") or []
    statements = statements if isinstance(statements, list) else [statements]
    every = [
        statement
        for statement in statements
        if statement.get("Action") in ("sts:AssumeRole", ["sts:AssumeRole"])
        and statement.get("Resource") in ("*", ["*"])
    ]
    return bool(every)


# --- notes ---------------------------------------------------------------------------------------


def _other_notes(state: State, parts: Parts) -> Iterator[str]:
    here = parts.whole_addresses()
    for resource in neighbours(state, parts):
        if resource.whole_address in here:
            yield (
                f"{resource.address}: is not the cluster's, and a part of the cluster has that "
                "address here; take it out of the state first, by the steps that adopt prints"
            )
        else:
            yield f"{resource.address}: has no place here, is forgotten and left running"
    if templates := [r.address for r in state.data if r.type.startswith("template_")]:
        yield (
            f"{', '.join(templates)}: Terraform asks for its provider, which has no build for Macs "
            "with Apple silicon; there, `terraform state rm` it first"
        )
