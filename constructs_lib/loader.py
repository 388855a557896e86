"""YAML files -> specs, with every problem of every file reported at once, each with its line.

The one way in is `load`. It reads nothing but the files below the project's root, makes no call to
AWS and knows nothing of CDKTF.
"""

import difflib
import functools
import typing
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from constructs_lib import kubernetes_versions
from constructs_lib.spec import RULE, ClusterSpec

MAX_NODES = 10_000
"""YAML nodes in one file, aliases unfolded; more is a mistake or an attack."""

MAX_MANIFEST_BYTES = 100_000
"""Linux takes 131,072 bytes in one environment variable (MAX_ARG_STRLEN), which is how a manifest
reaches kubectl's standard input."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_constructor = yaml.constructor.SafeConstructor()

Where = tuple[str | int, ...]
"""A place in a YAML file: the keys and indices that lead to it."""


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong with a file: where it stands, and one sentence with the way out."""

    path: str
    line: int
    where: str
    text: str

    def __str__(self) -> str:
        """``<file>:<line>: <path in the YAML>: <text>``, without a path for the file as a whole."""
        return ": ".join(
            part for part in (f"{self.path}:{self.line}", self.where, self.text) if part
        )


class SpecErrors(Exception):  # noqa: N818 - it is all the errors of a run, not one
    """Every problem found in a run, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Hold `problems`, sorted."""
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Manifest:
    """Kubernetes YAML as it stands in a file."""

    path: str
    text: str


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


@dataclass
class _Document:
    """One parsed file: its data and where each part of it stands."""

    path: str
    data: dict[str, Any]
    lines: dict[Where, int] = field(default_factory=dict)
    scalars: dict[Where, str] = field(default_factory=dict)

    def problem(self, where: Where, text: str) -> Problem:
        at = where
        while at and at not in self.lines:
            at = at[:-1]
        return Problem(self.path, self.lines.get(at, 1), _dotted(where), text)


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
    documents: dict[str, _Document] = {}
    for path in paths:
        shown = path.relative_to(root).as_posix()
        try:
            document = _parse(path, shown)
            clusters.append(_cluster(document, root, today))
            documents[shown] = document
        except SpecErrors as errors:
            problems += errors.problems
    problems += _problems_between(clusters, documents)
    if problems:
        raise SpecErrors(problems)
    clusters.sort(key=lambda cluster: cluster.spec.name)
    warnings = (w for c in clusters for w in _warnings(c, documents[c.path], today))
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
            f"has no cluster called {name}{_did_you_mean(name, by_name) or ';'} "
            f"it has {', '.join(by_name)}",
        )
        for name in names
        if name not in by_name
    ]
    return [by_name[name] for name in dict.fromkeys(names) if name in by_name], unknown


# --- YAML -> data ------------------------------------------------------------------------------


