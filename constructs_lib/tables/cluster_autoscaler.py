"""The newest cluster-autoscaler of each Kubernetes version, whose minor version it shares.

A dated table; for 1.37 no image was found.

Source: https://github.com/kubernetes/autoscaler/releases
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

AS_OF: Final = date(2026, 11, 26)
"""The day the table was last compared with its source."""

REPOSITORY: Final = "registry.k8s.io/autoscaling/cluster-autoscaler"

NEWEST: Final[Mapping[str, str]] = {
    "1.31": "v1.31.2",
    "1.32": "v1.32.7",
    "1.33": "v1.33.6",
    "1.34": "v1.34.5",
    "1.35": "v1.35.2",
    "1.36": "v1.36.1",
}
"""Tags by Kubernetes version, oldest first."""


def is_known(kubernetes: str) -> bool:
    """Whether there is an image of a Kubernetes version."""
    return kubernetes in NEWEST


def image(kubernetes: str) -> str:
    """The image for a Kubernetes version; the newest there is for one that has none yet."""
    return f"{REPOSITORY}:{NEWEST.get(kubernetes) or list(NEWEST.values())[-1]}"
