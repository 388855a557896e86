"""The node groups of a cluster: which they are, and what a spec says of each."""

import base64
import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from adopt.parts import MAX_KEY, SHARED, Parts
from adopt.roles import joins
from adopt.state import Resource, State
from constructs_lib import naming
from constructs_lib.spec.nodes.machine import EFFECTS_OF_EKS
from constructs_lib.tables import node_image

Spec = dict[str, Any]
Group = Mapping[str, Resource]

SELF_MANAGED, MANAGED, FARGATE = (
    "aws_autoscaling_group",
    "aws_eks_node_group",
    "aws_eks_fargate_profile",
)

_SAYS_NOTHING = {"default", "main", "this"}
"""Names of blocks in modules."""

_SMALLEST_VOLUME = 20
"""GiB that a spec takes at least."""

_ROOT_DEVICES = [
    node_image.root_device_name(family) for family in ("bottlerocket", "al2023", "ubuntu-eks")
]
"""Bottlerocket's first, whose system has the root device of another family to itself."""

_DEFAULT_IOPS, _DEFAULT_THROUGHPUT, _SECONDS_OF_A_DAY = 3000, 125, 86_400


def place(state: State, parts: Parts, cluster: Resource) -> None:
    """Place the groups that are the cluster's, each under a key of its own."""
    name = cluster.text("name")
    ours = {naming.cluster_tag(name), f"k8s.io/cluster-autoscaler/{name}"}
    for group in _autoscaled(state, ours, cluster.text("arn").split(":")[3]):
        template = _template(state, group)
        if template is None:
            parts.notes.append(
                f"{group.address}: launches neither a launch configuration nor a launch template "
                "of this state, so it has no place here"
            )
            continue
        key = _free_key(parts, group, group.text("name"))
        parts.groups[key] = {SELF_MANAGED: group} | _launched(parts, template)
    for group in state.of(MANAGED):
        if group.text("cluster_name") == name:
            template = _launch_template(state, group.block("launch_template"))
            launched = {MANAGED: group} | _launched(parts, template)
            parts.groups[_free_key(parts, group, group.text("node_group_name"))] = launched
    for profile in state.of(FARGATE):
        if profile.text("cluster_name") == name:
            key = _free_key(parts, profile, profile.text("fargate_profile_name"))
            parts.groups[key] = {FARGATE: profile}


def _autoscaled(state: State, tags: Set[str], region: str) -> list[Resource]:
    """The autoscaling groups with a tag of the cluster; where none has any, those of EKS nodes."""
    groups = [
        group
        for group in state.of(SELF_MANAGED)
        if group.text("region") in ("", region)  # version 6 of the provider has several in a state
    ]
    tagged = [g for g in groups if tags & {entry["key"] for entry in g.blocks("tag")}]
    if tagged or len(state.of("aws_eks_cluster")) > 1:
        return tagged
    return [g for g in groups if (found := _template(state, g)) and joins(state, found)]


def _template(state: State, group: Resource) -> Resource | None:
    """The launch configuration or launch template of an autoscaling group."""
    named = _specification(group) or group.block("launch_template")
    return state.find(
        "aws_launch_configuration", id=group.text("launch_configuration")
    ) or _launch_template(state, named)


def _launched(parts: Parts, template: Resource | None) -> dict[str, Resource]:
    """What a group launches; what another has too is that one's, and only read for this one."""
    if template is None:
        return {}
    of_another = any(template in group.values() for group in parts.groups.values())
    return {SHARED if of_another else template.type: template}


def _launch_template(state: State, named: Mapping[str, Any]) -> Resource | None:
    id_ = named.get("launch_template_id") or named.get("id")
    name = named.get("launch_template_name") or named.get("name")
    by_id = state.find("aws_launch_template", id=id_) if id_ else None
    return by_id or (state.find("aws_launch_template", name=name) if name else None)


def _mixed(group: Resource) -> dict[str, Any]:
    """What a mixed group launches: the block `launch_template` of its policy."""
    found: list[dict[str, Any]] = group.block("mixed_instances_policy").get("launch_template") or []
    return found[0] if found else {}


def _specification(group: Resource) -> dict[str, Any]:
    found: list[dict[str, Any]] = _mixed(group).get("launch_template_specification") or []
    return found[0] if found else {}


def _free_key(parts: Parts, group: Resource, called: str) -> str:
    """A key that a spec may have: the group's own name in the state, made fit and unique."""
    own = group.name if group.key is None else f"{group.name}-{group.key}"
    if group.name in _SAYS_NOTHING and called:
        own = called
    key = re.sub("[^a-z0-9]+", "-", own.lower()).removeprefix("node-").strip("-")
    if group.address.partition(".")[2] == naming.CHAPTER_NODE_GROUP or not key:
        key = naming.CHAPTER_NODE_GROUP
    if not key[0].isalpha():
        key = f"g{key}"
    key = key[:MAX_KEY].rstrip("-")
    number = 2
    free = key
    while free in parts.groups:
        free, number = f"{key[: MAX_KEY - 3]}-{number}", number + 1
    return free


