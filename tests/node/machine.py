"""A machine that boots the picture of a node's disk: systemd, logind and cloud-init for real.

systemd-nspawn boots a Debian that `tools/machine` has made, with `packer/rootfs` over it and the
real containerd and kubelet. Network, mounts and what is written are the machine's own: nothing of
the machine on which the tests run changes. Its disk outlives a reboot, and ends with the test.
"""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.built import built, need
from tests.packer.containerd import runtime_specification
from tools.programs.pinned import cache

PACKER = Path(__file__).resolve().parents[2] / "packer"
ROOT = cache().parent / "machine"
"""Where `tools/machine` puts Debian, and systemd-nspawn where the machine has none."""

METADATA = "169.254.169.254"
BOOT_SECONDS = 180
_CLONE_NEWNET = 0x40000000
_DYING_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")

_INTERFACES = """\
ip link set lo up
ip address add {metadata}/32 dev lo
for name in ens5 ens6; do
  ip link add "$name" type veth peer name "vpc-$name"
  ip link set "vpc-$name" up
done
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
sed -n 's/^\\([a-z].*\\) = \\(.*\\)$/\\1 \\2/p' /etc/sysctl.d/90-kubernetes.conf |
  while read -r name value; do
    file=/proc/sys/$(echo "$name" | tr . /)
    [ -e "$file" ] || continue
    echo "$value" >"/run/kernel-settings/$name"
    mount --bind "/run/kernel-settings/$name" "$file"
  done
"""

_CONTAINERD = """\
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
"""
"""In a container, DMI does not say that this is EC2; without netplan the network is given."""

_NETPLAN = """\
[Match]
Name=ens5

[Network]
Address={address}/16
LinkLocalAddressing=no
"""
"""What netplan makes of cloud-init's description of the primary interface."""


