"""YAML -> data, with the line of every part."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from constructs_lib.spec.problems import Problem, SpecErrors, Where, dotted

MAX_NODES = 10_000
"""YAML nodes in one file, aliases unfolded; more is a mistake or an attack."""

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_constructor = yaml.constructor.SafeConstructor()


@dataclass
class Document:
    """One parsed file: its data and where each part of it stands."""

    path: str
    data: dict[str, Any]
    lines: dict[Where, int] = field(default_factory=dict)
    scalars: dict[Where, str] = field(default_factory=dict)

    def problem(self, where: Where, text: str) -> Problem:
        """A problem at `where`, in the line of the nearest part around it that stands there."""
        at = where
        while at and at not in self.lines:
            at = at[:-1]
        return Problem(self.path, self.lines.get(at, 1), dotted(where), text)


def parse(path: Path, shown: str) -> Document:
    """Read one file. Raises SpecErrors for what is not a mapping in YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _whole_file(shown, 1, "is not text; save it as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _whole_file(shown, 1, f"cannot be read: {reason}; check the file") from None
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise _whole_file(shown, *explain_yaml(error)) from None
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
    document = Document(shown, {})
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
    document: Document,
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
                    dotted(at),
                    f"stands here a second time, first in line {first}; keep one of the two",
                )
            )
            continue
        document.lines[at] = line
        data[key] = _value(value_node, at, document, problems, budget)
    return data


def explain_yaml(error: yaml.YAMLError) -> tuple[int, str]:
    """The line of what is not YAML, and a sentence."""
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
