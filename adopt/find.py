"""The parts of the one cluster in a state, by the chapter's addresses or by their relations."""

from collections.abc import Mapping

from adopt import network, nodes, openings, roles
from adopt.parts import (
    BASTION,
    CLUSTER,
    CONTROL_PLANE_POLICIES,
    NODE_POLICIES,
    NODE_POLICY,
    RULES,
    Parts,
)
from adopt.state import Resource, State, StateError
from constructs_lib import naming

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

Found = dict[str, Resource | None]


def find(state: State, name: str | None = None, *, with_network: bool = True) -> Parts:
    """Find the parts of a cluster in `state`: of that with `name`, or of the only one.

    Its network is found only if told.

    Raises:
        StateError: there is none, or more than one, or it is none that a spec could say.
    """
    cluster = _cluster(state, name)
    parts = Parts({CLUSTER: cluster}, {})
    parts.subnets_by_id |= {subnet.id: subnet for subnet in state.subnets()}
    nodes.place(state, parts, cluster)
    if not parts.groups:
        raise StateError(
            f"holds no node group of {cluster.text('name')}: no autoscaling group with the tag "
            f"{naming.cluster_tag(cluster.text('name'))} or with a role for nodes, no managed one, "
            "no Fargate profile; a spec has at least one, so import it there first"
        )
    of_cluster = cluster.block("vpc_config")
    found: Found = _control_plane(state, cluster) | _roles_of_nodes(state, parts)
    if cluster.address == CLUSTER and state.at("aws_vpc.k8s"):
        found |= {address: part for address, part in _chapter(state).items() if part is not None}
        role, policy = found.get("aws_iam_role.node"), found.get(NODE_POLICY)
        if policy is not None and found.get("aws_iam_role.managed_node") is role:
            del found[NODE_POLICY]  # the managed nodes', which have none here
    rules = openings.find(state, found)
    found |= rules.places
    placed: dict[str, str] = {}
    for address, resource in found.items():
        # what has the chapter's name may be another part by what it does
        if resource is not None and placed.setdefault(resource.address, address) == address:
            parts.by_address[address] = resource
    parts.imports |= {a: id_ for a, id_ in rules.imports.items() if a in parts.by_address}
    subnets = of_cluster.get("subnet_ids") or [], nodes.subnets(parts.groups)
    there = network.find(state, str(of_cluster.get("vpc_id")), *subnets, made_here=with_network)
    parts.network = dict(there.says)
    parts.by_address.update(there.places)
    parts.notes += [there.note] * bool(there.note)
    parts.absorbed += [*there.absorbs, *rules.absorbs, *openings.inside(state, parts)]
    parts.notes += openings.unsaid(state, parts)
    return parts


def _cluster(state: State, name: str | None) -> Resource:
    clusters = state.of("aws_eks_cluster")
    if not clusters:
        raise StateError("holds no aws_eks_cluster; run `terraform show -json` where it is")
    named = [cluster for cluster in clusters if name in (None, cluster.text("name"))]
    if len(named) != 1:
        names = ", ".join(sorted(cluster.text("name") for cluster in clusters))
        raise StateError(f"holds {len(clusters)} clusters, {names}; choose one by --name")
    (cluster,) = named
    of_services = cluster.block("kubernetes_network_config")
    if of_services.get("ip_family") == "ipv6":
        raise StateError(
            f"holds a cluster whose pods have IPv6 addresses, {cluster.text('name')}, and this "
            "project makes none yet (docs/adr/0031-no-ipv6-yet.md); leave it where it is"
        )
    if cluster.block("compute_config").get("enabled"):
        raise StateError(
            f"holds a cluster whose nodes EKS Auto Mode runs, {cluster.text('name')}, and this "
            "project makes none yet (docs/adr/0025-no-auto-mode-yet.md); leave it where it is"
        )
    if not of_services.get("service_ipv4_cidr"):
        raise StateError(
            f"does not tell all of the cluster {cluster.text('name')}, since a provider of long "
            "ago wrote it; run `terraform apply -refresh-only` there with version 5.100 or newer "
            "of the AWS provider, then `terraform show -json` again"
        )
    return cluster


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
    profile, role = roles.profile_of(state, template), roles.role_of(state, template)
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
