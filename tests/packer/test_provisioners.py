"""The provisioners, run for real on a scratch disk.

What changes a machine (apt-get, systemctl, ctr, ...) is a stand-in that writes down how it was
called; what checks (sha256sum, gpg) is the real thing. Only those are on PATH, so that nothing
can reach the machine the tests run on.
"""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from .paths import PACKER, ROOTFS, linux_only, program

pytestmark = linux_only  # GNU tools, as on the builder

PROVISIONERS = sorted((PACKER / "provisioners").glob("*.sh"))

REAL_TOOLS = (
    *("bash", "sh", "env", "cat", "echo", "dirname", "basename", "mkdir", "mktemp", "rm", "cp"),
    *("find", "sort", "install", "sed", "awk", "grep", "sha256sum", "gpg", "gpg-agent", "unzip"),
    *("timeout", "test", "python3", "truncate"),
)

RECORDED = (
    *("apt-get", "apt-mark", "cloud-init", "containerd", "ctr", "modprobe", "networkctl"),
    *("swapon", "stat", "sync", "sysctl", "systemctl", "systemd-analyze", "systemd-tmpfiles"),
    *("udevadm", "ufw", "ip", "ss"),
)

RECORD = 'echo "$(basename "$0") $*" >>"$CALLS"\n'

# Looks the URL up in a directory, as the internet would.
FAKE_CURL = """\
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=$2; shift ;;
    https://*) url=${1#https://} ;;
  esac
  shift
done
echo "curl $url" >>"$CALLS"
[ -f "$INTERNET/$url" ] || exit 22
cat "$INTERNET/$url" >"$output"
"""

KUBELET_DIRECTORY = "amazon-eks.s3.us-west-2.amazonaws.com/1.36.2/2026-07-05/bin/linux/amd64"
AWS_CLI_ARCHIVE = "awscli.amazonaws.com/awscli-exe-linux-x86_64-2.36.11.zip"
BASE_SPEC = "etc/containerd/base-runtime-spec.json"
CLOCK = "etc/chrony/sources.d/amazon-time-sync.sources"
CNI_NETWORK = "etc/systemd/network/99-left-to-the-cni.network"
DOCKER_KEY = "download.docker.com/linux/ubuntu/gpg"


@dataclass(frozen=True)
class Builder:
    """The machine packer builds on."""

    directory: Path

    @property
    def root(self) -> Path:
        return self.directory / "root"

    @property
    def commands(self) -> Path:
        return self.directory / "bin"

    @property
    def internet(self) -> Path:
        return self.directory / "internet"

    def run(
        self, provisioner: str, environment: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        # a short path: gpg's agent listens on a socket below it, whose path takes 107 bytes
        with tempfile.TemporaryDirectory(prefix="b-") as scratch:
            return subprocess.run(
                [PACKER / "provisioners" / provisioner],
                env={
                    "PATH": str(self.commands),
                    "NODE_ROOT": str(self.root),
                    "CALLS": str(self.directory / "calls"),
                    "INTERNET": str(self.internet),
                    "TMPDIR": scratch,
                    **environment,
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )

    def calls(self) -> list[str]:
        log = self.directory / "calls"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def command(self, name: str, script: str) -> None:
        """Put a command of the test's own on PATH; it is recorded as well."""
        path = self.commands / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{RECORD}{script}", encoding="utf-8")
        path.chmod(0o755)

    def publish(self, url: str, content: bytes) -> None:
        file = self.internet / url
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def disk(self, path: str, content: str, mode: int = 0o644) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        file.chmod(mode)
        return file


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    machine = Builder(tmp_path)
    for directory in (machine.root, machine.commands, machine.internet):
        directory.mkdir()
    for tool in REAL_TOOLS:
        (machine.commands / tool).symlink_to(program(tool))
    for name in RECORDED:
        machine.command(name, "")
    curl = machine.commands / "curl"
    curl.write_text(f"#!/bin/sh\n{FAKE_CURL}", encoding="utf-8")
    curl.chmod(0o755)
    return machine


@dataclass(frozen=True)
class SigningKey:
    """A key pair in a GnuPG home of its own."""

    home: Path
    fingerprint: str
    public: bytes

    def sign(self, file: Path) -> bytes:
        return self._gpg(self.home, "--detach-sign", "--output", "-", str(file))

    @classmethod
    def create(cls, home: Path) -> "SigningKey":
        home.mkdir(mode=0o700)
        cls._gpg(home, "--passphrase", "", "--quick-generate-key", "test", "ed25519", "sign")
        listing = cls._gpg(home, "--with-colons", "--list-keys").decode()
        fingerprint = next(
            line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr")
        )
        return cls(home, fingerprint, cls._gpg(home, "--armor", "--export"))

    def stop_agent(self) -> None:
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "gpg-agent"], check=False)

    @staticmethod
    def _gpg(home: Path, *arguments: str) -> bytes:
        return subprocess.run(
            ["gpg", "--batch", "--homedir", home, *arguments], capture_output=True, check=True
        ).stdout


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningKey]:
    created = SigningKey.create(tmp_path_factory.mktemp("gpg") / "vendor")
    yield created
    created.stop_agent()


