"""Which Kubernetes versions EKS offers, and until when.

A dated table, so that synth needs no call to AWS. ``aws eks describe-cluster-versions`` shows what
EKS says today; a row that changed is changed here, in one place.

Source: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
"""

import difflib
from dataclasses import dataclass
from datetime import date

AS_OF = date(2026, 11, 23)
"""The day the table was last compared with its source."""

DEFAULT = "1.36"
"""What a cluster gets that names no version."""


@dataclass(frozen=True)
class Release:
    """One minor version of Kubernetes as EKS offers it.

    A support ends on its date at 00:00 UTC: that day is the first without it.
    """

    minor: str
    end_of_standard_support: date
    end_of_extended_support: date


RELEASES = (
    Release("1.28", date(2024, 11, 26), date(2025, 11, 26)),
    Release("1.29", date(2025, 3, 23), date(2026, 3, 23)),
    Release("1.30", date(2025, 7, 23), date(2026, 7, 23)),
    Release("1.31", date(2025, 11, 26), date(2026, 11, 26)),
    Release("1.32", date(2026, 3, 23), date(2027, 3, 23)),
    Release("1.33", date(2026, 7, 29), date(2027, 7, 29)),
    Release("1.34", date(2026, 12, 2), date(2027, 12, 2)),
    Release("1.35", date(2027, 3, 27), date(2028, 3, 27)),
    Release("1.36", date(2027, 8, 2), date(2028, 8, 2)),
    Release("1.37", date(2027, 12, 1), date(2028, 12, 1)),
)
"""Oldest first. The end of extended support of 1.37 is computed: twelve months after standard."""

_BY_MINOR = {release.minor: release for release in RELEASES}


def offered(today: date = AS_OF) -> tuple[str, ...]:
    """The versions EKS runs on `today`, oldest first."""
    return tuple(r.minor for r in RELEASES if today < r.end_of_extended_support)


def problem(minor: str) -> tuple[str, str] | None:
    """What is wrong with `minor` and what to do, or None when EKS offers it.

    As of the table's day, not of today: a spec that was right stays right until the table changes.
    """
    choices = ", ".join(offered())
    release = _BY_MINOR.get(minor)
    if release is None:
        if _is_newer_than_the_table(minor):
            return ("is newer than this project has been tested with", f"use one of {choices}")
        close = difflib.get_close_matches(minor, offered(), n=1)
        hint = f"did you mean {close[0]}?" if close else "use a minor version"
        return ("is not a Kubernetes version of EKS", f"{hint} EKS offers {choices}")
    if release.end_of_extended_support <= AS_OF:
        return (
            f"was retired by EKS on {release.end_of_extended_support}",
            f"use one of {choices}; an existing cluster was upgraded by AWS, so take its version",
        )
    return None


def warning(minor: str, today: date) -> str | None:
    """What to tell the owner of a cluster on `minor` on `today`: it is gone, or costs more."""
    release = _BY_MINOR.get(minor)
    if release is None or today < release.end_of_standard_support:
        return None
    if release.end_of_extended_support <= today:
        return (
            f"{minor} was retired by EKS on {release.end_of_extended_support}: a new cluster "
            "cannot have it, and AWS upgrades those that do; take the version that yours runs"
        )
    return (
        f"{minor} left standard support on {release.end_of_standard_support} and is billed as "
        f"extended support, at about six times the price, until {release.end_of_extended_support}; "
        "plan the upgrade, one minor version at a time"
    )


def support(minor: str, today: date) -> str:
    """How long EKS supports a version that it offers, in a few words."""
    release = _BY_MINOR[minor]
    if today < release.end_of_standard_support:
        return f"until {release.end_of_standard_support}"
    if today < release.end_of_extended_support:
        return f"extended, until {release.end_of_extended_support}"
    return f"ended {release.end_of_extended_support}"


def _is_newer_than_the_table(minor: str) -> bool:
    major, dot, rest = minor.partition(".")
    newest = int(RELEASES[-1].minor.partition(".")[2])
    return bool(dot) and major == "1" and rest.isdecimal() and int(rest) > newest
