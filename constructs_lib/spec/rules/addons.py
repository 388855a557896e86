"""EKS add-ons."""

import difflib
import re
from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.addons import EKS_DEFAULT
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import may_be_without_nodes
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong
from constructs_lib.tables import addon_names, addon_order, addon_versions

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
    for name in addon_order.split(spec.addons)[1]:
        yield Wrong(
            ("addons", name),
            "waits for a node, and every node group may start with none",
            "give one of them min_size: 1 or more",
            got=None,
        )


@rule
def roles_are_of_the_partition(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    partition = naming.partition(spec.region)
    for name, addon in spec.addons.items():
        arn = addon.service_account_role_arn
        if arn is not None and not re.match(f"arn:{partition}:", arn):
            where = ("addons", name, "service_account_role_arn")
            yield Wrong(where, f"is not of {spec.region}'s partition", f"write arn:{partition}:...")
