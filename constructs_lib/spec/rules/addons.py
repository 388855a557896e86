"""EKS add-ons."""

import difflib
import fnmatch
import re
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib import naming
from constructs_lib.spec.addons import EKS_DEFAULT
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.cluster_autoscaler import ClusterAutoscalerSpec
from constructs_lib.spec.nodes import (
    AutoscaledNodeGroupSpec,
    FargateSpec,
    NodeGroupSpec,
    may_be_without_nodes,
    with_machines,
)
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.spec.wanted_addons import (
    AGENT,
    STORAGE_CLASSES,
    applied_by_keys,
    asked_for,
    wanted,
)
from constructs_lib.tables import addon_names, addon_order, addon_settings, addon_versions

MOST_MINORS_BEHIND = 3
"""How far kube-proxy may be behind the API server.
https://kubernetes.io/releases/version-skew-policy/#kube-proxy"""


@rule
def names_are_no_slips(spec: ClusterSpec) -> Iterator[Wrong]:
    """A name like one of AWS's own is that one, misspelt."""
    for name in spec.addons:
        close = difflib.get_close_matches(name, addon_names.NAMES, n=1, cutoff=0.8)
        if close and name not in addon_names.NAMES:
            yield Wrong(
                ("addons", name), "is no add-on of EKS", f"did you mean {close[0]}?", got=None
            )


@rule
def kube_proxy_fits_the_cluster(spec: ClusterSpec) -> Iterator[Wrong]:
    """It is numbered like Kubernetes, and may be older than the cluster, but not newer."""
    addon = spec.addons.get("kube-proxy")
    if addon is None or addon.addon_version in (None, EKS_DEFAULT):
        return
    cluster = spec.kubernetes_version
    newest, minor = (int(v.split(".")[1]) for v in (cluster, addon.addon_version))
    if not newest - MOST_MINORS_BEHIND <= minor <= newest:
        known = addon_versions.newest("kube-proxy", cluster)
        like = f", like {known}" if known else ""
        yield Wrong(
            ("addons", "kube-proxy", "addon_version"),
            f"does not go with Kubernetes {cluster}",
            f"use a version of 1.{newest}{like}, or at most {MOST_MINORS_BEHIND} minor versions "
            "older",
        )


@rule
def addons_have_a_node(spec: ClusterSpec) -> Iterator[Wrong]:
    """EKS waits twenty minutes for a pod that has no node, and the apply fails."""
    if not may_be_without_nodes(spec.node_groups):
        return
    asked = asked_for(spec)
    for name in addon_order.split(wanted(spec))[1]:
        yield Wrong(
            asked.get(name, ("addons", name)),
            "waits for a node, and every node group may start with none",
            "give one of them min_size: 1 or more",
            got=None,
        )


