"""What a plan would change, argument by argument, and the overrides that leave it as it is."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any

from constructs_lib.terraform.literals import literal

Schemas = Mapping[str, Mapping[str, Any]]
"""The block of each resource type, as `terraform providers schema -json` tells it."""

Path = tuple[str | int, ...]

UNKNOWN = object()
"""In place of a value that only the apply would tell."""

_FOLLOWED = frozenset({"tags_all", "id"})
"""Arguments that the provider works out of others: no override says them."""

NOT_SHOWN = frozenset({"user_data", "user_data_base64"})
"""Arguments that hold what nobody else should read, or of which a state has a digest alone: they
are left as they are by `ignore_changes`, and are not written anywhere."""


_IN_PLACE_OF = {("aws_vpc", "ipv4_netmask_length"): "cidr_block"}
"""Arguments that the provider does not take together: what one says takes the other's place."""


@dataclass(frozen=True)
class Difference:
    """An argument of a resource that the plan would set otherwise than the state has it."""

    address: str
    path: Path
    before: Any
    after: Any
    replaces: bool
    whole: Mapping[str, Any] | None = None
    """Schema of the block, where `before` and `after` are lists of blocks."""

    outdated: bool = False
    """Whether the provider calls the argument deprecated; the next one may not have it."""

    @property
    def argument(self) -> str:
        """The argument's name, as Terraform writes it."""
        first, *rest = self.path
        return str(first) + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest
        )


def differences(change: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Difference]:
    """What a plan's change of one resource changes of its arguments."""
    what = change["change"]
    if set(what["actions"]) <= {"no-op", "create", "read", "forget"}:
        return []
    replacing = {tuple(path) for path in what.get("replace_paths") or []}
    before, after = what.get("before") or {}, what.get("after") or {}
    unknown = what.get("after_unknown") or {}
    found = (
        list(_in_block(before, after, unknown, schema))
        or list(_followed(before, after, unknown, _same))
        # an imported state lacks what the provider only keeps for itself
        or list(_followed(before, after, unknown, _is_no_default))
        or list(_followed(before, after, unknown, eq))
    )
    return [
        Difference(
            change["address"],
            path,
            before,
            after,
            any(each[: len(path)] == path or path[: len(each)] == each for each in replacing),
            whole,
            outdated=bool(schema.get("attributes", {}).get(path[0], {}).get("deprecated")),
        )
        for path, before, after, whole in found
        if not (path == ("region",) and before is None)  # what 6.x adds to a state of 5.x
    ]


_Found = tuple[Path, Any, Any, Mapping[str, Any] | None]


def _in_block(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    unknown: Mapping[str, Any],
    schema: Mapping[str, Any],
) -> Iterator[_Found]:
    for name, attribute in schema.get("attributes", {}).items():
        if name in _FOLLOWED or not (attribute.get("optional") or attribute.get("required")):
            continue
        there, then = before.get(name), after.get(name)
        if unknown.get(name) is True:
            if not attribute.get("computed"):
                yield (name,), there, UNKNOWN, None
        elif not _same(there, then):
            yield (name,), there, then, None
    for name, nested in schema.get("block_types", {}).items():
        there, then = _blocks(before.get(name)), _blocks(after.get(name))
        marks = unknown.get(name)
        if len(there) == len(then) == 1:
            mark = _blocks(marks)[:1] or [{}]
            for path, one, other, whole in _in_block(
                there[0], then[0], mark[0] if isinstance(mark[0], Mapping) else {}, nested["block"]
            ):
                yield (name, 0, *path), one, other, whole
        elif marks is True or _canonical(there, nested["block"]) != _canonical(
            then, nested["block"]
        ):
            yield (name,), there, UNKNOWN if marks is True else then, nested["block"]


def _followed(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    unknown: Mapping[str, Any],
    same: Callable[[Any, Any], bool],
) -> Iterator[_Found]:
    """What an update changes where it changes no argument: tags of the provider's, for one."""
    for name in before:
        if not unknown.get(name) and not same(before[name], after.get(name)):
            yield (name,), before[name], after.get(name), None


def _blocks(value: Any) -> list[Any]:
    if value is None or value is True or value is False:
        return []
    return value if isinstance(value, list) else [value]


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a provider.

    To most an absent argument is as good as one of the type's zero value.
    https://developer.hashicorp.com/terraform/plugin/sdkv2/schemas/schema-types
    """
    if one is None or other is None:
        return not one and not other
    return bool(_filled(one) == _filled(other))


def _is_no_default(before: Any, after: Any) -> bool:
    """Whether a value is none that the provider would set by itself."""
    return before is not None or after is None


def _filled(value: Any) -> Any:
    """A value without what is empty in its mappings; None for an empty one."""
    if isinstance(value, Mapping):
        value = {key: item for key, item in value.items() if not _is_empty(_filled(item))}
    elif isinstance(value, list):
        value = [_filled(item) for item in value]
    return None if _is_empty(value) else value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _canonical(blocks: Sequence[Any], schema: Mapping[str, Any]) -> list[str]:
    return sorted(json.dumps(_configured(block, schema), sort_keys=True) for block in blocks)


def _configured(values: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a configuration would have to say for a block to have `values`."""
    said = {
        name: values.get(name)
        for name, attribute in schema.get("attributes", {}).items()
        if (attribute.get("optional") or attribute.get("required"))
        and not _is_empty(values.get(name))
    }
    for name, nested in schema.get("block_types", {}).items():
        if inner := _blocks(values.get(name)):
            said[name] = [_configured(block, nested["block"]) for block in inner]
    return said


