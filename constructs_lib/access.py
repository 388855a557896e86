"""Who gets into the cluster: its nodes, and the roles and users of the spec."""

import re
from collections.abc import Sequence
from typing import Any

import yaml
from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.eks_access_entry import EksAccessEntry
from cdktf_cdktf_provider_aws.eks_access_policy_association import (
    EksAccessPolicyAssociation,
    EksAccessPolicyAssociationAccessScope,
)
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.kubectl import Kubectl, KubectlApply
from constructs_lib.nodes.role import NodeRoles
from constructs_lib.spec import ADMIN_GROUP, ClusterSpec, IdentitySpec, MapRoleSpec, MapUserSpec


def grant(
    scope: Construct,
    spec: ClusterSpec,
    *,
    cluster: Identity,
    roles: NodeRoles,
    kubectl: Kubectl,
) -> Sequence[ITerraformDependable]:
    """Let in the nodes' roles and the principals of `spec`, the way that it names.

    Returns what nodes wait for.
    """
    principals = (spec.map_roles, spec.map_users)
    if spec.access.by == "config_map":
        return AwsAuth(scope, "aws-auth", *principals, roles=roles, kubectl=kubectl).granted
    return AccessEntries(
        scope, "access-entries", *principals, cluster=cluster, roles=roles, kubectl=kubectl
    ).granted


class AwsAuth(Construct):
    """The ConfigMap `aws-auth`, by which EKS knows IAM principals: the chapter's way.

    https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        map_roles: Sequence[MapRoleSpec],
        map_users: Sequence[MapUserSpec],
        *,
        roles: NodeRoles,
        kubectl: Kubectl,
    ) -> None:
        """Map the nodes' roles, then `map_roles` and `map_users`.

        EKS maps those of managed nodes and of Fargate by itself. They have to stand here all the
        same, since each apply writes the ConfigMap as a whole.
        """
        super().__init__(scope, id_)
        mapped = [
            *(_nodes(role.arn_in_aws_auth) for role in roles.of_machines),
            *(_fargate(role.arn_in_aws_auth) for role in filter(None, [roles.fargate])),
            *map(_role, map_roles),
        ]
        data = {"mapRoles": _yaml(mapped)}
        if map_users:
            data["mapUsers"] = _yaml([user.model_dump(mode="json") for user in map_users])
        applied = KubectlApply(
            self,
            "kubectl",
            _yaml(
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                    "data": data,
                }
            ),
            address="null_resource.aws_auth",
            kubectl=kubectl,
        )
        self.granted: list[ITerraformDependable] = [applied.resource]


class AccessEntries(Construct):
    """EKS access entries, the successor of aws-auth: resources of AWS instead of a ConfigMap.

    https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        map_roles: Sequence[MapRoleSpec],
        map_users: Sequence[MapUserSpec],
        *,
        cluster: Identity,
        roles: NodeRoles,
        kubectl: Kubectl,
    ) -> None:
        """Let in the nodes' role, then `map_roles` and `map_users`.

        A principal's address ends in its kind, account and name, like
        `aws_eks_access_entry.role-123456789012-admin`.
        """
        super().__init__(scope, id_)
        nodes = EksAccessEntry(
            self,
            "aws_eks_access_entry.node",
            cluster_name=kubectl.connection.name,
            principal_arn=roles.own.arn,
            type="EC2_LINUX",
        )
        self.granted: list[ITerraformDependable] = [nodes]
        principals: dict[str, IdentitySpec] = {mapped.rolearn: mapped for mapped in map_roles}
        principals |= {mapped.userarn: mapped for mapped in map_users}
        for arn, identity in principals.items():
            name = naming.principal(arn)
            entry = EksAccessEntry(
                self,
                f"aws_eks_access_entry.{name}",
                cluster_name=kubectl.connection.name,
                principal_arn=arn,
                type=identity.type if isinstance(identity, MapRoleSpec) else "STANDARD",
                user_name=identity.username,
                kubernetes_groups=[g for g in identity.groups if g != ADMIN_GROUP] or None,
            )
            if ADMIN_GROUP in identity.groups:  # which EKS refuses as a group of an access entry
                EksAccessPolicyAssociation(
                    self,
                    f"aws_eks_access_policy_association.{name}",
                    cluster_name=kubectl.connection.name,
                    principal_arn=entry.principal_arn,
                    policy_arn=f"arn:{cluster.partition}:eks::aws:cluster-access-policy/"
                    "AmazonEKSClusterAdminPolicy",
                    access_scope=EksAccessPolicyAssociationAccessScope(type="cluster"),
                )


def _role(mapped: MapRoleSpec) -> dict[str, Any]:
    """An entry of `mapRoles`, in which EKS wants no path."""
    arn = naming.without_path(mapped.rolearn)
    if mapped.type == "EC2_LINUX":
        return _nodes(arn)
    return {"username": mapped.username, "groups": list(mapped.groups), "rolearn": arn}


def _nodes(arn: str) -> dict[str, Any]:
    """The entry of a role of nodes.

    https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
    """
    return {
        "rolearn": arn,
        "username": "system:node:{{EC2PrivateDNSName}}",
        "groups": ["system:bootstrappers", "system:nodes"],
    }


def _fargate(arn: str) -> dict[str, Any]:
    """The entry of the role by which AWS runs pods on Fargate."""
    return {
        "rolearn": arn,
        "username": "system:node:{{SessionName}}",
        "groups": ["system:bootstrappers", "system:nodes", "system:node-proxier"],
    }


_NOT_TEXT_TO_OTHERS = re.compile(r"[-+]?\.?[0-9].*|[yYnN]", re.DOTALL)
"""What PyYAML writes without quotes and Go's readers take for a number or a truth value, `1e3`
among them. https://yaml.org/spec/1.2.2/#1032-tag-resolution and https://yaml.org/type/bool.html"""


class _Dumper(yaml.SafeDumper):
    """Block style for texts of several lines, quotes for what another reader could misread."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if _NOT_TEXT_TO_OTHERS.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(data: Any) -> str:
    """YAML with long lines uncut, so that Terraform's expressions in it stay whole."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=1_000_000)
    return text