@pytest.fixture(scope="module")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningKey]:
    created = SigningKey.create(tmp_path_factory.mktemp("gpg") / "stranger")
    yield created
    created.stop_agent()


KUBELET_INPUTS = {
    "KUBELET_SOURCE": "https://amazon-eks.s3.us-west-2.amazonaws.com",
    "KUBELET_VERSION": "1.36.2",
    "KUBELET_BUILD_DATE": "2026-07-05",
    "ARCHITECTURE": "amd64",
    "KUBELET_SHA256": "",
    "ECR_CREDENTIAL_PROVIDER_SHA256": "",
}

CONTAINERD_INPUTS = {
    "DOCKER_SOURCE": "https://download.docker.com/linux/ubuntu",
    "SANDBOX_IMAGE": "registry.k8s.io/pause:3.10",
    "CONTAINERD_VERSION": "2.3.6",
    "DOCKER_KEY_FINGERPRINT": "ABC",
}

AWS_CLI_INPUTS = {
    "AWS_CLI_SOURCE": "https://awscli.amazonaws.com",
    "AWS_CLI_VERSION": "2.36.11",
    "AWS_CLI_KEY": "/nowhere",
    "AWS_CLI_KEY_FINGERPRINT": "ABC",
    "ARCHITECTURE": "amd64",
}

VALIDATE_INPUTS = {
    "KUBELET_VERSION": "1.36.2",
    "CONTAINERD_VERSION": "2.3.6",
    "AWS_CLI_VERSION": "2.36.11",
}

INPUTS = {
    "install-rootfs.sh": {"ROOTFS": str(ROOTFS)},
    "install-containerd.sh": CONTAINERD_INPUTS,
    "install-kubelet.sh": KUBELET_INPUTS,
    "install-aws-cli.sh": AWS_CLI_INPUTS,
    "set-proxy.sh": {"PROXY": "", "NO_PROXY_FOR": ""},
    "validate.sh": VALIDATE_INPUTS,
}