def subnets(groups: Mapping[str, Group]) -> list[str]:
    """The ids of the subnets in which nodes are, or pods on Fargate."""
    found = [
        id_
        for group in groups.values()
        for resource in group.values()
        for id_ in (*resource.texts("vpc_zone_identifier"), *_subnet_ids(resource))
    ]
    return list(dict.fromkeys(found))


def _subnet_ids(resource: Resource) -> list[str]:
    return resource.texts("subnet_ids") if resource.type in (MANAGED, FARGATE) else []


# --- what they are -------------------------------------------------------------------------------


def template_of(group: Group) -> Resource:
    """What a group launches; of a managed one that says nothing, the group."""
    return (
        group.get("aws_launch_configuration")
        or group.get("aws_launch_template")
        or group.get(SHARED)
        or group.get(MANAGED)
        or group[FARGATE]
    )


def _volume(template: Resource) -> dict[str, Any]:
    """The root volume of a launch configuration or template; of Bottlerocket the other one."""
    if template.type == "aws_launch_configuration":
        return template.block("root_block_device")
    mappings = template.blocks("block_device_mappings")
    named = {mapping.get("device_name"): mapping for mapping in reversed(mappings)}
    mapping = next((named[device] for device in _ROOT_DEVICES if device in named), None)
    blocks = (mapping or next(iter(mappings), {})).get("ebs") or [{}]
    volume: dict[str, Any] = blocks[0]
    return volume


def is_autoscaled(group: Group) -> bool:
    """Whether the cluster has the autoscaling group itself."""
    return SELF_MANAGED in group


def sections(groups: Mapping[str, Group]) -> dict[str, Spec]:
    """The section `node_groups`."""
    return {key: _section(group) for key, group in groups.items()}


def _section(group: Group) -> Spec:
    if FARGATE in group:
        return {
            "kind": "fargate",
            "selectors": [
                {
                    "namespace": selector["namespace"],
                    **({"labels": selector["labels"]} if selector.get("labels") else {}),
                }
                for selector in group[FARGATE].blocks("selector")
            ],
        }
    if MANAGED in group:
        return _managed(group)
    scaling, template = group[SELF_MANAGED], template_of(group)
    mixed = _mixed_instances(group)
    return {
        **({"mixed_instances": mixed} if mixed else _instance_type(template)),
        **_sizes(scaling.values),
        **_volume_size(template),
    }


def _instance_type(template: Resource) -> Spec:
    """The type of the nodes; requirements in place of one are for an override to say."""
    type_ = template.text("instance_type")
    return {"instance_type": type_} if type_ else {}


def _sizes(there: Mapping[str, Any]) -> Spec:
    """Fewest and most nodes; a group that may have none at all is for an override to say."""
    return {key: there[key] for key in ("min_size", "max_size") if there["max_size"]}


def _volume_size(template: Resource) -> Spec:
    """The size of the root volume; one that the spec does not take is for an override to say."""
    size = _volume(template).get("volume_size") or 0
    return {"volume_size_gib": size} if size >= _SMALLEST_VOLUME else {}


def _managed(group: Group) -> Spec:
    nodes, template = group[MANAGED], group.get("aws_launch_template") or group.get(SHARED)
    sizes = nodes.block("scaling_config")
    said: Spec = {
        "kind": "managed",
        **_sizes(sizes),
        "image": {"family": _family_of_eks(nodes)},
    }
    if types := nodes.texts("instance_types"):
        said["instance_types"] = types
    elif template is not None:
        said |= _instance_type(template)
    if nodes.text("capacity_type") == "SPOT":
        said["capacity_type"] = "spot"
    if labels := nodes.values.get("labels"):
        said["labels"] = labels
    if taints := nodes.blocks("taint"):
        said["taints"] = [
            {
                "key": taint["key"],
                **({"value": taint["value"]} if taint.get("value") else {}),
                "effect": EFFECTS_OF_EKS[taint["effect"]],
            }
            for taint in taints
        ]
    if nodes.block("node_repair_config").get("enabled"):
        said["node_repair"] = True
    if template is not None:
        said |= _machine(template)
    return said


def _machine(template: Resource) -> Spec:
    """What a managed group's launch template says of its nodes."""
    volume, said = _volume(template), _volume_size(template)
    if volume and str(volume.get("encrypted")).lower() != "true":
        said["volume"] = {"encrypted": False}
    if volume.get("volume_type") == "gp2":
        said.setdefault("volume", {})["type"] = "gp2"
    if template.block("metadata_options").get("http_tokens") != "required":
        said["metadata"] = {"http_tokens": "optional"}
    image = template.text("image_id")
    if image.startswith("ami-"):
        said["image"] = {"family": _family(template), "id": image}
    return said


