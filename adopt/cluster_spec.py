"""The spec of a cluster, from its parts; what does not fit becomes a note."""

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

from adopt import table
from adopt.parts import (
    CLUSTER,
    CONTROL_PLANE_POLICIES,
    NODE_POLICIES,
    NODE_POLICY,
    RULES,
    Parts,
)
from adopt.state import Resource, State, StateError
from constructs_lib import naming
from constructs_lib.spec import WORLD, AdoptedSpec, AsPrintedSpec

PUBLIC_NEWBITS, PRIVATE_NEWBITS = 8, 2
"""How the chapter cuts the VPC's range, as Terraform's cidrsubnet takes it."""

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
    _note_other_subnets(parts)
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
    if len(keys) > 1:
        parts.notes.append(f"node groups have different EC2 keys: {', '.join(sorted(keys))}")
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
    parts.notes.extend(_other_notes(state, parts, spec))
    return spec


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
    cidrs = group.block("ingress").get("cidr_blocks") or []
    bastion: Spec = {"instance_type": instance.text("instance_type")}
    if any(cidr in WORLD for cidr in cidrs):
        bastion["open_to_the_world"] = True
    return {**bastion, "cidr_blocks": cidrs}


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
    """What the state has to let go, move or take in."""
    placed = {resource.address for _, resource in parts.placed()}
    if not parts.from_the_chapter:
        imports = {
            address: id_
            for address, resource in parts.placed()
            if (id_ := _import_id(resource)) is not None
        }
        return {"imports": imports}
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


def _import_id(resource: Resource) -> str | None:
    """What `terraform import` wants for a resource; None where this module does not know.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs, section Import of each
    """
    match resource.type:
        case "aws_iam_role_policy_attachment":
            return f"{resource.text('role')}/{resource.text('policy_arn')}"
        case "aws_route_table_association":
            return f"{resource.text('subnet_id')}/{resource.text('route_table_id')}"
        case "aws_default_route_table":
            return resource.text("vpc_id")
        case "aws_security_group_rule":
            return None
    return resource.id or None


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
    groups = {key: _printed_group(parts, group) for key, group in parts.groups.items()}
    if groups := {key: group for key, group in groups.items() if group}:
        printed["node_groups"] = groups
    egress = {
        group.block("egress").get("description") or ""
        for address in (*_GROUPS, "aws_security_group.ssh_bastion")
        if (group := parts.get(address))
    }
    if len(egress) > 1:
        parts.notes.append("aws_security_group: egress is described in different words")
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
    if every and len(statements) > 1:
        parts.notes.append(f"{NODE_POLICY}: says more than sts:AssumeRole, which the plan removes")
    return bool(every)


def _printed_group(parts: Parts, group: dict[str, Resource]) -> Spec:
    template, scaling = _template(group), group["aws_autoscaling_group"]
    printed: Spec = {}
    if template.type == "aws_launch_configuration":
        prefix = template.text("name_prefix")
        printed["launch_configuration"] = prefix or template.text("name")
        if not prefix:
            parts.notes.append(
                f"{template.address}: has a fixed name, so the plan replaces it (which replaces no "
                "node)"
            )
    printed["image_id"] = template.text("image_id")
    volume = _volume(template)
    if volume.get("volume_type") == "gp2":
        printed["volume_type"] = "gp2"
    elif volume.get("volume_type") != "gp3":
        parts.notes.append(f"{template.address}: root volume of type {volume.get('volume_type')}")
    if str(volume.get("encrypted")).lower() != "true":
        printed["volume_encrypted"] = False
    if template.block("metadata_options").get("http_tokens") != "required":
        printed["http_tokens"] = "optional"
    tags = {tag["key"]: tag for tag in scaling.values.get("tag") or []}
    finders = [key for key in tags if key.startswith("k8s.io/cluster-autoscaler/")]
    if not finders:
        printed["cluster_autoscaler_tags"] = False
    name = tags.get("Name", {}).get("value")
    if name != scaling.text("name"):
        parts.notes.append(f"{scaling.address}: tag Name is {name}, and will be the group's name")
    return printed


# --- notes ---------------------------------------------------------------------------------------


