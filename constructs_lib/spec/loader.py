"""YAML files -> specs, with every problem of every file reported at once, each with its line.

The one way in is `load`. It reads nothing but the files below the project's root, makes no call to
AWS and knows nothing of CDKTF.
"""

import contextlib
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from constructs_lib.spec import shape
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.endpoints import has_no_way_out
from constructs_lib.spec.explain import did_you_mean, empty, problem_of, wrongs_of
from constructs_lib.spec.fleet import KUBE2IAM, Cluster, Fleet, named_manifests, warnings_of
from constructs_lib.spec.manifests import (
    MAX_IN_ENVIRONMENT,
    BadManifestError,
    Manifest,
    has_in_kube_system,
    images_outside_ecr,
    read_manifest,
    with_image,
)
from constructs_lib.spec.partial import whole_parts
from constructs_lib.spec.problems import Problem, SpecErrors, dotted, shortened
from constructs_lib.spec.rules import RULES
from constructs_lib.spec.rules.fleet import clashes
from constructs_lib.spec.section import Unknown, Where, Wrong
from constructs_lib.spec.source import Document, parse
from constructs_lib.spec.wanted_addons import IMAGE, applied_by_keys, autoscaler_image, wanted
from constructs_lib.tables import kubernetes_versions
from constructs_lib.tables.addon_names import WORKLOADS

_NEW = "eks-cluster new NAME"


@dataclass
class _File:
    """A file that is YAML: what is right in it, and what is wrong."""

    document: Document
    spec: ClusterSpec
    problems: list[Problem]


def load(
    root: Path, directory: str = "clusters", *, names: Sequence[str] = (), today: date
) -> Fleet:
    """Read the specs in ``root/directory``; give all clusters, or only those called `names`.

    `directory` may be a file, too: then its cluster is the one asked for.

    All files are read in either case: two clusters may claim the same. What is wrong with a
    cluster that was not asked for, and concerns none that was, is a warning.

    Raises:
        SpecErrors: with every problem of every cluster asked for.
    """
    if (root / directory).is_file():
        directory, names = str(Path(directory).parent), [Path(directory).stem]
    paths, problems = _spec_files(root, directory, names)
    wanted = {_shown(path, root) for path in paths if not names or path.stem in names}
    files: dict[str, _File] = {}
    for path in paths:
        shown = _shown(path, root)
        try:
            files[shown] = _judged(parse(path, shown))
        except SpecErrors as errors:
            problems += errors.problems
    problems += _clashes(files)
    read_once = functools.cache(functools.partial(read_manifest, root))  # clusters share them
    clusters: list[Cluster] = []
    warnings: list[Problem] = []
    for shown, file in files.items():
        problems += file.problems
        if shown in wanted:
            manifests, unreadable = _manifests(file, read_once)
            problems += unreadable
            clusters.append(Cluster(shown, file.spec, manifests, file.document))
            warnings += warnings_of(file.spec, file.document, today)
            warnings += _copies_of_addons(file, manifests)
    ours = [p for p in problems if not names or p.path in wanted or p.path == directory]
    if ours:
        raise SpecErrors(ours)
    clusters.sort(key=lambda cluster: cluster.spec.name)
    warnings += [replace(p, text=f"warning: {p.text}") for p in problems]  # of the others alone
    return Fleet(tuple(clusters), tuple(sorted(warnings)))


def judge(document: Document) -> tuple[ClusterSpec, list[Wrong]]:
    """The spec that a file describes, as far as it is right, and what is wrong with it."""
    wrongs: list[Wrong] = []
    places = set(document.wrong)
    try:
        spec = ClusterSpec.model_validate(document.data)
    except ValidationError as errors:
        for error in errors.errors():
            place = shape.place(ClusterSpec, error["loc"])
            # what has been told, or will be as a key without a value
            known = place in document.empty and error["type"] != "extra_forbidden"
            if not known:
                wrongs += wrongs_of(error, place, document)
            places.add(place)
    for place in document.empty - {wrong.where for wrong in wrongs}:
        if (wrong := empty(place, document)) is not None:
            wrongs.append(wrong)
            places.add(place)
    stem, name = Path(document.path).stem, document.data.get("name")
    if stem and isinstance(name, str) and name != stem and ("name",) not in places:
        todo = f"write name: {stem} or rename the file to {shortened(name)}.yaml"
        wrongs.append(Wrong(("name",), "differs from the file's name", todo))
        places.add(("name",))
    if places:
        spec = whole_parts(ClusterSpec, document.data, places)
    wrongs = [wrong for wrong in wrongs if not _within(wrong.where, document.wrong)]
    return spec, [*wrongs, *RULES.ask(spec)]


def _within(where: Where, places: Collection[Where]) -> bool:
    return any(where[: len(place)] == place for place in places)


