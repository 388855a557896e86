"""Kubernetes versions: parsing, and EKS's support calendar as of a date.

The calendar is data with a date on it: a version it does not know is reported as such, not
guessed at. https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from plan_review.plan.paths import Json

AS_OF: Final = date(2026, 11, 23)
"""The day the calendar was last compared with its source."""

MOST_MINORS_BEHIND: Final = 3
"""How far a kubelet may be behind the API server: https://kubernetes.io/releases/version-skew-policy/"""

_VERSION: Final = re.compile(r"v?(\d{1,3})\.(\d{1,4})(?:[.+-].*)?\Z")


@dataclass(frozen=True, order=True)
class Version:
    """A Kubernetes minor version."""

    major: int
    minor: int

    def __str__(self) -> str:
        """As AWS writes it: `1.36`."""
        return f"{self.major}.{self.minor}"

    def minors_after(self, other: Version) -> int:
        """How many minors this version is ahead; majors count as far apart."""
        return (self.major - other.major) * 1000 + self.minor - other.minor


def version_of(value: Json) -> Version | None:
    """Parse `1.36` or `1.36.2`; None when the value is unknown or not a version."""
    match = _VERSION.match(value) if isinstance(value, str) else None
    return Version(int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True)
class Release:
    """A minor version as EKS offers it.

    A support ends on its date at 00:00 UTC: that day is the first without it.
    """

    end_of_standard_support: date
    end_of_extended_support: date


SUPPORT: Final = {
    Version(1, minor): Release(standard, extended)
    for minor, standard, extended in (
        (28, date(2024, 11, 26), date(2025, 11, 26)),
        (29, date(2025, 3, 23), date(2026, 3, 23)),
        (30, date(2025, 7, 23), date(2026, 7, 23)),
        (31, date(2025, 11, 26), date(2026, 11, 26)),
        (32, date(2026, 3, 23), date(2027, 3, 23)),
        (33, date(2026, 7, 29), date(2027, 7, 29)),
        (34, date(2026, 12, 2), date(2027, 12, 2)),
        (35, date(2027, 3, 27), date(2028, 3, 27)),
        (36, date(2027, 8, 2), date(2028, 8, 2)),
        (37, date(2027, 12, 1), date(2028, 12, 1)),
    )
}
"""EKS's calendar of each minor version. The end of extended support of 1.37 is computed."""