# --- as they are ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """What a spec says so that a plan leaves things as they are."""

    overrides: Mapping[str, Mapping[str, Any]]
    ignore_changes: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Stack:
    """The JSON of a stack, and what its resources are in the state."""

    document: Mapping[str, Any]
    instances: Mapping[str, Mapping[str, Mapping[str, Any]]]
    """The values of all instances at each of the stack's addresses, by what stands in brackets."""

    names: Mapping[str, str]
    """What the texts of the JSON stand for, such as ``${var.cluster_name}``."""

    references: Mapping[str, str]
    """How the JSON refers to what has an id in AWS."""

    def keep(self, found: Sequence[Difference]) -> Kept:
        """What to lay over the JSON for none of `found` to be planned."""
        overrides: dict[str, dict[str, Any]] = defaultdict(dict)
        ignored: dict[str, list[str]] = defaultdict(list)
        for difference in found:
            address = difference.address.partition("[")[0]
            kind, _, name = address.partition(".")
            block = self.document["resource"][kind][name]
            first = str(difference.path[0])
            if first in _FOLLOWED or difference.outdated:
                continue  # an override could not say it, or not for long
            own = difference.before is None or _same(difference.before, difference.after)
            if first in NOT_SHOWN or (own and first not in block):
                # the provider's own default, or its form of it, which no override would change
                ignored[address].append(first)
            elif "count" in block or "for_each" in block:
                if difference.whole is None and len(difference.path) == 1:
                    values = {key: v.get(first) for key, v in self.instances[address].items()}
                    overrides[address][first] = _of_each(values, counted="count" in block)
            else:
                self._lay(overrides[address], block, difference)
                if other := _IN_PLACE_OF.get((kind, first)):
                    overrides[address][other] = None
        return Kept({a: over for a, over in overrides.items() if over}, ignored)

    def _lay(self, over: dict[str, Any], block: Any, difference: Difference) -> None:
        """Put into `over` what makes `block` have what was there before."""
        *outer, last = difference.path
        for part in outer:
            if part == 0 and not isinstance(block, list):
                continue  # CDKTF writes a single block without a list
            block = _inner(block, part)
            over = over.setdefault(str(part), {})
        there, value = _inner(block, last), difference.before
        if difference.whole is not None:
            value = [_configured(each, difference.whole) for each in value]
        if isinstance(value, Mapping):
            over[str(last)] = self._mapping(there, literal(value))
        elif _is_empty(value):
            over[str(last)] = None
        else:
            over[str(last)] = self._referring(_with_every_key(_written(value), there))

    def _mapping(self, there: Any, value: Mapping[str, Any]) -> Any:
        """A map: only what differs."""
        if not isinstance(there, Mapping):
            return value if not there else f"${{{_expression([value])}[0]}}"
        keys = {self._resolved(key): key for key in there}
        return {
            **{
                keys.get(key, key): item
                for key, item in value.items()
                if key not in keys or self._resolved(there[keys[key]]) != item
            },
            **{written: None for key, written in keys.items() if key not in value},
        }

    def _resolved(self, text: Any) -> Any:
        if isinstance(text, str):
            for name, value in self.names.items():
                text = text.replace(name, value)
        return text

    def _referring(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._referring(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._referring(item) for item in value]
        return self.references.get(value, value) if isinstance(value, str) else value


def _with_every_key(value: Any, there: Any) -> Any:
    """An attribute that is written as a block wants every key, those of newer providers too."""
    if not isinstance(value, list) or not isinstance(there, list):
        return value
    keys = dict.fromkeys(key for each in there if isinstance(each, Mapping) for key in each)
    return [{**keys, **each} if isinstance(each, Mapping) else each for each in value]


def _inner(block: Any, part: str | int) -> Any:
    if isinstance(block, list) and isinstance(part, int) and part < len(block):
        return block[part]
    return block.get(part) if isinstance(block, Mapping) else None


def _of_each(values: Mapping[str, Any], *, counted: bool) -> str:
    """What gives each instance its own of `values`, which are by what stands in brackets."""
    if counted:
        return f"${{{_expression([values[key] for key in sorted(values, key=int)])}[count.index]}}"
    said = {key.strip('"'): _written(value) for key, value in values.items()}
    return f"${{{json.dumps(said, ensure_ascii=False)}[each.key]}}"


def _expression(values: Sequence[Any]) -> str:
    """A list in Terraform's expression language, of which JSON is a part but for templates."""
    return json.dumps([_written(value) for value in values], ensure_ascii=False)


def _written(value: Any) -> Any:
    """`value` as Terraform JSON says it: null in blocks for what is empty."""
    if isinstance(value, list):
        return [
            {key: None if item in ("", []) else item for key, item in literal(each).items()}
            if isinstance(each, dict)
            else literal(each)
            for each in value
        ]
    return literal(value)
