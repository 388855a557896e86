"""What kubelet of a node is told: the same for the nodes of every image family."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, Strict

from constructs_lib.spec.section import Section, matching
from constructs_lib.spec.types import UNIQUE

_SIZE = r"[1-9]\d{0,6}[MG]i"
_SHARE = r"[1-9]\d?(\.\d{1,2})?%"

Cpus = Annotated[
    str,
    matching(
        r"[1-9]\d{0,5}m|[1-9]\d{0,2}",
        "is no number of CPUs",
        "write whole ones or thousandths, in quotes, like '1' or 500m",
    ),
]
Bytes = Annotated[str, matching(_SIZE, "is not a size", "write it in Mi or Gi, like 512Mi")]
Ids = Annotated[
    str,
    matching(r"[1-9]\d{0,6}", "is not a number of processes", "write it in quotes, like '1000'"),
]
FreeBytes = Annotated[
    str,
    matching(
        f"{_SIZE}|{_SHARE}", "is no threshold", "write a size or a share of all, like 500Mi or 5%"
    ),
]
FreeNumber = Annotated[
    str,
    matching(
        rf"[1-9]\d{{0,9}}|{_SHARE}",
        "is no threshold",
        "write a number or a share of all, in quotes, like '1000' or 5%",
    ),
]
Duration = Annotated[
    str,
    matching(
        r"([1-9]\d{0,4}h)?([1-9]\d{0,4}m)?([1-9]\d{0,4}s)?(?<=[hms])",
        "is not a duration",
        "write hours, minutes and seconds, like 1m30s or 24h",
    ),
]
Gate = Annotated[
    str,
    matching(
        r"[A-Z][A-Za-z0-9]{1,80}",
        "is not the name of a feature gate",
        "write it as Kubernetes does, like ContainerCheckpoint",
    ),
]
Sysctl = Annotated[
    str,
    matching(
        r"(kernel\.(shm|msg|sem)|fs\.mqueue\.|net\.)[a-z0-9_./-]*\*?",
        "is no sysctl that a pod has for itself",
        "write one of net, fs.mqueue or kernel.shm, msg and sem, like net.core.somaxconn",
    ),
]


class ReservedSpec(Section):
    """What no pod gets of a node.

    https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/
    """

    cpu: Cpus | None = None
    """CPUs, in whole ones or thousandths (`500m`)."""

    memory: Bytes | None = None
    """Memory, in Mi or Gi."""

    ephemeral_storage: Bytes | None = None
    """Space on the volume that pods write to, in Mi or Gi."""

    pid: Ids | None = None
    """Process ids."""

    def rendered(self) -> dict[str, str]:
        """What is written, as kubelet calls it."""
        amounts = self.model_dump(exclude_none=True)
        return {name.replace("_", "-"): amount for name, amount in amounts.items()}


_SIGNALS: Final = {
    "memory_available": "memory.available",
    "nodefs_available": "nodefs.available",
    "nodefs_inodes_free": "nodefs.inodesFree",
    "imagefs_available": "imagefs.available",
    "imagefs_inodes_free": "imagefs.inodesFree",
    "pid_available": "pid.available",
}
"""https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-signals"""


class HardThresholdsSpec(Section):
    """What has to be free, or kubelet ends pods at once. What is not said stays as the images have
    it: 100Mi of memory, 10% of the volume and 5% of its inodes.

    https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
    """

    memory_available: FreeBytes | None = None
    """Memory."""

    nodefs_available: FreeBytes | None = None
    """Space on the volume of kubelet."""

    nodefs_inodes_free: FreeNumber | None = None
    """Inodes there."""

    imagefs_available: FreeBytes | None = None
    """Space on the volume of images, where it is another."""

    imagefs_inodes_free: FreeNumber | None = None
    """Inodes there."""

    pid_available: FreeNumber | None = None
    """Process ids."""

    def rendered(self) -> dict[str, str]:
        """What is said, as kubelet calls it."""
        return {_SIGNALS[name]: free for name, free in self.model_dump(exclude_none=True).items()}


class SoftBytesSpec(Section):
    """Something that has to be free, and how long it may be less."""

    threshold: FreeBytes
    """How much: a size, or a share of all."""

    grace_period: Duration
    """For how long it may be less before kubelet ends pods."""


class SoftNumberSpec(Section):
    """Something that has to be free, and how long there may be fewer."""

    threshold: FreeNumber
    """How many, or which share of all."""

    grace_period: Duration
    """For how long there may be fewer before kubelet ends pods."""


class SoftThresholdsSpec(Section):
    """What has to be free, or kubelet ends pods after a while, by their own grace period."""

    memory_available: SoftBytesSpec | None = None
    """Memory."""

    nodefs_available: SoftBytesSpec | None = None
    """Space on the volume of kubelet."""

    nodefs_inodes_free: SoftNumberSpec | None = None
    """Inodes there."""

    imagefs_available: SoftBytesSpec | None = None
    """Space on the volume of images, where it is another."""

    imagefs_inodes_free: SoftNumberSpec | None = None
    """Inodes there."""

    pid_available: SoftNumberSpec | None = None
    """Process ids."""

    def rendered(self, part: Literal["threshold", "grace_period"]) -> dict[str, str]:
        """One of the two that belong to each thing that is written, as kubelet calls it."""
        thresholds = {name: getattr(self, name) for name in _SIGNALS}
        return {_SIGNALS[name]: getattr(soft, part) for name, soft in thresholds.items() if soft}


_CAPITALS: Final = {"gc": "GC", "qps": "QPS", "cfs": "CFS"}


def _as_kubelet_writes(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(_CAPITALS.get(word, word.capitalize()) for word in others)


class KubeletSpec(Section):
    """Settings of kubelet on each node of a group. How many pods, labels and taints are the
    group's own keys; who reaches kubelet, and how, is not for choosing.

    https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
    """

    kube_reserved: ReservedSpec = ReservedSpec()
    """What is kept back for kubelet and containerd; by default what the image works out from the
    CPUs and the number of pods. What is said replaces that, the rest of it stays."""

    system_reserved: ReservedSpec = ReservedSpec()
    """What is kept back for everything else that is no pod. None by default."""

    eviction_hard: HardThresholdsSpec = HardThresholdsSpec()
    """What has to be free, or pods end at once."""

    eviction_soft: SoftThresholdsSpec = SoftThresholdsSpec()
    """What has to be free, or pods end after a while. None by default."""

    eviction_max_pod_grace_period: Annotated[int, Field(ge=1, le=3600)] | None = None
    """How many seconds a pod may take to end when a soft threshold ends it, at most; by default
    as long as it says itself."""

    container_log_max_size: Bytes | None = None
    """How large a container's log gets before the next file; 10Mi by default."""

    container_log_max_files: Annotated[int, Field(ge=2, le=100)] | None = None
    """How many files of a container's log there are, the current one among them; 5 by default."""

    pod_pids_limit: Annotated[int, Field(ge=64, le=4194304)] | None = None
    """Most processes of a pod; by default no limit but the node's."""

    image_gc_high_threshold_percent: Annotated[int, Field(ge=2, le=100)] | None = None
    """How full the volume of images gets, in per cent, before unused ones go; 85 by default."""

    image_gc_low_threshold_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    """Down to how full it is then made; 80 by default."""

    image_maximum_gc_age: Duration | None = None
    """After how long an image that nothing uses goes; by default never for that alone."""

    max_parallel_image_pulls: Annotated[int, Field(ge=2, le=100)] | None = None
    """How many images are pulled at once; by default no limit."""

    registry_pull_qps: Annotated[int, Field(ge=1, le=10000)] | None = None
    """How many pulls begin in a second; 5 by default."""

    registry_burst: Annotated[int, Field(ge=1, le=10000)] | None = None
    """How many may begin at once before that counts; 10 by default."""

    cpu_cfs_quota: bool | None = None
    """Whether a container's CPU limit holds it back. On by default."""

    cpu_manager_policy: Literal["none", "static"] | None = None
    """`static`: containers of guaranteed pods with whole CPUs have these for themselves."""

    topology_manager_policy: (
        Literal["none", "best-effort", "restricted", "single-numa-node"] | None
    ) = None
    """Whether CPUs and devices of a container have to be close together; `none` by default."""

    seccomp_default: bool | None = None
    """Whether containers that say nothing have the seccomp profile of containerd. Off by default,
    as in Kubernetes."""

    allowed_unsafe_sysctls: Annotated[tuple[Sysctl, ...], Strict(False), UNIQUE] = ()
    """Sysctls that pods may set beyond the safe ones. None by default."""

    feature_gates: dict[Gate, bool] = {}
    """Feature gates, on or off. Kubelet does not start with one that it does not know; none by
    default but those of the image."""

    def rendered(self) -> dict[str, Any]:
        """What is written, in the words of a KubeletConfiguration."""
        settings = self.model_dump(mode="json", exclude_none=True, exclude=_SECTIONS)
        if self.max_parallel_image_pulls is not None:
            settings["serialize_image_pulls"] = False  # kubelet takes no number with one at a time
        settings |= {
            "kube_reserved": self.kube_reserved.rendered(),
            "system_reserved": self.system_reserved.rendered(),
            "eviction_hard": self.eviction_hard.rendered(),
            "eviction_soft": self.eviction_soft.rendered("threshold"),
            "eviction_soft_grace_period": self.eviction_soft.rendered("grace_period"),
        }
        return {
            _as_kubelet_writes(name): value
            for name, value in settings.items()
            if value not in ([], {})
        }


_SECTIONS: Final = {"kube_reserved", "system_reserved", "eviction_hard", "eviction_soft"}
