"""The spec of a cluster, from its parts; what does not fit becomes a note."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from adopt import aws_auth, table
from adopt.neighbours import neighbours
from adopt.parts import (
    CLUSTER,
    NODE_POLICY,
    SSH,
    Parts,
)
from adopt.state import Resource, State
from constructs_lib.spec import WORLD, AdoptedSpec, AsPrintedSpec
from constructs_lib.spec.networking import EVERYWHERE, ROUTE_TARGETS

_GROUPS = ("aws_security_group.control_plane", "aws_security_group.nodes")
"""The security groups that every cluster has."""

Spec = dict[str, Any]


def write(state: State, parts: Parts) -> Spec:
    """Give the spec's data, in the order in which it is written; add notes to `parts`.

    Raises:
        StateError: a part is missing that every cluster has.
    """
    cluster = parts.of(CLUSTER)
    network = cluster.block("vpc_config")
    zones = [subnet.text("availability_zone") for subnet in parts.zones("private")]
    spec: Spec = {
        "name": cluster.text("name"),
        "region": cluster.text("arn").split(":")[3],
        "availability_zones": zones,
        "vpc_cidr": parts.of("aws_vpc.k8s").text("cidr_block"),
        "kubernetes_version": cluster.text("version"),
        "control_plane": {
            "service_ipv4_cidr": cluster.block("kubernetes_network_config").get(
                "service_ipv4_cidr"
            ),
            "endpoint_public_access": network.get("endpoint_public_access"),
            "endpoint_private_access": network.get("endpoint_private_access"),
        },
    }
    cidrs = [c for c in network.get("public_access_cidrs") or [] if c not in WORLD]
    if cidrs and network.get("endpoint_public_access"):
        spec["control_plane"]["public_access_cidrs"] = cidrs
    if logs := cluster.texts("enabled_cluster_log_types"):
        spec["control_plane"]["enabled_cluster_log_types"] = sorted(logs)
    spec["node_groups"] = {key: _node_group(group) for key, group in parts.groups.items()}
    keys = {_template(group).text("key_name") for group in parts.groups.values()} - {""}
    if keys:
        spec["key_name"] = min(keys)
    if bastion := _bastion(parts):
        spec["bastion"] = bastion
    if parts.get(NODE_POLICY) is None:
        spec["kube2iam"] = {"enabled": False}
    said = table.sections(parts)
    printed = _as_printed(parts, said.get("as_printed", {}))
    spec["adopted"] = _adopted(state, parts, said.get("adopted", {}), printed)
    if printed:
        spec["as_printed"] = printed
    let_in, notes = aws_auth.sections(state, parts.of("aws_iam_role.node").text("arn"))
    spec.update(let_in)
    if routes := list(_routes(parts)):
        spec["networking"] = {"routes": routes}
    parts.notes.extend([*notes, *_other_notes(state, parts)])
    return spec


def _routes(parts: Parts) -> Iterator[Spec]:
    """The routes to elsewhere that a spec can say; any other becomes an override."""
    for kind, address in (
        ("private", "aws_default_route_table.private"),
        ("public", "aws_route_table.public"),
    ):
        table = parts.get(address)
        for route in table.blocks("route") if table is not None else ():
            said = {argument: value for argument, value in route.items() if value}
            to = said.pop("cidr_block", EVERYWHERE)
            if to == EVERYWHERE or len(said) != 1:
                continue
            ((argument, via),) = said.items()
            if ROUTE_TARGETS.get(str(via).partition("-")[0]) == argument:
                yield {"to": to, "via": via, **({} if kind == "private" else {"subnets": kind})}


def _template(group: dict[str, Resource]) -> Resource:
    return group.get("aws_launch_configuration") or group["aws_launch_template"]


def _volume(template: Resource) -> dict[str, Any]:
    """The root volume of a launch configuration or template."""
    if template.type == "aws_launch_configuration":
        return template.block("root_block_device")
    blocks = template.block("block_device_mappings").get("ebs") or [{}]
    volume: dict[str, Any] = blocks[0]
    return volume


def _node_group(group: dict[str, Resource]) -> Spec:
    scaling, template = group["aws_autoscaling_group"], _template(group)
    return {
        "instance_type": template.text("instance_type"),
        "min_size": scaling.values.get("min_size"),
        "max_size": scaling.values.get("max_size"),
        "volume_size_gib": _volume(template).get("volume_size"),
    }


def _bastion(parts: Parts) -> Spec | None:
    instance = parts.get("aws_instance.ssh_bastion")
    group = parts.get("aws_security_group.ssh_bastion")
    if instance is None or group is None:
        return None
    cidrs: list[str] = next(
        (rule.get("cidr_blocks") or [] for rule in group.blocks("ingress") if _lets_in(rule, SSH)),
        [parts.of("aws_vpc.k8s").text("cidr_block")],
    )
    bastion: Spec = {"instance_type": instance.text("instance_type")}
    if any(cidr in WORLD for cidr in cidrs):
        bastion["open_to_the_world"] = True
    return {**bastion, "cidr_blocks": cidrs}


def _lets_in(rule: Mapping[str, Any], port: int) -> bool:
    """Whether a block `ingress` opens a TCP port, and that port alone."""
    return (rule.get("protocol"), rule.get("from_port"), rule.get("to_port")) == ("tcp", port, port)


# --- adopted: for life ---------------------------------------------------------------------------


def _adopted(state: State, parts: Parts, said: Spec, printed: Spec) -> Spec:
    for address in ("aws_iam_role.control_plane", "aws_iam_role.node", *_GROUPS):
        parts.of(address)
    access = parts.of(CLUSTER).block("access_config")
    adopted = {
        **said,
        "bootstrap_cluster_creator_admin_permissions": bool(
            access.get("bootstrap_cluster_creator_admin_permissions")
        ),
    }
    in_order = {key: adopted[key] for key in AdoptedSpec.model_fields if key in adopted}
    return {**in_order, **_addresses(state, parts, printed)}


def _addresses(state: State, parts: Parts, printed: Spec) -> Spec:
    """What the state has to let go, and what it has under other addresses."""
    placed = {resource.address for _, resource in parts.placed()}
    moved = {r.address: address for address, r in parts.placed() if r.address != address}
    forgotten = [
        r.whole_address
        for r in state.resources
        if r.address not in placed and r.address != "null_resource.aws_auth"
    ]
    if not printed.get("kube2iam_of_the_chapter"):
        forgotten = [address for address in forgotten if address != "null_resource.kube2iam"]
    return {
        **({"forget": list(dict.fromkeys(forgotten))} if forgotten else {}),
        **({"moved": moved} if moved else {}),
    }


# --- as printed: to be left behind ---------------------------------------------------------------


def _as_printed(parts: Parts, said: Spec) -> Spec:
    printed: Spec = dict(said)
    mode = parts.of(CLUSTER).block("access_config").get("authentication_mode")
    if mode in (None, "CONFIG_MAP"):
        printed["authentication_mode"] = "CONFIG_MAP"
    elif mode != "API_AND_CONFIG_MAP":
        parts.notes.append(f"{CLUSTER}: authentication mode {mode}, which EKS does not take back")
    if parts.get("aws_iam_role_policy_attachment.eks_service"):
        printed["eks_service_policy"] = True
    if _assumes_every_role(parts):
        printed["kube2iam_of_the_chapter"] = True
    groups = {key: _printed_group(group) for key, group in parts.groups.items()}
    if groups := {key: group for key, group in groups.items() if group}:
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


def _printed_group(group: dict[str, Resource]) -> Spec:
    template, scaling = _template(group), group["aws_autoscaling_group"]
    printed: Spec = {}
    if template.type == "aws_launch_configuration":
        prefix = template.text("name_prefix")
        printed["launch_configuration"] = prefix or template.text("name")
    printed["image_id"] = template.text("image_id")
    volume = _volume(template)
    if volume.get("volume_type") == "gp2":
        printed["volume_type"] = "gp2"
    if str(volume.get("encrypted")).lower() != "true":
        printed["volume_encrypted"] = False
    if template.block("metadata_options").get("http_tokens") != "required":
        printed["http_tokens"] = "optional"
    tags = {tag["key"]: tag for tag in scaling.values.get("tag") or []}
    finders = [key for key in tags if key.startswith("k8s.io/cluster-autoscaler/")]
    if not finders:
        printed["cluster_autoscaler_tags"] = False
    return printed


# --- notes ---------------------------------------------------------------------------------------


def _other_notes(state: State, parts: Parts) -> Iterator[str]:
    for resource in neighbours(state, parts):
        yield f"{resource.address}: has no place here, is forgotten and left running"
    if templates := [address for address in state.data if ".template_" in f".{address}"]:
        yield (
            f"{', '.join(templates)}: Terraform asks for its provider, which has no build for Macs "
            "with Apple silicon; there, `terraform state rm` it first"
        )
