"""Settings of kubelet in a group of nodes."""

from pathlib import Path

import pytest

from constructs_lib.spec.nodes import KubeletSpec
from tests.spec.bad import GOOD, Change, add, in_group, told, warnings


def kubelet(text: str) -> Change:
    """Give the group settings of kubelet, in line 8."""
    return in_group(f"kubelet: {{{text}}}")


BAD: dict[str, tuple[Change, str]] = {
    "processes in thousands": (
        kubelet("system_reserved: {pid: 1k}"),
        "8: node_groups.node.kubelet.system_reserved.pid: is not a number of processes, got 1k; "
        "write it in quotes, like '1000'",
    ),
    "a pod limit among the settings of kubelet": (
        kubelet("max_pods: 20"),
        "8: node_groups.node.kubelet.max_pods: is not a key of the spec; the keys here are "
        f"{', '.join(KubeletSpec.model_fields)}; rename or delete it",
    ),
    "a threshold in the words of kubelet": (
        kubelet("eviction_hard: {memory.available: 100Mi}"),
        "8: node_groups.node.kubelet.eviction_hard.memory.available: is not a key of the spec; did "
        "you mean memory_available? rename or delete it",
    ),
    "a reservation in bytes": (
        kubelet("system_reserved: {memory: 1048576k}"),
        "8: node_groups.node.kubelet.system_reserved.memory: is not a size, got 1048576k; write it "
        "in Mi or Gi, like 512Mi",
    ),
    "CPUs as a number": (
        kubelet("system_reserved: {cpu: 1}"),
        "8: node_groups.node.kubelet.system_reserved.cpu: is read by YAML as a number, got 1; "
        'write it in quotes: "1"',
    ),
    "a fraction of a CPU": (
        kubelet('kube_reserved: {cpu: "0.5"}'),
        "8: node_groups.node.kubelet.kube_reserved.cpu: is no number of CPUs, got 0.5; write whole "
        "ones or thousandths, in quotes, like '1' or 500m",
    ),
    "a threshold of nothing": (
        kubelet("eviction_hard: {nodefs_available: 0%}"),
        "8: node_groups.node.kubelet.eviction_hard.nodefs_available: is no threshold, got 0%; "
        "write a size or a share of all, like 500Mi or 5%",
    ),
    "a soft threshold without a grace period": (
        kubelet("eviction_soft: {memory_available: {threshold: 10%}}"),
        "8: node_groups.node.kubelet.eviction_soft.memory_available.grace_period: is missing; "
        "add it",
    ),
    "a grace period without a unit": (
        kubelet('eviction_soft: {memory_available: {threshold: 10%, grace_period: "90"}}'),
        "8: node_groups.node.kubelet.eviction_soft.memory_available.grace_period: is not a "
        "duration, got 90; write hours, minutes and seconds, like 1m30s or 24h",
    ),
    "one file of a log": (
        kubelet("container_log_max_files: 1"),
        "8: node_groups.node.kubelet.container_log_max_files: is too small, got 1; use 2 or more",
    ),
    "a gate in lower case": (
        kubelet("feature_gates: {containerCheckpoint: true}"),
        "8: node_groups.node.kubelet.feature_gates.containerCheckpoint: is not the name of a "
        "feature gate, got containerCheckpoint; write it as Kubernetes does, like "
        "ContainerCheckpoint",
    ),
    "a sysctl of the whole node": (
        kubelet("allowed_unsafe_sysctls: [vm.swappiness]"),
        "8: node_groups.node.kubelet.allowed_unsafe_sysctls[0]: is no sysctl that a pod has for "
        "itself, got vm.swappiness; write one of net, fs.mqueue or kernel.shm, msg and sem, like "
        "net.core.somaxconn",
    ),
    "more memory kept back than there is": (
        kubelet("system_reserved: {memory: 4Gi}"),
        "8: node_groups.node.kubelet.system_reserved.memory: keeps, with what else is, 4451 MiB "
        "from pods, and a c5.large has 4096, got 4Gi; say less, or use a larger type",
    ),
    "a threshold of more memory than there is": (
        kubelet("eviction_hard: {memory_available: 8Gi}"),
        "8: node_groups.node.kubelet.eviction_hard.memory_available: keeps, with what else is, "
        "8447 MiB from pods, and a c5.large has 4096, got 8Gi; say less, or use a larger type",
    ),
    "more CPUs kept back than there are": (
        kubelet('kube_reserved: {cpu: 500m}, system_reserved: {cpu: "2"}'),
        "8: node_groups.node.kubelet.kube_reserved.cpu: keeps, with what else is, 2500m CPUs from "
        "pods, and a c5.large has 2, got 500m; say less, or use a larger type",
    ),
    "a soft threshold below the hard one": (
        kubelet("eviction_soft: {nodefs_available: {threshold: 8%, grace_period: 2m}}"),
        "8: node_groups.node.kubelet.eviction_soft.nodefs_available.threshold: is not above the "
        "hard one, 10%, at which pods end at once, got 8%; write more, or lower eviction_hard",
    ),
    "a longest grace period of no soft threshold": (
        kubelet("eviction_max_pod_grace_period: 60"),
        "8: node_groups.node.kubelet.eviction_max_pod_grace_period: has no effect without "
        "eviction_soft, got 60; add that, or delete it",
    ),
    "images that go before they may stay": (
        kubelet("image_gc_high_threshold_percent: 70"),
        "8: node_groups.node.kubelet.image_gc_high_threshold_percent: is not above the low "
        "threshold (80), got 70; set both, the low one lower",
    ),
    "images that may stay after they go": (
        kubelet("image_gc_low_threshold_percent: 85"),
        "8: node_groups.node.kubelet.image_gc_low_threshold_percent: is not below the high "
        "threshold (85), got 85; set both, the low one lower",
    ),
    "images that age in two minutes": (
        kubelet("image_maximum_gc_age: 120s"),
        "8: node_groups.node.kubelet.image_maximum_gc_age: is not more than the two minutes for "
        "which kubelet keeps each image, got 120s; write hours or days, like 168h",
    ),
    "a gate that certificates need": (
        kubelet("feature_gates: {RotateKubeletServerCertificate: false}"),
        "8: node_groups.node.kubelet.feature_gates.RotateKubeletServerCertificate: is off, by "
        "which kubelet gets its certificate, got false; delete it",
    ),
    "all gates": (
        kubelet("feature_gates: {AllAlpha: true}"),
        "8: node_groups.node.kubelet.feature_gates.AllAlpha: opens gates unseen, got true; name "
        "those you mean",
    ),
}

