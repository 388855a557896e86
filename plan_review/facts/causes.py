"""Where replacements start: the argument that was changed, and what it takes along.

A replaced object says by which arguments it is forced. Where such an argument is known only
after the apply because what it refers to is itself being replaced or made, the cause lies
there; otherwise it lies here.
"""

from __future__ import annotations

from dataclasses import dataclass

from plan_review.facts import Facts, forcing
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Path, dotted


@dataclass(frozen=True)
class Cause:
    """Origins that share an argument, and how many replacements follow from them."""

    addresses: tuple[str, ...]
    argument: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    reason: str
    """A sentence where no argument forces it: tainted, on request."""
    takes: int
    """How many further objects are replaced because of it."""
    variables: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    construct_paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Origin:
    change: ResourceChange
    path: Path | None
    variables: tuple[str, ...]
    through: tuple[str, ...]


def causes(facts: Facts) -> list[Cause]:
    """The causes, those that take most along first."""
    replaced = [change for change in facts.changes if change.action is Action.REPLACE]
    upstream: dict[int, list[ResourceChange]] = {}
    origins: list[_Origin] = []
    for change in replaced:
        found = _origins(facts, change, upstream)
        origins += found
    downstream = _downstream(replaced, upstream)
    groups: dict[tuple[str, str, str, str], list[_Origin]] = {}
    for origin in origins:
        groups.setdefault(_key(origin), []).append(origin)
    result = [_cause(facts, group, downstream) for group in groups.values()]
    return sorted(result, key=lambda cause: (-cause.takes, -len(cause.addresses), cause.addresses))


def _origins(
    facts: Facts, change: ResourceChange, upstream: dict[int, list[ResourceChange]]
) -> list[_Origin]:
    """Where a replacement starts in this object; what lies upstream is noted."""
    if not change.replace_paths:
        return [_Origin(change, None, (), ())]
    here = []
    for path in forcing(change):
        reached = facts.configuration.upstream(change, path)
        unknown = change.is_unknown(*path)
        moving = [other for other in reached.resources if other.action is not Action.NO_OP]
        sources = [other for other in moving if other.action is Action.REPLACE]
        if sources and (unknown or _follows(change, path, sources)):
            upstream.setdefault(id(change), []).extend(sources)
        else:
            through = tuple(other.address for other in moving) if unknown else ()
            here.append(_Origin(change, path, tuple(reached.variables), through))
    return here


def _follows(change: ResourceChange, path: Path, sources: list[ResourceChange]) -> bool:
    """Whether a known new value is one that a replaced source also gets (a name passed on)."""
    value = change.new(*path)
    return any(value == source.new(*forced) for source in sources for forced in forcing(source))


def _downstream(
    replaced: list[ResourceChange], upstream: dict[int, list[ResourceChange]]
) -> dict[int, set[int]]:
    """Return, for each replaced object, the replacements that follow from it, at any distance."""
    direct: dict[int, set[int]] = {id(change): set() for change in replaced}
    for change in replaced:
        for source in upstream.get(id(change), []):
            direct.setdefault(id(source), set()).add(id(change))
    result = {}
    for change in replaced:
        seen: set[int] = set()
        pending = list(direct[id(change)])
        while pending:
            follower = pending.pop()
            if follower not in seen:
                seen.add(follower)
                pending += direct.get(follower, set())
        result[id(change)] = seen - {id(change)}
    return result


def _key(origin: _Origin) -> tuple[str, str, str, str]:
    """Tell which origins are one: a variable that several read, else one resource's argument."""
    if origin.path is None:
        return ("", origin.change.address, "", "")
    if origin.variables:
        return (",".join(origin.variables), "", "", "")
    change = origin.change
    return ("", change.module_address, f"{change.type}.{change.name}", dotted(origin.path))


def _cause(facts: Facts, group: list[_Origin], downstream: dict[int, set[int]]) -> Cause:
    first = group[0]
    members = {id(origin.change): origin.change for origin in group}
    followers = set().union(*(downstream[key] for key in members)) - members.keys()
    addresses = tuple(change.address for change in members.values())
    paths = [facts.stack.path_of(change) for change in members.values()]
    arguments = list(dict.fromkeys(dotted(origin.path) for origin in group if origin.path))
    sides = [(_shown(facts, o, "before"), _shown(facts, o, "after")) for o in group if o.path]
    unique = list(dict.fromkeys(sides))
    return Cause(
        addresses=addresses,
        argument=", ".join(arguments),
        before=tuple(side[0] for side in unique),
        after=tuple(side[1] for side in unique),
        reason="" if first.path else facts.because(first.change) or "The plan gives no reason.",
        takes=len(followers),
        variables=first.variables,
        through=tuple(dict.fromkeys(name for origin in group for name in origin.through)),
        construct_paths=tuple(dict.fromkeys(path for path in paths if path)),
    )


def _shown(facts: Facts, origin: _Origin, side: str) -> str:
    """Write the value that forces the replacement, masked."""
    change, path = origin.change, origin.path or ()
    if side == "after" and change.new(*path) is UNKNOWN:
        return facts.mask.value(UNKNOWN)
    root = change.before if side == "before" else change.after
    return facts.mask.value_in(root, path, change.before_sensitive, change.after_sensitive)
