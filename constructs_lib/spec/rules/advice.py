"""What the owner of a good spec should know: rules of the same form, told as warnings."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Final

from constructs_lib.spec.addons import EKS_DEFAULT
from constructs_lib.spec.bastion import BastionSpec
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import (
    AutoscaledNodeGroupSpec,
    NodeGroupSpec,
    ScheduleSpec,
    UserDataSpec,
    with_machines,
)
from constructs_lib.spec.rules.addons import settings
from constructs_lib.spec.rules.control_plane import api_is_open_inside
from constructs_lib.spec.rules.images import without_drivers
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
from constructs_lib.spec.state import StateSpec
from constructs_lib.spec.types import network
from constructs_lib.spec.wanted_addons import gets_a_role, wanted
from constructs_lib.tables import (
    addon_names,
    addon_settings,
    addon_versions,
    cluster_autoscaler,
    feature_gates,
    instance_types,
    regions,
    time_zones,
)
from constructs_lib.tables.node_image import NodeImage

_DOCKER = network("172.17.0.0/16")
_SMALLEST_FOR_LOAD_BALANCERS = 27
"""Prefix of a subnet.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html"""


@rule
def the_state_has_a_lock(state: StateSpec) -> Iterator[Wrong]:
    """Without one, two people can spoil it at once."""
    if not state.dynamodb_table and not state.use_lockfile:
        what = "has no lock, so two people can spoil it at once"
        yield Wrong((), what, "add dynamodb_table or use_lockfile: true", got=None)


@rule
def someone_reaches_the_api(spec: ClusterSpec) -> Iterator[Wrong]:
    """Nodes do; people and programs need a way."""
    if not (spec.control_plane.endpoint_public_access or api_is_open_inside(spec)):
        yield Wrong(
            ("control_plane", "endpoint_public_access"),
            "is off, and inside the VPC only the nodes reach the API",
            "add control_plane.ingress for where kubectl runs",
            got=None,
        )


@rule
def the_range_is_a_good_one(spec: ClusterSpec) -> Iterator[Wrong]:
    """What AWS takes, and what is a nuisance later."""
    if spec.networking.vpc is not None:
        return
    todo = "choose another before the cluster is made; it cannot be changed"
    yield from _nuisances(("vpc_cidr",), spec.vpc_cidr, "the VPC", todo)


def _nuisances(where: Where, cidr: str, called: str, todo: str) -> Iterator[Wrong]:
    if network(cidr).overlaps(_DOCKER):
        what = f"is Docker's own range on many machines, which then cannot reach {called}"
        yield Wrong(where, what, todo)
    if network(cidr).is_global:
        what = "is a range of the internet, which the VPC then cannot reach"
        yield Wrong(where, what, todo)


@rule
def load_balancers_have_room(spec: ClusterSpec) -> Iterator[Wrong]:
    """Each wants eight free addresses in its subnets, and a /27 at least."""
    section = spec.networking
    if section.vpc is not None or not section.public_subnets:
        return
    too_small = "too small for a load balancer"
    prefix = network(spec.vpc_cidr).prefixlen + section.public_newbits
    if section.subnets is None and prefix > _SMALLEST_FOR_LOAD_BALANCERS:
        todo = "choose another before the cluster is made; it cannot be changed"
        yield Wrong(("vpc_cidr",), f"gives public subnets of /{prefix}, {too_small}", todo)
    for zone, ranges in (section.subnets or {}).items():
        if ranges.public and network(ranges.public).prefixlen > _SMALLEST_FOR_LOAD_BALANCERS:
            where = ("networking", "subnets", zone, "public")
            yield Wrong(where, f"is {too_small}", f"make it a /{_SMALLEST_FOR_LOAD_BALANCERS}")


@rule
def routes_lead_to_no_services(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html"""
    services = spec.control_plane.service_ipv4_cidr
    for index, route in enumerate(spec.networking.routes):
        to = network(route.to)
        if to.prefixlen >= _LARGEST_NETWORK and to.overlaps(network(services)):
            yield Wrong(
                ("networking", "routes", index, "to"),
                f"shares addresses with the Services, {services}: whichever of them a Service has, "
                "pods do not reach there",
                "set control_plane.service_ipv4_cidr to a range of no network, before the cluster "
                "is made",
            )


