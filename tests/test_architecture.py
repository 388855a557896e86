"""What keeps the house in order while it grows: sizes that may not be passed.

Which way imports go, and that none goes in a circle, is in pyproject.toml (import-linter).
"""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.synthesis import ROOT

MAX_LINES = 400
MAX_ARGUMENTS = 9
"""Of a construct, besides itself: scope, id, its section, what it stands on."""

WRITTEN = {".css", ".html", ".j2", ".js", ".md", ".mjs", ".py", ".sh", ".toml", ".yaml", ".yml", ""}
"""Suffixes of files that people write; lock files and JSON are written by programs."""

MAY_BE_LONG = {
    "packer/rootfs/usr/local/sbin/eks-join": "one file, since it is copied to nodes as it is",
    "docs/reference.md": "generated from the spec",
}


NOT_WHAT_IT_IS = {"Give", "Gives", "Return", "Returns", "This", "Yield", "Yields"}
"""How a docstring does not begin: what a function gives is what it is, such as "The ids of ..."."""

ACTIONS = {
    "Give a change its id in the drawing, and file it under its class.",
    "Give the subnet of each zone its table.",
}


def files() -> Iterator[Path]:
    """What git knows of this checkout, besides the tests."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            yield ROOT / name


def constructs() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each construct of ours, and what it is made with."""
    for path in sorted((ROOT / "constructs_lib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and {"Construct", "TerraformStack"} & {
                ast.unparse(base) for base in node.bases
            }:
                for method in node.body:
                    if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                        yield f"{path.relative_to(ROOT)}: {node.name}", method


def arguments(method: ast.FunctionDef) -> list[str]:
    """The names of a method's arguments, `self` aside."""
    given = method.args
    named = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return [*named[1:], *(other.arg for other in (given.vararg, given.kwarg) if other)]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git knows nothing of this directory")
def test_no_file_is_too_long_to_read() -> None:
    long = {
        path.relative_to(ROOT).as_posix()
        for path in files()
        if path.suffix in WRITTEN and path.read_bytes().count(b"\n") > MAX_LINES
    }

    assert long - MAY_BE_LONG.keys() == set(), "make it a package of the same name"


def test_no_construct_stands_on_too_much() -> None:
    found = {name: arguments(method) for name, method in constructs()}

    assert len(found) > 10
    assert {name: given for name, given in found.items() if len(given) > MAX_ARGUMENTS} == {}


def test_no_construct_takes_a_whole_spec() -> None:
    takes = {
        name
        for name, method in constructs()
        for argument in (*method.args.args, *method.args.kwonlyargs)
        if argument.annotation and "ClusterSpec" in ast.unparse(argument.annotation)
    }

    assert takes == {"constructs_lib/identity.py: Identity"}, "it takes its own section"


def test_no_construct_is_a_base_of_another() -> None:
    classes = {name.partition(": ")[2] for name, _ in constructs()}
    bases = {
        ast.unparse(base)
        for path in sorted((ROOT / "constructs_lib").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }

    assert classes & bases == set()


def test_every_argument_is_counted() -> None:
    (method,) = ast.parse("def __init__(self, a, /, b, *c, d, **e): ...").body

    assert isinstance(method, ast.FunctionDef)
    assert arguments(method) == ["a", "b", "d", "c", "e"]


Documented = ast.FunctionDef | ast.ClassDef


def documented(package: str) -> Iterator[tuple[str, Documented, str]]:
    """Each function and class of a package that has a docstring, and that."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Documented) and (docstring := ast.get_docstring(node)):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node, docstring


def raises(function: ast.FunctionDef) -> bool:
    """Whether a function raises an error itself: not what it caught, nor in one inside it."""
    inside = list(ast.iter_child_nodes(function))
    while inside:
        node = inside.pop()
        if isinstance(node, ast.Raise) and node.exc is not None:
            return True
        if not isinstance(node, Documented):
            inside += ast.iter_child_nodes(node)
    return False


PACKAGES = ["adopt", "commands", "constructs_lib", "plan_review"]


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_say_what_a_thing_is(package: str) -> None:
    """The rest of their form is ruff's: pyproject.toml."""
    assert [
        (where, docstring)
        for where, _, docstring in documented(package)
        if docstring.split()[0] in NOT_WHAT_IT_IS and docstring not in ACTIONS
    ] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_say_what_is_raised(package: str) -> None:
    """Those of commands are their `--help`, which says it otherwise."""
    assert [
        where
        for where, node, docstring in documented(package)
        if isinstance(node, ast.FunctionDef)
        and (node.name == "__init__" or not node.name.startswith("_"))
        and node.name != "command"
        and raises(node)
        and "Raises:" not in docstring
    ] == []
