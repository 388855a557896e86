"""A cluster: the fields of ``clusters/<name>.yaml``, their defaults and their rules.

The text under a field is its documentation and the text of `clusters/schema.json`. Rules that need
two fields sit on the later one and look at the earlier through `ValidationInfo.data`, so that every
field is judged even when another is wrong. Nothing here imports CDKTF: a spec is checked in
milliseconds.
"""

import ipaddress
import re
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, ValidationInfo, field_validator

from constructs_lib import naming
from constructs_lib.spec.access import ADMIN_GROUP, IdentitySpec, MapRoleSpec, MapUserSpec
from constructs_lib.spec.addons import AddonSpec, ManifestKey, ManifestSpec
from constructs_lib.spec.adoption import AdoptedSpec, AsPrintedSpec, SecurityGroupNameSpec
from constructs_lib.spec.bastion import BastionSpec
from constructs_lib.spec.control_plane import ControlPlaneSpec
from constructs_lib.spec.networking import MAX_VPC_PREFIX, MAX_ZONES, MIN_VPC_PREFIX, MIN_ZONES
from constructs_lib.spec.nodes import NodeGroupKey, NodeGroupSpec
from constructs_lib.spec.pod_identity import Kube2iamSpec
from constructs_lib.spec.section import Matching, Section, wrong
from constructs_lib.spec.security_groups import IngressKey, NodeIngressSpec
from constructs_lib.spec.state import StateSpec
from constructs_lib.spec.types import AccountId, Cidr, Key, Region, Text, unique
from constructs_lib.tables import kubernetes_versions

MAX_CLUSTER_NAME = naming.ROLE_NAME_LIMIT - len(naming.control_plane(""))
"""Characters: what the longest role name leaves."""

CLUSTER_NAME_PATTERN = rf"(?!sg-)[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_CLUSTER_NAME - 1}}}"
"""EC2 keeps names of security groups that start with sg- for itself.
https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, shortened."""


def _zones_of(info: ValidationInfo) -> tuple[str, ...]:
    zones: tuple[str, ...] = info.data.get("availability_zones") or ()
    return zones


