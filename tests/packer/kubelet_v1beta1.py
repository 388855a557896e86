"""The field names of `kubelet.config.k8s.io/v1beta1`, KubeletConfiguration, and their types.

From k8s.io/kubelet, config/v1beta1/types.go of Kubernetes 1.36: what eks-join may write, and
enough of the rest to catch a name that was misspelled into another one. kubelet refuses to
start on a field it does not know.
"""

from typing import Any

STRINGS = dict[str, str]
TAINTS = list[dict[str, str]]

FIELDS: dict[str, Any] = {
    "apiVersion": str,
    "kind": str,
    "enableServer": bool,
    "staticPodPath": str,
    "address": str,
    "port": int,
    "readOnlyPort": int,
    "tlsCertFile": str,
    "tlsPrivateKeyFile": str,
    "tlsCipherSuites": list,
    "tlsMinVersion": str,
    "rotateCertificates": bool,
    "serverTLSBootstrap": bool,
    "authentication": {
        "anonymous": {"enabled": bool},
        "webhook": {"enabled": bool, "cacheTTL": str},
        "x509": {"clientCAFile": str},
    },
    "authorization": {
        "mode": str,
        "webhook": {"cacheAuthorizedTTL": str, "cacheUnauthorizedTTL": str},
    },
    "registryPullQPS": int,
    "registryBurst": int,
    "eventRecordQPS": int,
    "eventBurst": int,
    "healthzPort": int,
    "healthzBindAddress": str,
    "clusterDomain": str,
    "clusterDNS": list,
    "nodeStatusUpdateFrequency": str,
    "nodeStatusReportFrequency": str,
    "imageMinimumGCAge": str,
    "imageMaximumGCAge": str,
    "imageGCHighThresholdPercent": int,
    "imageGCLowThresholdPercent": int,
    "kubeletCgroups": str,
    "systemCgroups": str,
    "cgroupRoot": str,
    "cgroupsPerQOS": bool,
    "cgroupDriver": str,
    "cpuManagerPolicy": str,
    "hairpinMode": str,
    "maxPods": int,
    "podPidsLimit": int,
    "resolvConf": str,
    "maxOpenFiles": int,
    "serializeImagePulls": bool,
    "maxParallelImagePulls": int,
    "evictionHard": STRINGS,
    "evictionSoft": STRINGS,
    "evictionSoftGracePeriod": STRINGS,
    "evictionMaxPodGracePeriod": int,
    "cpuCFSQuota": bool,
    "topologyManagerPolicy": str,
    "allowedUnsafeSysctls": list,
    "podsPerCore": int,
    "protectKernelDefaults": bool,
    "featureGates": dict,
    "failSwapOn": bool,
    "containerLogMaxSize": str,
    "containerLogMaxFiles": int,
    "systemReserved": STRINGS,
    "kubeReserved": STRINGS,
    "systemReservedCgroup": str,
    "kubeReservedCgroup": str,
    "enforceNodeAllocatable": list,
    "providerID": str,
    "logging": {"format": str, "verbosity": int},
    "shutdownGracePeriod": str,
    "shutdownGracePeriodCriticalPods": str,
    "seccompDefault": bool,
    "registerWithTaints": TAINTS,
    "registerNode": bool,
    "containerRuntimeEndpoint": str,
    "imageServiceEndpoint": str,
    "failCgroupV1": bool,
}


def unknown_fields(config: dict[str, Any], known: dict[str, Any] = FIELDS) -> list[str]:
    """Every field of `config` that kubelet would refuse, or whose value has another type."""
    problems = []
    for name, value in config.items():
        wanted = known.get(name)
        if isinstance(wanted, dict) and isinstance(value, dict):
            problems += [f"{name}.{inner}" for inner in unknown_fields(value, wanted)]
        elif wanted is STRINGS:
            if not all(isinstance(part, str) for pair in value.items() for part in pair):
                problems.append(name)
        elif wanted is TAINTS:
            if any(set(taint) - {"key", "value", "effect"} for taint in value):
                problems.append(name)
        elif not isinstance(wanted, type) or type(value) is not wanted:
            problems.append(name)
    return problems
