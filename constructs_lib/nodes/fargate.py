"""Pods without nodes of one's own: Fargate profiles."""

from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.eks_fargate_profile import (
    EksFargateProfile,
    EksFargateProfileSelector,
)
from cdktf_cdktf_provider_aws.security_group_rule import SecurityGroupRule
from constructs import Construct

from constructs_lib import naming
from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.machine import Machine
from constructs_lib.nodes.place import subnet_ids
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import FargateSpec, NodeGroup
from constructs_lib.tables.openings import ANY_PROTOCOL


def open_for_fargate(
    scope: Construct,
    specs: Mapping[str, NodeGroup],
    *,
    control_plane: ControlPlane,
    groups: SecurityGroups,
) -> list[ITerraformDependable]:
    """Let pods on Fargate and those on nodes reach each other, coredns first of all.

    A pod on Fargate has the security group that EKS makes for the cluster, and nodes have ours.
    https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html
    """
    if not any(spec.kind == "fargate" for spec in specs.values()):
        return []
    of_eks = control_plane.cluster.vpc_config.cluster_security_group_id
    ours = groups.nodes.id
    return [
        SecurityGroupRule(
            scope,
            f"aws_security_group_rule.{name}",
            type="ingress",
            security_group_id=to,
            source_security_group_id=source,
            protocol=ANY_PROTOCOL,
            from_port=0,
            to_port=0,
            description=why,
        )
        for name, source, to, why in (
            ("nodes-ingress-fargate_pods", of_eks, ours, "Pods on Fargate reach those on nodes"),
            ("fargate_pods-ingress-nodes", ours, of_eks, "Pods on nodes reach those on Fargate"),
        )
    ]


class FargateProfile(Construct):
    """The pods that run on Fargate."""

    def __init__(
        self,
        scope: Construct,
        key: str,
        spec: FargateSpec,
        *,
        machine: Machine,
        images: NodeImages,
        cluster: Identity,
        network: Networking,
        granted: Sequence[ITerraformDependable],
    ) -> None:
        """Make the profile `key`. Pods start when `granted` has let them into the cluster.

        EKS makes one profile after the other: the ones before are among `granted`.
        """
        super().__init__(scope, key)
        del images  # AWS's
        role = machine.roles.fargate
        assert role is not None  # noqa: S101 - the stack makes it where a group is of this kind
        self.made = EksFargateProfile(
            self,
            f"aws_eks_fargate_profile.{naming.node_group_address(key)}",
            cluster_name=machine.connection.name,
            fargate_profile_name=naming.node_group(cluster.name, key),
            pod_execution_role_arn=role.arn,
            subnet_ids=subnet_ids(self, key, spec, network),
            selector=[
                EksFargateProfileSelector(
                    namespace=selector.namespace, labels=dict(selector.labels) or None
                )
                for selector in spec.selectors
            ],
            depends_on=[*granted, *role.attachments, *network.ways_out],
        )
