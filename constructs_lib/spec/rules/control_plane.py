"""Who reaches the Kubernetes API, and from which zones it reaches the nodes."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.control_plane import MADE_HERE, ControlPlaneSpec, OidcSpec
from constructs_lib.spec.networking import MIN_ZONES
from constructs_lib.spec.nodes import drained
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong


@rule
def the_api_is_reachable(plane: ControlPlaneSpec) -> Iterator[Wrong]:
    """One of the two endpoints is on."""
    if not plane.endpoint_private_access and not plane.endpoint_public_access:
        yield Wrong(
            ("endpoint_private_access",),
            "is off like endpoint_public_access, so nothing reaches the API",
            "turn one of them on",
        )


@rule
def the_apply_reaches_the_api(spec: ClusterSpec) -> Iterator[Wrong]:
    """Without the public endpoint, kubectl in an apply needs an opening inside the VPC.

    A cluster that was not made here has those of its owner, of which no spec tells.
    """
    plane = spec.control_plane
    if spec.adopted is not None:
        return
    if plane.endpoint_public_access or not plane.endpoint_private_access:
        return
    if applies_manifests(spec) and not api_is_open_inside(spec):
        yield Wrong(
            ("control_plane", "endpoint_public_access"),
            "is off, and the apply runs kubectl where nothing but the nodes reaches the API",
            "add control_plane.ingress for the place where the apply runs, in the VPC or linked to "
            "it",
            got=None,
        )


def api_is_open_inside(spec: ClusterSpec) -> bool:
    """Whether anything besides the nodes reaches the private endpoint."""
    bastion = spec.bastion
    return bool(spec.control_plane.ingress) or (
        bastion is not None
        and bastion.kubernetes_api
        and (spec.adopted is None or "kubernetes_api" in bastion.model_fields_set)
    )


def applies_manifests(spec: ClusterSpec) -> bool:
    """Whether an apply of this cluster runs kubectl."""
    return (
        spec.access.by == "config_map"
        or bool(spec.manifests)
        or (spec.gives_roles_by("kube2iam") and spec.kube2iam.manifest)
        or spec.kube2iam.remove
        or bool(drained(spec.node_groups))
    )


@rule
def something_is_logged(plane: ControlPlaneSpec) -> Iterator[Wrong]:
    """A log group for nothing means that something was forgotten."""
    if plane.enabled_cluster_log_types:
        return
    for key in sorted(plane.logs.model_fields_set):
        yield Wrong(
            ("logs", key),
            "is for logs that nobody writes",
            "name them in enabled_cluster_log_types, or delete it",
        )


@rule
def keys_of_the_control_plane_are_of_the_region(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html"""
    plane = spec.control_plane
    for where, arn in (
        (("secrets_key",), plane.secrets_key),
        (("logs", "kms_key"), plane.logs.kms_key),
    ):
        if arn not in (None, MADE_HERE) and not naming.is_of(arn, spec.region):
            todo = f"use a key of {spec.region}"
            yield Wrong(("control_plane", *where), "is a key of another region", todo)


@rule
def groups_of_oidc_have_a_prefix(oidc: OidcSpec) -> Iterator[Wrong]:
    """A group of the provider's called system:masters would be the cluster's administrators."""
    if oidc.groups_claim is not None and oidc.groups_prefix is None:
        what = "gives groups as the provider calls them, also those that the cluster has for others"
        yield Wrong(("groups_claim",), what, "add groups_prefix, like `people:`", got=None)
    elif oidc.groups_prefix is not None and oidc.groups_claim is None:
        what = "has no effect without groups_claim"
        yield Wrong(("groups_prefix",), what, "add it, or delete this key")


@rule
def public_ranges_need_the_public_endpoint(plane: ControlPlaneSpec) -> Iterator[Wrong]:
    """Ranges of an endpoint that is off mean that one of the two is a mistake."""
    if plane.public_access_cidrs and not plane.endpoint_public_access:
        yield Wrong(
            ("public_access_cidrs",),
            "has no effect while endpoint_public_access is false",
            "delete it, or turn the public endpoint on",
        )


@rule
def nodes_reach_the_api(plane: ControlPlaneSpec) -> Iterator[Wrong]:
    """Nodes come from the NAT gateway's address, which no range can name before it is made."""
    if not plane.endpoint_private_access and plane.public_access_cidrs:
        yield Wrong(
            ("endpoint_private_access",),
            "is off while public_access_cidrs is narrowed, so the nodes never reach the API",
            "turn it on, or delete public_access_cidrs",
        )


@rule
def control_plane_zones_are_the_clusters(spec: ClusterSpec) -> Iterator[Wrong]:
    """EKS places its interfaces in subnets of the cluster."""
    zones, chosen = spec.availability_zones, spec.control_plane.availability_zones
    where = ("control_plane", "availability_zones")
    if chosen is None:
        return
    for index, zone in enumerate(chosen):
        if zone not in zones:
            what = "is not among the cluster's availability_zones"
            yield Wrong((*where, index), what, f"use those of {', '.join(zones)}")
    if len(chosen) < MIN_ZONES:
        yield Wrong(
            where,
            "is too short a list: EKS wants at least two zones",
            f"use two or more of {', '.join(zones)}, or leave them out for all",
            got=f"{len(chosen)} zone" + "s" * (len(chosen) != 1),
        )
