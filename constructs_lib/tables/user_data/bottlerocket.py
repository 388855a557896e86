"""User data of Bottlerocket: its settings, in TOML.

Of Bottlerocket's settings these are the ones that a node group says; what is not said Bottlerocket
finds out by itself, from the instance and from EKS: the cluster's DNS, the node's name and provider
ID, how many pods fit. Compared on 2026-11-26 with
https://github.com/bottlerocket-os/bottlerocket-settings-sdk, `KubernetesSettingsV1`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from constructs_lib.tables.user_data.registered import Taint

SETTINGS: Final[Mapping[str, str]] = {
    "allowedUnsafeSysctls": "allowed-unsafe-sysctls",
    "containerLogMaxFiles": "container-log-max-files",
    "containerLogMaxSize": "container-log-max-size",
    "cpuCFSQuota": "cpu-cfs-quota-enforced",
    "cpuManagerPolicy": "cpu-manager-policy",
    "evictionHard": "eviction-hard",
    "evictionMaxPodGracePeriod": "eviction-max-pod-grace-period",
    "evictionSoft": "eviction-soft",
    "evictionSoftGracePeriod": "eviction-soft-grace-period",
    "imageGCHighThresholdPercent": "image-gc-high-threshold-percent",
    "imageGCLowThresholdPercent": "image-gc-low-threshold-percent",
    "kubeReserved": "kube-reserved",
    "podPidsLimit": "pod-pids-limit",
    "registryBurst": "registry-burst",
    "registryPullQPS": "registry-qps",
    "seccompDefault": "seccomp-default",
    "systemReserved": "system-reserved",
    "topologyManagerPolicy": "topology-manager-policy",
}
"""What Bottlerocket calls a field of a KubeletConfiguration; what is not here it has no setting
for."""


_EVICTION: Final = {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
}
"""At what the other images have pods evicted. Bottlerocket leaves it to kubelet, which forgets all
of these once one is said."""


def settings(
    cluster: Mapping[str, str],
    labels: Mapping[str, str],
    taints: Sequence[Taint],
    max_pods: int | str | None,
    kubelet: Mapping[str, Any],
) -> str:
    """Render the settings of a node; empty when there are none.

    Args:
        cluster: how the API is reached, by the settings' names; nothing where EKS says it.
        labels: what the node registers with.
        taints: likewise.
        max_pods: a number, or Terraform's expression of one.
        kubelet: fields of a KubeletConfiguration, of those in `SETTINGS`.
    """
    said: dict[str, Any] = dict(cluster)
    if max_pods is not None:
        said["max-pods"] = max_pods
    said |= {SETTINGS.get(name, name): value for name, value in kubelet.items()}
    if "eviction-hard" in said:
        said["eviction-hard"] = {**_EVICTION, **said["eviction-hard"]}
    if labels:
        said["node-labels"] = dict(labels)
    if taints:
        said["node-taints"] = _by_key(taints)
    text = "\n".join(_table("settings.kubernetes", said))
    if isinstance(max_pods, str):
        text = text.replace(f"max-pods = {json.dumps(max_pods)}", f"max-pods = {max_pods}")
    return text


def _by_key(taints: Sequence[Taint]) -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    for taint in taints:
        by_key.setdefault(taint.key, []).append(f"{taint.value}:{taint.effect}")
    return by_key


def _table(name: str, said: Mapping[str, Any]) -> Iterator[str]:
    """Lines of TOML, whose values of these kinds are written as in JSON."""
    plain = {key: value for key, value in said.items() if not isinstance(value, Mapping)}
    if plain:
        yield f"[{name}]"
        yield from (f"{_key(key)} = {json.dumps(value)}" for key, value in plain.items())
        yield ""
    for key, value in said.items():
        if isinstance(value, Mapping):
            yield from _table(f"{name}.{_key(key)}", value)


def _key(text: str) -> str:
    """A key, in quotes where it has more than letters, digits and hyphens."""
    return text if text.replace("-", "").isalnum() else json.dumps(text)
