"""Roles for controllers whose charts are the owner's."""

from collections.abc import Sequence

from cdktf import TerraformOutput
from constructs import Construct

from constructs_lib import naming
from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.nodes.role import NodeRoles
from constructs_lib.pod_identity.roles import PodRole, Trust
from constructs_lib.spec import ControllersSpec, PodRoleSpec, StatementSpec
from constructs_lib.tables import controllers


class Controllers(Construct):
    """The role of each controller of the spec, and its association with the chart's account."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: ControllersSpec,
        *,
        cluster: Identity,
        control_plane: ControlPlane,
        roles: NodeRoles,
        trust: Trust,
    ) -> None:
        """Make them; an output says the ARNs, for the annotations of charts where IRSA is used."""
        super().__init__(scope, id_)
        arns = {}
        for name in spec.wanted():
            role = PodRole(
                self,
                name,
                _rights(name, spec, cluster, control_plane, roles),
                address=name,
                name=naming.controller(cluster.name, name),
                cluster=cluster,
                trust=trust,
            )
            arns[name] = role.arn
            role.associate(control_plane.connection.name)
        if arns:
            TerraformOutput(
                scope,
                "output.controller_role_arns",
                value=arns,
                description="The roles of controllers, for eks.amazonaws.com/role-arn",
            )


def _rights(
    name: str,
    spec: ControllersSpec,
    cluster: Identity,
    control_plane: ControlPlane,
    roles: NodeRoles,
) -> PodRoleSpec:
    account = controllers.ACCOUNTS[name]
    may: Sequence[controllers.May]
    if name == controllers.LOAD_BALANCERS:
        may = controllers.load_balancers(cluster.partition, cluster.name)
    elif name == controllers.EXTERNAL_DNS:
        may = controllers.external_dns(cluster.partition, spec.external_dns_zones)
    else:
        may = controllers.karpenter(
            cluster.partition,
            cluster.region,
            cluster.name,
            cluster_arn=control_plane.cluster.arn,
            node_role=roles.own.arn,
            profile=roles.instance_profile.arn,
        )
    return PodRoleSpec.model_construct(
        namespace=account.namespace,
        service_account=account.name,
        statements=tuple(
            StatementSpec.model_construct(
                actions=tuple(each.actions),
                resources=tuple(each.resources),
                conditions=each.conditions,
            )
            for each in may
        ),
    )
