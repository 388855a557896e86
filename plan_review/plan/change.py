"""What a plan does to one object."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from plan_review.plan.paths import ABSENT, UNKNOWN, Json, Path, at, has_mark, is_marked, strings


class Action(enum.Enum):
    """What Terraform will do to one object, told from the list of its actions.

    SUPERSEDE is a replacement that forgets the old object instead of destroying it: OpenTofu's
    `lifecycle.destroy = false`.
    """

    NO_OP = "no-op"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    SUPERSEDE = "supersede"
    EPHEMERAL = "ephemeral"
    OTHER = "other"


_ACTIONS: Final[dict[tuple[str, ...], Action]] = {
    ("no-op",): Action.NO_OP,
    ("create",): Action.CREATE,
    ("read",): Action.READ,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.SUPERSEDE,
    ("forget", "create"): Action.SUPERSEDE,
    ("open",): Action.EPHEMERAL,
    ("renew",): Action.EPHEMERAL,
    ("close",): Action.EPHEMERAL,
}


_FATES: Final = {
    Action.NO_OP: "unchanged",
    Action.CREATE: "created",
    Action.READ: "read",
    Action.UPDATE: "changed",
    Action.REPLACE: "replaced",
    Action.DELETE: "destroyed",
    Action.FORGET: "forgotten",
    Action.SUPERSEDE: "superseded",
    Action.EPHEMERAL: "opened",
    Action.OTHER: "changed in a way not known here",
}


@dataclass(frozen=True, eq=False)
class ResourceChange:
    """One entry of `resource_changes` or `resource_drift`.

    Never key anything by address alone: a deposed object shares its address with the
    current one.
    """

    address: str
    type: str
    name: str
    mode: str
    module_address: str
    index: str | int | None
    deposed: str | None
    previous_address: str | None
    actions: tuple[str, ...]
    action_reason: str
    replace_paths: tuple[Path, ...]
    before: Json
    after: Json
    after_unknown: Json
    before_sensitive: Json
    after_sensitive: Json
    import_id: str | None = None
    """What tells which object is imported: an id, or an identity as JSON; None for no import."""

    @property
    def is_import(self) -> bool:
        """Whether the object is taken into the state."""
        return self.import_id is not None

    @cached_property
    def action(self) -> Action:
        """The actions in one word; a combination this version does not know is OTHER."""
        return _ACTIONS.get(self.actions, Action.OTHER)

    @property
    def fate(self) -> str:
        """What becomes of the object that exists now, in one word: `replaced`, `destroyed`."""
        return _FATES[self.action]

    @property
    def creates_first(self) -> bool:
        """Whether a replacement makes the new object before it removes the old one."""
        return self.actions == ("create", "delete")

    @property
    def is_destroyed(self) -> bool:
        """Whether the object that exists now is destroyed."""
        return self.action in (Action.REPLACE, Action.DELETE)

    @property
    def stays(self) -> bool:
        """Whether the object that exists now is still there, and managed, after the apply."""
        return self.action in (Action.NO_OP, Action.UPDATE)

    @property
    def is_made(self) -> bool:
        """Whether a new object is made."""
        return self.action in (Action.CREATE, Action.REPLACE, Action.SUPERSEDE)

    @property
    def is_written(self) -> bool:
        """Whether the apply writes a value for it: made, changed or made anew."""
        return self.action is Action.UPDATE or self.is_made

    @property
    def is_lost(self) -> bool:
        """Whether the object that exists now is destroyed, or no longer watched."""
        return self.is_destroyed or self.action in (Action.FORGET, Action.SUPERSEDE)

    @cached_property
    def texts_before(self) -> tuple[str, ...]:
        """Every text in the values before."""
        return tuple(strings(self.before))

    @cached_property
    def has_sensitive(self) -> bool:
        """Whether a value of it is marked as sensitive, before or after."""
        return has_mark(self.before_sensitive) or has_mark(self.after_sensitive)

    def old(self, *path: str | int) -> Json:
        """The value before, None where there is none."""
        if len(path) == 1:  # nearly always, and asked of every object by every rule
            return self.before.get(path[0]) if isinstance(self.before, dict) else None
        value = at(self.before, path)
        return None if value is ABSENT else value

    def new(self, *path: str | int) -> Json:
        """The value after, UNKNOWN where only the apply tells, None where there is none."""
        if self.after_unknown and is_marked(self.after_unknown, path):
            return UNKNOWN
        if len(path) == 1:
            return self.after.get(path[0]) if isinstance(self.after, dict) else None
        value = at(self.after, path)
        return None if value is ABSENT else value

    def old_text(self, *path: str | int) -> str:
        """The text before, empty where there is none."""
        value = self.old(*path)
        return value if isinstance(value, str) else ""

    def new_text(self, *path: str | int) -> str:
        """The text after, empty where there is none or it is unknown."""
        value = self.new(*path)
        return value if isinstance(value, str) else ""

    def old_list(self, *path: str | int) -> list[Json]:
        """The list before, empty where there is none."""
        value = self.old(*path)
        return value if isinstance(value, list) else []

    def new_list(self, *path: str | int) -> list[Json]:
        """The list after, empty where there is none or it is unknown."""
        value = self.new(*path)
        return value if isinstance(value, list) else []

    def is_unknown(self, *path: str | int) -> bool:
        """Whether the value after, or a part of it, is known only after the apply."""
        return is_marked(self.after_unknown, path) or has_mark(at(self.after_unknown, path))