def _family_of_eks(nodes: Resource) -> node_image.Family:
    """The family of a managed group whose image EKS chooses."""
    return "bottlerocket" if nodes.text("ami_type").startswith("BOTTLEROCKET") else "al2023"


def _family(template: Resource) -> node_image.Family:
    """The family of an image, which its id does not tell: by user data, or the root's device."""
    with contextlib.suppress(ValueError):
        if b"[settings." in base64.b64decode(template.text("user_data"), validate=True):
            return "bottlerocket"
    device = template.block("block_device_mappings").get("device_name")
    return "al2023" if device in (None, node_image.root_device_name("al2023")) else "ubuntu-eks"


def printed(group: Group) -> Spec:
    """What an autoscaled group has as the chapter printed it."""
    template, scaling = template_of(group), group[SELF_MANAGED]
    said: Spec = {}
    if template.type == "aws_launch_configuration":
        said["launch_configuration"] = template.text("name_prefix") or template.text("name")
    if template.text("image_id").startswith("ami-"):
        said["image_id"] = template.text("image_id")  # any other is for an override to say
    volume = _volume(template)
    if volume.get("volume_type") == "gp2":
        said["volume_type"] = "gp2"
    if str(volume.get("encrypted")).lower() != "true":
        said["volume_encrypted"] = False
    if template.block("metadata_options").get("http_tokens") != "required":
        said["http_tokens"] = "optional"
    tags = {tag["key"] for tag in scaling.values.get("tag") or []}
    if not any(key.startswith("k8s.io/cluster-autoscaler/") for key in tags):
        said["cluster_autoscaler_tags"] = False
    return said


# --- what only some have -------------------------------------------------------------------------


def options(key: str, group: Group, zones: Mapping[str, str]) -> Iterator[Spec]:
    """What a spec may say further of a group; `zones` are those of the private subnets by id."""
    resource = next(group[kind] for kind in (SELF_MANAGED, MANAGED, FARGATE) if kind in group)
    there = resource.texts("vpc_zone_identifier") or _subnet_ids(resource)
    own = [zone for id_, zone in zones.items() if id_ in there]
    if own and set(there) < set(zones):
        yield {key: {"availability_zones": own}}
    if not is_autoscaled(group):
        return
    if suspended := resource.texts("suspended_processes"):
        yield {key: {"suspended_processes": sorted(suspended)}}
    lifetime = resource.values.get("max_instance_lifetime") or 0
    if lifetime and lifetime % _SECONDS_OF_A_DAY == 0:
        yield {key: {"max_lifetime_days": lifetime // _SECONDS_OF_A_DAY}}
    if policy := resource.block("instance_maintenance_policy"):
        yield {key: {"maintenance": policy}}
    volume, template = _volume(template_of(group)), template_of(group)
    further = {
        "kms_key": volume.get("kms_key_id"),
        "iops": _more(volume.get("iops"), _DEFAULT_IOPS),
        "throughput_mib": _more(volume.get("throughput"), _DEFAULT_THROUGHPUT),
    }
    said = {name: value for name, value in further.items() if value}
    if said and template.type == "aws_launch_template" and volume.get("volume_type") != "gp2":
        yield {key: {"volume": said}}


def _more(value: Any, default: int) -> int | None:
    return value if isinstance(value, int) and value > default else None


_OF_THE_DISTRIBUTION = {
    "on_demand_base": "on_demand_base_capacity",
    "on_demand_percentage": "on_demand_percentage_above_base_capacity",
    "on_demand_strategy": "on_demand_allocation_strategy",
    "spot_strategy": "spot_allocation_strategy",
    "spot_pools": "spot_instance_pools",
    "spot_max_price": "spot_max_price",
}


def _mixed_instances(group: Group) -> Spec:
    """The section `mixed_instances`; empty where a group has one type."""
    scaling = group[SELF_MANAGED]
    if not _mixed(scaling):
        return {}
    overrides: Sequence[Mapping[str, Any]] = _mixed(scaling).get("override") or []
    types = [str(over["instance_type"]) for over in overrides if over.get("instance_type")]
    weights = {
        str(over["instance_type"]): int(over["weighted_capacity"])
        for over in overrides
        if over.get("instance_type") and over.get("weighted_capacity")
    }
    there = scaling.block("mixed_instances_policy").get("instances_distribution") or [{}]
    types = types or [*_instance_type(template_of(group)).values()]
    if not types:
        return {}  # requirements in place of types are for an override to say
    said: Spec = {"instance_types": types}
    if weights and weights.keys() == {*types}:
        said["weights"] = weights
    for name, argument in _OF_THE_DISTRIBUTION.items():
        value = there[0].get(argument)
        if value not in (None, "") and not (name == "spot_pools" and not value):
            said[name] = value
    if scaling.values.get("capacity_rebalance"):
        said["capacity_rebalance"] = True
    return said
