"""The parts of the one cluster in a state, by the chapter's addresses or by their relations."""

from collections.abc import Iterator, Mapping
from typing import Any

from adopt import network, nodes
from adopt.parts import (
    BASTION,
    CLUSTER,
    CONTROL_PLANE_POLICIES,
    NODE_POLICIES,
    NODE_POLICY,
    RULES,
    SSH,
    Parts,
)
from adopt.state import Resource, State, StateError
from constructs_lib.tables.openings import OPENINGS, Opening

_OTHER_RULE_NAMES = {"nodes-control_plane-proxy": "nodes-ingress-control_plane"}
"""What the chapter's printed text calls a rule, and what its files do."""

_OF_THE_CHAPTER = (
    "aws_iam_role.control_plane",
    "aws_security_group.control_plane",
    "aws_iam_role.node",
    NODE_POLICY,
    "aws_iam_instance_profile.node",
    "aws_security_group.nodes",
    *(f"aws_iam_role_policy_attachment.{name}" for name in CONTROL_PLANE_POLICIES),
    *(f"aws_iam_role_policy_attachment.{name}" for name in NODE_POLICIES),
    *(f"aws_security_group_rule.{name}" for name in RULES),
    *BASTION,
)

_GROUPS = ("control_plane", "nodes", "ssh_bastion")
"""Security groups whose egress, and the last one's ingress, stands inside them here."""

Found = dict[str, Resource | None]


def find(state: State, *, with_network: bool = True) -> Parts:
    """Find the parts of the one cluster in `state`; its network only if told.

    Raises:
        StateError: there is none, or more than one, or its subnets are not known.
    """
    clusters = state.of("aws_eks_cluster")
    if not clusters:
        raise StateError("holds no aws_eks_cluster; run `terraform show -json` where it is")
    if len(clusters) > 1:
        names = ", ".join(cluster.address for cluster in clusters)
        raise StateError(f"holds {len(clusters)} clusters, {names}; split the state first")
    (cluster,) = clusters
    parts = Parts({CLUSTER: cluster}, {})
    parts.subnets_by_id |= {subnet.id: subnet for subnet in state.of("aws_subnet")}
    nodes.place(state, parts, cluster)
    of_cluster = cluster.block("vpc_config")
    found: Found = _control_plane(state, cluster) | _roles_of_nodes(state, parts)
    groups = {kind: found.get(f"aws_security_group.{kind}") for kind in ("control_plane", "nodes")}
    if state.at(CLUSTER) and state.at("aws_vpc.k8s"):
        found |= _chapter(state)
    else:
        found |= {rule.address: _rule(state, rule, groups) for rule in OPENINGS}
        found |= _bastion(state, groups["nodes"])
    placed: dict[str, str] = {}
    for address, resource in found.items():
        # what has the chapter's name may be another part by what it does
        if resource is not None and placed.setdefault(resource.address, address) == address:
            parts.by_address[address] = resource
    subnets = of_cluster.get("subnet_ids") or [], nodes.subnets(parts.groups)
    there = network.find(state, str(of_cluster.get("vpc_id")), *subnets, made_here=with_network)
    parts.network = dict(there.says)
    parts.by_address.update(there.places)
    parts.notes += [there.note] * bool(there.note)
    parts.absorbed += [*there.absorbs, *_rules_inside(state, parts)]
    return parts


def _chapter(state: State) -> Found:
    known: Found = {address: state.at(address) for address in _OF_THE_CHAPTER}
    for other, name in _OTHER_RULE_NAMES.items():
        address = f"aws_security_group_rule.{name}"
        known[address] = known[address] or state.at(f"aws_security_group_rule.{other}")
    return known


def _control_plane(state: State, cluster: Resource) -> Found:
    """Role and security group of the cluster."""
    role = state.find("aws_iam_role", arn=cluster.text("role_arn"))
    ids = cluster.block("vpc_config").get("security_group_ids") or []
    return {
        "aws_iam_role.control_plane": role,
        "aws_security_group.control_plane": _first_group(state, ids),
        **_attachments(state, role, CONTROL_PLANE_POLICIES),
    }


def _first_group(state: State, ids: list[str]) -> Resource | None:
    """The first security group of `ids` that the state has."""
    found = (state.find("aws_security_group", id=id_) for id_ in ids)
    return next((group for group in found if group is not None), None)


