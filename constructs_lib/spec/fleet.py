"""The clusters of a run, and what their owners should know."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.explain import problem_of
from constructs_lib.spec.manifests import Manifest
from constructs_lib.spec.nodes import HANDLER, drained
from constructs_lib.spec.problems import Problem
from constructs_lib.spec.rules import ADVICE
from constructs_lib.spec.section import Unknown
from constructs_lib.spec.source import Document
from constructs_lib.spec.wanted_addons import applied_by_keys
from constructs_lib.tables import kubernetes_versions

KUBE2IAM = "kube2iam"
"""The name under which the project's own manifest is applied."""


@dataclass(frozen=True)
class Cluster:
    """A spec, the file it came from and the text of the manifests it names."""

    path: str
    spec: ClusterSpec
    manifests: dict[str, Manifest]
    document: Document


@dataclass(frozen=True)
class Fleet:
    """All clusters of a run, by name, and what their owners should know."""

    clusters: tuple[Cluster, ...]
    warnings: tuple[Problem, ...]


def warnings_of(spec: ClusterSpec, document: Document, today: date) -> Iterator[Problem]:
    """What the owner of a cluster should know of its spec, though nothing is wrong."""
    with contextlib.suppress(Unknown):
        if text := kubernetes_versions.warning(spec.kubernetes_version, today):
            yield document.problem(("kubernetes_version",), f"warning: {text}")
    for wrong in ADVICE.ask(spec):
        problem = problem_of(wrong, document)
        yield replace(problem, text=f"warning: {problem.text}")


def named_manifests(spec: ClusterSpec) -> Iterator[tuple[str, str]]:
    """The manifests that a cluster applies, and their files."""
    with contextlib.suppress(Unknown):
        for name, section in spec.manifests.items():
            with contextlib.suppress(Unknown):
                yield name, section.path or f"manifests/{name}.yaml"
    with contextlib.suppress(Unknown):
        if spec.kube2iam.remove or (spec.gives_roles_by("kube2iam") and spec.kube2iam.manifest):
            yield KUBE2IAM, "manifests/kube2iam.yaml"
    with contextlib.suppress(Unknown):
        if drained(spec.node_groups):
            yield HANDLER, f"manifests/{HANDLER}.yaml"
    for name in applied_by_keys(spec):
        yield name, f"manifests/{name}.yaml"
