"""YAML -> data, with the line of every part, or a sentence about what is not plain YAML.

Numbers are read as YAML 1.2 has them. What YAML 1.1 reads otherwise (octal, hexadecimal, minutes)
is refused, since the writer and the reader would not mean the same.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

import yaml

from constructs_lib.spec.problems import Problem, SpecErrors, dotted, shortened
from constructs_lib.spec.section import Where

MAX_BYTES = 500_000
"""Of a file; more is a mistake, and would take seconds."""

MAX_NODES = 10_000
"""YAML nodes in one spec, aliases unfolded; more is a mistake or an attack."""

MAX_DEPTH = 100
"""Levels in one file. Below some thousands the parser would end the process."""

CDKTF_MARK: Final = "TfToken["
"""What CDKTF looks for in every text, to put in its place what it stands for."""

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_COPY: Final = "copy another cluster's file and change name and ranges"
_TOP_OF_HCL: Final = frozenset(
    ("terraform", "provider", "resource", "data", "module", "variable", "locals", "output")
)
_HCL: Final = re.compile(rf"(\s|#.*\n)*({'|'.join(sorted(_TOP_OF_HCL))})\b[^:\n]*\{{")
_TAG: Final = "tag:yaml.org,2002:"
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?")
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
}


@dataclass(frozen=True)
class Flaw:
    """Something in YAML that not everyone would read alike, and the way out."""

    where: Where
    line: int
    what: str
    todo: str


@dataclass
class Document:
    """One parsed file: its data and where each part of it stands."""

    path: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Where, int] = field(default_factory=dict)
    scalars: dict[Where, str] = field(default_factory=dict)
    empty: set[Where] = field(default_factory=set)
    """Where a key or an item has no value."""

    flaws: list[Flaw] = field(default_factory=list)
    """What is YAML, but nothing that a spec can mean."""

    wrong: set[Where] = field(default_factory=set)
    """Where those are whose value is worth nothing."""

    @property
    def problems(self) -> list[Problem]:
        """The flaws as problems of the file."""
        return [
            Problem(self.path, f.line, dotted(f.where), f"{f.what}; {f.todo}") for f in self.flaws
        ]

    def problem(self, where: Where, text: str) -> Problem:
        """A problem at `where`, in the line of the nearest part around it that stands there."""
        at = where
        while at and at not in self.lines:
            at = at[:-1]
        return Problem(self.path, self.lines.get(at, 1), dotted(where), text)


class NotYaml(Exception):  # noqa: N818 - it is what is wrong with a text, told by whoever reads it
    """Why a text cannot be read, and the way out."""

    def __init__(self, what: str, todo: str, line: int | None = None) -> None:
        """Hold both; `line` is where, unless it is the whole."""
        super().__init__(f"{what}; {todo}")
        self.what = what
        self.todo = todo
        self.line = line


def parse(path: Path, shown: str) -> Document:
    """Read one file.

    Raises:
        SpecErrors: for what is not a mapping in YAML, or not plain.
    """
    try:
        text = read(path)
        if _HCL.match(text):
            raise NotYaml("is a configuration of Terraform's", _COPY)
        found = nodes(text)
    except NotYaml as error:
        raise SpecErrors([Problem(shown, error.line or 1, "", str(error))]) from None
    if not found:
        raise _whole_file(shown, f"is empty; {_COPY}")
    node, *others = found
    if others:
        line = others[0].start_mark.line
        what = "holds more than one document; write one file for each cluster"
        raise SpecErrors([Problem(shown, line, "", what)])
    if not isinstance(node, yaml.MappingNode):
        kind = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
        raise _whole_file(shown, f"holds {kind}, not a mapping; write keys like `name: lovelace`")
    document = Document(shown)
    try:
        document.data = Reader(document, MAX_NODES).value(node, ())
    except NotYaml as error:
        raise _whole_file(shown, str(error)) from None
    if (foreign := _kind_of_another_tool(document.data)) is not None:
        raise _whole_file(shown, f"is {foreign}; {_COPY}")
    return document


def _kind_of_another_tool(data: Mapping[str, Any]) -> str | None:
    api = data.get("apiVersion")
    if isinstance(api, str) and "kind" in data:
        eksctl = api.startswith("eksctl.io/")
        return "a file of eksctl's" if eksctl else "a manifest of Kubernetes, not a cluster's spec"
    if data.keys() & {"AWSTemplateFormatVersion", "Resources"}:
        return "a template of CloudFormation's"
    if data and data.keys() <= _TOP_OF_HCL | {"//"}:
        return "a configuration of Terraform's"
    return None


def read(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a regular file of at most `limit` bytes.

    Raises:
        NotYaml: it is anything else.
    """
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            kind = "is a directory" if path.is_dir() else "not a regular file"
            raise NotYaml(f"cannot be read: {kind}", "check the file")
        if status.st_size > limit:
            raise NotYaml(f"is larger than {limit} bytes", "split it")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise NotYaml("is not text", "save it as UTF-8") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise NotYaml(f"cannot be read: {reason}", "check the file") from None


