"""What the vendors' programs take of user data, as far as we write any, in JSON Schema."""

from typing import Any


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
NUMBER = {"type": "integer"}

NODE_CONFIG = _object(
    apiVersion={"const": "node.eks.aws/v1alpha1"},
    kind={"const": "NodeConfig"},
    spec=_object(
        cluster=_object(name=TEXT, apiServerEndpoint=TEXT, certificateAuthority=TEXT, cidr=TEXT),
        instance=_object(localStorage=_object(strategy={"enum": ["RAID0", "RAID10", "Mount"]})),
        kubelet=_object(config={"type": "object"}, flags={"type": "array", "items": TEXT}),
    ),
)
"""nodeadm's, of Amazon Linux:
https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/api/v1alpha1/nodeconfig_types.go"""


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})$"}


def _map(keys: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "propertyNames": _text(keys), "additionalProperties": values}


_QUANTITY = r"[+-]?[0-9.]+(e?[0-9]*|[EPTGMK]i?|[numk])"
_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_LABEL = rf"([A-Za-z0-9.-]{{1,253}}/)?{_NAME}"
_SIGNAL = r"(memory|nodefs|imagefs|pid)\.available|(nodefs|imagefs)\.inodesFree"
_DURATION = r"(?=.)([0-9.]+h)?([0-9.]+m)?([0-9.]+s)?"
_THRESHOLDS = _map(_SIGNAL, _text(rf"[0-9]{{1,2}}(\.[0-9]+)?%|{_QUANTITY}"))
_RESERVED = _map("cpu|memory|ephemeral-storage", _text(_QUANTITY))
_PER_CENT = {"type": "integer", "minimum": 0, "maximum": 100}

BOTTLEROCKET = _object(
    settings=_object(
        kubernetes=_object(
            **{
                "api-server": TEXT,
                "cluster-certificate": TEXT,
                "cluster-name": _text(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}"),
                "max-pods": NUMBER,
                "node-labels": _map(_LABEL, _text(f"({_NAME})?")),
                "node-taints": _map(
                    _LABEL, {"type": "array", "items": _text(rf"({_NAME})?:[A-Za-z0-9]{{1,253}}")}
                ),
                "allowed-unsafe-sysctls": {"type": "array", "items": TEXT},
                "container-log-max-files": NUMBER,
                "container-log-max-size": _text(_QUANTITY),
                "cpu-cfs-quota-enforced": FLAG,
                "cpu-manager-policy": {"enum": ["none", "static"]},
                "eviction-hard": _THRESHOLDS,
                "eviction-max-pod-grace-period": {"type": "integer", "minimum": 0},
                "eviction-soft": _THRESHOLDS,
                "eviction-soft-grace-period": _map(_SIGNAL, _text(_DURATION)),
                "image-gc-high-threshold-percent": _PER_CENT,
                "image-gc-low-threshold-percent": _PER_CENT,
                "kube-reserved": _RESERVED,
                "pod-pids-limit": NUMBER,
                "registry-burst": NUMBER,
                "registry-qps": NUMBER,
                "seccomp-default": FLAG,
                "system-reserved": _RESERVED,
                "topology-manager-policy": {
                    "enum": ["none", "restricted", "best-effort", "single-numa-node"]
                },
            }
        )
    )
)
"""Bottlerocket's: https://github.com/bottlerocket-os/bottlerocket-settings-sdk,
`KubernetesSettingsV1` and the types that it is made of."""
