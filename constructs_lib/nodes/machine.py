"""What a node starts with, whatever kind of group it is in."""

from dataclasses import dataclass
from typing import Any

from cdktf import Fn, TerraformLocal
from constructs import Construct

from constructs_lib import naming
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.role import NodeRole
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import NodeGroupSpec
from constructs_lib.tables import user_data


@dataclass(frozen=True)
class Machine:
    """What the nodes of one cluster have in common: role, security group, connection, SSH key."""

    role: NodeRole
    groups: SecurityGroups
    connection: user_data.ClusterConnection
    key_name: str | None

    def arguments(self, spec: NodeGroupSpec, images: NodeImages) -> dict[str, Any]:
        """What a launch template and a launch configuration call by the same names."""
        return {
            "image_id": images.id_for(spec),
            "instance_type": spec.types[0],
            "key_name": self.key_name,
        }

    def user_data(self, scope: Construct, key: str, spec: NodeGroupSpec) -> str | None:
        """The user data of the group `key` in base64; none where the image wants none."""
        text = user_data.render(
            spec.image.family,
            cluster=self.connection,
            labels=spec.labels,
            taints=[taint.rendered() for taint in spec.taints],
            max_pods=spec.max_pods,
        )
        if not text:
            return None
        name = f"local.{naming.node_group_address(key)}_user_data"
        return Fn.base64encode(TerraformLocal(scope, name, text).as_string)


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
