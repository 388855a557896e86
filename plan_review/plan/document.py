"""A plan: its changes and what it says about itself."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

from plan_review.plan.change import Action, ResourceChange
from plan_review.plan.paths import Json


@dataclass(frozen=True)
class Check:
    """A `check` block, or a condition, that does not hold."""

    address: str
    status: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A plan whose outer shape has been checked."""

    terraform_version: str
    timestamp: str
    changes: tuple[ResourceChange, ...]
    drift: tuple[ResourceChange, ...]
    output_changes: dict[str, dict[str, Json]]
    checks: tuple[Check, ...]
    configuration: dict[str, Json]
    prior_state: dict[str, Json]
    variables: dict[str, Json]
    errored: bool
    complete: bool
    deferred: int

    @cached_property
    def is_change_free(self) -> bool:
        """Whether applying would do nothing at all, moves and imports included."""
        silent = (Action.NO_OP, Action.READ, Action.EPHEMERAL)
        return not any(
            change.action not in silent or change.is_import or change.previous_address
            for change in self.changes
        ) and all(change.get("actions") == ["no-op"] for change in self.output_changes.values())

    @property
    def date(self) -> datetime.date | None:
        """The day the plan was made, if it says so."""
        try:
            return datetime.date.fromisoformat(self.timestamp[:10])
        except ValueError:
            return None
