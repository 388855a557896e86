"""How bad a finding is."""

from __future__ import annotations

import enum


class Level(enum.Enum):
    """Seven levels, worst first; the order of definition is the order of badness."""

    OUTAGE = "outage"
    DATA_LOSS = "data-loss"
    SECURITY = "security"
    WILL_FAIL = "will-fail"
    DISRUPTION = "disruption"
    REVIEW = "review"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 for the worst level, rising as it gets harmless."""
        return list(Level).index(self)

    def is_at_least(self, other: Level) -> bool:
        """Whether this level is as bad as `other`, or worse."""
        return self.rank <= other.rank


def worst(levels: list[Level]) -> Level:
    """The worst of the levels; `routine` when there are none."""
    return min(levels, key=lambda level: level.rank, default=Level.ROUTINE)
