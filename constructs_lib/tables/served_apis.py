"""Which kinds Kubernetes itself serves, by API version and minor version.

From Kubernetes' own OpenAPI, as kubernetes-validate 1.37.0 has it; a test compares. What
is older is in `removed_apis`. Kinds of other groups come with custom resource definitions and are
not looked at.
"""

import difflib
from typing import Final

_TABLE: Final = """\
admissionregistration.k8s.io/v1 28 37
    MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1 30 37
    ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1 36 37
    MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1alpha1 28 31
    ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1alpha1 32 37
    MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 28 33
    ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 34 37
    MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
apiextensions.k8s.io/v1 28 37
    CustomResourceDefinition
apiregistration.k8s.io/v1 28 37
    APIService
apps/v1 28 37
    ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
authentication.k8s.io/v1 28 37
    SelfSubjectReview TokenRequest TokenReview
authentication.k8s.io/v1alpha1 28 31
    SelfSubjectReview
authentication.k8s.io/v1beta1 28 32
    SelfSubjectReview
authorization.k8s.io/v1 28 37
    LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview
    SubjectAccessReview
autoscaling/v1 28 37
    HorizontalPodAutoscaler Scale
autoscaling/v2 28 37
    HorizontalPodAutoscaler
batch/v1 28 37
    CronJob Job
certificates.k8s.io/v1 28 37
    CertificateSigningRequest
certificates.k8s.io/v1 37 37
    ClusterTrustBundle PodCertificateRequest
certificates.k8s.io/v1alpha1 28 36
    ClusterTrustBundle
certificates.k8s.io/v1alpha1 34 34
    PodCertificateRequest
certificates.k8s.io/v1beta1 33 37
    ClusterTrustBundle
certificates.k8s.io/v1beta1 35 37
    PodCertificateRequest
coordination.k8s.io/v1 28 37
    Lease
coordination.k8s.io/v1alpha1 31 31
    LeaseCandidate
coordination.k8s.io/v1alpha2 32 37
    LeaseCandidate
coordination.k8s.io/v1beta1 33 37
    LeaseCandidate
discovery.k8s.io/v1 28 37
    EndpointSlice
events.k8s.io/v1 28 37
    Event
flowcontrol.apiserver.k8s.io/v1 29 37
    FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta2 28 28
    FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta3 28 31
    FlowSchema PriorityLevelConfiguration
internal.apiserver.k8s.io/v1alpha1 28 37
    StorageVersion
lifecycle.k8s.io/v1alpha1 37 37
    Eviction EvictionRequest
networking.k8s.io/v1 28 37
    Ingress IngressClass NetworkPolicy
networking.k8s.io/v1 33 37
    IPAddress ServiceCIDR
networking.k8s.io/v1alpha1 28 28
    ClusterCIDR
networking.k8s.io/v1alpha1 28 30
    IPAddress
networking.k8s.io/v1alpha1 29 30
    ServiceCIDR
networking.k8s.io/v1beta1 31 36
    IPAddress ServiceCIDR
node.k8s.io/v1 28 37
    RuntimeClass
policy/v1 28 37
    Eviction PodDisruptionBudget
rbac.authorization.k8s.io/v1 28 37
    ClusterRole ClusterRoleBinding Role RoleBinding
resource.k8s.io/v1 34 37
    DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
resource.k8s.io/v1 37 37
    DeviceTaintRule
resource.k8s.io/v1alpha2 28 30
    PodSchedulingContext ResourceClaim ResourceClaimTemplate ResourceClass
resource.k8s.io/v1alpha2 30 30
    ResourceClaimParameters ResourceClassParameters ResourceSlice
resource.k8s.io/v1alpha3 31 31
    PodSchedulingContext
resource.k8s.io/v1alpha3 31 33
    DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
resource.k8s.io/v1alpha3 33 37
    DeviceTaintRule
resource.k8s.io/v1alpha3 36 37
    ResourcePoolStatusRequest
resource.k8s.io/v1beta1 32 37
    DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
resource.k8s.io/v1beta2 33 37
    DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
resource.k8s.io/v1beta2 36 37
    DeviceTaintRule
scheduling.k8s.io/v1 28 37
    PriorityClass
scheduling.k8s.io/v1alpha1 35 35
    Workload
scheduling.k8s.io/v1alpha2 36 36
    PodGroup Workload
scheduling.k8s.io/v1alpha3 37 37
    CompositePodGroup PodGroup Workload
scheduling.k8s.io/v1beta1 37 37
    PodGroup Workload
storage.k8s.io/v1 28 37
    CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment
storage.k8s.io/v1 34 37
    VolumeAttributesClass
storage.k8s.io/v1alpha1 29 34
    VolumeAttributesClass
storage.k8s.io/v1beta1 31 36
    VolumeAttributesClass
storagemigration.k8s.io/v1 37 37
    StorageVersionMigration
storagemigration.k8s.io/v1alpha1 30 34
    StorageVersionMigration
storagemigration.k8s.io/v1beta1 35 37
    StorageVersionMigration
v1 28 37
    Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node
    PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController
    ResourceQuota Secret Service ServiceAccount
"""
"""API version, the first and last minor version (the 28 of 1.28) that has it, and the kinds."""

FIRST, LAST = 28, 37
"""The minor versions that the table covers."""


def _read() -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], tuple[int, int]] = {}
    api, span = "", (0, 0)
    for line in _TABLE.splitlines():
        if line.startswith(" "):
            found |= {(api, kind): span for kind in line.split()}
        else:
            api, first, last = line.split()
            span = int(first), int(last)
    return found


SERVED: Final = _read()
_GROUPS: Final = frozenset(api.rpartition("/")[0] for api, _ in SERVED)


def problem(api: str, kind: str, minor: int) -> tuple[str, str] | None:
    """What is wrong with a kind of Kubernetes' own groups in 1.`minor`, and the way out."""
    if api.rpartition("/")[0] not in _GROUPS or not FIRST <= minor <= LAST:
        return None
    first, last = SERVED.get((api, kind), (0, 0))
    if first <= minor <= last:
        return None
    has = f"has a {kind} of {api}, which Kubernetes 1.{minor} has not"
    others = sorted(
        other
        for (other, its), (begins, ends) in SERVED.items()
        if its == kind and begins <= minor <= ends
    )
    if others:
        return has, f"use {others[0]}"
    if first > minor:
        return f"{has}: it comes with 1.{first}", "upgrade the cluster first"
    kinds = [its for (other, its), _ in SERVED.items() if other == api]
    close = difflib.get_close_matches(kind, kinds, n=1)
    return has, f"did you mean {close[0]}?" if close else "check apiVersion and kind"