def _roles_of_nodes(state: State, parts: Parts) -> Found:
    """Roles, profile and security group of the nodes: of the first group of each kind."""
    found: Found = {}
    groups = list(parts.groups.values())
    for group in [group for group in groups if nodes.is_autoscaled(group)][:1]:
        found |= _own_nodes(state, nodes.template_of(group))
    for group in [group for group in groups if nodes.MANAGED in group][:1]:
        role = state.find("aws_iam_role", arn=group[nodes.MANAGED].text("node_role_arn"))
        if role is not None and role != found.get("aws_iam_role.node"):
            found["aws_iam_role.managed_node"] = role
            names = {n.replace("node", "managed_node"): p for n, p in NODE_POLICIES.items()}
            found |= _attachments(state, role, names)
        if found.get("aws_security_group.nodes") is None:
            ids = nodes.template_of(group).texts("vpc_security_group_ids")
            found["aws_security_group.nodes"] = _first_group(state, ids)
    for group in [group for group in groups if nodes.FARGATE in group][:1]:
        arn = group[nodes.FARGATE].text("pod_execution_role_arn")
        role = state.find("aws_iam_role", arn=arn)
        found["aws_iam_role.fargate"] = role
        policy = {"fargate": "AmazonEKSFargatePodExecutionRolePolicy"}
        found |= _attachments(state, role, policy)
    return found


def _own_nodes(state: State, template: Resource) -> Found:
    """Role, profile and security group of the nodes that a template starts."""
    profile_name = template.values.get("iam_instance_profile")
    if isinstance(profile_name, list):
        first: dict[str, Any] = (profile_name or [{}])[0]
        profile_name = first.get("name") or str(first.get("arn") or "").rpartition("/")[2]
    profile = state.find("aws_iam_instance_profile", name=profile_name)
    role = profile and state.find("aws_iam_role", name=profile.text("role"))
    ids = (
        template.texts("security_groups")
        or template.texts("vpc_security_group_ids")
        or [str(id_) for id_ in template.block("network_interfaces").get("security_groups") or []]
    )
    return {
        "aws_iam_instance_profile.node": profile,
        "aws_iam_role.node": role,
        NODE_POLICY: _assume_policy(state, role),
        "aws_security_group.nodes": _first_group(state, ids),
        **_attachments(state, role, NODE_POLICIES),
    }


def _assume_policy(state: State, role: Resource | None) -> Resource | None:
    """The inline policy by which kube2iam assumes the roles of pods."""
    return next(
        (
            policy
            for policy in state.of("aws_iam_role_policy")
            if role is not None
            and policy.text("role") == role.text("name")
            and "sts:AssumeRole" in policy.text("policy")
        ),
        None,
    )


def _attachments(state: State, role: Resource | None, policies: Mapping[str, str]) -> Found:
    """The attachments of AWS managed policies to a role."""
    if role is None:
        return {}
    return {
        f"aws_iam_role_policy_attachment.{name}": next(
            (
                r
                for r in state.of("aws_iam_role_policy_attachment")
                if r.text("role") == role.text("name")
                and r.text("policy_arn").rpartition("/")[2] == policy
            ),
            None,
        )
        for name, policy in policies.items()
    }


# --- who reaches whom ----------------------------------------------------------------------------


def _rule(state: State, opening: Opening, groups: Mapping[str, Resource | None]) -> Resource | None:
    """The rule between two groups, by its pair and its ports."""
    source, target = groups[opening.source], groups[opening.target]
    if source is None or target is None:
        return None
    for rule in state.of("aws_security_group_rule"):
        pair = rule.text("security_group_id"), rule.text("type")
        from_it = rule.text("source_security_group_id") == source.id or (
            opening.by_self and rule.values.get("self")
        )
        if pair == (target.id, "ingress") and from_it and _opens(rule, opening):
            return rule
    return None


def _opens(rule: Resource, opening: Opening) -> bool:
    """Whether a rule is for what `opening` is for, whatever its exact ports."""
    if opening.by_self:
        return True
    if rule.text("protocol") not in ("tcp", "-1"):
        return False
    first, last = rule.values.get("from_port") or 0, rule.values.get("to_port") or 0
    one_port = opening.from_port == opening.to_port
    return bool((first, last) == (opening.from_port, opening.to_port)) if one_port else last > first


def _bastion(state: State, nodes_group: Resource | None) -> Found:
    """The instance from whose security group the nodes take SSH, and the two rules."""
    for rule in state.of("aws_security_group_rule"):
        ports = rule.values.get("from_port"), rule.values.get("to_port")
        of_nodes = nodes_group is not None and rule.text("security_group_id") == nodes_group.id
        if not of_nodes or ports != (SSH, SSH):
            continue
        group = state.find("aws_security_group", id=rule.text("source_security_group_id"))
        for instance in state.of("aws_instance") if group is not None else ():
            if group is not None and group.id in instance.texts("vpc_security_group_ids"):
                return dict(zip(BASTION, (instance, group, rule), strict=True))
    return {}


def _rules_inside(state: State, parts: Parts) -> Iterator[Resource]:
    """Rules of their own that a refreshed state also shows inside a security group of ours."""
    for name in _GROUPS:
        group = parts.get(f"aws_security_group.{name}")
        if group is None:
            continue
        for way in ("egress", "ingress") if name == "ssh_bastion" else ("egress",):
            if group.blocks(way):
                yield from (
                    rule
                    for rule in (
                        *state.of("aws_security_group_rule"),
                        *state.of(f"aws_vpc_security_group_{way}_rule"),
                    )
                    if rule.text("security_group_id") == group.id and rule.text("type") in ("", way)
                )
