"""The clusters of a run, and what no file shows by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.manifests import Manifest
from constructs_lib.spec.problems import Problem
from constructs_lib.spec.source import Document
from constructs_lib.tables import kubernetes_versions


@dataclass(frozen=True)
class Cluster:
    """A spec, the file it came from and the text of the manifests it names."""

    path: str
    spec: ClusterSpec
    manifests: dict[str, Manifest]


@dataclass(frozen=True)
class Fleet:
    """All clusters of a run, by name, and what their owners should know."""

    clusters: tuple[Cluster, ...]
    warnings: tuple[Problem, ...]


def problems_between(
    clusters: Sequence[Cluster], documents: dict[str, Document]
) -> Iterator[Problem]:
    """What no file shows by itself: one state for two clusters, one bucket made twice."""
    states: dict[tuple[str, str], str] = {}
    makers: dict[str, str] = {}
    names: dict[str, str] = {}
    stacks = {c.spec.name: c.path for c in clusters}
    for cluster in clusters:
        state, document = cluster.spec.state, documents[cluster.path]
        first = names.setdefault(cluster.spec.name.lower(), cluster.path)
        if first != cluster.path:
            yield document.problem(
                ("name",),
                f"differs from the name in {first} by case only, got {cluster.spec.name}; "
                "choose another, IAM does not tell them apart",
            )
        if state is None:
            continue
        first = states.setdefault((state.bucket, state.key), cluster.path)
        if first != cluster.path:
            yield document.problem(
                ("state", "key"),
                f"is the key of {first} in the same bucket, got {state.key}; "
                f"each cluster needs its own, like {cluster.spec.name}.tfstate",
            )
        if not state.create:
            continue
        first = makers.setdefault(state.bucket, cluster.path)
        if first != cluster.path:
            yield document.problem(
                ("state", "create"),
                f"creates the bucket that {first} creates already, got {state.bucket}; "
                "say create in one of them",
            )
        if (other := stacks.get(f"{cluster.spec.name}-state")) is not None:
            yield document.problem(
                ("state", "create"),
                f"makes a stack {cluster.spec.name}-state, and {other} is called so; rename one",
            )


def warnings_of(cluster: Cluster, document: Document, today: date) -> Iterator[Problem]:
    """What the owner of a cluster should know of its spec, though nothing is wrong."""
    spec = cluster.spec
    if text := kubernetes_versions.warning(spec.kubernetes_version, today):
        yield document.problem(("kubernetes_version",), f"warning: {text}")
    if spec.state and not spec.state.dynamodb_table and not spec.state.use_lockfile:
        yield document.problem(
            ("state",),
            "warning: has no lock, so two people can spoil it at once; "
            "add dynamodb_table or use_lockfile: true",
        )
