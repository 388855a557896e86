"""What a node does with the disks that its instance type has itself.

The script is real; what would change the machine takes notes and remembers.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .paths import ROOTFS, linux_only, program

pytestmark = linux_only

SCRIPT = ROOTFS / "usr/local/sbin/mount-instance-store"
DISK = "nvme-Amazon_EC2_NVMe_Instance_Storage_AWS"
CONFIGURATION = 78

NOTE = 'echo "$(basename "$0") $*" | sed "s|$NODE_ROOT||g" >>"$STATE/calls"\n'
COMMANDS = {
    "systemctl": NOTE,
    "mkfs.ext4": NOTE + 'for last; do :; done; touch "$STATE/fs-$(basename "$last")"\n',
    "blkid": 'for last; do :; done; [ ! -e "$STATE/fs-$(basename "$last")" ] || echo ext4\n',
    "mount": NOTE + 'for last; do :; done; echo "$last" >>"$STATE/mounted"\n',
    "mountpoint": 'touch "$STATE/mounted"; grep -qxF "$2" "$STATE/mounted"\n',
    "lsblk": '[ ! -e "$STATE/array" ] || echo "/dev/md127 raid0"\n',
    "mdadm": NOTE + '[ "$1" = --create ] && touch "$STATE/array"\n',
}


class Machine:
    """A root directory with disks of its own, and commands that take notes."""

    def __init__(self, directory: Path, disks: int) -> None:
        self.root, self.state = directory / "root", directory / "state"
        by_id, commands = self.root / "dev/disk/by-id", directory / "bin"
        for each in (by_id, commands, self.state, self.root / "var/lib/kubelet"):
            each.mkdir(parents=True)
        for number in range(1, disks + 1):
            disk = self.root / f"dev/nvme{number}n1"
            disk.touch()
            for name in (f"{DISK}{number}", f"{DISK}{number}_1"):
                (by_id / name).symlink_to(disk)
            (by_id / f"{DISK}{number}-part1").symlink_to(self.root / "dev/no-such-partition")
        (self.root / "dev/nvme0n1").touch()
        (by_id / "nvme-Amazon_Elastic_Block_Store_vol1").symlink_to(self.root / "dev/nvme0n1")
        for name, text in COMMANDS.items():
            (commands / name).write_text(f"#!/bin/bash\n{text}", encoding="utf-8")
            (commands / name).chmod(0o755)
        self.path = f"{commands}:{os.environ['PATH']}"

    def run(self, settings: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
        group = self.root / "etc/eks-node/node-group.json"
        group.parent.mkdir(parents=True, exist_ok=True)
        group.write_text(json.dumps(settings), encoding="utf-8")
        return subprocess.run(
            [SCRIPT],
            env={"PATH": self.path, "NODE_ROOT": str(self.root), "STATE": str(self.state)},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        """What was called since the last look."""
        file = self.state / "calls"
        found = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        file.write_text("", encoding="utf-8")
        return found

    @property
    def is_through(self) -> bool:
        return (self.root / "run/eks-node/instance-store").exists()


BIND = [
    f"mount --bind /mnt/k8s-disks/0/{name} {directory}"
    for name, directory in (
        ("containerd", "/var/lib/containerd"),
        ("kubelet", "/var/lib/kubelet"),
        ("pods", "/var/log/pods"),
    )
]


def test_a_group_that_does_not_ask_for_it_gets_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, disks=2)
    assert machine.run({"maxPods": 20}).returncode == 0
    assert machine.calls() == []
    assert not machine.is_through


def test_several_disks_become_one_that_holds_what_nodes_write(tmp_path: Path) -> None:
    machine = Machine(tmp_path, disks=2)
    (machine.root / "var/lib/kubelet/kubeconfig").touch()
    done = machine.run({"instanceStore": "raid0"})
    assert done.returncode == 0, done.stderr
    disks = "/dev/nvme1n1 /dev/nvme2n1"
    assert machine.calls() == [
        f"mdadm --assemble /dev/md/instance-store {disks}",
        f"mdadm --create /dev/md/instance-store --run --level=0 --raid-devices=2 {disks}",
        "mkfs.ext4 -q -m 0 /dev/md/instance-store",
        "mount -o defaults,noatime /dev/md/instance-store /mnt/k8s-disks/0",
        "systemctl stop containerd.service",
        *BIND,
        "systemctl start containerd.service",
    ]
    assert (machine.root / "mnt/k8s-disks/0/kubelet/kubeconfig").exists(), "it was not taken along"
    assert machine.is_through


def test_after_a_reboot_what_is_on_the_disks_stays(tmp_path: Path) -> None:
    machine = Machine(tmp_path, disks=2)
    machine.run({"instanceStore": "raid0"})
    machine.calls()
    (machine.state / "mounted").write_text("", encoding="utf-8")
    (machine.state / "fs-md127").touch()
    kept = machine.root / "mnt/k8s-disks/0/containerd/image"
    kept.touch()
    assert machine.run({"instanceStore": "raid0"}).returncode == 0
    assert machine.calls() == [
        "mount -o defaults,noatime /dev/md127 /mnt/k8s-disks/0",
        "systemctl stop containerd.service",
        *BIND,
        "systemctl start containerd.service",
    ]
    assert kept.exists()


def test_one_disk_needs_no_array(tmp_path: Path) -> None:
    machine = Machine(tmp_path, disks=1)
    assert machine.run({"instanceStore": "raid0"}).returncode == 0
    assert machine.calls()[:2] == [
        "mkfs.ext4 -q -m 0 /dev/nvme1n1",
        "mount -o defaults,noatime /dev/nvme1n1 /mnt/k8s-disks/0",
    ]


def test_disks_can_be_mounted_each_by_itself(tmp_path: Path) -> None:
    machine = Machine(tmp_path, disks=2)
    assert machine.run({"instanceStore": "mount"}).returncode == 0
    assert machine.calls() == [
        "mkfs.ext4 -q -m 0 /dev/nvme1n1",
        "mount -o defaults,noatime /dev/nvme1n1 /mnt/k8s-disks/1",
        "mkfs.ext4 -q -m 0 /dev/nvme2n1",
        "mount -o defaults,noatime /dev/nvme2n1 /mnt/k8s-disks/2",
    ]
    assert machine.is_through


@pytest.mark.parametrize(
    ("disks", "strategy", "complaint"),
    [
        (0, "raid0", "this instance type has no instance store; delete instance_store"),
        (1, "raid5", "has the instanceStore 'raid5'; correct the user data"),
    ],
)
def test_what_cannot_be_mounted_is_said_in_one_line(
    tmp_path: Path, disks: int, strategy: str, complaint: str
) -> None:
    machine = Machine(tmp_path, disks)
    done = machine.run({"instanceStore": strategy})
    assert done.returncode == CONFIGURATION
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert machine.calls() == []
    assert not machine.is_through


def test_the_script_is_clean_shell() -> None:
    checked = subprocess.run(
        [program("shellcheck"), SCRIPT], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
