"""A machine that boots as EC2 boots one: systemd, logind and cloud-init for real.

systemd-nspawn boots the Ubuntu that `tools/machine` has made, with layers over it: a node's files
and the real containerd and kubelet, or what a build has left. The kernel is shared, so its settings
are copies and its clock is not to be set; network, mounts and what is written are the machine's
own: nothing of the machine on which the tests run changes. Its disk outlives a reboot, and ends
with the test. What containerd keeps lies beside the layers, which cannot hold layers of its own.
"""

import contextlib
import ctypes
import functools
import itertools
import os
import re
import shutil
import socket
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.built import built, need
from tests.packer.containerd import runtime_specification
from tools.programs.pinned import cache

ROOT = Path(__file__).resolve().parents[2]
PACKER = ROOT / "packer"

METADATA = "169.254.169.254"
GATEWAY = "10.1.0.1"
BOOT_SECONDS = 180
_CLONE_NEWNET = 0x40000000
DYING_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")

_INTERFACES = """\
ip link set lo up
ip address add {metadata}/32 dev lo
for name in ens5 ens6; do
  ip link add "vpc-$name" type veth peer name "$name" netns {machine}
  ip link set "vpc-$name" up
done
ip address add {gateway}/16 dev vpc-ens5
nsenter --net=/proc/{machine}/ns/net ip link set lo up
"""
"""ens5 is the primary interface; ens6 is one that the VPC CNI has attached."""

_BOOT = """\
set -e
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" root "$2/root"
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$3"
echo $$ >"/sys/fs/cgroup/$3/cgroup.procs"
shift 3
exec "$@"
"""

_REMOVE_CGROUP = """\
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
[ ! -d "/sys/fs/cgroup/$1" ] || find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +
"""

_BOOTS = itertools.count()
"""Each boot has a cgroup of its own: kubelet 1.37 does not start with what another has left."""

_KERNEL_SETTINGS = """\
[Unit]
Description=The kernel's settings of the image, as copies: the kernel is shared
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/kernel-settings

[Install]
WantedBy=sysinit.target
"""

_KERNEL_SETTINGS_SCRIPT = """\
#!/bin/sh
mkdir -p /run/kernel-settings
for name in {names}; do
  file=/proc/sys/$(echo "$name" | tr . /)
  [ -e "$file" ] || continue
  cat "$file" >"/run/kernel-settings/$name"
  mount --bind "/run/kernel-settings/$name" "$file"
done
sysctl --quiet --ignore --load=/etc/sysctl.d/90-kubernetes.conf || true
"""

CONTAINERD = """\
[Unit]
After=network.target

[Service]
Type=notify
ExecStart=/usr/bin/containerd
Delegate=yes
KillMode=process

[Install]
WantedBy=multi-user.target
"""
"""As Docker's package has it."""

_CLOUD_INIT = """\
datasource_list: [Ec2]
datasource: {Ec2: {strict_id: false, timeout: 5, max_wait: 30}}
network: {config: disabled}
apt:
  preserve_sources_list: true
  primary: [{arches: [default], uri: "file:/srv/packages"}]
  security: [{arches: [default], uri: "file:/srv/packages"}]
locale: false
"""
"""In a container, DMI does not say that this is EC2; without netplan the network is given.

Packages are those of the machine's own disk, and of locales there is one.
"""

_NETPLAN = """\
[Match]
Name=ens5

[Network]
Address={address}/16
Gateway={gateway}
DNS={gateway}
LinkLocalAddressing=no
"""
"""What netplan makes of cloud-init's description of the primary interface."""

AWS_CLI = """\
#!/bin/sh
PYTHONPATH=/opt/python exec python3 -m awscli "$@"
"""
"""The AWS CLI of the tests' own requirements; Ubuntu has none."""


_BY_ID = """\
L /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS{number} - - - - ../../nvme{number}n1
"""
"""What udev makes on EC2."""


