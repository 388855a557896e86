"""What each resource of a state is in a cluster of this project: its part, named by our address."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adopt.state import Resource, State, StateError
from constructs_lib import naming
from constructs_lib.tables.openings import OPENINGS, Opening

SSH = 22

MAX_KEY = 30
"""Characters of a node group's key at most."""

CLUSTER = "aws_eks_cluster.control_plane"

CONTROL_PLANE_POLICIES = {
    "eks_cluster": "AmazonEKSClusterPolicy",
    "eks_service": "AmazonEKSServicePolicy",
}
NODE_POLICIES = {
    "eks_node": "AmazonEKSWorkerNodePolicy",
    "eks_node_cni": "AmazonEKS_CNI_Policy",
    "eks_node_ecr": "AmazonEC2ContainerRegistryReadOnly",
}
NODE_POLICY = "aws_iam_role_policy.node"

RULES = tuple(opening.name for opening in OPENINGS)
"""The rules of every cluster; the last part of their addresses."""

OTHER_RULE_NAMES = {"nodes-control_plane-proxy": "nodes-ingress-control_plane"}
"""What the chapter's printed text calls a rule, and what its files do."""

_FIXED = (
    "aws_vpc.k8s",
    "aws_internet_gateway.gateway",
    "aws_eip.nat",
    "aws_nat_gateway.nat_gateway",
    "aws_route_table.public",
    "aws_default_route_table.private",
    CLUSTER,
    "aws_iam_role.control_plane",
    "aws_security_group.control_plane",
    "aws_iam_role.node",
    NODE_POLICY,
    "aws_iam_instance_profile.node",
    "aws_security_group.nodes",
    *(f"aws_iam_role_policy_attachment.{name}" for name in CONTROL_PLANE_POLICIES),
    *(f"aws_iam_role_policy_attachment.{name}" for name in NODE_POLICIES),
    *(f"aws_security_group_rule.{name}" for name in RULES),
    "aws_security_group.ssh_bastion",
    "aws_instance.ssh_bastion",
    f"aws_security_group_rule.{naming.BASTION_RULE}",
)
_EACH_ZONE = (
    "aws_subnet.public",
    "aws_subnet.private",
    "aws_route_table_association.public",
    "aws_route_table_association.private",
)


@dataclass
class Parts:
    """The resources of one cluster by our addresses; a node group's also by its key."""

    by_address: dict[str, Resource]
    groups: dict[str, dict[str, Resource]]
    """By node group, then by the type of the resource."""

    notes: list[str] = field(default_factory=list)
    """What has no place in a spec, in sentences."""

    def get(self, address: str) -> Resource | None:
        """Give the part at one of our addresses."""
        return self.by_address.get(address)

    def of(self, address: str) -> Resource:
        """Give the part at one of our addresses.

        Raises:
            StateError: the state does not have it, and a spec cannot be without.
        """
        if address in self.by_address:
            return self.by_address[address]
        what = address.partition(".")[0]
        raise StateError(
            f"has no {what} that could be {address}; this cluster has another shape, so make a new "
            "one beside it and move the workloads"
        )

    def zones(self, kind: str) -> list[Resource]:
        """Give the instances of ``aws_subnet.<kind>``, in order."""
        found = (self.get(f"aws_subnet.{kind}[{index}]") for index in range(len(self.by_address)))
        return [subnet for subnet in found if subnet is not None]

    def placed(self) -> Iterator[tuple[str, Resource]]:
        """Give every part with its address here."""
        yield from self.by_address.items()
        for key, group in self.groups.items():
            for type_, resource in group.items():
                yield f"{type_}.{naming.node_group_address(key)}", resource


def find(state: State) -> Parts:
    """Find the parts of the one cluster in `state`.

    Raises:
        StateError: there is none, or more than one.
    """
    clusters = state.of("aws_eks_cluster")
    if not clusters:
        raise StateError("holds no aws_eks_cluster; run `terraform show -json` where it is")
    if len(clusters) > 1:
        names = ", ".join(cluster.address for cluster in clusters)
        raise StateError(f"holds {len(clusters)} clusters, {names}; split the state first")
    if state.at(CLUSTER) and state.at("aws_vpc.k8s"):
        return _from_the_chapter(state)
    return _from_relations(state, clusters[0])


