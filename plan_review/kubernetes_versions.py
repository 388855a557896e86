"""Kubernetes versions: parsing, and EKS's support calendar as of a date.

The calendar is data with a date on it: a version it does not know is reported as such, not
guessed at. https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from constructs_lib.tables.kubernetes_versions import AS_OF, RELEASES
from plan_review.paths import Json

__all__ = ["AS_OF", "MOST_MINORS_BEHIND", "SUPPORT", "Version", "version_of"]

MOST_MINORS_BEHIND: Final = 3
"""How far a kubelet may be behind the API server: https://kubernetes.io/releases/version-skew-policy/"""

_VERSION: Final = re.compile(r"v?(\d{1,3})\.(\d{1,4})(?:[.+-].*)?\Z")


@dataclass(frozen=True, order=True)
class Version:
    """A Kubernetes minor version."""

    major: int
    minor: int

    def __str__(self) -> str:
        """Return it as AWS writes it: `1.36`."""
        return f"{self.major}.{self.minor}"

    def minors_after(self, other: Version) -> int:
        """Return how many minors this version is ahead; majors count as far apart."""
        return (self.major - other.major) * 1000 + self.minor - other.minor


def version_of(value: Json) -> Version | None:
    """Parse `1.36` or `1.36.2`; None when the value is unknown or not a version."""
    match = _VERSION.match(value) if isinstance(value, str) else None
    return Version(int(match[1]), int(match[2])) if match else None


SUPPORT: Final = {Version(*map(int, release.minor.split("."))): release for release in RELEASES}
"""EKS's calendar of each minor version: the one the specs are checked with."""
