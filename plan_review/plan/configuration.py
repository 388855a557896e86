"""What the author wrote: which arguments are set, and what they refer to.

Of `configuration` only names are used, never a value: its constants hold credentials in
clear. In JSON syntax (CDKTF) an interpolated argument carries a `constant_value` beside its
`references`; the references are what counts. Locals are not in the plan: what goes through
one cannot be followed, and that is said, not guessed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from plan_review.plan import Plan, ResourceChange
from plan_review.plan.paths import Json, Path

_MODULE_STEP: Final = re.compile(
    r"""\.?module\.(?P<name>[^.\[\]]+)(?P<key>\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?"""
)
_REFERENCE: Final = re.compile(
    r"""(?P<type>[^.\[\]]+)\.(?P<name>[^.\[\]]+)(?P<key>\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?"""
)
_MODULE_REFERENCE: Final = re.compile(
    r"""module\.(?P<name>[^.\[\]]+)(?P<key>\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?(?:\.(?P<output>[^.\[]+))?"""
)
_MAX_HOPS: Final = 200

Scope = tuple[tuple[str, str], ...]
"""Where a name is looked up: the module calls on the way there, each with its key's text."""


@functools.lru_cache(maxsize=65536)
def scope_of(module_address: str) -> Scope:
    """Split a module address into its calls; the root module is the empty scope."""
    return tuple(
        (match["name"], match["key"] or "") for match in _MODULE_STEP.finditer(module_address)
    )


def key_text(index: str | int | None) -> str:
    """Write an instance key as it stands in an address."""
    if index is None:
        return ""
    if isinstance(index, int):
        return f"[{index}]"
    escaped = index.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


@dataclass
class Upstream:
    """What an expression reaches when its references are followed to their ends."""

    resources: list[ResourceChange] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)


class Configuration:
    """The configuration of a plan, and the walk from an argument to what it stands on."""

    def __init__(self, plan: Plan) -> None:
        """Remember the configuration; the plan's objects are looked for when asked for."""
        root = plan.configuration.get("root_module")
        self._root: dict[str, Json] = root if isinstance(root, dict) else {}
        self._changes = plan.changes
        self._block_of: dict[ResourceChange, dict[str, Json] | None] = {}
        self._blocks: dict[int, dict[tuple[str, str, str], dict[str, Json]]] = {}

    def of(self, plan: Plan) -> Configuration:
        """The same for a copy of the plan whose values differ: no block is sought twice."""
        configuration = Configuration(plan)
        configuration._block_of = self._block_of
        configuration._blocks = self._blocks
        return configuration

    @cached_property
    def _instances(self) -> dict[tuple[Scope, str, str], list[ResourceChange]]:
        """The resource changes by scope, type and name."""
        found: dict[tuple[Scope, str, str], list[ResourceChange]] = {}
        for change in self._changes:
            if change.mode == "managed" and change.deposed is None:
                key = (scope_of(change.module_address), change.type, change.name)
                found.setdefault(key, []).append(change)
        return found

    def block(self, change: ResourceChange) -> dict[str, Json] | None:
        """The configuration block of a resource; None when it is not configured."""
        if not self._root:
            return None
        if change not in self._block_of:
            blocks = self.blocks(self.module(scope_of(change.module_address)))
            self._block_of[change] = blocks.get((change.mode, change.type, change.name))
        return self._block_of[change]

    def provisioners(self, change: ResourceChange) -> tuple[str, ...]:
        """The kinds of the provisioners of a resource, such as `local-exec`."""
        block = self.block(change) or {}
        return tuple(
            entry["type"]
            for entry in _dicts(block.get("provisioners"))
            if isinstance(entry.get("type"), str)
        )

    def is_set(self, change: ResourceChange, path: Path) -> bool | None:
        """Whether the author set the argument at `path`; None when there is no configuration.

        A path through a nested block is set when one of its blocks sets the rest.
        """
        block = self.block(change)
        if block is None:
            return None
        return _is_set(block.get("expressions"), _names(path))

    def upstream(self, change: ResourceChange, path: Path) -> Upstream:
        """Follow the references of the argument at `path`, through modules, to their ends."""
        found = Upstream()
        block = self.block(change)
        if block is None:
            return found
        expression = _expression(block.get("expressions"), _names(path))
        walk = _Walk(self, found, key_text(change.index))
        walk.follow(scope_of(change.module_address), _references(expression), block)
        found.variables = sorted(set(found.variables))
        return found

    def instances(self, scope: Scope, kind: str, name: str) -> list[ResourceChange]:
        """The instances of a resource; a scope's empty keys stand for every instance."""
        exact = self._instances.get((scope, kind, name))
        if exact is not None:
            return exact
        return [
            change
            for (where, its_kind, its_name), changes in self._instances.items()
            if (its_kind, its_name) == (kind, name) and _covers(scope, where)
            for change in changes
        ]

    def module(self, scope: Scope) -> dict[str, Json]:
        """The configuration of the module at a scope, empty when there is none."""
        module = self._root
        for name, _ in scope:
            module = _dict(_dict(_dict(module.get("module_calls")).get(name)).get("module"))
        return module

    def call(self, scope: Scope) -> dict[str, Json]:
        """The module call that makes the innermost module of a scope."""
        return _dict(_dict(self.module(scope[:-1]).get("module_calls")).get(scope[-1][0]))

    def blocks(self, module: dict[str, Json]) -> dict[tuple[str, str, str], dict[str, Json]]:
        """A module's resource blocks by mode, type and name."""
        if id(module) not in self._blocks:
            self._blocks[id(module)] = {
                (
                    str(entry.get("mode", "managed")),
                    str(entry.get("type")),
                    str(entry.get("name")),
                ): entry
                for entry in _dicts(module.get("resources"))
            }
        return self._blocks[id(module)]


class _Walk:
    """One walk along references; remembers where it has been, so that cycles end."""

    def __init__(self, configuration: Configuration, found: Upstream, key: str) -> None:
        self._configuration = configuration
        self._found = found
        self._key = key
        self._seen: set[tuple[Scope, str]] = set()

    def follow(self, scope: Scope, references: list[str], block: dict[str, Json]) -> None:
        heads = list(_heads(references))
        uses_key = any(head.startswith(("count.", "each.")) for head in heads)
        for head in heads:
            if (scope, head) in self._seen or len(self._seen) > _MAX_HOPS:
                continue
            self._seen.add((scope, head))
            self._step(scope, head, block, uses_key=uses_key)

    def _step(self, scope: Scope, head: str, block: dict[str, Json], *, uses_key: bool) -> None:
        root = head.split(".", 1)[0].split("[", 1)[0]
        if root == "var":
            self._variable(scope, _REFERENCE.match(head))
        elif root == "module":
            self._module(scope, _MODULE_REFERENCE.match(head))
        elif root == "each":
            self.follow(scope, _references(block.get("for_each_expression")), {})
        elif root == "data":
            self._data(scope, _REFERENCE.match(head, len("data.")))
        elif root not in ("count", "local", "path", "self", "terraform"):
            self._resource(scope, _REFERENCE.match(head), uses_key=uses_key)

    def _variable(self, scope: Scope, match: re.Match[str] | None) -> None:
        if match is None:
            return
        if not scope:
            self._found.variables.append(f"var.{match['name']}")
            return
        call = self._configuration.call(scope)
        expressions = _dict(call.get("expressions"))
        self.follow(scope[:-1], _references(expressions.get(match["name"])), call)

    def _module(self, scope: Scope, match: re.Match[str] | None) -> None:
        if match is None or match["output"] is None:
            return
        inner = (*scope, (match["name"], match["key"] or ""))
        outputs = _dict(self._configuration.module(inner).get("outputs"))
        expression = _dict(outputs.get(match["output"])).get("expression")
        self.follow(inner, _references(expression), {})

    def _data(self, scope: Scope, match: re.Match[str] | None) -> None:
        if match is None:
            return
        blocks = self._configuration.blocks(self._configuration.module(scope))
        block = blocks.get(("data", match["type"], match["name"]), {})
        self.follow(scope, _references(block.get("expressions")), block)

    def _resource(self, scope: Scope, match: re.Match[str] | None, *, uses_key: bool) -> None:
        if match is None:
            return
        instances = self._configuration.instances(scope, match["type"], match["name"])
        wanted = match["key"] or (self._key if uses_key else "")
        chosen = [change for change in instances if key_text(change.index) == wanted]
        self._found.resources += [
            change
            for change in (chosen if wanted and (chosen or match["key"]) else instances)
            if change not in self._found.resources
        ]


def _heads(references: Iterable[str]) -> Iterator[str]:
    """The most specific of each run: Terraform follows `a.b[0].id` by `a.b[0]`, `a.b`."""
    head = ""
    for reference in references:
        if head and head.startswith(reference) and head[len(reference) :][:1] in (".", "["):
            continue
        head = reference
        yield reference


def _references(expression: Json) -> list[str]:
    """Collect the references of an expression and of everything nested in it, in order."""
    if isinstance(expression, list):
        return [reference for child in expression for reference in _references(child)]
    if not isinstance(expression, dict):
        return []
    found = [text for text in _list(expression.get("references")) if isinstance(text, str)]
    for key, child in expression.items():
        if key not in ("references", "constant_value"):
            found += _references(child)
    return found


def _names(path: Path) -> list[str]:
    return [key for key in path if isinstance(key, str)]


def _is_set(expressions: Json, names: list[str]) -> bool:
    if not names:
        return True
    for block in _dicts(expressions) if isinstance(expressions, list) else [_dict(expressions)]:
        if names[0] in block:
            below = block[names[0]]
            is_block = isinstance(below, list) or (
                isinstance(below, dict) and not {"references", "constant_value"} & below.keys()
            )
            if not is_block or not below or _is_set(below, names[1:]):
                return True
    return False


def _expression(expressions: Json, names: list[str]) -> Json:
    """Go down to the expression at a path; where it ends early, the rest is inside a value."""
    if isinstance(expressions, list):
        return [_expression(child, names) for child in expressions]
    if not names or not isinstance(expressions, dict) or names[0] not in expressions:
        return expressions if _is_leaf(expressions) or not names else None
    return _expression(expressions[names[0]], names[1:])


def _is_leaf(expression: Json) -> bool:
    return isinstance(expression, dict) and bool(
        {"references", "constant_value"} & expression.keys()
    )


def _covers(pattern: Scope, scope: Scope) -> bool:
    return len(pattern) == len(scope) and all(
        name == its_name and key in ("", its_key)
        for (name, key), (its_name, its_key) in zip(pattern, scope, strict=True)
    )


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [entry for entry in _list(value) if isinstance(entry, dict)]
