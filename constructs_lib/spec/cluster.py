"""A cluster: the fields of ``clusters/<name>.yaml`` and their defaults.

The text under a field is its documentation and the text of `clusters/schema.json`. A field's own
check stands here; what looks at two fields is a rule (`rules/`).
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import ConfigDict, Strict

from constructs_lib import naming
from constructs_lib.spec.access import Access, AccessSpec, MapRoleSpec, MapUserSpec
from constructs_lib.spec.addons import AddonSpec, ManifestKey, ManifestSpec
from constructs_lib.spec.adoption import AdoptedSpec, AsPrintedSpec
from constructs_lib.spec.bastion import BastionSpec
from constructs_lib.spec.cluster_autoscaler import ClusterAutoscaler, ClusterAutoscalerSpec
from constructs_lib.spec.control_plane import ControlPlaneSpec
from constructs_lib.spec.controllers import ControllersSpec
from constructs_lib.spec.iam import IamSpec
from constructs_lib.spec.lifecycle import LifecycleSpec, Overrides
from constructs_lib.spec.monitoring import MonitoringSpec
from constructs_lib.spec.networking import NetworkingSpec, VpcCidr, Zones
from constructs_lib.spec.nodes import NodeGroup, NodeGroupKey
from constructs_lib.spec.pod_identity import Kube2iamSpec, PodIdentity, PodIdentitySpec, Way
from constructs_lib.spec.section import Check, Section, Wrong, matching
from constructs_lib.spec.security_groups import IngressKey, NodeIngressSpec
from constructs_lib.spec.state import StateSpec
from constructs_lib.spec.storage import StorageSpec
from constructs_lib.spec.tags import Tags
from constructs_lib.spec.types import AccountId, Key, KeyName, Region, RoleArn
from constructs_lib.tables import kubernetes_versions

MAX_CLUSTER_NAME = naming.ROLE_NAME_LIMIT - len(naming.control_plane(""))
"""Characters: what the longest role name leaves."""

CLUSTER_NAME = rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_CLUSTER_NAME - 1}}}"
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, shortened."""

SECURITY_GROUP_ID_START = "sg-"
"""EC2 keeps names of security groups that start so for itself."""


def _eks_offers_the_version(version: str) -> Iterator[Wrong]:
    if found := kubernetes_versions.problem(version):
        yield Wrong((), *found)


def _some_nodes(groups: dict[str, NodeGroup]) -> Iterator[Wrong]:
    if not groups:
        what = "is empty, so nothing could run"
        yield Wrong((), what, "add a group, like node: {}", got=None)


class ClusterSpec(Section):
    """A Kubernetes cluster on AWS."""

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {"bastion": ["key_name"], "as_printed": ["adopted"]}
        }
    )

    name: Annotated[
        str,
        matching(
            f"(?!{SECURITY_GROUP_ID_START}){CLUSTER_NAME}",
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
    """Two or three zones of the region; up to seven with `networking.private_newbits`. Append new
    ones at the end: the subnets are numbered in this order, and an insertion would replace those
    behind it."""

    vpc_cidr: VpcCidr = "10.1.0.0/16"
    """Range of the VPC, /16 to /20 as it is cut by default. Pods take their addresses from it too.
    It cannot be changed: another range is another cluster. Not with `networking.vpc`."""

    role_arn: RoleArn | None = None
    """IAM role that does everything: Terraform's provider and backend, kubectl in an apply and by
    the kubeconfig assume it, with whatever credentials there are. By default these act
    themselves."""

    tags: Tags = {}
    """Tags on every resource that takes some, nodes' instances, volumes and network interfaces
    too, and on the bucket and table of `state.create`. None by default."""

    iam: IamSpec = IamSpec()
    """What the organisation wants of the roles that the cluster makes. Nothing by default."""

    networking: NetworkingSpec = NetworkingSpec()
    """How the VPC is cut, and its ways out; by default as in the chapter."""

    kubernetes_version: Annotated[
        str, Check(_eks_offers_the_version, {"enum": list(kubernetes_versions.offered())})
    ] = kubernetes_versions.DEFAULT
    """Kubernetes minor version, in quotes. It moves up one minor version at a time."""

    state: StateSpec | None = None
    """Where Terraform keeps its state; by default in a file in the checkout."""

    control_plane: ControlPlaneSpec = ControlPlaneSpec()
    """The Kubernetes API that EKS runs."""

    node_groups: Annotated[dict[NodeGroupKey, NodeGroup], Check(_some_nodes, {"minProperties": 1})]
    """Groups of nodes by name. The group `node` takes the chapter's addresses
    (`aws_autoscaling_group.node`), any other `node-<key>`."""

    node_ingress: dict[IngressKey, NodeIngressSpec] = {}
    """Openings in the nodes' security group by name. None by default."""

    key_name: KeyName | None = None
    """EC2 key pair for SSH to nodes and bastion. By default there is none, and no SSH."""

    bastion: BastionSpec | None = None
    """The SSH bastion. By default there is none."""

    access: Access = AccessSpec()
    """How IAM principals get into the cluster: `config_map` (default) or `access_entries`, or a
    mapping that says more."""

    map_roles: Annotated[tuple[MapRoleSpec, ...], Strict(False)] = ()
    """IAM roles that are let into the cluster, besides the nodes' own and its creator."""

    map_users: Annotated[tuple[MapUserSpec, ...], Strict(False)] = ()
    """IAM users that are let into the cluster, besides its creator."""

    pod_identity: PodIdentity = PodIdentitySpec()
    """How pods get IAM roles of their own: `kube2iam` (default), `irsa`, `eks_pod_identity`,
    `none`, or a mapping that says more."""

    kube2iam: Kube2iamSpec = Kube2iamSpec()
    """How kube2iam gives pods IAM roles, where `pod_identity` has it."""

    addons: dict[Key, AddonSpec] = {}
    """EKS add-ons by their names, such as `vpc-cni`. By default the cluster runs the vpc-cni,
    kube-proxy and coredns that EKS installs at its creation, without managing them."""

    storage: StorageSpec = StorageSpec()
    """What makes volumes for pods. Nothing by default."""

    monitoring: MonitoringSpec = MonitoringSpec()
    """What watches nodes and pods. Nothing by default."""

    cluster_autoscaler: ClusterAutoscaler = ClusterAutoscalerSpec()
    """Whether cluster-autoscaler sets how many nodes there are: true or false, or a mapping that
    says more. Off by default."""

    controllers: ControllersSpec = ControllersSpec()
    """Roles for controllers that you install. None by default."""

    manifests: dict[ManifestKey, ManifestSpec] = {}
    """Kubernetes manifests that are applied to the cluster, by name. None by default."""

    lifecycle: LifecycleSpec = LifecycleSpec()
    """What no plan may destroy, and what Terraform leaves as it is."""

    overrides: Overrides = {}
    """Arguments of Terraform that no other section has, by address: laid over what is synthesised.
    A mapping is merged (over a list, its keys are the numbers of items), null removes, anything
    else replaces. `${...}` is Terraform's. None by default."""

    adopted: AdoptedSpec | None = None
    """Names and ids of a cluster that was not made here. By default it was."""

    as_printed: AsPrintedSpec | None = None
    """What an adopted cluster still has as the chapter printed it. By default nothing."""

    @property
    def ways(self) -> tuple[Way, ...]:
        """In which ways pods get roles."""
        return tuple(way for way in self.pod_identity.by if self.gives_roles_by(way))

    def gives_roles_by(self, way: Way) -> bool:
        """Whether pods get roles in a way."""
        return way in self.pod_identity.by and (way != "kube2iam" or self.kube2iam.enabled)