def nodes(text: str) -> list[yaml.Node]:
    """The documents of a text, those left out that hold nothing.

    Raises:
        NotYaml: it is no YAML.
    """
    try:
        # a level takes one of these characters at least, and few texts have so many
        if sum(map(text.count, "[{-?:")) > MAX_DEPTH:
            _check_depth(text)
        composed = yaml.compose_all(text, Loader=LOADER)
        return [node for node in composed if node is not None and not _is_null(node)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        detail = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        todo = "check the indentation, colons and quotes here"
        raise NotYaml(f"is not YAML: {detail}", todo, line) from None


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            line = getattr(event.start_mark, "line", 0) + 1
            raise NotYaml(f"is nested deeper than {MAX_DEPTH} levels", "write it flatter", line)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"


class Reader:
    """Makes data of nodes, and notes in a document where each part stands."""

    def __init__(self, document: Document, budget: int, *, plain: bool = True) -> None:
        """Take at most `budget` nodes, aliases unfolded; tags and old numbers if not `plain`."""
        self.document = document
        self._only_plain = plain
        self._budget = self._left = budget
        self._open: set[int] = set()

    def value(self, node: yaml.Node, where: Where) -> Any:
        """The data of `node`.

        Raises:
            NotYaml: it is too much, or within itself.
        """
        self._left -= 1
        if self._left < 0:
            raise NotYaml(f"unfolds to more than {self._budget} values", "use fewer aliases")
        self.document.lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            self.document.scalars[where] = node.value
            return self._scalar(node, where)
        if id(node) in self._open:
            raise NotYaml("holds a value that stands within itself", "write the value out")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                self._plain(node, where, "map")
                return self._mapping(node, where)
            self._plain(node, where, "seq")
            return [self.value(item, (*where, n)) for n, item in enumerate(node.value)]
        finally:
            self._open.remove(id(node))

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[yaml.MappingNode] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._flaw(where, line, "has a key that is not a text", "write a plain word")
                continue
            if key_node.tag == f"{_TAG}merge":
                merged += self._merged(value_node, where, line)
                continue
            at = (*where, str(key_node.value))
            self._no_token(key_node, at)
            if at[-1] in data:
                what = f"stands here a second time, first in line {self.document.lines[at]}"
                self._flaw(at, line, what, "keep one of the two")
                continue
            self.document.lines[at] = line
            data[key_node.value] = self.value(value_node, at)
        for each in merged:  # what stands here itself wins, then what is merged first
            for key, value in self.value(each, where).items():
                data.setdefault(key, value)
        return data

    def _merged(self, node: yaml.Node, where: Where, line: int) -> Iterator[yaml.MappingNode]:
        """The mappings that a merge key names: one, or some in a list."""
        for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(each, yaml.MappingNode):
                yield each
            else:
                todo = "write an alias of one, like *node, or delete the line"
                self._flaw((*where, "<<"), line, "merges what is no mapping", todo)

    def _scalar(self, node: yaml.ScalarNode, where: Where) -> Any:
        text: str = node.value
        self._no_token(node, where)
        match node.tag.removeprefix(_TAG):
            case "str" | "timestamp" | "value" | "merge" if node.tag.startswith(_TAG):
                return text
            case "null":
                self.document.empty.add(where)
                return None
            case "bool" if text.lower() in _BOOLEANS:
                return _BOOLEANS[text.lower()]
            case "int" if _INTEGER.fullmatch(text):
                return int(text)
            case "float" if _DECIMAL.fullmatch(text):
                return float(text)
            case "int" | "float":
                self._notation(node, where)
            case _:
                self._plain(node, where, "str")
        return text

    def _no_token(self, node: yaml.ScalarNode, where: Where) -> None:
        if CDKTF_MARK in node.value:
            what = f"holds {CDKTF_MARK}, which CDKTF would replace, got {shortened(node.value)}"
            self._refuse(where, node, what, "write another text")

    def _notation(self, node: yaml.ScalarNode, where: Where) -> None:
        what = f"is a number that not everyone reads alike, got {shortened(node.value)}"
        self._refuse(where, node, what, "write it in plain digits, or as a text in quotes")

    def _plain(self, node: yaml.Node, where: Where, kind: str) -> None:
        if node.tag != _TAG + kind:
            tag = shortened(node.tag.replace(_TAG, "!!"))
            self._refuse(where, node, f"has a tag, got {tag}", "write the plain value without it")

    def _refuse(self, where: Where, node: yaml.Node, what: str, todo: str) -> None:
        if not self._only_plain:
            return
        self.document.wrong.add(where)
        self._flaw(where, node.start_mark.line + 1, what, todo)

    def _flaw(self, where: Where, line: int, what: str, todo: str) -> None:
        self.document.flaws.append(Flaw(where, line, what, todo))


def _whole_file(path: str, text: str) -> SpecErrors:
    return SpecErrors([Problem(path, 1, "", text)])