_LARGEST_NETWORK: Final = 8
"""Of a private one; a shorter prefix is the way out, or a half of it."""


@rule
def ranges_inside_are_good_ones(spec: ClusterSpec) -> Iterator[Wrong]:
    """Like the VPC's own."""
    ranges: dict[Where, str] = {
        ("networking", "pod_cidrs", n): cidr for n, cidr in enumerate(spec.networking.pod_cidrs)
    }
    if "service_ipv4_cidr" in spec.control_plane.model_fields_set:
        ranges["control_plane", "service_ipv4_cidr"] = spec.control_plane.service_ipv4_cidr
    for where, cidr in ranges.items():
        yield from _nuisances(where, cidr, "it", "choose another before it is made")


@rule
def addons_follow_the_cluster(spec: ClusterSpec) -> Iterator[Wrong]:
    """EKS moves no add-on by itself: https://docs.aws.amazon.com/eks/latest/userguide/updating-an-add-on.html"""
    for name, addon in spec.addons.items():
        if addon.addon_version is None:
            what = "has no addon_version, so it stays at its first one when the cluster moves on"
            todo = "write addon_version: eks_default, or pin one"
            yield Wrong(("addons", name), what, todo, got=None)


_BOOTSTRAPPED = {
    "vpc-cni": "no pod gets an address",
    "kube-proxy": "no Service is reached",
    "coredns": "no name is resolved",
}


@rule
def a_bare_cluster_is_filled(spec: ClusterSpec) -> Iterator[Wrong]:
    """Another network plugin may do the work of the first two."""
    if spec.control_plane.bootstrap_self_managed_addons:
        return
    missing = [f"{name} ({why})" for name, why in _BOOTSTRAPPED.items() if name not in spec.addons]
    if missing:
        what = f"is off, and without {', '.join(missing)} until somebody applies the like"
        where = ("control_plane", "bootstrap_self_managed_addons")
        yield Wrong(where, what, "add them to addons, unless that is you", got=None)


@rule
def addon_versions_are_known_for_the_cluster(spec: ClusterSpec) -> Iterator[Wrong]:
    """A version of a newer Kubernetes, or of one long gone."""
    for name, addon in spec.addons.items():
        if addon.addon_version not in (None, EKS_DEFAULT):
            found = addon_versions.warning(name, addon.addon_version, spec.kubernetes_version)
            if found is not None and name != "kube-proxy":  # which has a rule of its own
                yield Wrong(("addons", name, "addon_version"), *found)


@rule
def addons_that_call_aws_have_a_role(spec: ClusterSpec) -> Iterator[Wrong]:
    """Pods do not reach the nodes' role, and kube2iam knows nothing of add-ons."""
    for name, addon in spec.addons.items():
        if name not in addon_names.NEED_A_ROLE or addon.service_account_role_arn is not None:
            continue
        if gets_a_role(spec, name) or name in spec.controllers.wanted():
            continue
        if "pod_identity_association" not in spec.overrides.get(f"aws_eks_addon.{name}", {}):
            what = "needs a role to work, and has none: the nodes' is out of its reach"
            yield Wrong(("addons", name), what, "add service_account_role_arn", got=None)


@rule
def settings_of_addons_are_known(spec: ClusterSpec) -> Iterator[Wrong]:
    """EKS refuses what its schema has not; one that is not in the table may be newer."""
    for name, values, variables in settings(spec):
        where, known = ("addons", name, "configuration_values"), addon_settings.SETTINGS[name]
        for key in sorted(values.keys() - known.keys()):
            yield Wrong((*where, key), *addon_settings.warning(key, known, name), got=None)
        for key in sorted(variables.keys() - addon_settings.ENVIRONMENT):
            found = addon_settings.warning(key, addon_settings.ENVIRONMENT, name)
            yield Wrong((*where, "env", key), *found, got=None)