def _parse(path: Path, shown: str) -> _Document:
    """Read one file. Raises SpecErrors for what is not a mapping in YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _whole_file(shown, 1, "is not text; save it as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _whole_file(shown, 1, f"cannot be read: {reason}; check the file") from None
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _whole_file(shown, *_explain_yaml(error)) from None
    except RecursionError:
        raise _too_deep(shown) from None
    if node is None:
        raise _whole_file(
            shown, 1, "is empty; copy another cluster's file and change name and ranges"
        )
    if not isinstance(node, yaml.MappingNode):
        raise _whole_file(
            shown, 1, f"holds {_kind(node)}, not a mapping; write keys like `name: lovelace`"
        )
    document = _Document(shown, {})
    problems: list[Problem] = []
    budget = iter(range(MAX_NODES))
    try:
        document.data = _value(node, (), document, problems, budget)
    except StopIteration:
        raise _whole_file(
            shown, 1, f"unfolds to more than {MAX_NODES} values; a spec needs no such aliases"
        ) from None
    except RecursionError:
        raise _too_deep(shown) from None
    if problems:
        raise SpecErrors(problems)
    return document


def _value(
    node: yaml.Node,
    where: Where,
    document: _Document,
    problems: list[Problem],
    budget: Iterator[int],
) -> Any:
    """The data of `node`; notes where each part stands, and keys that occur twice."""
    next(budget)
    document.lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        document.scalars[where] = node.value
        try:
            return _constructor.construct_object(node)
        except (yaml.YAMLError, ValueError):
            return node.value
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*where, index), document, problems, budget)
            for index, item in enumerate(node.value)
        ]
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        line = key_node.start_mark.line + 1
        at = (*where, key)
        if key in data:
            first = document.lines[at]
            problems.append(
                Problem(
                    document.path,
                    line,
                    _dotted(at),
                    f"stands here a second time, first in line {first}; keep one of the two",
                )
            )
            continue
        document.lines[at] = line
        data[key] = _value(value_node, at, document, problems, budget)
    return data


def _explain_yaml(error: yaml.YAMLError) -> tuple[int, str]:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    detail = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    if "single document" in str(error):
        return line, "holds more than one document; write one file for each cluster"
    return line, f"is not YAML: {detail}; check the indentation, colons and quotes here"


def _whole_file(path: str, line: int, text: str) -> SpecErrors:
    return SpecErrors([Problem(path, line, "", text)])


def _too_deep(path: str) -> SpecErrors:
    return _whole_file(path, 1, "is nested too deeply, or in itself; a spec has few levels")


def _kind(node: yaml.Node) -> str:
    return "a list" if isinstance(node, yaml.SequenceNode) else "a single value"


# --- data -> spec ------------------------------------------------------------------------------


def _cluster(document: _Document, root: Path, today: date) -> Cluster:
    problems: list[Problem] = []
    manifests: dict[str, Manifest] = {}
    try:
        spec = ClusterSpec.model_validate(document.data, context={"today": today})
    except ValidationError as errors:
        raise SpecErrors(_explain(error, document) for error in errors.errors()) from None
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


def read_manifest(root: Path, path: str) -> Manifest:
    """Read the Kubernetes YAML at ``root/path``.

    Raises:
        ValueError: with a sentence, when kubectl could not take it.
    """
    file = root / path
    try:
        text = file.read_text(encoding="utf-8")
        objects = _objects(text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ValueError(f"cannot be read from {path}: {reason}; add the file") from None
    except UnicodeDecodeError:
        raise ValueError(f"is not text in {path}; save it as UTF-8") from None
    except yaml.YAMLError as error:
        line, text = _explain_yaml(error)
        raise ValueError(f"{text}, in {path} line {line}") from None
    if not objects:
        raise ValueError(f"is empty in {path}; write the objects to apply")
    for index, item in enumerate(objects, start=1):
        if not isinstance(item, dict) or not {"apiVersion", "kind"} <= item.keys():
            raise ValueError(f"has no apiVersion and kind in document {index} of {path}; add them")
    if len(text.encode()) > MAX_MANIFEST_BYTES:
        raise ValueError(
            f"is larger than {MAX_MANIFEST_BYTES} bytes in {path}; split it over several keys"
        )
    return Manifest(path, text)


@functools.lru_cache(maxsize=64)  # the clusters of a fleet share their manifests
def _objects(text: str) -> tuple[Any, ...]:
    """The documents of a file, those left out that hold nothing."""
    return tuple(o for o in yaml.load_all(text, Loader=_Loader) if o is not None)


def _explain(error: ErrorDetails, document: _Document) -> Problem:
    """One pydantic error as a problem of the file."""
    where = tuple(part for part in error["loc"] if part != "[key]")
    value, context = error["input"], error.get("ctx", {})
    got = f", got {_shown(value, where, document)}"
    match error["type"]:
        case "missing":
            text = "is missing; add it"
        case "extra_forbidden":
            text = _explain_unknown_key(where)
        case kind if kind == RULE:
            if context["got"] is not None:
                got = context["got"] and f", got {context['got']}"
            text = f"{context['what']}{got}; {context['todo']}"
        case "string_type" if where in document.scalars and value is not None:
            raw = document.scalars[where]
            text = f'is read by YAML as {_yaml_type(value)}, got {raw}; write it in quotes: "{raw}"'
        case "int_type" | "bool_type" if isinstance(value, str):
            text = f'is a text, got "{value}"; write {_EXPECTED[error["type"]]}, without quotes'
        case "literal_error":
            text = f"is not a choice{got}; use {context['expected']}"
        case "greater_than_equal":
            text = f"is too small{got}; use {context['ge']} or more"
        case "less_than_equal":
            text = f"is too large{got}; use {context['le']} or less"
        case "string_too_short":
            text = "is empty; write a text, or delete the key"
        case kind:
            expected = _EXPECTED.get(kind, error["msg"].lower())
            text = f"is not {expected}{got}; write {expected}"
    return document.problem(where, text)


def _explain_unknown_key(where: Where) -> str:
    fields = _fields_at(ClusterSpec, where[:-1])
    hint = _did_you_mean(str(where[-1]), fields) or f", the keys here are {', '.join(fields)};"
    return f"is not a key of the spec{hint} rename or delete it"


def _yaml_type(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    return "a number" if isinstance(value, int | float) else "a date"


_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
}


def _shown(value: object, where: Where, document: _Document) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = document.scalars.get(where, str(value))
    if not text:
        return "an empty text"
    return text if len(text) <= 80 and text.isprintable() else repr(text[:80])  # noqa: PLR2004


def _fields_at(annotation: Any, where: Where) -> list[str]:
    """The keys a mapping of the spec may have at `where`, below what `annotation` describes."""
    model = _model_in(annotation)
    for depth, part in enumerate(where):
        if part in model.model_fields:
            inner = model.model_fields[str(part)]
            return _fields_at(inner.annotation, where[depth + 1 :])
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel]:
    """The section that an annotation like ``dict[str, NodeGroupSpec]`` or ``X | None`` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments = [a for a in typing.get_args(annotation) if a is not type(None)]
    return _model_in(arguments[-1] if arguments[-1] is not ... else arguments[0])


def _did_you_mean(word: str, choices: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f", did you mean {close[0]}?" if close else ""


def _dotted(where: Where) -> str:
    path = ""
    for part in where:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


# --- several clusters --------------------------------------------------------------------------


def _problems_between(
    clusters: Sequence[Cluster], documents: dict[str, _Document]
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


def _warnings(cluster: Cluster, document: _Document, today: date) -> Iterator[Problem]:
    spec = cluster.spec
    if text := kubernetes_versions.warning(spec.kubernetes_version, today):
        yield document.problem(("kubernetes_version",), f"warning: {text}")
    if spec.state and not spec.state.dynamodb_table and not spec.state.use_lockfile:
        yield document.problem(
            ("state",),
            "warning: has no lock, so two people can spoil it at once; "
            "add dynamodb_table or use_lockfile: true",
        )
