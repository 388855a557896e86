"""What a node registers with: labels and taints, and what of them Kubernetes would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]

EFFECTS: tuple[Effect, ...] = get_args(Effect)

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PREFIX_LENGTH = 253

# The labels of Kubernetes' own domains that a kubelet may give itself; with any other it
# refuses to start. https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
_OWN_DOMAINS = ("kubernetes.io", "k8s.io")
_ALLOWED_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")
_ALLOWED_LABELS = frozenset(
    {
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)


_NO_NAME: Final = "is not a Kubernetes name"
_LIKE_A_NAME: Final = "write it like team or example.com/team"
NO_VALUE: Final = "has a value that Kubernetes refuses"
_LIKE_A_VALUE: Final = (
    "use at most 63 letters, digits, - _ . and begin and end with a letter or digit"
)


@dataclass(frozen=True)
class Taint:
    """A taint the node registers with: `key=value:effect`."""

    key: str
    value: str
    effect: Effect

    def __str__(self) -> str:
        """The form `kubectl taint` and kubelet's flag use."""
        return f"{self.key}={self.value}:{self.effect}"


class Refused(NamedTuple):
    """What kubelet or the API server would refuse of a node group's labels or taints."""

    at: tuple[str | int, ...]
    """The label's key, or the taint's place and its field."""

    what: str
    todo: str

    def __str__(self) -> str:
        """The sentence, with the place in front."""
        return f"{'.'.join(map(str, self.at))} {self.what}; {self.todo}"


def refused_labels(labels: Mapping[str, str]) -> Iterator[Refused]:
    """Say what kubelet or the API server would refuse about a node group's labels.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    for key, value in labels.items():
        if not _is_qualified_name(key):
            yield Refused((key,), _NO_NAME, _LIKE_A_NAME)
        elif not _kubelet_may_set(key):
            yield Refused(
                (key,),
                "is a label of Kubernetes' own that kubelet refuses to set",
                "use a prefix of your own or node.kubernetes.io/",
            )
        if not _is_value(value):
            yield Refused((key,), NO_VALUE, _LIKE_A_VALUE)


def refused_taints(taints: Sequence[Taint]) -> Iterator[Refused]:
    """Say what kubelet or the API server would refuse about a node group's taints."""
    seen = set()
    for index, taint in enumerate(taints):
        if not _is_qualified_name(taint.key):
            yield Refused((index, "key"), _NO_NAME, _LIKE_A_NAME)
        if not _is_value(taint.value):
            yield Refused((index, "value"), NO_VALUE, _LIKE_A_VALUE)
        if taint.effect not in EFFECTS:
            yield Refused((index, "effect"), "is not an effect", f"use one of {', '.join(EFFECTS)}")
        if (taint.key, taint.effect) in seen:
            yield Refused((index, "key"), "has this effect twice", "keep one of the two")
        seen.add((taint.key, taint.effect))


def _is_qualified_name(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    if slash and not (_PREFIX.fullmatch(prefix) and len(prefix) <= _PREFIX_LENGTH):
        return False
    return bool(_NAME.fullmatch(name))


def _is_value(value: str) -> bool:
    return value == "" or bool(_NAME.fullmatch(value))


def _kubelet_may_set(key: str) -> bool:
    prefix = key.rpartition("/")[0]
    if not _is_within(prefix, _OWN_DOMAINS):
        return True
    return key in _ALLOWED_LABELS or _is_within(prefix, _ALLOWED_PREFIXES)


def _is_within(domain: str, parents: Sequence[str]) -> bool:
    return any(domain == parent or domain.endswith(f".{parent}") for parent in parents)