def _from_the_chapter(state: State) -> Parts:
    known = {address: r for address in _FIXED if (r := state.at(address)) is not None}
    for other, name in OTHER_RULE_NAMES.items():
        if (rule := state.at(f"aws_security_group_rule.{other}")) is not None:
            known.setdefault(f"aws_security_group_rule.{name}", rule)
    known |= {r.address: r for r in state.resources if r.whole_address in _EACH_ZONE}
    parts = Parts(known, {})
    _add_groups(state, parts, known[CLUSTER])
    return parts


def _add_groups(state: State, parts: Parts, cluster: Resource) -> None:
    """Place the autoscaling groups that are the cluster's, each under a key of its own."""
    tag = naming.cluster_tag(cluster.text("name"))
    for group in state.of("aws_autoscaling_group"):
        tags = {entry["key"] for entry in group.blocks("tag")}
        if tag in tags or f"k8s.io/cluster-autoscaler/{cluster.text('name')}" in tags:
            _add_group(state, parts, _free_key(parts, group), group)


def _free_key(parts: Parts, group: Resource) -> str:
    """A key that a spec may have: the group's own name in the state, made fit and unique."""
    own = group.name if group.key is None else f"{group.name}-{group.key}"
    key = re.sub("[^a-z0-9]+", "-", own.lower()).removeprefix("node-").strip("-")
    if group.address == f"aws_autoscaling_group.{naming.CHAPTER_NODE_GROUP}" or not key:
        key = naming.CHAPTER_NODE_GROUP
    if not key[0].isalpha():
        key = f"g{key}"
    key = key[:MAX_KEY].rstrip("-")
    number = 2
    free = key
    while free in parts.groups:
        free, number = f"{key[: MAX_KEY - 3]}-{number}", number + 1
    return free


def _add_group(state: State, parts: Parts, key: str, group: Resource) -> None:
    """Place an autoscaling group and what it launches."""
    launched = {"aws_autoscaling_group": group}
    template = group.block("launch_template")
    if configuration := state.find(
        "aws_launch_configuration", id=group.text("launch_configuration")
    ):
        launched["aws_launch_configuration"] = configuration
    elif found := state.find("aws_launch_template", id=template.get("id")):
        launched["aws_launch_template"] = found
    else:
        parts.notes.append(
            f"{group.address}: launches neither a launch configuration nor a launch template of "
            "this state, so it has no place here"
        )
        return
    parts.groups[key] = launched


def _tables_to_the_internet(state: State) -> set[str]:
    """The ids of the route tables that lead to an internet gateway: what makes a subnet public.

    https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html#subnet-types
    """
    inside = {
        table.id
        for type_ in ("aws_route_table", "aws_default_route_table")
        for table in state.of(type_)
        if any(
            str(route.get("gateway_id") or "").startswith("igw-") for route in table.blocks("route")
        )
    }
    beside = {
        route.text("route_table_id")
        for route in state.of("aws_route")
        if route.text("gateway_id").startswith("igw-")
    }
    return inside | beside


# --- any other cluster -------------------------------------------------------------------------


def _from_relations(state: State, cluster: Resource) -> Parts:
    """Follow the ids that the resources give each other, from the cluster outwards."""
    found: dict[str, Resource | None] = {CLUSTER: cluster}
    parts = Parts({}, {})
    network = cluster.block("vpc_config")
    vpc_id = network.get("vpc_id")
    role = state.find("aws_iam_role", arn=cluster.text("role_arn"))
    found["aws_vpc.k8s"] = state.find("aws_vpc", id=vpc_id)
    found["aws_iam_role.control_plane"] = role
    found["aws_security_group.control_plane"] = next(
        (
            group
            for id_ in network.get("security_group_ids") or []
            if (group := state.find("aws_security_group", id=id_))
        ),
        None,
    )
    found |= _attachments(state, role, CONTROL_PLANE_POLICIES)
    found |= _network(state, str(vpc_id))
    _add_groups(state, parts, cluster)
    for launched in list(parts.groups.values())[:1]:
        found |= _nodes(state, launched)
    groups = {kind: found.get(f"aws_security_group.{kind}") for kind in ("control_plane", "nodes")}
    found |= {rule.address: _rule(state, rule, groups) for rule in OPENINGS}
    found[NODE_POLICY] = _assume_policy(state, found.get("aws_iam_role.node"))
    found |= _bastion(state, groups["nodes"])
    parts.by_address.update({address: r for address, r in found.items() if r is not None})
    return parts


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