@rule
def fargate_takes_the_addons(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/fargate-getting-started.html"""
    fargate = [group for group in spec.node_groups.values() if isinstance(group, FargateSpec)]
    if not fargate or any(g.min_size for g in with_machines(spec.node_groups).values()):
        return
    taken = any(
        fnmatch.fnmatchcase("kube-system", selector.namespace) and not selector.labels
        for group in fargate
        for selector in group.selectors
    )
    asked = asked_for(spec)
    for name, addon in wanted(spec).items():
        if name not in addon_order.IN_KUBE_SYSTEM:
            continue
        values = addon.configuration_values or {}
        if not taken:
            what = "waits for a node, and no Fargate profile takes the pods of kube-system"
            todo = "add {namespace: kube-system} to the selectors of one, or a group with nodes"
            yield Wrong(asked.get(name, ("addons", name)), what, todo, got=None)
        elif name == "coredns" and values.get("computeType") != "Fargate":
            what = "waits for a node, as it runs on Fargate only where it is told so"
            todo = "add configuration_values: {computeType: Fargate}"
            yield Wrong(("addons", name), what, todo, got=None)


@rule
def roles_by_association_have_a_node(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html#pod-id-restrictions"""
    where = asked_for(spec).get(AGENT)
    if where is not None and not with_machines(spec.node_groups):
        yield Wrong(
            where,
            "gets its role by Pod Identity, which Fargate has not, and there are no other nodes",
            "write pod_identity: irsa, or add a group of nodes",
            got=None,
        )


@rule
def settings_are_of_their_types(spec: ClusterSpec) -> Iterator[Wrong]:
    """EKS holds them against the add-on's schema when it makes it, half-way through an apply."""
    for name, values, variables in settings(spec):
        where, known = ("addons", name, "configuration_values"), addon_settings.SETTINGS[name]
        for key, value in values.items():
            if (found := addon_settings.problem(value, known.get(key))) is not None:
                yield Wrong((*where, key), *found)
        for key, value in variables.items():
            if not isinstance(value, str):
                what = "is not text, as every variable is"
                yield Wrong((*where, "env", key), what, "write it in quotes")


def settings(spec: ClusterSpec) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Of each add-on in the table its settings, and the variables among those of vpc-cni."""
    for name in addon_settings.SETTINGS:
        addon = spec.addons.get(name)
        values = (addon and addon.configuration_values) or {}
        variables = values.get("env") if name == "vpc-cni" else None
        yield name, values, variables if isinstance(variables, dict) else {}


@rule
def there_is_one_default_class(spec: ClusterSpec) -> Iterator[Wrong]:
    """The driver can bring one of its own."""
    addon = spec.addons.get("aws-ebs-csi-driver")
    settings = (addon and addon.configuration_values) or {}
    own = settings.get("defaultStorageClass")
    if STORAGE_CLASSES in applied_by_keys(spec) and isinstance(own, dict) and own.get("enabled"):
        yield Wrong(
            ("addons", "aws-ebs-csi-driver", "configuration_values", "defaultStorageClass"),
            "is a default class beside the one that storage.ebs applies",
            "delete it, or say storage: {storage_classes: false}",
            got=None,
        )


@rule
def the_autoscaler_has_a_group(spec: ClusterSpec) -> Iterator[Wrong]:
    """It sets the number of nodes of groups that have its tags, between their sizes."""
    if spec.cluster_autoscaler.enabled and not any(map(_may_grow, spec.node_groups.values())):
        yield Wrong(
            ("cluster_autoscaler",),
            "has no group to grow or shrink: none has its tags, and max_size above min_size",
            "give one of node_groups more room",
            got=None,
        )


def _may_grow(group: object) -> bool:
    """Whether a group has tags and room; EKS tags those that it manages."""
    tagged = not isinstance(group, AutoscaledNodeGroupSpec) or group.cluster_autoscaler_tags
    return isinstance(group, NodeGroupSpec) and tagged and group.min_size < group.max_size


@rule
def an_image_is_of_something(section: ClusterAutoscalerSpec) -> Iterator[Wrong]:
    """Without it nothing runs."""
    if section.image is not None and not section.enabled:
        yield Wrong(("image",), "has no effect without enabled", "add enabled: true")


@rule
def what_keys_stand_for_is_applied_once(spec: ClusterSpec) -> Iterator[Wrong]:
    """A manifest of the owner's by the same name would be at the same address."""
    for name, key in applied_by_keys(spec).items():
        if name in spec.manifests:
            what = f"is what {'.'.join(map(str, key))} applies"
            yield Wrong(("manifests", name), what, "delete one of the two", got=None)


@rule
def roles_are_of_the_partition(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    partition = naming.partition(spec.region)
    for name, addon in spec.addons.items():
        arn = addon.service_account_role_arn
        if arn is not None and not re.match(f"arn:{partition}:", arn):
            where = ("addons", name, "service_account_role_arn")
            yield Wrong(where, f"is not of {spec.region}'s partition", f"write arn:{partition}:...")