def _note_other_subnets(parts: Parts) -> None:
    """EKS and the nodes stand in the subnets, so another cut of the range is another cluster."""
    vpc = parts.of("aws_vpc.k8s").text("cidr_block")
    for kind, newbits, first in (("public", PUBLIC_NEWBITS, 0), ("private", PRIVATE_NEWBITS, 1)):
        subnets = parts.zones(kind)
        if not subnets:
            raise StateError(
                f"has no {kind} subnets in the cluster's VPC; this cluster has another shape, so "
                "make a new one beside it and move the workloads"
            )
        for index, subnet in enumerate(subnets):
            wanted = _subnet(vpc, newbits, index + first)
            if subnet.text("cidr_block") != wanted:
                parts.notes.append(
                    f"{subnet.address}: has {subnet.text('cidr_block')} where this project has "
                    f"{wanted}, so the plan would replace it: do not apply"
                )


def _subnet(cidr: str, newbits: int, number: int) -> str:
    """Terraform's cidrsubnet."""
    network = ipaddress.IPv4Network(cidr)
    prefix = network.prefixlen + newbits
    start = int(network.network_address) + (number << (32 - prefix))
    return f"{ipaddress.IPv4Address(start)}/{prefix}"


def _other_notes(state: State, parts: Parts, spec: Spec) -> Iterator[str]:
    placed = {resource.address for _, resource in parts.placed()}
    left = [r for r in state.resources if r.address not in placed]
    where = "forgotten and left running" if parts.from_the_chapter else "left to its own state"
    for resource in left:
        if resource.type.startswith("aws_"):
            yield f"{resource.address}: has no place here, is {where}"
    if templates := [address for address in state.data if ".template_" in f".{address}"]:
        yield (
            f"{', '.join(templates)}: Terraform asks for its provider, which has no build for Macs "
            "with Apple silicon; there, `terraform state rm` it first"
        )
    for role in _roles_in_aws_auth(state, parts):
        yield f"aws-auth: lets in {role}; add it to map_roles or map_users, or it is shut out"
    cluster_tag = naming.cluster_tag(spec["name"])
    expected = {
        "aws_vpc.k8s": {"Name": spec["name"], cluster_tag: "shared"},
        "aws_internet_gateway.gateway": {"Name": spec["name"]},
        "aws_route_table.public": {"Name": f"{spec['name']}-public"},
        "aws_default_route_table.private": {"Name": f"k8s-{spec['name']}-private"},
        "aws_security_group.control_plane": {"Name": spec["name"]},
        "aws_security_group.nodes": {
            "Name": spec["adopted"]["nodes_security_group"]["name"],
            cluster_tag: "owned",
        },
        "aws_eip.nat": {},
        "aws_nat_gateway.nat_gateway": {},
        CLUSTER: {},
    }
    for kind in ("public", "private"):
        for index in range(len(parts.zones(kind))):
            tags = {"Name": f"{spec['name']}-{kind}-subnet", cluster_tag: "shared"}
            if "load_balancer_tags" not in spec.get("as_printed", {}):
                role = "elb" if kind == "public" else "internal-elb"
                tags[f"kubernetes.io/role/{role}"] = "1"
            expected[f"aws_subnet.{kind}[{index}]"] = tags
    for address, tags in expected.items():
        tagged = parts.get(address)
        if tagged is not None and tagged.tags != tags:
            yield f"{tagged.address}: has other tags, which the plan changes in place"
    missing = [
        f"aws_iam_role_policy_attachment.{name}"
        for name in (*CONTROL_PLANE_POLICIES, *NODE_POLICIES)
        if name != "eks_service" and parts.get(f"aws_iam_role_policy_attachment.{name}") is None
    ] + [
        f"aws_security_group_rule.{name}"
        for name in RULES
        if parts.get(f"aws_security_group_rule.{name}") is None
    ]
    for address in missing:
        yield (
            f"{address}: not found, so the plan adds it; where AWS has the same by another name, "
            "it refuses a second one: import it, or take the other away"
        )


def _roles_in_aws_auth(state: State, parts: Parts) -> list[str]:
    """Principals in the chapter's aws-auth, besides the nodes' role."""
    file = state.at("local_file.aws_auth")
    role = parts.get("aws_iam_role.node")
    text = file.text("content") if file is not None else ""
    found = re.findall(r"(?:rolearn|userarn):\s*['\"]?([^\s'\"]+)", text)
    return [arn for arn in found if role is None or arn != role.text("arn")]