def _bastion(state: State, nodes: Resource | None) -> dict[str, Resource | None]:
    """The instance from whose security group the nodes take SSH, and the two rules."""
    for rule in state.of("aws_security_group_rule"):
        ports = rule.values.get("from_port"), rule.values.get("to_port")
        if nodes is None or rule.text("security_group_id") != nodes.id or ports != (SSH, SSH):
            continue
        group = state.find("aws_security_group", id=rule.text("source_security_group_id"))
        for instance in state.of("aws_instance") if group is not None else ():
            if group is not None and group.id in instance.texts("vpc_security_group_ids"):
                return {
                    "aws_instance.ssh_bastion": instance,
                    "aws_security_group.ssh_bastion": group,
                    f"aws_security_group_rule.{naming.BASTION_RULE}": rule,
                }
    return {}


def _opens(rule: Resource, opening: Opening) -> bool:
    """Whether a rule is for what `opening` is for, whatever its exact ports."""
    if opening.by_self:
        return True
    if rule.text("protocol") not in ("tcp", "-1"):
        return False
    first, last = rule.values.get("from_port") or 0, rule.values.get("to_port") or 0
    one_port = opening.from_port == opening.to_port
    return bool((first, last) == (opening.from_port, opening.to_port)) if one_port else last > first


def _nodes(state: State, launched: dict[str, Resource]) -> dict[str, Resource | None]:
    """Role, profile and security group of the nodes that a group launches."""
    template = launched.get("aws_launch_template") or launched["aws_launch_configuration"]
    profile_name = template.values.get("iam_instance_profile")
    if isinstance(profile_name, list):
        first: dict[str, Any] = (profile_name or [{}])[0]
        profile_name = first.get("name") or str(first.get("arn") or "").rpartition("/")[2]
    profile = state.find("aws_iam_instance_profile", name=profile_name)
    role = profile and state.find("aws_iam_role", name=profile.text("role"))
    groups = (
        template.texts("security_groups")
        or template.texts("vpc_security_group_ids")
        or [str(id_) for id_ in template.block("network_interfaces").get("security_groups") or []]
    )
    return {
        "aws_iam_instance_profile.node": profile,
        "aws_iam_role.node": role,
        "aws_security_group.nodes": next(
            (group for id_ in groups if (group := state.find("aws_security_group", id=id_))), None
        ),
        **_attachments(state, role, NODE_POLICIES),
    }


def _attachments(
    state: State, role: Resource | None, policies: dict[str, str]
) -> dict[str, Resource | None]:
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


def _network(state: State, vpc_id: str) -> dict[str, Resource | None]:
    """Subnets by zone, and the ways in and out."""
    found: dict[str, Resource | None] = {
        "aws_internet_gateway.gateway": state.find("aws_internet_gateway", vpc_id=vpc_id),
        "aws_default_route_table.private": state.find("aws_default_route_table", vpc_id=vpc_id),
    }
    subnets = sorted(
        (r for r in state.of("aws_subnet") if r.text("vpc_id") == vpc_id),
        key=lambda r: (r.text("availability_zone"), r.text("cidr_block")),
    )
    outside = _tables_to_the_internet(state)
    tables = {
        r.text("subnet_id"): r.text("route_table_id")
        for r in state.of("aws_route_table_association")
    }
    public = [r for r in subnets if tables.get(r.id) in outside]
    private = [r for r in subnets if r not in public]
    for kind, group in (("public", public), ("private", private)):
        for index, subnet in enumerate(group):
            found[f"aws_subnet.{kind}[{index}]"] = subnet
            found[f"aws_route_table_association.{kind}[{index}]"] = state.find(
                "aws_route_table_association", subnet_id=subnet.id
            )
    first = found.get("aws_route_table_association.public[0]")
    if first is not None:
        found["aws_route_table.public"] = state.find(
            "aws_route_table", id=first.text("route_table_id")
        )
    gateway = next(
        (
            gateway
            for subnet in public
            if (gateway := state.find("aws_nat_gateway", subnet_id=subnet.id))
        ),
        None,
    )
    found["aws_nat_gateway.nat_gateway"] = gateway
    if gateway is not None:
        found["aws_eip.nat"] = state.find("aws_eip", id=gateway.text("allocation_id"))
    return found