@rule
def one_of_two_starts_nodes(spec: ClusterSpec) -> Iterator[Wrong]:
    """A pod that finds no room gets a node of each."""
    if spec.controllers.karpenter and spec.cluster_autoscaler.enabled:
        what = "is for Karpenter, which starts nodes for the same pods as cluster_autoscaler"
        yield Wrong(("controllers", "karpenter"), what, "keep one of the two", got=None)


@rule
def snapshots_are_of_volumes(spec: ClusterSpec) -> Iterator[Wrong]:
    """The controller asks the driver of EBS for them."""
    if spec.storage.snapshots and "aws-ebs-csi-driver" not in wanted(spec):
        what = "takes snapshots by a driver that the cluster has not: the one of EBS"
        yield Wrong(("storage", "snapshots"), what, "add ebs: true, unless you run one", got=None)


@rule
def the_autoscaler_is_of_the_clusters_version(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler#releases"""
    section, version = spec.cluster_autoscaler, spec.kubernetes_version
    if section.enabled and section.image is None and not cluster_autoscaler.is_known(version):
        used = cluster_autoscaler.image(version)
        yield Wrong(
            ("cluster_autoscaler",),
            f"runs {used}, for none for Kubernetes {version} was known on "
            f"{cluster_autoscaler.AS_OF}",
            "write cluster_autoscaler: {enabled: true, image: ...} when there is one",
            got=None,
        )


@rule
def the_region_is_known(spec: ClusterSpec) -> Iterator[Wrong]:
    """One that is not in the table may be newer, or misspelt."""
    if spec.region not in regions.ZONES:
        yield Wrong(("region",), f"is no region known on {regions.AS_OF}", "see that EKS has it")


@rule
def the_buckets_region_is_known(state: StateSpec) -> Iterator[Wrong]:
    """Like the cluster's."""
    if state.region not in regions.ZONES:
        yield Wrong(("region",), f"is no region known on {regions.AS_OF}", "see that S3 has it")


@rule
def time_zones_are_known(schedule: ScheduleSpec) -> Iterator[Wrong]:
    """One that is not in the table may be newer, or misspelt."""
    if (found := time_zones.warning(schedule.time_zone)) is not None:
        yield Wrong(("time_zone",), *found)


@rule
def volumes_have_nodes(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html"""
    if spec.storage.ebs and not with_machines(spec.node_groups):
        what = "makes volumes that pods on Fargate cannot mount, and there are no other nodes"
        yield Wrong(("storage", "ebs"), what, "use efs: true, or add a group of nodes", got=None)


@rule
def zones_hold_a_control_plane(spec: ClusterSpec) -> Iterator[Wrong]:
    """Each account has letters of its own, so this is no more than likely."""
    for index, zone in enumerate(spec.availability_zones):
        if (other := regions.WITHOUT_CONTROL_PLANE.get(zone)) is not None:
            what = f"is {other} in most accounts, where EKS makes no control plane"
            yield Wrong(("availability_zones", index), what, "use another zone")


@rule
def instance_types_are_known(group: NodeGroupSpec) -> Iterator[Wrong]:
    """One that is not in the table may be newer, or misspelt."""
    for where, type_ in group.placed_types():
        if (found := instance_types.warning(type_)) is not None:
            yield Wrong(where, *found)


@rule
def the_bastions_type_is_known(bastion: BastionSpec) -> Iterator[Wrong]:
    """Like a node's."""
    if (found := instance_types.warning(bastion.instance_type)) is not None:
        yield Wrong(("instance_type",), *found)


@rule
def addons_are_known(spec: ClusterSpec) -> Iterator[Wrong]:
    """One that is not in the table may be newer, or the marketplace's."""
    for name in spec.addons:
        if name not in addon_names.NAMES:
            what = f"is no add-on of AWS known on {addon_names.AS_OF}"
            yield Wrong(("addons", name), what, "see that EKS has it", got=None)


@rule
def some_group_takes_any_pod(spec: ClusterSpec) -> Iterator[Wrong]:
    """Of coredns, which tolerates no taint of a group."""
    machines = with_machines(spec.node_groups)
    if not machines and "coredns" not in wanted(spec):
        what = "is Fargate alone, on which the coredns that EKS installs does not run"
        todo = "add addons: {coredns: {addon_version: eks_default, configuration_values: "
        yield Wrong(("node_groups",), what, f"{todo}{{computeType: Fargate}}}}}}", got=None)
    elif len(machines) == len(spec.node_groups) and all(
        any(taint.effect != "PreferNoSchedule" for taint in group.taints)
        for group in machines.values()
    ):
        what = "has taints on every group, so coredns finds no node and no name is resolved"
        yield Wrong(("node_groups",), what, "add a group without taints", got=None)


@rule
def the_autoscaler_knows_each_taint(group: AutoscaledNodeGroupSpec) -> Iterator[Wrong]:
    """Its tag has the taint's key and no room for a second effect."""
    keys = [taint.key for taint in group.taints]
    for index, key in enumerate(keys):
        if group.cluster_autoscaler_tags and key in keys[:index]:
            what = "has a second effect, of which cluster-autoscaler is not told"
            yield Wrong(("taints", index, "key"), what, "give the taint another key")


@rule
def the_own_image_has_drivers(group: NodeGroupSpec) -> Iterator[Wrong]:
    """packer/ installs none, but whoever builds may."""
    if group.image.family == "packer" and without_drivers(group):
        what = "has an accelerator, and the image of packer/ no drivers unless you put them there"
        todo = "say so with image: {variant: standard}, or use family: al2023"
        yield Wrong(("instance_type",), what, todo)


@rule
def feature_gates_are_known(spec: ClusterSpec) -> Iterator[Wrong]:
    """One that kubelet lists no more, or not yet, or that is misspelt."""
    for key, group in with_machines(spec.node_groups).items():
        for gate in group.kubelet.feature_gates:
            if (found := feature_gates.warning(gate, spec.kubernetes_version)) is not None:
                yield Wrong(
                    ("node_groups", key, "kubelet", "feature_gates", gate), *found, got=None
                )


_SECRETS: Final = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|gh[pousr]_\w{20}|xox[abprs]-\w{10}|"
    r"eyJ[\w-]{10,}\.eyJ|"
    r"(?i:passw(?:or)?d|secret|token|api[_-]?key)\w*[ \t]*[=:][ \t]*[\"']?(?![$<\"'])[^\s\"']{6}"
)
"""What looks like a secret: keys of AWS, GitHub and Slack, private keys, and named values."""


@rule
def scripts_hold_no_secrets(scripts: UserDataSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html"""
    for key in ("before", "after"):
        for number, line in enumerate((getattr(scripts, key) or "").splitlines(), start=1):
            if _SECRETS.search(line):
                what = f"seems to hold a secret in its line {number}, which many can read"
                yield Wrong((key,), what, "have the script fetch it by the node's role", got=None)


@rule
def the_image_has_a_kubelet(spec: ClusterSpec) -> Iterator[Wrong]:
    """AWS builds a kubelet for each version, and packer/ has to know which."""
    known = _kubelets().get(spec.kubernetes_version, {})
    own = [
        key
        for key, group in with_machines(spec.node_groups).items()
        if group.image.family == "packer"
    ]
    if own and not known.get("kubelet_version"):
        yield Wrong(
            ("kubernetes_version",),
            f"has no kubelet in packer/node-image.json for the image of {', '.join(own)}",
            "write its version there, or build the image with -var, before the nodes",
        )


@functools.cache
def _kubelets() -> Mapping[str, Mapping[str, object]]:
    return NodeImage.read().kubernetes
