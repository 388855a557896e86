"""YAML files -> specs, with every problem of every file reported at once, each with its line.

The one way in is `load`. It reads nothing but the files below the project's root, makes no call to
AWS and knows nothing of CDKTF.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.explain import did_you_mean, explain
from constructs_lib.spec.fleet import Cluster, Fleet, problems_between, warnings_of
from constructs_lib.spec.manifests import Manifest, read_manifest
from constructs_lib.spec.problems import Problem, SpecErrors
from constructs_lib.spec.source import Document, parse


def load(
    root: Path, directory: str = "clusters", *, names: Sequence[str] = (), today: date
) -> Fleet:
    """Read the specs in ``root/directory``, or only the clusters called `names`.

    A cluster's file carries its name, so only the files asked for are opened.

    Raises:
        SpecErrors: with every problem of every file that was read.
    """
    paths, problems = _spec_files(root, directory, names)
    clusters: list[Cluster] = []
    documents: dict[str, Document] = {}
    for path in paths:
        shown = path.relative_to(root).as_posix()
        try:
            document = parse(path, shown)
            clusters.append(_cluster(document, root, today))
            documents[shown] = document
        except SpecErrors as errors:
            problems += errors.problems
    problems += problems_between(clusters, documents)
    if problems:
        raise SpecErrors(problems)
    clusters.sort(key=lambda cluster: cluster.spec.name)
    warnings = (w for c in clusters for w in warnings_of(c, documents[c.path], today))
    return Fleet(tuple(clusters), tuple(sorted(warnings)))


def _spec_files(
    root: Path, directory: str, names: Sequence[str]
) -> tuple[list[Path], list[Problem]]:
    """The files to read, and a problem for the directory or a name that has none."""
    found = sorted((root / directory).glob("*.yaml"))
    wrong_suffix = [
        Problem(p.relative_to(root).as_posix(), 1, "", f"ends in .yml; rename it to {p.stem}.yaml")
        for p in sorted((root / directory).glob("*.yml"))
    ]
    if not found and not wrong_suffix:
        text = "holds no cluster; add a file like lovelace.yaml"
        return [], [Problem(directory, 1, "", text)]
    if not names:
        return found, wrong_suffix
    by_name = {path.stem: path for path in found}
    unknown = [
        Problem(
            directory,
            1,
            "",
            f"has no cluster called {name}{did_you_mean(name, by_name) or ';'} "
            f"it has {', '.join(by_name)}",
        )
        for name in names
        if name not in by_name
    ]
    return [by_name[name] for name in dict.fromkeys(names) if name in by_name], unknown


def _cluster(document: Document, root: Path, today: date) -> Cluster:
    problems: list[Problem] = []
    manifests: dict[str, Manifest] = {}
    try:
        spec = ClusterSpec.model_validate(document.data, context={"today": today})
    except ValidationError as errors:
        raise SpecErrors(explain(error, document) for error in errors.errors()) from None
    stem = Path(document.path).stem
    if spec.name != stem:
        problems.append(
            document.problem(
                ("name",),
                f"differs from the file's name, got {spec.name}; "
                f"write name: {stem} or rename the file to {spec.name}.yaml",
            )
        )
    wanted = {name: section.path for name, section in spec.manifests.items()}
    if spec.kube2iam.enabled:
        wanted["kube2iam"] = None
    for name, path in wanted.items():
        try:
            manifests[name] = read_manifest(root, path or f"manifests/{name}.yaml")
        except ValueError as error:
            problems.append(document.problem(("manifests", name), str(error)))
    if problems:
        raise SpecErrors(problems)
    return Cluster(document.path, spec, manifests)
