"""What EBS takes of each type of volume.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html, compared on 2026-11-26.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

VolumeType = Literal["gp2", "gp3", "io1", "io2", "st1", "sc1"]


@dataclass(frozen=True)
class Limits:
    """The limits of a type."""

    sizes: tuple[int, int]
    """The smallest and the largest, in GiB."""

    iops: tuple[int, int] | None = None
    """The fewest and the most operations a second that one may ask for; None: none."""

    iops_for_each_gib: int = 0
    """The most operations for each GiB."""


LIMITS: Final[Mapping[VolumeType, Limits]] = {
    "gp2": Limits((1, 16_384)),
    "gp3": Limits((1, 65_536), (3000, 80_000), 500),
    "io1": Limits((4, 16_384), (100, 64_000), 50),
    "io2": Limits((4, 65_536), (100, 256_000), 1000),
    "st1": Limits((125, 16_384)),
    "sc1": Limits((125, 16_384)),
}

GP3_IOPS: Final = 3000
"""What every gp3 volume has at no charge."""

IOPS_FOR_EACH_MIB: Final = 4
"""Of gp3: operations that each MiB a second needs."""
