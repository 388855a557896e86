"""Manifests: their order, and what they wait for."""

import difflib
from collections.abc import Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import may_be_without_nodes
from constructs_lib.spec.pod_identity import Kube2iamSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Wrong


@rule
def the_order_is_of_manifests(spec: ClusterSpec) -> Iterator[Wrong]:
    """`after` names manifests of the spec, and leads to no circle."""
    before = {name: section.after or () for name, section in spec.manifests.items()}
    for name, others in before.items():
        for index, other in enumerate(others):
            where = ("manifests", name, "after", index)
            if other not in before:
                close = difflib.get_close_matches(other, before, n=1)
                hint = f"did you mean {close[0]}?" if close else "add it, or leave it out"
                yield Wrong(where, "is no manifest of this cluster", hint)
            elif other == name or name in _all_before(other, before):
                yield Wrong(where, "leads back to itself", "leave one of the two out")


def _all_before(name: str, before: dict[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    left = [name]
    while left:
        for other in before.get(left.pop(), ()):
            if other not in found:
                found.add(other)
                left.append(other)
    return found


@rule
def rollouts_have_a_node(spec: ClusterSpec) -> Iterator[Wrong]:
    """A pod that has no node is waited for until the time is over, and the apply fails."""
    if not may_be_without_nodes(spec.node_groups):
        return
    for name, section in spec.manifests.items():
        if section.rollout_seconds is not None:
            yield Wrong(
                ("manifests", name, "rollout_seconds"),
                "waits for a node, and every node group may start with none",
                "give one of them min_size: 1 or more",
            )


@rule
def what_is_removed_is_off(section: Kube2iamSpec) -> Iterator[Wrong]:
    """kube2iam would be applied and deleted by one apply."""
    if section.remove and section.enabled:
        yield Wrong(("remove",), "deletes what enabled applies", "add enabled: false")


@rule
def the_image_of_kube2iam_is_applied(section: Kube2iamSpec) -> Iterator[Wrong]:
    """It takes its place in the manifest, which is not applied."""
    if section.image is not None and not section.manifest:
        what = "has no effect where manifest is off"
        yield Wrong(("image",), what, "name it in the manifest you apply, or delete this key")
