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

from tests.built import built, need
from tests.emulator.certificates import Authority
from tools.programs.pinned import ORDER, program

from .conftest import DESCRIBED_CLUSTER, DESCRIBED_INSTANCE, DESCRIBED_TYPE, IDENTITY
from .instance import Aws, Instance, MetadataService, running_instance
from .paths import ROOTFS, linux_only

pytestmark = linux_only

KUBELETS = [name for name in ORDER if name.startswith("kubelet-")]
NODE_GROUP = """{
  "labels": {"team": "data", "example.org/disk": "nvme"},
  "taints": [{"key": "dedicated", "value": "data", "effect": "NoExecute"}],
  "maxPods": 20
}"""
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


def start(instance: Instance, kubelet: Path) -> str:
    """Start kubelet as the unit does, and give its log."""
    need(has_namespaces(), "namespaces need root, and a kernel that gives them")
    unit = (ROOTFS / "etc/systemd/system/kubelet.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.*?[^\\])$", unit, re.MULTILINE | re.DOTALL)
    command = command.replace("\\\n", " ").replace("/usr/bin/kubelet", shlex.quote(str(kubelet)), 1)
    done = subprocess.run(
        [
            *("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"),
            *("sh", "-c", NODE, "sh", str(instance.root), command),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("name", KUBELETS)
@pytest.mark.parametrize("node_group", ["", NODE_GROUP], ids=["defaults", "all options"])
def test_kubelet_takes_what_eks_join_writes_without_a_word(
    tmp_path: Path, name: str, node_group: str
) -> None:
    kubelet, version = built(name), program(name).version
    with joined(tmp_path, version, node_group) as instance:
        log = start(instance, kubelet)
    assert f'"Kubelet version" kubeletVersion="v{version}"' in log, log[-3000:]
    assert NO_CONTAINERD in log.splitlines()[-1], log[-3000:]
    for complaint in ("lenient decoding", "deprecated", "Unknown", "will be removed"):
        assert complaint not in log, [line for line in log.splitlines() if complaint in line]
    complaints = [line for line in log.splitlines() if re.match(r"[WE]\d{4} ", line)]
    assert [line for line in complaints if "containerd.sock" not in line] == []


def test_a_field_that_kubelet_does_not_know_is_in_its_log(tmp_path: Path) -> None:
    name = KUBELETS[0]
    kubelet = built(name)
    with joined(tmp_path, program(name).version, "") as instance:
        config = instance.json(CONFIG)
        instance.put(CONFIG, json.dumps({**config, "maxpods": 5}))
        log = start(instance, kubelet)
    assert "lenient decoding" in log
