"""Clusters that were not made here."""

from collections.abc import Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import AutoscaledNodeGroupSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong


@rule
def the_service_range_is_said(spec: ClusterSpec) -> Iterator[Wrong]:
    """A default that EKS did not choose would replace the cluster."""
    if spec.adopted is None or "service_ipv4_cidr" in spec.control_plane.model_fields_set:
        return
    yield Wrong(
        ("adopted",),
        "needs control_plane.service_ipv4_cidr: another range replaces the cluster",
        "write the one that the state has; `python -m adopt` prints it",
        got=None,
    )


@rule
def the_bastions_group_is_said(spec: ClusterSpec) -> Iterator[Wrong]:
    """A group that was made by hand has another name and description."""
    if spec.adopted is None or spec.bastion is None:
        return
    if spec.adopted.bastion_security_group is None:
        yield Wrong(
            ("adopted",),
            "needs bastion_security_group: another group shuts the bastion out",
            "write the group's name and description; `python -m adopt` prints them",
            got=None,
        )


@rule
def autoscaling_groups_are_said(spec: ClusterSpec) -> Iterator[Wrong]:
    """Another name is another group, and the nodes of the one that is there end."""
    adopted = spec.adopted
    if adopted is None or adopted.autoscaling_groups:
        return
    if any(isinstance(group, AutoscaledNodeGroupSpec) for group in spec.node_groups.values()):
        yield Wrong(
            ("adopted", "autoscaling_groups"),
            "is empty: another group ends all nodes at once",
            "write the group's name, like node: eks-node-lovelace",
            got=None,
        )


@rule
def adopted_groups_are_there(spec: ClusterSpec) -> Iterator[Wrong]:
    """What is said of a node group is said of one that the spec has."""
    adopted, printed = spec.adopted, spec.as_printed
    if adopted is not None:
        for key in adopted.autoscaling_groups:
            yield from _is_there(spec, ("adopted", "autoscaling_groups", key))
        for key in adopted.launch_templates:
            yield from _is_there(spec, ("adopted", "launch_templates", key))
    if printed is not None:
        for key in printed.node_groups:
            yield from _is_there(spec, ("as_printed", "node_groups", key))


def _is_there(spec: ClusterSpec, where: Where) -> Iterator[Wrong]:
    if where[-1] not in spec.node_groups:
        yield Wrong(
            where,
            "names a node group that node_groups has not",
            f"use one of {', '.join(spec.node_groups)}, or delete the line",
            got=None,
        )


@rule
def as_printed_is_for_adopted_clusters(spec: ClusterSpec) -> Iterator[Wrong]:
    """A new cluster has nothing of the chapter's that it could leave behind."""
    if spec.as_printed is not None and spec.adopted is None:
        yield Wrong(
            ("as_printed",),
            "is for clusters that exist, and only the section adopted can say which one does",
            "add adopted, or delete this section",
            got=None,
        )


@rule
def access_entries_need_their_mode(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html"""
    printed = spec.as_printed
    if printed is None or printed.authentication_mode != "CONFIG_MAP":
        return
    if spec.access.by == "access_entries":
        yield Wrong(
            ("as_printed", "authentication_mode"),
            "is the mode in which EKS refuses access entries",
            "delete it here and apply, before access: access_entries",
        )