class Machine:
    """A node that is switched on with `with`, and gone with it."""

    def __init__(
        self,
        directory: Path,
        *,
        kubelet: str,
        address: str,
        metadata: Mapping[str, str],
        environment: Mapping[str, str],
        ports: Sequence[int],
    ) -> None:
        """Put a disk together.

        `metadata` has the documents of the metadata service by path; `environment` is every
        service's; `ports` are those of this machine's loopback that are the node's as well.
        """
        need(os.geteuid() == 0, "a machine needs root")
        need(
            (ROOT / "debian").is_dir() and Path(_nspawn()).exists(),
            "the machine for tests is not made; `make machine` makes it",
        )
        self._directory, self._metadata, self._ports = directory, dict(metadata), ports
        self._address = address
        self._upper = directory / "upper"
        for name in ("upper", "work", "root"):
            (directory / name).mkdir(parents=True)
        containerd = built("containerd").parent
        self._binds = {
            Path("/dev/kmsg"): "/dev/kmsg",  # kubelet watches it for processes killed for memory
            built(kubelet): "/usr/bin/kubelet",
            **{
                containerd / name: f"/usr/bin/{name}"
                for name in ("containerd", "containerd-shim-runc-v2", "ctr")
            },
        }
        self._holder: subprocess.Popen[bytes] | None = None
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._servers: list[Any] = []
        self._write_disk(environment)

    def __enter__(self) -> Self:
        try:
            self._make_network()
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_raised: object) -> None:
        for server in self._servers:
            server.close()
        for process in (self._nspawn, self._holder):
            if process is not None:
                process.kill()
                process.wait()

    # The disk

    def _write_disk(self, environment: Mapping[str, str]) -> None:
        subprocess.run(
            [PACKER / "provisioners" / "install-rootfs.sh"],
            env={
                "PATH": os.environ["PATH"],
                "ROOTFS": str(PACKER / "rootfs"),
                "NODE_ROOT": str(self._upper),
            },
            check=True,
        )
        values = " ".join(f'"{name}={value}"' for name, value in environment.items())
        for path, text in {
            "etc/containerd/base-runtime-spec.json": runtime_specification(),
            "etc/systemd/system.conf.d/test.conf": f"[Manager]\nDefaultEnvironment={values}\n",
            "etc/systemd/system/kernel-settings.service": _KERNEL_SETTINGS,
            "etc/systemd/system/containerd.service": _CONTAINERD,
            "etc/systemd/network/10-netplan-ens5.network": _NETPLAN.format(address=self._address),
            "etc/cloud/cloud.cfg.d/98-test.cfg": _CLOUD_INIT,
            # What the package has where it is installed, on Ubuntu's images for one
            "usr/lib/systemd/logind.conf.d/unattended-upgrades-logind-maxdelay.conf": (
                "[Login]\nInhibitDelayMaxSec=30\n"
            ),
            "etc/hostname": "",
            "etc/machine-id": "",
        }.items():
            self._write(path, text)
        self._write("usr/local/sbin/kernel-settings", _KERNEL_SETTINGS_SCRIPT, 0o755)
        self._write("usr/local/libexec/kubelet/ecr-credential-provider", "#!/bin/sh\n", 0o755)
        for unit, target in (
            ("kernel-settings", "sysinit.target"),
            ("containerd", "multi-user.target"),
            ("eks-join", "cloud-init.target"),
            ("systemd-networkd", "multi-user.target"),
            ("systemd-resolved", "multi-user.target"),
        ):
            wants = self._upper / "etc" / "systemd" / "system" / f"{target}.wants"
            wants.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                (wants / f"{unit}.service").symlink_to(f"/etc/systemd/system/{unit}.service")

    def _write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self._upper / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    # The network

    def _make_network(self) -> None:
        self._holder = subprocess.Popen(
            [*_DYING_WITH_PARENT, "unshare", "--net", "sleep", "infinity"]
        )
        own, other = Path("/proc/self/ns/net"), Path(f"/proc/{self._holder.pid}/ns/net")
        _wait(lambda: own.readlink() != other.readlink(), 10, "a network of its own")
        subprocess.run(
            [
                *("nsenter", f"--net={other}", "sh", "-e", "-c"),
                _INTERFACES.format(metadata=METADATA),
            ],
            check=True,
        )
        where = [(METADATA, 80), *(("127.0.0.1", port) for port in self._ports)]
        metadata, *forwarded = _listening_in(other, where)
        self._servers.append(_MetadataServer(metadata, self._metadata))
        self._servers += [
            _Forwarder(each, port) for each, port in zip(forwarded, self._ports, strict=True)
        ]

    # Its life

    def boot(self) -> None:
        """Switch it on, and wait until systemd has started everything."""
        assert self._holder is not None
        binds = [f"--bind-ro={file}:{place}" for file, place in self._binds.items()]
        with (self._directory / "console.log").open("ab") as log:
            self._nspawn = subprocess.Popen(
                [
                    *_DYING_WITH_PARENT,
                    *("nsenter", f"--net=/proc/{self._holder.pid}/ns/net"),
                    # its end, whatever the reason, is the end of all that runs in it
                    *("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"),
                    *("--mount", "--propagation", "private"),
                    *("bash", "-c", _BOOT, "bash"),
                    *(str(ROOT / "debian"), str(self._directory), f"node-{os.getpid()}"),
                    *(_nspawn(), "--quiet", "--register=no", "--keep-unit", "--boot"),
                    *("--directory", str(self._directory / "root"), "--machine=node"),
                    *("--capability=all", "--system-call-filter=@keyring bpf"),
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


def _nspawn() -> str:
    return shutil.which("systemd-nspawn") or str(ROOT / "tools" / "usr/bin/systemd-nspawn")


def _wait(
    condition: Callable[[], bool], seconds: float, what: str, told: Callable[[], str] | None = None
) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(
                f"waited {seconds:.0f} s for {what}\n{told()[-4000:] if told else ''}"
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
