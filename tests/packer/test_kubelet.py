"""What eks-join writes, read by the real kubelets: the oldest that has a build, and the newest.

Each starts in namespaces of its own, with the command line of our unit, and ends where it misses
containerd: by then it has read and validated its flags, its configuration and its kubeconfig.
"""

import base64
import copy
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from constructs_lib.spec.nodes import KubeletSpec
from constructs_lib.spec.section import Section
from constructs_lib.tables import feature_gates
from constructs_lib.tables.user_data import ClusterConnection, Node, render
from tests.built import built, need
from tests.emulator.certificates import Authority
from tools.programs.pinned import ORDER, program

from .conftest import DESCRIBED_CLUSTER, DESCRIBED_INSTANCE, DESCRIBED_TYPE, IDENTITY
from .instance import Aws, Instance, MetadataService, running_instance
from .paths import ROOTFS, linux_only

pytestmark = linux_only

KUBELETS = [name for name in ORDER if name.startswith("kubelet-")]
SETTINGS = KubeletSpec.model_validate(
    {
        "kube_reserved": {
            "cpu": "150m",
            "memory": "600Mi",
            "ephemeral_storage": "2Gi",
            "pid": "1000",
        },
        "system_reserved": {"cpu": "1", "memory": "1Gi", "ephemeral_storage": "1Gi", "pid": "100"},
        "eviction_hard": {
            "memory_available": "5%",
            "nodefs_available": "12.5%",
            "nodefs_inodes_free": "100000",
            "imagefs_available": "10Gi",
            "imagefs_inodes_free": "5%",
            "pid_available": "500",
        },
        "eviction_soft": {
            "memory_available": {"threshold": "10%", "grace_period": "1m30s"},
            "nodefs_available": {"threshold": "15%", "grace_period": "2m"},
            "nodefs_inodes_free": {"threshold": "200000", "grace_period": "2m"},
            "imagefs_available": {"threshold": "20Gi", "grace_period": "1h"},
            "imagefs_inodes_free": {"threshold": "7%", "grace_period": "30s"},
            "pid_available": {"threshold": "1000", "grace_period": "1h1m1s"},
        },
        "eviction_max_pod_grace_period": 60,
        "container_log_max_size": "50Mi",
        "container_log_max_files": 3,
        "pod_pids_limit": 4096,
        "image_gc_high_threshold_percent": 75,
        "image_gc_low_threshold_percent": 60,
        "image_maximum_gc_age": "168h",
        "max_parallel_image_pulls": 4,
        "registry_pull_qps": 20,
        "registry_burst": 40,
        "cpu_cfs_quota": False,
        "cpu_manager_policy": "static",
        "topology_manager_policy": "best-effort",
        "seccomp_default": True,
        "allowed_unsafe_sysctls": ["net.core.somaxconn", "net.ipv4.tcp_*", "kernel.sem"],
        "feature_gates": {
            "ContainerCheckpoint": False,
            "GracefulNodeShutdownBasedOnPodPriority": True,
        },
    }
)
NODE_GROUP = json.dumps(
    {
        "labels": {"team": "data", "example.org/disk": "nvme"},
        "taints": [{"key": "dedicated", "value": "data", "effect": "NoExecute"}],
        "maxPods": 20,
        "kubelet": SETTINGS.rendered(),
    }
)
CONFIG = "/etc/kubernetes/kubelet/config.json"
NO_CONTAINERD = "containerd.sock: connect: no such file or directory"

NODE = r"""
set -e
root=$1
shift
mount --make-rprivate /
mount -t overlay -o "lowerdir=$root/etc:/etc" etc /etc
mount -t tmpfs lib /var/lib
cp -a "$root/var/lib/kubelet" /var/lib
mount -t tmpfs run /run
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
ip address add 10.1.70.11/32 dev lo
set -a
. /etc/eks-node/kubelet.env
set +a
exec timeout 60 sh -c "exec $*"
"""
"""A node's files and settings over the machine's, for one process and what it starts."""


def has_namespaces() -> bool:
    command = ("unshare", "--mount", "--net", "--pid", "--fork", "true")
    return os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0