def test_shellcheck_finds_nothing() -> None:
    checked = subprocess.run(
        [program("shellcheck"), *PROVISIONERS], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("provisioner", PROVISIONERS, ids=lambda path: path.name)
def test_every_provisioner_stops_at_the_first_error(provisioner: Path) -> None:
    assert os.access(provisioner, os.X_OK)
    lines = provisioner.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -o errexit -o nounset -o pipefail" in lines


@pytest.mark.parametrize(
    ("provisioner", "missing"),
    [(provisioner, name) for provisioner, inputs in INPUTS.items() for name in inputs],
)
def test_a_missing_input_stops_a_provisioner_before_it_does_anything(
    builder: Builder, provisioner: str, missing: str
) -> None:
    inputs = {name: value for name, value in INPUTS[provisioner].items() if name != missing}
    finished = builder.run(provisioner, inputs)
    assert finished.returncode != 0
    assert f"{missing}: is not set" in finished.stderr
    assert builder.calls() == []


@pytest.mark.parametrize(
    "provisioner",
    ["install-containerd.sh", "apply-kernel-settings.sh", "apply-network-settings.sh"],
)
def test_a_disk_without_the_rootfs_stops_those_that_need_it(
    builder: Builder, provisioner: str
) -> None:
    finished = builder.run(provisioner, CONTAINERD_INPUTS)
    assert finished.returncode != 0
    assert "etc/" in finished.stderr
    assert builder.calls() == []


# wait-for-cloud-init.sh


@pytest.mark.parametrize(("status", "succeeds"), [(0, True), (2, True), (1, False), (124, False)])
def test_warnings_of_cloud_init_are_accepted_and_errors_are_not(
    builder: Builder, status: int, succeeds: bool
) -> None:
    builder.command("cloud-init", f"exit {status}\n")
    finished = builder.run("wait-for-cloud-init.sh", {})
    assert (finished.returncode == 0) is succeeds
    assert ("see /var/log/cloud-init.log" in finished.stderr) is not succeeds
    assert builder.calls() == ["cloud-init status --wait"]


# upgrade-base.sh


def test_the_base_is_upgraded_before_anything_is_added(builder: Builder) -> None:
    assert builder.run("upgrade-base.sh", {}).returncode == 0
    update, upgrade, install = builder.calls()
    assert update == "apt-get update"
    assert upgrade == "apt-get --yes dist-upgrade"
    assert install.startswith("apt-get --yes install --no-install-recommends")
    for package in ("conntrack", "ethtool", "iptables", "python3", "socat", "unzip"):
        assert f" {package}" in install


# install-rootfs.sh


def test_the_rootfs_lands_on_the_disk_with_modes_by_place(builder: Builder) -> None:
    upload = builder.directory / "upload"
    shutil.copytree(ROOTFS, upload)
    for file in upload.rglob("*"):
        if file.is_file():
            file.chmod(0o600)  # an upload does not keep modes
    assert builder.run("install-rootfs.sh", {"ROOTFS": str(upload)}).returncode == 0
    for file in ROOTFS.rglob("*"):
        if file.is_file():
            installed = builder.root / file.relative_to(ROOTFS)
            assert installed.read_bytes() == file.read_bytes()
            wanted = 0o755 if file.parent.name == "sbin" else 0o644
            assert stat.S_IMODE(installed.stat().st_mode) == wanted, installed


def test_a_directory_that_is_not_the_rootfs_is_refused(builder: Builder, tmp_path: Path) -> None:
    finished = builder.run("install-rootfs.sh", {"ROOTFS": str(tmp_path)})
    assert finished.returncode != 0
    assert "is not the uploaded packer/rootfs" in finished.stderr
    assert list(builder.root.iterdir()) == []


# install-containerd.sh


@pytest.fixture
def with_containerd_configuration(builder: Builder) -> Builder:
    for directory in ("etc/containerd", "etc/apt"):
        shutil.copytree(ROOTFS / directory, builder.root / directory)
    return builder


def test_containerd_comes_from_a_checked_key_and_is_held(
    with_containerd_configuration: Builder, key: SigningKey
) -> None:
    builder = with_containerd_configuration
    spec = {"process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024}]}}
    builder.command("ctr", f"[ $1 != oci ] || echo '{json.dumps(spec)}'\n")
    builder.publish(DOCKER_KEY, key.public)
    inputs = CONTAINERD_INPUTS | {"DOCKER_KEY_FINGERPRINT": key.fingerprint}
    finished = builder.run("install-containerd.sh", inputs)
    assert finished.returncode == 0, finished.stderr
    assert builder.calls() == [
        f"curl {DOCKER_KEY}",
        "apt-get update",
        "apt-get --yes install --no-install-recommends --option "
        "Dpkg::Options::=--force-confold containerd.io=2.3.6-*",
        "apt-mark hold containerd.io",
        "ctr oci spec",
        "systemctl restart containerd.service",
        "ctr --namespace k8s.io images pull registry.k8s.io/pause:3.10",
        "ctr --namespace k8s.io images label registry.k8s.io/pause:3.10 "
        "io.cri-containerd.pinned=pinned",
    ]
    assert (builder.root / "etc/apt/keyrings/docker.asc").read_bytes() == key.public
    # Amazon's numbers, in containerd's own specification
    assert json.loads((builder.root / BASE_SPEC).read_text(encoding="utf-8")) == {
        "process": {
            "cwd": "/",
            "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 65536, "hard": 1048576}],
        }
    }


def test_without_a_mirror_containerd_is_configured_as_the_rootfs_says(
    with_containerd_configuration: Builder,
) -> None:
    builder = with_containerd_configuration
    builder.run("install-containerd.sh", CONTAINERD_INPUTS)
    for path in ("etc/containerd/config.toml", "etc/apt/sources.list.d/docker.sources"):
        assert (builder.root / path).read_bytes() == (ROOTFS / path).read_bytes()


def test_mirrors_take_the_place_of_docker_s_and_kubernetes_sites(
    with_containerd_configuration: Builder, key: SigningKey
) -> None:
    builder = with_containerd_configuration
    builder.command("ctr", "[ $1 != oci ] || echo '{\"process\": {}}'\n")
    builder.publish("mirror.example.cn/docker/gpg", key.public)
    inputs = CONTAINERD_INPUTS | {
        "DOCKER_SOURCE": "https://mirror.example.cn/docker",
        "SANDBOX_IMAGE": "registry.example.cn/k8s/pause:3.10",
        "DOCKER_KEY_FINGERPRINT": key.fingerprint,
    }
    finished = builder.run("install-containerd.sh", inputs)
    assert finished.returncode == 0, finished.stderr
    text = (builder.root / "etc/containerd/config.toml").read_text(encoding="utf-8")
    images = tomllib.loads(text)["plugins"]["io.containerd.cri.v1.images"]
    assert images["pinned_images"]["sandbox"] == "registry.example.cn/k8s/pause:3.10"
    sources = (builder.root / "etc/apt/sources.list.d/docker.sources").read_text(encoding="utf-8")
    assert "URIs: https://mirror.example.cn/docker\n" in sources
    pull = "ctr --namespace k8s.io images pull registry.example.cn/k8s/pause:3.10"
    assert pull in builder.calls()
    assert not any("docker.com" in call or "k8s.io/pause" in call for call in builder.calls())


def test_a_repository_key_with_another_fingerprint_stops_the_build(
    with_containerd_configuration: Builder, key: SigningKey, other_key: SigningKey
) -> None:
    builder = with_containerd_configuration
    builder.publish(DOCKER_KEY, other_key.public)
    inputs = CONTAINERD_INPUTS | {"DOCKER_KEY_FINGERPRINT": key.fingerprint}
    finished = builder.run("install-containerd.sh", inputs)
    assert finished.returncode != 0
    assert f"has fingerprint {other_key.fingerprint}, not {key.fingerprint}" in finished.stderr
    assert builder.calls() == [f"curl {DOCKER_KEY}"]
    assert not (builder.root / "etc/apt/keyrings/docker.asc").exists()


def test_containerd_1_is_refused(with_containerd_configuration: Builder) -> None:
    inputs = CONTAINERD_INPUTS | {"CONTAINERD_VERSION": "1.7.29"}
    finished = with_containerd_configuration.run("install-containerd.sh", inputs)
    assert finished.returncode != 0
    assert "containerd 1.7.29 is not a version 2" in finished.stderr
    assert with_containerd_configuration.calls() == []


# install-kubelet.sh

BINARIES = {"kubelet": b"the kubelet", "ecr-credential-provider": b"the plugin"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def with_published_binaries(builder: Builder) -> Builder:
    for name, content in BINARIES.items():
        builder.publish(f"{KUBELET_DIRECTORY}/{name}", content)
        sum_line = f"{sha256(content)}  {name}\n".encode()
        builder.publish(f"{KUBELET_DIRECTORY}/{name}.sha256", sum_line)
    return builder


def installed_binaries(builder: Builder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in builder.root.rglob("*") if path.is_file()}


def test_kubelet_is_installed_after_both_sums_are_right(with_published_binaries: Builder) -> None:
    builder = with_published_binaries
    finished = builder.run("install-kubelet.sh", KUBELET_INPUTS)
    assert finished.returncode == 0, finished.stderr
    assert builder.calls() == [
        f"curl {KUBELET_DIRECTORY}/{file}"
        for file in (
            *("kubelet", "kubelet.sha256"),
            *("ecr-credential-provider", "ecr-credential-provider.sha256"),
        )
    ]
    assert installed_binaries(builder) == BINARIES
    for path in ("usr/bin/kubelet", "usr/local/libexec/kubelet/ecr-credential-provider"):
        assert stat.S_IMODE((builder.root / path).stat().st_mode) == 0o755


def test_a_pinned_sum_is_believed_rather_than_the_published_one(
    with_published_binaries: Builder,
) -> None:
    builder = with_published_binaries
    pins = {
        "KUBELET_SHA256": sha256(BINARIES["kubelet"]),
        "ECR_CREDENTIAL_PROVIDER_SHA256": sha256(BINARIES["ecr-credential-provider"]),
    }
    assert builder.run("install-kubelet.sh", KUBELET_INPUTS | pins).returncode == 0
    assert not any(call.endswith(".sha256") for call in builder.calls())


@pytest.mark.parametrize("name", BINARIES)
@pytest.mark.parametrize("how", ["published", "pinned", "nonsense"])
def test_a_wrong_sum_stops_the_build_with_nothing_installed(
    with_published_binaries: Builder, name: str, how: str
) -> None:
    builder = with_published_binaries
    wrong = sha256(b"something else")
    inputs = dict(KUBELET_INPUTS)
    if how == "pinned":
        inputs[name.upper().replace("-", "_") + "_SHA256"] = wrong
    else:
        published = f"{wrong}  {name}\n" if how == "published" else "<html>404</html>\n"
        builder.publish(f"{KUBELET_DIRECTORY}/{name}.sha256", published.encode())
    finished = builder.run("install-kubelet.sh", inputs)
    assert finished.returncode != 0
    assert f"{name} does not have the SHA-256 sum in" in finished.stderr
    assert installed_binaries(builder) == {}


def test_a_sum_that_is_not_published_has_to_be_pinned(with_published_binaries: Builder) -> None:
    builder = with_published_binaries
    (builder.internet / KUBELET_DIRECTORY / "ecr-credential-provider.sha256").unlink()
    finished = builder.run("install-kubelet.sh", KUBELET_INPUTS)
    assert finished.returncode != 0
    assert '"sha256": {"ecr-credential-provider/amd64": "..."}' in finished.stderr
    assert installed_binaries(builder) == {}


def test_a_build_that_is_not_there_is_said_with_the_way_to_find_one(builder: Builder) -> None:
    finished = builder.run("install-kubelet.sh", KUBELET_INPUTS)
    assert finished.returncode != 0
    assert f"cannot fetch https://{KUBELET_DIRECTORY}/kubelet" in finished.stderr
    assert "aws s3api list-objects-v2 --bucket amazon-eks --no-sign-request --prefix 1.36" in (
        finished.stderr
    )


# install-aws-cli.sh


def archive_with_installer(builder: Builder) -> Path:
    """The zip as Amazon makes it: `aws/install`; ours only writes down how it was called."""
    archive = builder.directory / "aws.zip"
    with zipfile.ZipFile(archive, "w") as file:
        entry = zipfile.ZipInfo("aws/install")
        entry.external_attr = 0o755 << 16
        file.writestr(entry, f"#!/bin/sh\n{RECORD}")
    return archive


def publish_aws_cli(builder: Builder, signed_by: SigningKey, offered: SigningKey) -> dict[str, str]:
    archive = archive_with_installer(builder)
    builder.publish(AWS_CLI_ARCHIVE, archive.read_bytes())
    builder.publish(f"{AWS_CLI_ARCHIVE}.sig", signed_by.sign(archive))
    key_file = builder.directory / "aws-cli.asc"
    key_file.write_bytes(offered.public)
    return AWS_CLI_INPUTS | {
        "AWS_CLI_KEY": str(key_file),
        "AWS_CLI_KEY_FINGERPRINT": offered.fingerprint,
    }


def test_the_aws_cli_is_installed_when_its_signature_is_right(
    builder: Builder, key: SigningKey
) -> None:
    inputs = publish_aws_cli(builder, signed_by=key, offered=key)
    finished = builder.run("install-aws-cli.sh", inputs)
    assert finished.returncode == 0, finished.stderr
    assert builder.calls() == [
        f"curl {AWS_CLI_ARCHIVE}",
        f"curl {AWS_CLI_ARCHIVE}.sig",
        f"install --update --install-dir {builder.root}/usr/local/aws-cli "
        f"--bin-dir {builder.root}/usr/local/bin",
    ]


def test_an_archive_of_another_signer_is_not_unpacked(
    builder: Builder, key: SigningKey, other_key: SigningKey
) -> None:
    inputs = publish_aws_cli(builder, signed_by=other_key, offered=key)
    finished = builder.run("install-aws-cli.sh", inputs)
    assert finished.returncode != 0
    assert f"is not signed by {key.fingerprint}; do not use it" in finished.stderr
    assert not any(call.startswith("install") for call in builder.calls())


def test_an_archive_changed_after_it_was_signed_is_not_unpacked(
    builder: Builder, key: SigningKey
) -> None:
    inputs = publish_aws_cli(builder, signed_by=key, offered=key)
    with (builder.internet / AWS_CLI_ARCHIVE).open("ab") as archive:
        archive.write(b"more")
    finished = builder.run("install-aws-cli.sh", inputs)
    assert finished.returncode != 0
    assert not any(call.startswith("install") for call in builder.calls())


def test_a_key_file_with_another_key_is_not_trusted(
    builder: Builder, key: SigningKey, other_key: SigningKey
) -> None:
    inputs = publish_aws_cli(builder, signed_by=other_key, offered=other_key)
    inputs["AWS_CLI_KEY_FINGERPRINT"] = key.fingerprint
    assert builder.run("install-aws-cli.sh", inputs).returncode != 0
    assert not any(call.startswith("install") for call in builder.calls())


def test_an_unknown_architecture_is_refused(builder: Builder) -> None:
    finished = builder.run("install-aws-cli.sh", AWS_CLI_INPUTS | {"ARCHITECTURE": "riscv64"})
    assert "architecture riscv64 is not amd64 or arm64" in finished.stderr
    assert builder.calls() == []


# apply-kernel-settings.sh, apply-network-settings.sh, enable-units.sh


@pytest.fixture
def with_rootfs(builder: Builder) -> Builder:
    shutil.copytree(ROOTFS, builder.root, dirs_exist_ok=True)
    return builder


def test_modules_are_loaded_before_the_values_that_need_them(with_rootfs: Builder) -> None:
    assert with_rootfs.run("apply-kernel-settings.sh", {}).returncode == 0
    assert with_rootfs.calls() == [
        "modprobe overlay",
        "modprobe br_netfilter",
        f"sysctl --load={with_rootfs.root}/etc/sysctl.d/90-kubernetes.conf",
    ]


@pytest.mark.parametrize("command", ["modprobe", "sysctl"])
def test_a_setting_the_kernel_does_not_know_stops_the_build(
    with_rootfs: Builder, command: str
) -> None:
    with_rootfs.command(command, "exit 1\n")
    assert with_rootfs.run("apply-kernel-settings.sh", {}).returncode != 0


def test_network_settings_are_taken_into_use(with_rootfs: Builder) -> None:
    with_rootfs.disk("run/systemd/resolve/resolv.conf", "nameserver 10.1.0.2\n")
    assert with_rootfs.run("apply-network-settings.sh", {}).returncode == 0
    assert with_rootfs.calls() == ["udevadm control --reload", "networkctl reload", "ufw disable"]


def test_a_builder_without_a_name_server_stops_the_build(with_rootfs: Builder) -> None:
    with_rootfs.disk("run/systemd/resolve/resolv.conf", "search internal\n")
    finished = with_rootfs.run("apply-network-settings.sh", {})
    assert finished.returncode != 0
    assert "systemd-resolved has no name server" in finished.stderr


def test_eks_join_and_containerd_start_at_boot_and_kubelet_does_not(builder: Builder) -> None:
    assert builder.run("enable-units.sh", {}).returncode == 0
    assert builder.calls() == [
        "systemctl daemon-reload",
        "systemd-tmpfiles --create eks-node.conf",
        "systemctl enable containerd.service eks-join.service",
        "systemctl mask --now rpcbind.service rpcbind.socket",
        "systemctl mask --now chrony-wait.service",
        "systemctl mask --now apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service",
    ]


# validate.sh


LISTENERS = """\
udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*
udp   UNCONN 0      0      10.1.70.11%ens5:68      0.0.0.0:*
udp   UNCONN 0      0      [fe80::1]%ens5:546         [::]:*
udp   UNCONN 0      0          127.0.0.1:323       0.0.0.0:*
udp   UNCONN 0      0              [::1]:323          [::]:*
tcp   LISTEN 0      4096       127.0.0.1:40123     0.0.0.0:*
tcp   LISTEN 0      4096         0.0.0.0:22        0.0.0.0:*
tcp   LISTEN 0      4096            [::]:22           [::]:*
"""
"""What `ss --listening --tcp --udp --numeric --no-header` says of a builder."""

RPCBIND = "tcp   LISTEN 0      4096         0.0.0.0:111       0.0.0.0:*\n"

PYTHON3 = """\
case $2 in *cloudinit*) echo "{events}" ;; esac
"""

NETWORKCTL = """\
case $* in "--no-pager status ens5") echo "    Network File: {file}" ;; esac
"""

SYSTEMCTL = """\
case $1 in show) echo "Slice={slice}" ;; *) echo enabled ;; esac
"""

LOGIND = """\
case $1 in cat-config)
  echo "# /etc/systemd/logind.conf.d/99-kubelet.conf"
  echo "InhibitDelayMaxSec=150"
  echo "# unattended-upgrades-logind-maxdelay.conf"
  echo "InhibitDelayMaxSec={seconds}"
esac
"""


@pytest.fixture
def finished_disk(builder: Builder) -> Builder:
    """A disk on which everything is as the other provisioners leave it."""
    builder.disk("usr/bin/kubelet", "#!/bin/sh\necho Kubernetes v1.36.2-eks-0a1b2c3\n", 0o755)
    builder.disk("usr/local/bin/aws", "#!/bin/sh\necho aws-cli/2.36.11 Python/3.14\n", 0o755)
    builder.disk("usr/local/sbin/eks-join", "#!/bin/sh\necho usage: eks-join\n", 0o755)
    builder.disk("usr/local/libexec/kubelet/ecr-credential-provider", "", 0o755)
    builder.command(
        "containerd",
        "case $1 in config) echo SystemdCgroup = true; echo base-runtime-spec.json;; "
        '*) echo "containerd v2.3.6 abc";; esac\n',
    )
    builder.command("apt-mark", "echo containerd.io\n")
    builder.command("ctr", "echo registry.k8s.io/pause:3.10\n")
    builder.command("systemctl", SYSTEMCTL.format(slice="runtime.slice"))
    builder.disk(CLOCK, (ROOTFS / CLOCK).read_text(encoding="utf-8"))
    builder.command("stat", "echo cgroup2fs\n")
    builder.command("systemd-analyze", LOGIND.format(seconds=150))
    builder.disk(BASE_SPEC, '"soft": 65536')
    builder.disk(CNI_NETWORK, (ROOTFS / CNI_NETWORK).read_text(encoding="utf-8"))
    builder.command("python3", PYTHON3.format(events="['boot-new-instance']"))
    builder.command("ip", "echo default via 10.1.0.1 dev ens5 proto dhcp\n")
    builder.command(
        "networkctl", NETWORKCTL.format(file="/run/systemd/network/10-netplan-ens5.network")
    )
    builder.command("ss", f"cat <<'END'\n{LISTENERS}END\n")
    return builder


def test_a_good_disk_becomes_an_image(finished_disk: Builder) -> None:
    finished = finished_disk.run("validate.sh", VALIDATE_INPUTS)
    assert finished.returncode == 0, finished.stderr
    (verified,) = (call for call in finished_disk.calls() if call.startswith("systemd-analyze v"))
    units = {unit.name for unit in (ROOTFS / "etc/systemd/system").glob("*.service")}
    # the program of after-join comes with user data: systemd would miss it on the builder
    assert set(verified.split()[2:]) == units - {"after-join.service"}


def test_everything_wrong_with_a_disk_is_said_at_once(finished_disk: Builder) -> None:
    finished_disk.disk("usr/bin/kubelet", "#!/bin/sh\necho Kubernetes v1.35.6\n", 0o755)
    finished_disk.command("containerd", "echo containerd 1.7.29\n")
    finished_disk.command("stat", "echo tmpfs\n")
    finished_disk.command("swapon", "echo /swapfile\n")
    finished_disk.command("systemd-analyze", LOGIND.format(seconds=30))
    finished_disk.disk(BASE_SPEC, '"soft": 1024')
    finished_disk.command("python3", PYTHON3.format(events="['boot', 'hotplug']"))
    finished_disk.command("networkctl", NETWORKCTL.format(file=f"/{CNI_NETWORK}"))
    finished_disk.disk(CNI_NETWORK, "")
    finished_disk.disk(CLOCK, "")
    finished_disk.command("systemctl", SYSTEMCTL.format(slice="system.slice"))
    finished_disk.command("ss", f"cat <<'END'\n{LISTENERS}{RPCBIND}END\n")
    finished = finished_disk.run("validate.sh", VALIDATE_INPUTS)
    assert finished.returncode != 0
    assert "kubelet: expected 'v1.36.2'" in finished.stderr
    assert "containerd: expected 'v2.3.6'" in finished.stderr
    assert "containerd's configuration: expected 'SystemdCgroup = true'" in finished.stderr
    assert "cgroup version: expected 'cgroup2fs'" in finished.stderr
    assert "no swap:" in finished.stderr
    assert (
        "logind waits for kubelet: expected 'InhibitDelayMaxSec=150' from 'logind_delay', "
        "got 'InhibitDelayMaxSec=30'"
    ) in finished.stderr
    assert "open files of containers: expected 'base-runtime-spec.json'" in finished.stderr
    assert "open files of containers: expected '\"soft\": 65536'" in finished.stderr
    assert (
        "cloud-init leaves later interfaces alone: expected '['boot-new-instance']' from "
        "'network_events', got '['boot', 'hotplug']'"
    ) in finished.stderr
    assert "the primary interface is netplan's: expected '-netplan-'" in finished.stderr
    assert "networkd leaves other interfaces alone: expected 'Unmanaged=yes'" in finished.stderr
    assert (
        "nothing but sshd listens for others: expected 'none' from 'echo tcp 0.0.0.0:111', "
        "got 'tcp 0.0.0.0:111'"
    ) in finished.stderr
    assert "the time is Amazon's: expected 'server 169.254.169.123'" in finished.stderr
    assert "in their slice: expected 'runtime.slice' from 'systemctl show" in finished.stderr
    assert finished.stderr.splitlines()[-1] == "the image is not usable: 14 problem(s), see above"


# set-proxy.sh


def test_the_nodes_services_are_told_of_a_proxy_and_only_then(builder: Builder) -> None:
    file = builder.root / "etc/eks-node/proxy.env"
    inputs = {"PROXY": "", "NO_PROXY_FOR": "localhost,.internal"}
    assert builder.run("set-proxy.sh", inputs).returncode == 0
    assert not file.exists()
    inputs["PROXY"] = "http://proxy.example.com:3128"
    assert builder.run("set-proxy.sh", inputs).returncode == 0
    assert file.read_text(encoding="utf-8").splitlines() == [
        "HTTP_PROXY=http://proxy.example.com:3128",
        "HTTPS_PROXY=http://proxy.example.com:3128",
        "NO_PROXY=localhost,.internal",
    ]


# clean-up.sh


def test_nothing_that_identifies_the_builder_stays(builder: Builder) -> None:
    gone = [
        builder.disk(path, "x")
        for path in (
            "tmp/node-image/rootfs/file",
            "var/lib/apt/lists/noble",
            "var/log/journal/abc/system.journal",
            "etc/ssh/ssh_host_ed25519_key",
            "etc/ssh/ssh_host_ed25519_key.pub",
            "home/ubuntu/.ssh/authorized_keys",
            "root/.ssh/authorized_keys",
            "root/.bash_history",
            "etc/hostname",
        )
    ]
    log = builder.disk("var/log/apt/history.log", "what the builder did", 0o640)
    kept = builder.disk("etc/ssh/sshd_config", "x")
    finished = builder.run("clean-up.sh", {})
    assert finished.returncode == 0, finished.stderr
    assert "cloud-init clean --logs --machine-id" in builder.calls()
    assert [path for path in gone if path.exists()] == []
    assert kept.exists()
    assert (log.stat().st_size, stat.S_IMODE(log.stat().st_mode)) == (0, 0o640)
