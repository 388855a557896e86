"""Which fields the emulated Kubernetes API knows: a misspelt one is refused, as by a cluster.

Full for the small kinds; for workloads down to their containers. What is not listed is not
looked at.
"""

from collections.abc import Iterator
from typing import Any

ANYTHING = "anything"
STRING = "string"
STRINGS = "a map of strings"


def _any(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), ANYTHING)


METADATA = {
    **_any(
        "name namespace uid resourceVersion generation creationTimestamp deletionTimestamp "
        "deletionGracePeriodSeconds generateName finalizers ownerReferences managedFields selfLink"
    ),
    "labels": STRINGS,
    "annotations": STRINGS,
}
CONTAINER = {
    **_any(
        "name image command args workingDir ports envFrom resources resizePolicy restartPolicy "
        "volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle "
        "terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin "
        "stdinOnce tty"
    ),
    "env": {"name": STRING, "value": STRING, "valueFrom": ANYTHING},
}
POD = {
    **_any(
        "activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy "
        "enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers "
        "hostname imagePullSecrets nodeName nodeSelector os overhead preemptionPolicy priority "
        "priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName "
        "schedulerName schedulingGates securityContext serviceAccount serviceAccountName "
        "setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds "
        "tolerations topologySpreadConstraints volumes"
    ),
    "containers": CONTAINER,
    "initContainers": CONTAINER,
}
TEMPLATE = {"metadata": METADATA, "spec": POD}
RULES = _any("apiGroups resources verbs resourceNames nonResourceURLs")
BINDING = {
    "subjects": _any("kind apiGroup name namespace"),
    "roleRef": _any("apiGroup kind name"),
}
KINDS: dict[str, dict[str, Any]] = {
    "ConfigMap": {"data": STRINGS, "binaryData": STRINGS, "immutable": ANYTHING},
    "Secret": {"data": STRINGS, "stringData": STRINGS, "type": STRING, "immutable": ANYTHING},
    "ServiceAccount": _any("secrets imagePullSecrets automountServiceAccountToken"),
    "ClusterRole": {"rules": RULES, "aggregationRule": ANYTHING},
    "Role": {"rules": RULES},
    "ClusterRoleBinding": BINDING,
    "RoleBinding": BINDING,
    "StorageClass": {
        **_any("provisioner reclaimPolicy mountOptions allowVolumeExpansion volumeBindingMode"),
        "parameters": STRINGS,
        "allowedTopologies": ANYTHING,
    },
    "PriorityClass": _any("value globalDefault description preemptionPolicy"),
    "Pod": {"spec": POD, "status": ANYTHING},
    "DaemonSet": {
        "spec": {
            **_any("selector updateStrategy minReadySeconds revisionHistoryLimit"),
            "template": TEMPLATE,
        },
        "status": ANYTHING,
    },
    "Deployment": {
        "spec": {
            **_any(
                "replicas selector strategy minReadySeconds revisionHistoryLimit paused "
                "progressDeadlineSeconds"
            ),
            "template": TEMPLATE,
        },
        "status": ANYTHING,
    },
}
OTHER_KIND = _any("spec status data involvedObject reason message source type count")


def field_errors(kind: str, wanted: dict[str, Any]) -> list[str]:
    """List what is wrong with an object's fields, in the words of Kubernetes."""
    fields = {**_any("apiVersion kind"), "metadata": METADATA, **KINDS.get(kind, OTHER_KIND)}
    return list(_errors(wanted, fields, ""))


def _errors(value: Any, expected: Any, path: str) -> Iterator[str]:
    if value is None or expected == ANYTHING:
        return
    if expected == STRING:
        if not isinstance(value, str):
            yield f'"{path}" must be a string'
    elif expected == STRINGS:
        yield from _errors_of_strings(value, path)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _errors(element, expected, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, element in value.items():
            inner = f"{path}.{key}" if path else key
            if key in expected:
                yield from _errors(element, expected[key], inner)
            else:
                yield f'unknown field "{inner}"'
    else:
        yield f'"{path}" must be an object'


def _errors_of_strings(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f'"{path}" must be a map of strings'
        return
    for key, element in value.items():
        yield from _errors(element, STRING, f"{path}.{key}")