def problems_of(data: dict[str, Any]) -> list[str]:
    """What is wrong with a spec that is data yet, not a file: a line each, as of a file."""
    document = Document("", data)
    _, wrongs = judge(document)
    return [f"{dotted(wrong.where)}: {problem_of(wrong, document).text}" for wrong in wrongs]


def _judged(document: Document) -> _File:
    spec, wrongs = judge(document)
    problems = [problem_of(wrong, document) for wrong in wrongs]
    return _File(document, spec, [*document.problems, *problems])


def _clashes(files: Mapping[str, _File]) -> Iterator[Problem]:
    for path, other, claim in clashes({path: file.spec for path, file in files.items()}):
        wrong = Wrong(claim.where, claim.what.format(other=other), claim.todo, claim.got)
        yield problem_of(wrong, files[path].document)


def _manifests(
    file: _File, read: Callable[[str, str], Manifest]
) -> tuple[dict[str, Manifest], list[Problem]]:
    """The manifests that a spec names, and the problems of those that kubectl could not take."""
    found: dict[str, Manifest] = {}
    problems: list[Problem] = []
    version = getattr(file.spec, "kubernetes_version", kubernetes_versions.DEFAULT)
    for name, path in named_manifests(file.spec):
        try:
            manifest = read(path, version)
            if name == KUBE2IAM and manifest.is_large:  # its text is filled in by Terraform
                raise BadManifestError(
                    [
                        f"is larger than {MAX_IN_ENVIRONMENT} bytes, in {path}; move what is not "
                        "kube2iam to a key of manifests"
                    ]
                )
            found[name] = _with_its_image(name, manifest, file.spec)
        except BadManifestError as error:
            where = ("manifests", name)
            problems += [file.document.problem(where, text) for text in error.sentences]
    with contextlib.suppress(Unknown):
        if has_no_way_out(file.spec):
            applied = dict(found)
            if file.spec.kube2iam.remove:
                applied.pop("kube2iam", None)
            problems += _out_of_reach(file, applied.values())
    return found, problems


def _with_its_image(name: str, manifest: Manifest, spec: ClusterSpec) -> Manifest:
    with contextlib.suppress(Unknown):
        if name == KUBE2IAM and spec.kube2iam.image is not None:
            return with_image(manifest, spec.kube2iam.image)
        if name in applied_by_keys(spec):  # in storage classes there is none
            text = manifest.text.replace(IMAGE, autoscaler_image(spec))
            return replace(manifest, text=text)
    return manifest


def _copies_of_addons(file: _File, manifests: Mapping[str, Manifest]) -> Iterator[Problem]:
    """A warning for what an add-on of the cluster and a manifest both run."""
    with contextlib.suppress(Unknown):
        for addon in wanted(file.spec):
            if addon not in WORKLOADS:
                continue
            kind, name = WORKLOADS[addon]
            for key in file.spec.manifests.keys() & manifests.keys():
                if has_in_kube_system(manifests[key], kind, name):
                    text = (
                        f"warning: has the {kind} {name} of the add-on {addon}, in "
                        f"{manifests[key].path}; keep one of the two"
                    )
                    yield file.document.problem(("manifests", key), text)


def _out_of_reach(file: _File, manifests: Iterable[Manifest]) -> Iterator[Problem]:
    """A problem for images that no node could fetch."""
    images = [
        f"{image} ({manifest.path})"
        for manifest in manifests
        for image in images_outside_ecr(manifest)
    ]
    if images:
        text = (
            f"is none, and no node could fetch {', '.join(images)}; name copies in ECR, or leave "
            "the manifests out"
        )
        yield file.document.problem(("networking", "nat"), text)


def _shown(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _spec_files(
    root: Path, directory: str, names: Sequence[str]
) -> tuple[list[Path], list[Problem]]:
    """All files of specs, and a problem for the directory or a name that has none."""
    found = sorted((root / directory).glob("*.yaml"))
    problems = [
        Problem(_shown(p, root), 1, "", f"ends in .yml; rename it to {p.stem}.yaml")
        for p in sorted((root / directory).glob("*.yml"))
    ]
    if not (root / directory).is_dir():
        text = f"is no directory; name the one that holds the specs, or make a first one: {_NEW}"
        return [], [Problem(directory, 1, "", text)]
    if not found and not problems:
        text = f"holds no cluster; make a first one: {_NEW}"
        return [], [Problem(directory, 1, "", text)]
    by_name = {path.stem: path for path in found}
    for name in names:
        if name not in by_name:
            hint = did_you_mean(name, by_name)
            text = f"has no cluster called {name}; {hint}it has {', '.join(by_name)}"
            problems.append(Problem(directory, 1, "", text))
    return found, problems
