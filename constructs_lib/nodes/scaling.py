"""The autoscaling group of nodes that the cluster runs itself."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cdktf import ITerraformDependable, Token
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupInstanceRefresh,
    AutoscalingGroupTag,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.role import NodeRole
from constructs_lib.spec import NodeGroupSpec


def autoscaling_group(
    scope: Construct,
    key: str,
    spec: NodeGroupSpec,
    *,
    launch: Mapping[str, Any],
    cluster: Identity,
    network: Networking,
    role: NodeRole,
    granted: Sequence[ITerraformDependable],
) -> AutoscalingGroup:
    """Make the autoscaling group of the node group `key`, in the private subnets.

    Its nodes start when `granted` has let them in, and they may pull images and reach the
    internet. How many there are is an autoscaler's to say, so there is no desired capacity.
    """
    name = naming.node_group(cluster.name, key)
    return AutoscalingGroup(
        scope,
        f"aws_autoscaling_group.{naming.node_group_address(key)}",
        name=name,
        min_size=spec.min_size,
        max_size=spec.max_size,
        vpc_zone_identifier=_subnet_ids(spec, network),
        suspended_processes=list(spec.suspended_processes) or None,
        **launch,
        instance_refresh=AutoscalingGroupInstanceRefresh(strategy="Rolling")
        if spec.instance_refresh
        else None,
        tag=[
            AutoscalingGroupTag(key="Name", value=name, propagate_at_launch=True),
            AutoscalingGroupTag(key=cluster.tag, value="owned", propagate_at_launch=True),
            *(
                AutoscalingGroupTag(key=tag, value=value, propagate_at_launch=False)
                for tag, value in _for_cluster_autoscaler(spec, cluster).items()
            ),
        ],
        depends_on=[*granted, *role.attachments, *network.ways_out],
    )


def _subnet_ids(spec: NodeGroupSpec, network: Networking) -> list[str]:
    """The private subnets, or those in the group's zones."""
    if spec.availability_zones is None:
        return network.private_subnet_ids
    # a construct's id is its address
    return Token.as_list(
        f"${{[for subnet in {network.private_subnets.node.id} : subnet.id "
        f"if contains({json.dumps(spec.availability_zones)}, subnet.availability_zone)]}}"
    )


def _for_cluster_autoscaler(spec: NodeGroupSpec, cluster: Identity) -> dict[str, str]:
    """The tags by which cluster-autoscaler finds a group, and knows of the nodes it would have.

    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
    """
    if not spec.cluster_autoscaler_tags:
        return {}
    prefix = "k8s.io/cluster-autoscaler"
    template = f"{prefix}/node-template"
    return {
        f"{prefix}/enabled": "enabled",
        f"{prefix}/{cluster.name}": "owned",
        **{f"{template}/label/{key}": value for key, value in spec.labels.items()},
        **{f"{template}/taint/{t.key}": f"{t.value}:{t.effect}" for t in spec.taints},
    }
