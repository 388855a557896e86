"""A cluster: the fields of ``clusters/<name>.yaml`` and their defaults.

The text under a field is its documentation and the text of `clusters/schema.json`. A field's own
check stands here; what looks at two fields is a rule (`rules/`).
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Strict

from constructs_lib import naming
from constructs_lib.spec.access import MapRoleSpec, MapUserSpec
from constructs_lib.spec.addons import AddonSpec, ManifestKey, ManifestSpec
from constructs_lib.spec.adoption import AdoptedSpec, AsPrintedSpec, SecurityGroupNameSpec
from constructs_lib.spec.bastion import BastionSpec
from constructs_lib.spec.control_plane import ControlPlaneSpec
from constructs_lib.spec.networking import VpcCidr, Zones
from constructs_lib.spec.nodes import NodeGroupKey, NodeGroupSpec
from constructs_lib.spec.pod_identity import Kube2iamSpec
from constructs_lib.spec.section import Check, Section, Wrong, matching
from constructs_lib.spec.security_groups import IngressKey, NodeIngressSpec
from constructs_lib.spec.state import StateSpec
from constructs_lib.spec.types import AccountId, Key, Region, Text
from constructs_lib.tables import kubernetes_versions

MAX_CLUSTER_NAME = naming.ROLE_NAME_LIMIT - len(naming.control_plane(""))
"""Characters: what the longest role name leaves."""

CLUSTER_NAME_PATTERN = rf"(?!sg-)[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_CLUSTER_NAME - 1}}}"
"""EC2 keeps names of security groups that start with sg- for itself.
https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, shortened."""


def _eks_offers_the_version(version: str) -> Iterator[Wrong]:
    if found := kubernetes_versions.problem(version):
        yield Wrong((), *found)


def _some_nodes(groups: dict[str, NodeGroupSpec]) -> Iterator[Wrong]:
    if not groups:
        what = "is empty, so nothing could run"
        yield Wrong((), what, "add a group, like node: {}", got=None)


class ClusterSpec(Section):
    """A Kubernetes cluster on AWS."""

    name: Annotated[
        str,
        matching(
            CLUSTER_NAME_PATTERN,
            "is not a cluster name",
            f"use 1 to {MAX_CLUSTER_NAME} letters, digits, hyphens and underscores, "
            "starting with a letter or digit, but not with sg-",
        ),
    ]
    """Name of the cluster, of its stack, and the start of every physical name. Another name is
    another cluster."""

    region: Region
    """AWS region."""

    account_id: AccountId | None = None
    """Number of the AWS account, in quotes: Terraform then refuses credentials of any other. By
    default any account will do."""

    availability_zones: Zones
    """Two or three zones of the region. Append new ones at the end: the subnets are numbered in
    this order, and an insertion would replace those behind it."""

    vpc_cidr: VpcCidr = "10.1.0.0/16"
    """Range of the VPC, /16 to /20. Pods take their addresses from it too. It cannot be
    changed: another range is another cluster."""

    kubernetes_version: Annotated[
        str, Check(_eks_offers_the_version, {"enum": list(kubernetes_versions.offered())})
    ] = kubernetes_versions.DEFAULT
    """Kubernetes minor version, in quotes. It moves up one minor version at a time."""

    state: StateSpec | None = None
    """Where Terraform keeps its state; by default in a file in the checkout."""

    control_plane: ControlPlaneSpec = ControlPlaneSpec()
    """The Kubernetes API that EKS runs."""

    node_groups: Annotated[
        dict[NodeGroupKey, NodeGroupSpec], Check(_some_nodes, {"minProperties": 1})
    ]
    """Groups of nodes by name. The group `node` takes the chapter's addresses
    (`aws_autoscaling_group.node`), any other `node-<key>`."""

    node_ingress: dict[IngressKey, NodeIngressSpec] = {}
    """Openings in the nodes' security group by name. None by default."""

    key_name: Text | None = None
    """EC2 key pair for SSH to nodes and bastion. By default there is none, and no SSH."""

    bastion: BastionSpec | None = None
    """The SSH bastion. By default there is none."""

    access: Literal["config_map", "access_entries"] = "config_map"
    """How IAM principals get into the cluster: by the aws-auth ConfigMap (the chapter's way, the
    default) or by EKS access entries, which AWS recommends since it deprecated the ConfigMap."""

    map_roles: Annotated[tuple[MapRoleSpec, ...], Strict(False)] = ()
    """IAM roles that are let into the cluster, besides the nodes' own and its creator."""

    map_users: Annotated[tuple[MapUserSpec, ...], Strict(False)] = ()
    """IAM users that are let into the cluster, besides its creator."""

    kube2iam: Kube2iamSpec = Kube2iamSpec()
    """IAM roles for pods."""

    addons: dict[Key, AddonSpec] = {}
    """EKS add-ons by their names, such as `vpc-cni`. By default the cluster runs the vpc-cni,
    kube-proxy and coredns that EKS installs at its creation, without managing them."""

    manifests: dict[ManifestKey, ManifestSpec] = {}
    """Kubernetes manifests that are applied to the cluster, by name. None by default."""

    adopted: AdoptedSpec | None = None
    """Names and ids of a cluster that was not made here. By default it was."""

    as_printed: AsPrintedSpec | None = None
    """What an adopted cluster still has as the chapter printed it. By default nothing."""

    @property
    def printed(self) -> AsPrintedSpec:
        """What is as the chapter printed it; today's defaults where the spec says nothing."""
        return self.as_printed or AsPrintedSpec()

    def names(self, cluster: str) -> naming.Names:
        """Give every name that AWS cannot change: today's, or those the cluster was adopted with.

        `cluster` is the cluster's name, as text or as Terraform's variable.
        """
        today = naming.Names.of(cluster)
        if (adopted := self.adopted) is None:
            return today
        return naming.Names(
            control_plane_role=adopted.control_plane_role,
            node_role=adopted.node_role,
            node_instance_profile=adopted.node_instance_profile,
            kube2iam_policy=adopted.kube2iam_policy or today.kube2iam_policy,
            control_plane_security_group=_group_name(adopted.control_plane_security_group),
            nodes_security_group=_group_name(adopted.nodes_security_group),
            bastion_security_group=today.bastion_security_group
            if adopted.bastion_security_group is None
            else _group_name(adopted.bastion_security_group),
            autoscaling_groups=adopted.autoscaling_groups,
            launch_templates=adopted.launch_templates,
            cluster=cluster,
        )


def _group_name(spec: SecurityGroupNameSpec) -> naming.SecurityGroupName:
    return naming.SecurityGroupName(spec.name, spec.description)
