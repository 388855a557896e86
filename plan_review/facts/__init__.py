"""What the rules ask of a plan, computed once."""

from __future__ import annotations

import datetime
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import Any, Final, TypeVar

from plan_review.facts.leaves import Leaf, leaves_of
from plan_review.facts.policies import account_of
from plan_review.masking import Mask
from plan_review.masking.blind import blinded
from plan_review.plan import Action, Plan, ResourceChange
from plan_review.plan.configuration import Configuration
from plan_review.plan.construct_paths import Stack
from plan_review.plan.paths import UNKNOWN, Json, Path, dotted
from plan_review.quoting import codes

_TRACKED: Final = frozenset(
    {
        "aws_default_security_group",
        "aws_default_subnet",
        "aws_default_vpc",
        "aws_launch_configuration",
        "aws_launch_template",
        "aws_security_group",
        "aws_subnet",
        "aws_vpc",
    }
)
"""Types whose ids are looked for in other resources, to tell who holds them."""

_REASONS: Final = {
    "replace_because_tainted": "It is marked as tainted.",
    "replace_by_request": "Asked for with `-replace`.",
    "replace_by_triggers": "Asked for by `replace_triggered_by`.",
    "delete_because_no_resource_config": "It is no longer in the configuration.",
    "delete_because_no_module": "Its module is no longer in the configuration.",
    "delete_because_wrong_repetition": "It changed between `count`, `for_each` and neither.",
    "delete_because_count_index": "Its index is past the end of `count`.",
    "delete_because_enabled_false": "Its `enabled` is false.",
    "delete_because_each_key": "Its key is no longer in `for_each`.",
    "delete_because_no_move_target": "It was moved to an address that is not configured.",
}


T = TypeVar("T")


