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
class Invocation:
    """An action that the apply runs: a command to the cloud that changes no object of the state."""

    address: str
    type: str
    trigger: str
    """What starts it, in words; empty where only the command line does."""
    is_deferred: bool
    config: Json
    config_sensitive: Json


@dataclass(frozen=True)
class Plan:
    """A plan whose outer shape has been checked."""

    program: str
    """Who made it: `Terraform` or `OpenTofu`."""
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
    applyable: bool
    """Whether the program says that there is something to apply; false where it says nothing."""
    deferred: tuple[str, ...]
    """Addresses of the changes that are put off to a later plan."""
    invocations: tuple[Invocation, ...] = ()
    left_out: tuple[str, ...] = ()
    """Resources of the configuration that the plan does not speak of (`-target`, `-exclude`)."""

    @cached_property
    def is_change_free(self) -> bool:
        """Whether applying would do nothing at all, moves, imports and actions included."""
        silent = (Action.NO_OP, Action.READ, Action.EPHEMERAL)
        if self.invocations or self.deferred:
            return False
        return not any(
            change.action not in silent or change.is_import or change.previous_address
            for change in self.changes
        ) and all(change.get("actions") == ["no-op"] for change in self.output_changes.values())

    @cached_property
    def is_refresh_only(self) -> bool:
        """Whether applying would change the state only: what was found is taken over into it."""
        return self.is_change_free and self.applyable and bool(self.drift)

    @property
    def command(self) -> str:
        """What a person types to start the program that made the plan."""
        return "tofu" if self.program == "OpenTofu" else "terraform"

    @property
    def date(self) -> datetime.date | None:
        """The day the plan was made, if it says so."""
        try:
            return datetime.date.fromisoformat(self.timestamp[:10])
        except ValueError:
            return None
