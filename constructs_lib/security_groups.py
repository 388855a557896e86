"""Who may talk to whom: the groups of control plane and nodes, and their openings."""

from collections.abc import Mapping
from typing import Any

from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupEgress
from cdktf_cdktf_provider_aws.security_group_rule import SecurityGroupRule
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.spec import ControlPlaneIngressSpec, NodeIngressSpec
from constructs_lib.spec.networking import EVERYWHERE
from constructs_lib.tables.openings import ANY_PROTOCOL, OPENINGS

HTTPS = 443
"""The port of the Kubernetes API."""


class SecurityGroups(Construct):
    """The security groups of the control plane and of the nodes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        node_ingress: Mapping[str, NodeIngressSpec],
        control_plane_ingress: Mapping[str, ControlPlaneIngressSpec],
        *,
        cluster: Identity,
        network: Networking,
    ) -> None:
        """Make both groups, the openings between them, and those of the spec by key."""
        super().__init__(scope, id_)
        vpc_id = network.vpc.id
        nodes = naming.nodes(cluster.name)
        self.control_plane = SecurityGroup(
            self,
            "aws_security_group.control_plane",
            name=naming.control_plane(cluster.name),
            description=f"EKS Cluster {cluster.name}",
            vpc_id=vpc_id,
            egress=[egress_everywhere()],
            tags={"Name": cluster.name},
        )
        self.nodes = SecurityGroup(
            self,
            "aws_security_group.nodes",
            name=nodes,
            description="Security group for all nodes in the cluster",
            vpc_id=vpc_id,
            egress=[egress_everywhere()],
            tags={"Name": nodes, cluster.tag: "owned"},
        )
        group_ids = {"control_plane": self.control_plane.id, "nodes": self.nodes.id}
        for opening in OPENINGS:
            SecurityGroupRule(
                self,
                opening.address,
                type="ingress",
                security_group_id=group_ids[opening.target],
                source_security_group_id=None if opening.by_self else group_ids[opening.source],
                self_attribute=True if opening.by_self else None,
                protocol=opening.protocol,
                from_port=opening.from_port,
                to_port=opening.to_port,
                description=opening.description,
            )
        open_nodes(self, "nodes", node_ingress, self.nodes)
        for key, ingress in control_plane_ingress.items():
            why = ingress.description
            if ingress.cidr_blocks is not None:
                self.open_api(self, key, why, cidr_blocks=list(ingress.cidr_blocks))
            for group in ingress.security_groups or ():
                self.open_api(self, f"{key}-{group}", why, source_security_group_id=group)

    def open_api(self, scope: Construct, key: str, description: str, **source: Any) -> None:
        """Let `source`, ranges or a group, reach the Kubernetes API inside the VPC."""
        SecurityGroupRule(
            scope,
            f"aws_security_group_rule.{naming.opening('control_plane', key)}",
            type="ingress",
            security_group_id=self.control_plane.id,
            protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            description=description,
            **source,
        )


def open_nodes(
    scope: Construct, address: str, openings: Mapping[str, NodeIngressSpec], group: SecurityGroup
) -> None:
    """Let in through `group` what `openings` say; their rules are ``<address>-ingress-<key>``."""
    for key, spec in openings.items():
        for name, ranges in _rules(key, spec).items():
            SecurityGroupRule(
                scope,
                f"aws_security_group_rule.{naming.opening(address, name)}",
                type="ingress",
                security_group_id=group.id,
                cidr_blocks=ranges,
                protocol=spec.protocol,
                from_port=spec.from_port,
                to_port=spec.last_port,
                description=spec.description,
            )


def _rules(key: str, spec: NodeIngressSpec) -> dict[str, list[str]]:
    """The ranges of each rule of an opening, by the end of its address."""
    if not spec.rule_per_range:
        return {key: list(spec.cidr_blocks)}
    return {f"{key}-{naming.of_range(cidr)}": [cidr] for cidr in spec.cidr_blocks}


def egress_everywhere() -> SecurityGroupEgress:
    """Everything may go out, as in the chapter: images, AWS APIs and the pods' own traffic."""
    return SecurityGroupEgress(
        protocol=ANY_PROTOCOL,
        from_port=0,
        to_port=0,
        cidr_blocks=[EVERYWHERE],
        description="Everything out",
    )