class Facts:
    """A plan with its indexes; rules read it and change nothing."""

    def __init__(self, plan: Plan, stack: Stack, mask: Mask, today: datetime.date) -> None:
        """Index the managed, current objects of a plan."""
        self.plan = plan
        self.stack = stack
        self.mask = mask
        self.today = today
        self.configuration = Configuration(plan)
        self.changes: tuple[ResourceChange, ...] = tuple(
            change for change in plan.changes if change.mode == "managed" and change.deposed is None
        )
        self._leaves: dict[ResourceChange, tuple[Leaf, ...]] = {}
        self._authored: dict[ResourceChange, tuple[Leaf, ...]] = {}
        self.known: dict[object, Any] = {}
        """What has been found out once, see `once`."""

    @cached_property
    def written(self) -> tuple[ResourceChange, ...]:
        """The managed objects for which the apply writes a value: made, changed or made anew."""
        return tuple(change for change in self.changes if change.is_written)

    @cached_property
    def rewritten(self) -> tuple[ResourceChange, ...]:
        """The managed objects that are there, and are changed or made anew."""
        actions = (Action.UPDATE, Action.REPLACE)
        return tuple(change for change in self.changes if change.action in actions)

    @cached_property
    def blinded(self) -> Facts | None:
        """The same without the values that are marked sensitive; None where nothing is marked."""
        plan = blinded(self.plan)
        if plan is None:
            return None
        facts = Facts(plan, self.stack, self.mask, self.today)
        # Most changes have no mark and are the very same objects.
        facts._leaves = self._leaves
        facts._authored = self._authored
        facts.configuration = self.configuration.of(plan)
        return facts

    def of(self, *types: str) -> Iterator[ResourceChange]:
        """The managed objects of some types, unchanged ones included, in the plan's order."""
        found = [self._by_type[type_] for type_ in dict.fromkeys(types) if type_ in self._by_type]
        for _, change in merge(*found, key=itemgetter(0)) if len(found) > 1 else chain(*found):
            yield change

    @cached_property
    def _by_type(self) -> dict[str, list[tuple[int, ResourceChange]]]:
        """The managed objects of each type, each with its place in the plan."""
        found: dict[str, list[tuple[int, ResourceChange]]] = {}
        for place, change in enumerate(self.changes):
            found.setdefault(change.type, []).append((place, change))
        return found

    def leaves(self, change: ResourceChange) -> tuple[Leaf, ...]:
        """What a change changes, leaf by leaf."""
        if change not in self._leaves:
            self._leaves[change] = leaves_of(change)
        return self._leaves[change]

    def changes_at(self, change: ResourceChange, *path: str | int) -> bool:
        """Whether a change touches anything at or below a path."""
        return any(leaf.path[: len(path)] == path for leaf in self.leaves(change))

    def is_set(self, change: ResourceChange, *path: str | int) -> bool | None:
        """Whether the author set an argument; None where there is no configuration."""
        return self.configuration.is_set(change, path)

    def authored(self, change: ResourceChange) -> tuple[Leaf, ...]:
        """The leaves without the computed values that merely become unknown."""
        if change not in self._authored:
            self._authored[change] = tuple(
                leaf
                for leaf in self.leaves(change)
                if leaf.after is not UNKNOWN
                or leaf.path in change.replace_paths
                or self.is_set(change, *leaf.path) is not False
            )
        return self._authored[change]

    def is_book_keeping(self, change: ResourceChange) -> bool:
        """Whether an update changes nothing that is set: only computed values become unknown."""
        if change.action is not Action.UPDATE or change.is_import:
            return False
        return all(
            leaf.after is UNKNOWN and self.is_set(change, *leaf.path) is False
            for leaf in self.leaves(change)
        )

    def is_tags_only(self, change: ResourceChange) -> bool:
        """Whether an update changes tags and nothing else."""
        if change.action is not Action.UPDATE:
            return False
        tops = {leaf.top for leaf in self.authored(change)}
        if change.type == "aws_launch_template":
            tops -= {"latest_version", "default_version"}
        return bool(tops) and tops <= {"tags", "tags_all"}

    @cached_property
    def by_id(self) -> dict[str, ResourceChange]:
        """Tracked objects that exist now, by their id."""
        return {
            change.old("id"): change
            for change in self.changes
            if change.type in _TRACKED and isinstance(change.old("id"), str)
        }

    @cached_property
    def _mentions(self) -> dict[str, list[ResourceChange]]:
        """Which objects carry a tracked id somewhere in their present values."""
        found: dict[str, list[ResourceChange]] = {}
        for change in self.changes:
            own = change.old("id")
            for text in dict.fromkeys(filter(self.by_id.__contains__, change.texts_before)):
                if text != own:
                    found.setdefault(text, []).append(change)
        return found

    def holders(self, change: ResourceChange) -> list[ResourceChange]:
        """The objects that refer to this one by its id, as things are before the plan."""
        return self._mentions.get(str(change.old("id")), [])

    def upstream(self, change: ResourceChange, *path: str | int) -> list[ResourceChange]:
        """The managed objects that an argument refers to."""
        return self.configuration.upstream(change, path).resources

    def because(self, change: ResourceChange) -> str:
        """Say in one sentence why an object is replaced or destroyed; empty when unknown."""
        if change.action_reason in _REASONS:
            return _REASONS[change.action_reason]
        if change.replace_paths:
            names = [dotted(path) for path in forcing(change)]
            return f"Forced by {codes(names)}."
        return ""

    def is_forced_by(self, change: ResourceChange, *tops: str) -> bool:
        """Whether one of these arguments is among those that force a replacement."""
        return any(path and path[0] in tops for path in change.replace_paths)

    @cached_property
    def account(self) -> str:
        """The account that most of the plan's present objects are in, empty where none tells."""
        found = Counter(account_of(change.old("arn")) for change in self.changes)
        found.pop("", None)
        callers = _in_state(self.plan.prior_state.get("values"), "aws_caller_identity")
        read = (account_of(values.get("account_id")) for values in callers)
        return max(sorted(found), key=lambda account: found[account], default=next(read, ""))

    @cached_property
    def clusters(self) -> list[ResourceChange]:
        """The EKS clusters of the plan."""
        return list(self.of("aws_eks_cluster"))

    @cached_property
    def zone_of_subnet(self) -> dict[str, str]:
        """Present zones by subnet id, from the plan and from what was read before it."""
        zones = dict(_zones_in_state(self.plan.prior_state.get("values")))
        for subnet in self.of("aws_subnet", "aws_default_subnet"):
            identity, zone = subnet.old("id"), subnet.old("availability_zone")
            if isinstance(identity, str) and isinstance(zone, str) and zone:
                zones[identity] = zone
        return zones


def once(find: Callable[[Facts], T]) -> Callable[[Facts], T]:
    """Make a function of the facts remember its answer with them."""

    @functools.wraps(find)
    def found(facts: Facts) -> T:
        if find not in facts.known:
            facts.known[find] = find(facts)
        answer: T = facts.known[find]
        return answer

    return found


def forcing(change: ResourceChange) -> list[Path]:
    """The paths that force a replacement, without those another one already covers."""
    return [
        path
        for path in change.replace_paths
        if not any(other != path and path[: len(other)] == other for other in change.replace_paths)
    ]


def _zones_in_state(values: Json) -> Iterator[tuple[str, str]]:
    for found in _in_state(values, "aws_subnet"):
        identity, zone = found.get("id"), found.get("availability_zone")
        if isinstance(identity, str) and isinstance(zone, str):
            yield identity, zone


def _in_state(values: Json, type_: str) -> Iterator[dict[str, Json]]:
    """The values of the objects of one type in a state, data sources included."""
    pending = [values.get("root_module")] if isinstance(values, dict) else []
    while pending:
        module = pending.pop()
        if not isinstance(module, dict):
            continue
        children = module.get("child_modules")
        pending += children if isinstance(children, list) else []
        resources = module.get("resources")
        for resource in resources if isinstance(resources, list) else []:
            found = resource.get("values") if isinstance(resource, dict) else None
            if isinstance(found, dict) and resource.get("type") == type_:
                yield found