class ClusterSpec(Section):
    """A Kubernetes cluster on AWS."""

    name: Annotated[
        str,
        Matching(
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

    availability_zones: Annotated[tuple[str, ...], Strict(False), AfterValidator(unique)]
    """Two or three zones of the region. Append new ones at the end: the subnets are numbered in
    this order, and an insertion would replace those behind it."""

    vpc_cidr: Cidr = "10.1.0.0/16"
    """Range of the VPC, /16 to /20. Pods take their addresses from it too. It cannot be
    changed: another range is another cluster."""

    kubernetes_version: str = kubernetes_versions.DEFAULT
    """Kubernetes minor version, in quotes. It moves up one minor version at a time."""

    state: StateSpec | None = None
    """Where Terraform keeps its state; by default in a file in the checkout."""

    control_plane: Annotated[ControlPlaneSpec, Field(validate_default=True)] = ControlPlaneSpec()
    """The Kubernetes API that EKS runs."""

    node_groups: dict[NodeGroupKey, NodeGroupSpec]
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

    @field_validator("availability_zones")
    @classmethod
    def _zones_fit(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        region = info.data.get("region")
        for zone in zones:
            if region is not None and not re.fullmatch(rf"{re.escape(region)}[a-z]", zone):
                wrong(f"is not a zone of {region}", f"write one like {region}a", got=zone)
        if len(zones) < MIN_ZONES:
            wrong(
                "is too short a list: EKS wants at least two zones",
                "name two or three",
                got=f"{len(zones)} zone" + "s" * (len(zones) != 1),
            )
        if len(zones) > MAX_ZONES:
            wrong(
                "is too long a list: a fourth private subnet runs past the VPC's range",
                "name two or three",
                got=f"{len(zones)} zones",
            )
        return zones

    @field_validator("kubernetes_version")
    @classmethod
    def _eks_offers_the_version(cls, version: str, info: ValidationInfo) -> str:
        today = (info.context or {}).get("today", kubernetes_versions.AS_OF)
        if found := kubernetes_versions.problem(version, today):
            wrong(*found)
        return version

    @field_validator("vpc_cidr")
    @classmethod
    def _vpc_fits_its_subnets(cls, cidr: str) -> str:
        prefix = ipaddress.IPv4Network(cidr).prefixlen
        if prefix < MIN_VPC_PREFIX:
            wrong("is larger than AWS allows a VPC to be", "use a prefix from /16 to /20")
        if prefix > MAX_VPC_PREFIX:
            wrong(
                f"is too small for its subnets: the public ones would be /{prefix + 8}, "
                "and AWS allows /28 at least",
                "use a prefix from /16 to /20",
            )
        return cidr

    @field_validator("control_plane")
    @classmethod
    def _control_plane_fits_the_network(
        cls, control_plane: ControlPlaneSpec, info: ValidationInfo
    ) -> ControlPlaneSpec:
        service, vpc = control_plane.service_ipv4_cidr, info.data.get("vpc_cidr")
        if vpc and ipaddress.IPv4Network(service).overlaps(ipaddress.IPv4Network(vpc)):
            wrong(
                f"has a service_ipv4_cidr that overlaps vpc_cidr {vpc}",
                "choose another private range, like 10.100.0.0/16 or 172.20.0.0/16",
                got=service,
            )
        chosen, zones = control_plane.availability_zones, _zones_of(info)
        if chosen is not None and zones:
            for zone in chosen:
                if zone not in zones:
                    wrong(
                        "names a zone that is not among availability_zones",
                        f"use those of {', '.join(zones)}",
                        got=zone,
                    )
            if len(chosen) < MIN_ZONES:
                wrong(
                    "has too few availability_zones: EKS wants at least two",
                    f"use two or more of {', '.join(zones)}, or leave them out for all",
                    got=f"{len(chosen)} zone" + "s" * (len(chosen) != 1),
                )
        return control_plane

    @field_validator("node_groups")
    @classmethod
    def _some_nodes(cls, groups: dict[str, NodeGroupSpec]) -> dict[str, NodeGroupSpec]:
        if not groups:
            wrong("is empty, so nothing could run", "add a group, like node: {}", got="")
        return groups

    @field_validator("bastion")
    @classmethod
    def _bastion_has_a_key(
        cls, bastion: BastionSpec | None, info: ValidationInfo
    ) -> BastionSpec | None:
        if bastion is not None and "key_name" in info.data and info.data["key_name"] is None:
            wrong(
                "has no key, so nobody could log in",
                "add key_name with the name of an EC2 key pair",
                got="no key_name",
            )
        return bastion

    @field_validator("map_roles", "map_users")
    @classmethod
    def _access_entries_take_the_groups(
        cls, identities: tuple[IdentitySpec, ...], info: ValidationInfo
    ) -> tuple[IdentitySpec, ...]:
        if info.data.get("access") == "access_entries":
            for group in (group for identity in identities for group in identity.groups):
                if group.startswith("system:") and group != ADMIN_GROUP:
                    wrong(
                        "holds a group that EKS refuses in access entries",
                        "use system:masters or a group without system: in front",
                        got=group,
                    )
        return identities

    @field_validator("map_users")
    @classmethod
    def _identities_differ(
        cls, users: tuple[MapUserSpec, ...], info: ValidationInfo
    ) -> tuple[MapUserSpec, ...]:
        arns = [role.rolearn for role in info.data.get("map_roles") or ()]
        arns += [user.userarn for user in users]
        for before, after in pairwise(sorted(arns)):
            if before == after:
                wrong("maps one principal twice", "keep one entry", got=after)
        if info.data.get("access") == "access_entries":
            by_address: dict[str, str] = {}
            for arn in arns:
                other = by_address.setdefault(naming.principal(arn), arn)
                if other != arn:
                    wrong(
                        f"maps two principals whose address would be {naming.principal(arn)}",
                        f"rename one of the two, the other is {other}",
                        got=arn,
                    )
        return users

    @field_validator("adopted")
    @classmethod
    def _adopted_keeps_its_range(
        cls, adopted: AdoptedSpec | None, info: ValidationInfo
    ) -> AdoptedSpec | None:
        if adopted is None:
            return adopted
        control_plane = info.data.get("control_plane")
        if control_plane and "service_ipv4_cidr" not in control_plane.model_fields_set:
            wrong(
                "needs control_plane.service_ipv4_cidr: another range replaces the cluster",
                "write the one that the state has; `python -m adopt` prints it",
                got="",
            )
        if info.data.get("bastion") and adopted.bastion_security_group is None:
            wrong(
                "needs bastion_security_group: another group shuts the bastion out",
                "write the group's name and description; `python -m adopt` prints them",
                got="",
            )
        for key in (*adopted.autoscaling_groups, *adopted.launch_templates):
            _is_a_node_group(key, info)
        return adopted

    @field_validator("as_printed")
    @classmethod
    def _printed_fits(
        cls, printed: AsPrintedSpec | None, info: ValidationInfo
    ) -> AsPrintedSpec | None:
        if printed is None:
            return printed
        if info.data.get("adopted", True) is None:
            wrong(
                "is for clusters that exist, and only the section adopted can say which one does",
                "add adopted, or delete this section",
                got="",
            )
        if printed.authentication_mode == "CONFIG_MAP" and (
            info.data.get("access") == "access_entries"
        ):
            wrong(
                "has the authentication_mode CONFIG_MAP, in which EKS refuses access entries",
                "delete the mode here and apply, before access: access_entries",
                got="",
            )
        for key in printed.node_groups:
            _is_a_node_group(key, info)
        return printed

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


def _is_a_node_group(key: str, info: ValidationInfo) -> None:
    groups = info.data.get("node_groups")
    if groups and key not in groups:
        wrong(
            "names a node group that node_groups has not",
            f"use one of {', '.join(groups)}, or delete the line",
            got=key,
        )
