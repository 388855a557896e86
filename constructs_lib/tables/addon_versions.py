"""The newest version of EKS add-ons that are bound to the cluster's, by Kubernetes version.

A dated table: `aws eks describe-addon-versions` lists those of today. vpc-cni has no row, since AWS
names one version of it for all of Kubernetes; for 1.37 no page was found.

Sources, the newest state found of each, in any language:
https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html
https://docs.aws.amazon.com/eks/latest/userguide/managing-kube-proxy.html
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

AS_OF: Final = date(2026, 11, 26)
"""The day the table was last compared with its sources."""

NEWEST: Final[Mapping[str, Mapping[str, str]]] = {
    "coredns": {
        "1.30": "v1.11.4-eksbuild.40",
        "1.31": "v1.11.4-eksbuild.40",
        "1.32": "v1.11.4-eksbuild.40",
        "1.33": "v1.13.2-eksbuild.4",
        "1.34": "v1.13.2-eksbuild.11",
        "1.35": "v1.14.3-eksbuild.3",
        "1.36": "v1.14.3-eksbuild.3",
    },
    "kube-proxy": {
        "1.31": "v1.31.14-eksbuild.20",
        "1.32": "v1.32.13-eksbuild.16",
        "1.33": "v1.33.10-eksbuild.13",
        "1.34": "v1.34.6-eksbuild.13",
        "1.35": "v1.35.3-eksbuild.13",
        "1.36": "v1.36.0-eksbuild.14",
    },
}
"""By add-on, then by Kubernetes version."""


def newest(addon: str, kubernetes: str) -> str | None:
    """The newest version of `addon` known for a Kubernetes version."""
    return NEWEST.get(addon, {}).get(kubernetes)


def warning(addon: str, version: str, kubernetes: str) -> tuple[str, str] | None:
    """What to tell of a version that is known, but not for this Kubernetes.

    Lines, such as 1.14 of v1.14.3, are compared, not builds. One that is newer than the whole table
    may well be right.
    """
    rows, known = NEWEST.get(addon, {}), newest(addon, kubernetes)
    if known is None:
        return None
    line, lines = _line(version), [_line(each) for each in rows.values()]
    if line > max(lines) or min(lines) <= line <= _line(known):
        return None
    return (
        f"is not known to go with Kubernetes {kubernetes}, for which AWS named {known} on {AS_OF}",
        "write eks_default, or see `aws eks describe-addon-versions`",
    )


def _line(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