class Machine:
    """A machine that is switched on with `with`, and gone with it."""

    def __init__(
        self,
        directory: Path,
        *,
        address: str,
        metadata: Mapping[str, str],
        environment: Mapping[str, str],
        ports: Sequence[int],
        layers: Sequence[Path] = (),
        binds: Mapping[Path, str] | None = None,
        disks: Sequence[Path] = (),
    ) -> None:
        """Put a disk together.

        `metadata` has the documents of the metadata service by path, and may change; `environment`
        is every service's; `ports` are those of this machine's loopback that are its own as well;
        `layers` lie over Ubuntu, the first on top, and `binds` are files of this machine's. `disks`
        are the instance type's own; where there are some, images lie on them or nowhere.
        """
        need(os.geteuid() == 0, "a machine needs root")
        need(
            ubuntu().is_dir() and Path(_nspawn()).exists(),
            "the machine for tests is not made; `make machine` makes it",
        )
        self.metadata = dict(metadata)
        self.upper = directory / "upper"
        self.address = address
        self._directory, self._ports, self._layers = directory, ports, [*layers, ubuntu()]
        self.images = directory / "images"
        for name in ("upper", "work", "root", "images"):
            (directory / name).mkdir(parents=True)
        self._binds = {
            Path("/dev/kmsg"): "/dev/kmsg",  # kubelet watches it for processes killed for memory
            Path(sysconfig.get_path("purelib")): "/opt/python",
            **(binds or {}),
        }
        self._disks = disks
        self._networks: list[subprocess.Popen[bytes]] = []
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._servers: list[Any] = []
        self._cgroup = ""
        values = " ".join(f'"{name}={value}"' for name, value in environment.items())
        self.write(
            "etc/systemd/system.conf.d/test.conf", f"[Manager]\nDefaultEnvironment={values}\n"
        )
        names = "".join(_BY_ID.format(number=number) for number, _ in enumerate(disks, 1))
        self.write("etc/tmpfiles.d/disks.conf", names)

    def __enter__(self) -> Self:
        try:
            self.connect()
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_raised: object) -> None:
        for server in self._servers:
            server.close()
        for process in (self._nspawn, *self._networks):
            if process is not None:
                process.kill()
                process.wait()
        self._remove_cgroup()

    # The disk

    def prepare(self) -> None:
        """Write what makes Ubuntu an instance of EC2 in a container, before its first boot."""
        self.write("etc/systemd/system/kernel-settings.service", _KERNEL_SETTINGS)
        settings = (PACKER / "rootfs/etc/sysctl.d/90-kubernetes.conf").read_text("utf-8")
        names = re.findall(r"^(\S+) =", settings, re.MULTILINE)
        self.write(
            "usr/local/sbin/kernel-settings",
            _KERNEL_SETTINGS_SCRIPT.format(names=" ".join(names)),
        )
        netplan = _NETPLAN.format(address=self.address, gateway=GATEWAY)
        self.write("etc/systemd/network/10-netplan-ens5.network", netplan)
        self.write("etc/cloud/cloud.cfg.d/98-test.cfg", _CLOUD_INIT)
        self.write("etc/hostname", "")
        self.write("etc/machine-id", "")
        self.enable("kernel-settings", "sysinit.target")
        self.enable("systemd-networkd", "multi-user.target")
        self.enable("systemd-resolved", "multi-user.target")

    def write(self, path: str, text: str) -> None:
        """Write a file on the disk; what lies in bin or sbin is a program."""
        file = self.upper / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755 if file.parent.name in ("bin", "sbin", "kubelet") else 0o644)

    def enable(self, unit: str, target: str) -> None:
        """Have a service started at boot."""
        wants = self.upper / "etc" / "systemd" / "system" / f"{target}.wants"
        wants.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (wants / f"{unit}.service").symlink_to(f"/etc/systemd/system/{unit}.service")

    # The network

    def connect(self) -> None:
        """Make its network, and the VPC's beside it, where the metadata service answers."""
        own = Path("/proc/self/ns/net")
        for _ in ("the VPC's", "the machine's"):
            holder = subprocess.Popen([*DYING_WITH_PARENT, "unshare", "--net", "sleep", "infinity"])
            self._networks.append(holder)
        for network in (self.vpc, self.network):
            _wait(lambda n=network: own.readlink() != n.readlink(), 10, "a network of its own")  # type: ignore[misc]
        script = _INTERFACES.format(
            metadata=METADATA, gateway=GATEWAY, machine=self._networks[1].pid
        )
        self.in_the_vpc("sh", "-e", "-c", script)
        (metadata,) = _listening_in(self.vpc, [(METADATA, 80)])
        self._servers.append(_MetadataServer(metadata, self.metadata))
        self.forward(self.network, {port: port for port in self._ports})

    @property
    def vpc(self) -> Path:
        """The network outside of the machine."""
        return Path(f"/proc/{self._networks[0].pid}/ns/net")

    @property
    def network(self) -> Path:
        """The machine's own network."""
        return Path(f"/proc/{self._networks[1].pid}/ns/net")

    def in_the_vpc(self, *command: str) -> None:
        """Run a command of this machine's in the network outside of the machine."""
        subprocess.run(["nsenter", f"--net={self.vpc}", *command], check=True)

    def forward(self, network: Path, ports: Mapping[int, int]) -> None:
        """Let these ports of a network's loopback be those of this machine's loopback."""
        listening = _listening_in(network, [("127.0.0.1", port) for port in ports])
        self._servers += map(_Forwarder, listening, ports.values())

    # Its life

    def boot(self) -> None:
        """Switch it on, and wait until systemd has started everything."""
        self._cgroup = f"node-{os.getpid()}-{next(_BOOTS)}"
        binds = [f"--bind-ro={file}:{place}" for file, place in self._binds.items()]
        for number, disk in enumerate(self._disks, 1):
            binds.append(f"--bind={disk}:/dev/nvme{number}n1")
        if not self._disks:
            binds.append(f"--bind={self.images}:/var/lib/containerd")
        with (self._directory / "console.log").open("ab") as log:
            self._nspawn = subprocess.Popen(
                [
                    *DYING_WITH_PARENT,
                    *("nsenter", f"--net={self.network}"),
                    # its end, whatever the reason, is the end of all that runs in it
                    *("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"),
                    *("--mount", "--propagation", "private"),
                    *("bash", "-c", _BOOT, "bash"),
                    *(":".join(map(str, self._layers)), str(self._directory)),
                    self._cgroup,
                    *(_nspawn(), "--quiet", "--register=no", "--keep-unit", "--boot"),
                    *("--directory", str(self._directory / "root"), "--machine=node"),
                    *("--capability=all", "--drop-capability=CAP_SYS_TIME"),
                    "--system-call-filter=@keyring bpf",
                    *("--resolv-conf=off", "--link-journal=no", "--console=pipe"),
                    *binds,
                ],
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        _wait(self._is_up, BOOT_SECONDS, "the machine to boot", self.console)

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        if self._nspawn.poll() is not None:
            raise RuntimeError(f"the machine has ended:\n{self.console()[-4000:]}")
        if self._leader() is None:
            return False
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        if state == "starting":
            jobs = self.run(
                "systemctl", "list-jobs", "--no-legend", check=False
            ).stdout.splitlines()
            running = [job.split()[1] for job in jobs if job.split()[-1:] == ["running"]]
            return running == ["warm-pool.service"]  # which may wait for days
        return state in ("running", "degraded")

    def _leader(self) -> int | None:
        """The machine's init, as a process of this machine."""
        assert self._nspawn is not None
        process = self._nspawn.pid
        for _ in ("unshare's child, which becomes nspawn", "nspawn's"):
            try:
                children = Path(f"/proc/{process}/task/{process}/children").read_text()
                (process,) = map(int, children.split())
            except (FileNotFoundError, ValueError):
                return None
        return process

    def power_off(self) -> None:
        """Switch it off as EC2 does, and wait until it is off."""
        assert self._nspawn is not None
        self.run("systemctl", "poweroff", check=False)
        self._nspawn.wait(timeout=BOOT_SECONDS)
        self._remove_cgroup()

    def _remove_cgroup(self) -> None:
        """Remove what systemd and kubelet have made below it; what still ends there keeps it."""
        if self._cgroup:
            subprocess.run(
                [
                    *("unshare", "--mount", "--propagation", "private"),
                    *("sh", "-c", _REMOVE_CGROUP, "sh", self._cgroup),
                ],
                check=False,
                stderr=subprocess.DEVNULL,
            )

    # What a test asks it

    def run(self, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command in the machine, as root."""
        done = subprocess.run(
            [
                *("nsenter", f"--target={self._leader()}"),
                *("--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup", "--"),
                *("/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done

    def journal(self, unit: str) -> str:
        """What a service has said, of all boots."""
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={unit}").stdout

    def read(self, path: str) -> str:
        """A file of the disk."""
        return self.run("cat", path).stdout

    def console(self) -> str:
        """What the machine has printed."""
        return (self._directory / "console.log").read_text("utf-8", "replace")

    def wait_for(self, what: str, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until something is so."""
        _wait(condition, seconds, what, self._last_words)

    def _last_words(self) -> str:
        return self.journal("eks-join.service") + self.journal("kubelet.service")


class NodeMachine(Machine):
    """A machine with the image's files, and the real containerd and kubelet, as if installed."""

    def __init__(self, directory: Path, *, kubelet: str, **of_the_machine: Any) -> None:
        """Put the disk together; `kubelet` is the pinned program's name."""
        containerd = built("containerd").parent
        binds = {
            built(kubelet): "/usr/bin/kubelet",
            **{
                containerd / name: f"/usr/bin/{name}"
                for name in ("containerd", "containerd-shim-runc-v2", "ctr")
            },
        }
        super().__init__(directory, binds=binds, **of_the_machine)
        subprocess.run(
            [PACKER / "provisioners" / "install-rootfs.sh"],
            env={
                "PATH": os.environ["PATH"],
                "ROOTFS": str(PACKER / "rootfs"),
                "NODE_ROOT": str(self.upper),
            },
            check=True,
        )
        self.prepare()
        self.write("etc/containerd/base-runtime-spec.json", runtime_specification())
        self.write("etc/systemd/system/containerd.service", CONTAINERD)
        self.write("usr/local/bin/aws", AWS_CLI)
        self.write("usr/local/libexec/kubelet/ecr-credential-provider", "#!/bin/sh\n")
        self.enable("containerd", "multi-user.target")
        self.enable("eks-join", "cloud-init.target")


@contextlib.contextmanager
def loop_devices(directory: Path, count: int) -> Iterator[list[Path]]:
    """Loop devices for the disks that an instance type has itself, empty as those are."""
    need(Path("/dev/loop-control").exists(), "disks of a machine need loop devices")
    made: list[Path] = []
    try:
        for number in range(count):
            file = directory / f"disk-{number}"
            with file.open("wb") as stream:
                stream.truncate(DISK_BYTES)
            attach = ["losetup", "--find", "--show", str(file)]
            done = subprocess.run(attach, check=True, capture_output=True, text=True)
            made.append(Path(done.stdout.strip()))
        yield made
    finally:
        for device in made:
            subprocess.run(["losetup", "--detach", str(device)], check=True)


DISK_BYTES = 40 * 2**30
"""Of which next to nothing is written."""


@functools.cache
def ubuntu() -> Path:
    """Where `tools/machine` puts Ubuntu."""
    where = subprocess.run(
        [ROOT / "tools" / "machine", "--where"], check=True, capture_output=True, text=True
    )
    return Path(where.stdout.strip())


def _nspawn() -> str:
    beside = cache().parent / "machine" / "tools" / "usr/bin/systemd-nspawn"
    return shutil.which("systemd-nspawn") or str(beside)


def _wait(
    condition: Callable[[], bool], seconds: float, what: str, told: Callable[[], str] | None = None
) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(
                f"waited {seconds:.0f} s for {what}\n{told()[-20000:] if told else ''}"
            )
        time.sleep(0.3)


def _listening_in(namespace: Path, addresses: Sequence[tuple[str, int]]) -> list[socket.socket]:
    """Sockets that listen in another network: a thread may visit one, and a socket stays in it."""
    sockets: list[socket.socket] = []
    problems: list[BaseException] = []

    def visit() -> None:
        try:
            with namespace.open() as file:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            sockets.extend(socket.create_server(address) for address in addresses)
        except BaseException as problem:  # noqa: BLE001 - told below, in the test's own thread
            problems.append(problem)

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return sockets


class _MetadataServer:
    """IMDSv2 with the documents that it is given."""

    def __init__(self, listening: socket.socket, documents: Mapping[str, str]) -> None:
        handler = type("Handler", (_MetadataHandler,), {"documents": documents})
        self._server = ThreadingHTTPServer(("", 0), handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listening
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _MetadataHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    documents: Mapping[str, str]
    token = "the-metadata-token"  # noqa: S105 - a made-up one

    def do_PUT(self) -> None:
        self._reply(200, self.token)

    def do_GET(self) -> None:
        # a version, then the same tree in each
        version, _, path = self.path.strip("/").partition("/")
        has_token = self.headers.get("X-aws-ec2-metadata-token") == self.token
        # cloud-init asks with a token on AWS, and in a container does not know that this is AWS
        if not has_token and version != "2009-04-04":
            return self._reply(401, "")
        if path in self.documents:
            return self._reply(200, self.documents[path])
        below = {
            rest.partition("/")[0] + ("/" if "/" in rest else "")
            for each in self.documents
            if (rest := each.removeprefix(f"{path}/")) != each
        }
        below -= {each.removesuffix("/") for each in below if each.endswith("/")}
        return self._reply(200 if below else 404, "\n".join(sorted(below)))

    def log_message(self, *_: object) -> None:
        """Keep the test's output for the test."""

    def _reply(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


class _Forwarder:
    """Hands connections on to the same port of this machine's loopback."""

    def __init__(self, listening: socket.socket, port: int) -> None:
        self._listening, self._port = listening, port
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                there, _ = self._listening.accept()
                here = socket.create_connection(("127.0.0.1", self._port))
                for source, target in ((there, here), (here, there)):
                    threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def documents(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """The paths and texts of a tree of metadata."""
    for key, value in tree.items():
        here = f"{path}/{key}" if path else key
        if isinstance(value, str):
            yield here, value
        else:
            yield from documents(value, here)
