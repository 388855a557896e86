"""The APIs that Kubernetes has removed, and since which minor version.

Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
"""

from typing import Final

_BY_MINOR: Final = {
    16: (
        "extensions/v1beta1 DaemonSet, Deployment, NetworkPolicy, PodSecurityPolicy, ReplicaSet",
        "apps/v1beta1 DaemonSet, Deployment, ReplicaSet, StatefulSet",
        "apps/v1beta2 DaemonSet, Deployment, ReplicaSet, StatefulSet",
    ),
    22: (
        "admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration, "
        "ValidatingWebhookConfiguration",
        "apiextensions.k8s.io/v1beta1 CustomResourceDefinition",
        "apiregistration.k8s.io/v1beta1 APIService",
        "certificates.k8s.io/v1beta1 CertificateSigningRequest",
        "coordination.k8s.io/v1beta1 Lease",
        "extensions/v1beta1 Ingress",
        "networking.k8s.io/v1beta1 Ingress, IngressClass",
        "rbac.authorization.k8s.io/v1beta1 ClusterRole, ClusterRoleBinding, Role, RoleBinding",
        "scheduling.k8s.io/v1beta1 PriorityClass",
        "storage.k8s.io/v1beta1 CSIDriver, CSINode, StorageClass, VolumeAttachment",
    ),
    25: (
        "autoscaling/v2beta1 HorizontalPodAutoscaler",
        "batch/v1beta1 CronJob",
        "discovery.k8s.io/v1beta1 EndpointSlice",
        "events.k8s.io/v1beta1 Event",
        "node.k8s.io/v1beta1 RuntimeClass",
        "policy/v1beta1 PodDisruptionBudget, PodSecurityPolicy",
    ),
    26: (
        "autoscaling/v2beta2 HorizontalPodAutoscaler",
        "flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema, PriorityLevelConfiguration",
    ),
    27: ("storage.k8s.io/v1beta1 CSIStorageCapacity",),
    29: ("flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema, PriorityLevelConfiguration",),
    32: ("flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema, PriorityLevelConfiguration",),
}


def _read() -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for minor, rows in _BY_MINOR.items():
        for row in rows:
            api, _, kinds = row.partition(" ")
            found |= {(api, kind): minor for kind in kinds.split(", ")}
    return found


REMOVED: Final = _read()
"""The minor version (the 22 of 1.22) in which an API version and kind is gone."""
