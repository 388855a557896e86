"""What a node starts with, whatever kind of group it is in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdktf import Fn, TerraformLocal
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.max_pods import MaxPods
from constructs_lib.nodes.role import NodeRoles
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import ManagedNodeGroupSpec, NodeGroupSpec
from constructs_lib.tables import user_data
from constructs_lib.terraform.literals import literal


@dataclass(frozen=True)
class Machine:
    """What the nodes of one cluster have in common: roles, groups, connection, key, pod limits."""

    roles: NodeRoles
    groups: SecurityGroups
    connection: user_data.ClusterConnection
    key_name: str | None
    max_pods: MaxPods

    def arguments(self, spec: NodeGroupSpec, images: NodeImages) -> dict[str, Any]:
        """What a launch template and a launch configuration call by the same names."""
        return {
            "image_id": images.id_for(spec),
            "instance_type": spec.types[0],
            "key_name": spec.key_name or self.key_name,
        }

    def user_data(self, scope: Construct, key: str, spec: NodeGroupSpec) -> str | None:
        """The user data of the group `key` in base64; none where the image wants none."""
        by_eks = isinstance(spec, ManagedNodeGroupSpec) and spec.runs_image_of_eks
        node = spec.told(self.max_pods.of(spec))
        node = replace(node, before=literal(node.before), after=literal(node.after))
        if by_eks:
            node = replace(node, labels={}, taints=())
        cluster = None if by_eks else self.connection
        text = user_data.render(spec.image.family, node, cluster=cluster)
        if not text:
            return None
        name = f"local.{naming.node_group_address(key)}_user_data"
        return Fn.base64encode(TerraformLocal(scope, name, text).as_string)


def tag_specifications(
    cluster: Identity, **named: Mapping[str, str]
) -> list[LaunchTemplateTagSpecifications]:
    """The tags of what a launch template starts: those of `named`, and the organisation's.

    These make a new version of the template where they change: with a change of the template's own
    tags alone, a group that follows its latest version would end in "inconsistent final plan".
    https://github.com/hashicorp/terraform-provider-aws/issues/43559
    """
    if cluster.tags:
        named = {"instance": {}, "network-interface": {}, **named}
    return [
        LaunchTemplateTagSpecifications(resource_type=kind, tags={**cluster.tags, **tags})
        for kind, tags in sorted(named.items())
    ]


def metadata_options(spec: NodeGroupSpec) -> dict[str, Any] | None:
    """Who reaches the instance metadata service; nothing leaves it to the image and the account.

    A hop limit of one keeps pods off the node's own credentials.
    """
    if spec.metadata.http_tokens == "optional":
        return None
    return {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
