"""EKS add-ons: what runs in the cluster besides the pods of its users."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.data_aws_eks_addon_version import DataAwsEksAddonVersion
from cdktf_cdktf_provider_aws.eks_addon import EksAddon, EksAddonPodIdentityAssociation
from constructs import Construct

from constructs_lib.addons import cni
from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.nodes import NodeGroups
from constructs_lib.pod_identity.roles import PodIdentity, PodRole, addon_roles
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import AddonSpec, ClusterSpec
from constructs_lib.spec.addons import EKS_DEFAULT
from constructs_lib.spec.wanted_addons import gets_a_role, wanted
from constructs_lib.tables import addon_identities
from constructs_lib.tables.addon_order import VITAL, split
from constructs_lib.terraform.literals import literal


def before_nodes(
    scope: Construct,
    spec: ClusterSpec,
    *,
    cluster: Identity,
    control_plane: ControlPlane,
    network: Networking,
    groups: SecurityGroups,
) -> "Addons":
    """Make the add-ons of `spec` that a node needs to start; vpc-cni is told of the network."""
    first, _ = split(wanted(spec))
    return Addons(
        scope,
        "addons",
        first,
        settings={"vpc-cni": cni.settings(spec.networking, network, groups)},
        cluster=cluster,
        control_plane=control_plane,
        after=(),
    )


def on_nodes(
    scope: "Addons",
    spec: ClusterSpec,
    *,
    cluster: Identity,
    control_plane: ControlPlane,
    nodes: NodeGroups,
    identity: PodIdentity,
) -> None:
    """Make the add-ons of `spec` whose pods need a node, with the roles that they call AWS by."""
    _, later = split(wanted(spec))
    with_role = [name for name in later if gets_a_role(spec, name)]
    Addons(
        scope,
        "on-nodes",
        later,
        settings={},
        cluster=cluster,
        control_plane=control_plane,
        after=nodes.resources,
        roles=addon_roles(identity, with_role, cluster=cluster, trust=identity.own),
        by_association=identity.own.pod_identity,
    )


class Addons(Construct):
    """EKS add-ons, at `aws_eks_addon.<name>`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        specs: Mapping[str, AddonSpec],
        *,
        settings: Mapping[str, Mapping[str, Any]],
        cluster: Identity,
        control_plane: ControlPlane,
        after: Sequence[ITerraformDependable],
        roles: Mapping[str, PodRole] | None = None,
        by_association: bool = False,
    ) -> None:
        """Make each add-on of `specs`, when `after` is there, and delete it before.

        One that EKS installed unmanaged is taken over. Those in `roles` get that role, by Pod
        Identity if `by_association`, else by IRSA. `settings`, by the add-on's name, are those
        of other sections beside its own; they may hold expressions.
        """
        super().__init__(scope, id_)
        roles = roles or {}
        annotated = {} if by_association else {name: role.arn for name, role in roles.items()}
        self.resources = [
            EksAddon(
                self,
                f"aws_eks_addon.{name}",
                cluster_name=control_plane.connection.name,
                addon_name=name,
                addon_version=self._version(name, spec, cluster),
                preserve=(name in VITAL if spec.preserve is None else spec.preserve) or None,
                service_account_role_arn=annotated.get(name, spec.service_account_role_arn),
                pod_identity_association=[
                    EksAddonPodIdentityAssociation(
                        role_arn=roles[name].arn,
                        service_account=addon_identities.POLICIES[name].service_account,
                    )
                ]
                if by_association and name in roles
                else None,
                configuration_values=_values(spec.configuration_values, settings.get(name) or {}),
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="PRESERVE",
                depends_on=[*after, *_rights(roles.get(name))] or None,
            )
            for name, spec in specs.items()
        ]

    def _version(self, name: str, spec: AddonSpec, cluster: Identity) -> str | None:
        if spec.addon_version != EKS_DEFAULT:
            return spec.addon_version
        return DataAwsEksAddonVersion(
            self,
            f"data.aws_eks_addon_version.{name}",
            addon_name=name,
            kubernetes_version=cluster.version,
        ).version


def _rights(role: PodRole | None) -> list[ITerraformDependable]:
    return [] if role is None else role.rights


def _values(own: Mapping[str, Any] | None, others: Mapping[str, Any]) -> str | None:
    """An add-on's `own` settings, to the letter, with those of `others`; none where nobody says."""
    if own is None and not others:
        return None
    values = literal(dict(own or {}))
    for key, value in others.items():
        both = isinstance(value, Mapping) and isinstance(values.get(key), Mapping)
        values[key] = {**values[key], **value} if both else value
    text = json.dumps(values, sort_keys=True)
    # what an expression makes is JSON already
    return re.sub(r'"(\$\{jsonencode\([^"]*\)\})"', r"\1", text)