@contextmanager
def joined(directory: Path, kubelet: str, node_group: str) -> Iterator[Instance]:
    """An instance that has joined a cluster of its kubelet's minor, whose API nobody serves."""
    described = copy.deepcopy(DESCRIBED_CLUSTER)
    described["cluster"]["version"] = kubelet.rpartition(".")[0]
    authority = base64.b64encode(Authority("test").certificate).decode()
    described["cluster"]["certificateAuthority"] = {"data": authority}
    aws = Aws(
        answers={
            "describe-instances": [DESCRIBED_INSTANCE],
            "describe-cluster": [described],
            "describe-instance-types": [DESCRIBED_TYPE],
        }
    )
    with running_instance(directory, MetadataService(dict(IDENTITY)), aws) as instance:
        instance.kubelet_is(kubelet)
        if node_group:
            instance.put("/etc/eks-node/node-group.json", node_group)
        finished = instance.join()
        assert finished.returncode == 0, finished.stderr
        yield instance


def start(instance: Instance, kubelet: Path, *more: str) -> str:
    """Start kubelet as the unit does, with `more` flags, and give its log."""
    need(has_namespaces(), "namespaces need root, and a kernel that gives them")
    unit = (ROOTFS / "etc/systemd/system/kubelet.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.*?[^\\])$", unit, re.MULTILINE | re.DOTALL)
    command = command.replace("\\\n", " ").replace("/usr/bin/kubelet", shlex.quote(str(kubelet)), 1)
    done = subprocess.run(
        [
            *("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"),
            *("sh", "-c", NODE, "sh", str(instance.root), command, *more),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def complaints(log: str, version: str) -> list[str]:
    """What a kubelet that has come as far as containerd did not like."""
    assert f'"Kubelet version" kubeletVersion="v{version}"' in log, log[-3000:]
    assert NO_CONTAINERD in log.splitlines()[-1], log[-3000:]
    words = ("lenient decoding", "deprecated", "Unknown", "will be removed")
    return [
        line
        for line in log.splitlines()
        if any(word in line for word in words)
        or (re.match(r"[WE]\d{4} ", line) and "containerd.sock" not in line)
    ]


@pytest.mark.parametrize("name", KUBELETS)
@pytest.mark.parametrize("node_group", ["", NODE_GROUP], ids=["defaults", "all options"])
def test_kubelet_takes_what_eks_join_writes_without_a_word(
    tmp_path: Path, name: str, node_group: str
) -> None:
    kubelet, version = built(name), program(name).version
    with joined(tmp_path, version, node_group) as instance:
        log = start(instance, kubelet)
    assert complaints(log, version) == []


@pytest.mark.parametrize("name", KUBELETS)
def test_kubelet_takes_what_the_user_data_of_ubuntu_lays_over_the_images_own(
    tmp_path: Path, name: str
) -> None:
    kubelet, version = built(name), program(name).version
    script = render("ubuntu-eks", Node(kubelet=SETTINGS.rendered()), cluster=CONNECTION)
    (flag,) = re.findall(r"--config-dir=(\S+)'", script)
    with joined(tmp_path, version, "") as instance:
        script = script.replace("/etc/eks/bootstrap.sh", "true").replace(
            "/etc/kubernetes", f"{instance.root}/etc/kubernetes"
        )
        subprocess.run(["bash", "-c", script], check=True)
        log = start(instance, kubelet, f"--config-dir={flag}", "--v=5")
    assert complaints(log, version) == []
    assert "600Mi" in log or '"memory":"600Mi"' in log, "kubelet merged nothing"


CONNECTION = ClusterConnection("lovelace", "https://a.example", "Q0E=", "172.20.0.0/16")


def test_these_are_all_options() -> None:
    def unsaid(section: Section) -> list[str]:
        return [name for name, value in vars(section).items() if value in (None, (), {})] + [
            f"{name}.{inner}"
            for name, value in vars(section).items()
            if isinstance(value, Section)
            for inner in unsaid(value)
        ]

    assert unsaid(SETTINGS) == []


@pytest.mark.parametrize("name", KUBELETS)
def test_the_table_of_feature_gates_is_what_kubelet_lists(name: str) -> None:
    minor = program(name).version.rpartition(".")[0]
    shown = subprocess.run([built(name), "--help"], capture_output=True, text=True, check=True)
    gates = re.findall(r"(\w+)=true\|false \((?:ALPHA|BETA)", shown.stdout)
    assert {gate for gate, found in feature_gates.GATES.items() if minor in found} == set(gates)


def test_a_field_that_kubelet_does_not_know_is_in_its_log(tmp_path: Path) -> None:
    name = KUBELETS[0]
    kubelet = built(name)
    with joined(tmp_path, program(name).version, "") as instance:
        config = instance.json(CONFIG)
        instance.put(CONFIG, json.dumps({**config, "maxpods": 5}))
        log = start(instance, kubelet)
    assert "lenient decoding" in log