ADVICE: dict[str, tuple[Change, str]] = {
    "a misspelt gate": (
        kubelet("feature_gates: {ContainerCheckpiont: true}"),
        "8: node_groups.node.kubelet.feature_gates.ContainerCheckpiont: warning: is no alpha or "
        "beta gate of kubelet 1.36 known on 2026-11-26; did you mean ContainerCheckpoint? one that "
        "kubelet does not know keeps nodes from joining",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_bad_settings_are_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


@pytest.mark.parametrize(("change", "message"), ADVICE.values(), ids=ADVICE.keys())
def test_settings_that_may_be_wrong_are_warned_of(root: Path, change: Change, message: str) -> None:
    add(root, "ada", change(GOOD))
    assert warnings(root) == [f"clusters/ada.yaml:{message}"]


def test_what_is_said_is_rendered_in_the_words_of_kubelet() -> None:
    spec = KubeletSpec.model_validate(
        {
            "kube_reserved": {"ephemeral_storage": "2Gi"},
            "eviction_soft": {"nodefs_inodes_free": {"threshold": "7%", "grace_period": "2m"}},
            "image_gc_high_threshold_percent": 90,
            "registry_pull_qps": 20,
            "max_parallel_image_pulls": 3,
            "cpu_cfs_quota": False,
        }
    )
    assert spec.rendered() == {
        "kubeReserved": {"ephemeral-storage": "2Gi"},
        "evictionSoft": {"nodefs.inodesFree": "7%"},
        "evictionSoftGracePeriod": {"nodefs.inodesFree": "2m"},
        "imageGCHighThresholdPercent": 90,
        "registryPullQPS": 20,
        "maxParallelImagePulls": 3,
        "serializeImagePulls": False,
        "cpuCFSQuota": False,
    }
    assert KubeletSpec().rendered() == {}
