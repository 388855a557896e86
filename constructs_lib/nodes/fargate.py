"""Pods without nodes of one's own: Fargate profiles."""

from collections.abc import Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.eks_fargate_profile import (
    EksFargateProfile,
    EksFargateProfileSelector,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes.images import NodeImages
from constructs_lib.nodes.machine import Machine
from constructs_lib.nodes.place import subnet_ids
from constructs_lib.spec import FargateSpec


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
