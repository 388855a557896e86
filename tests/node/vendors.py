"""Where a node image's software comes from, with the real programs of the tests in it.

Docker's repository has containerd of `make programs` and Ubuntu's runc, signed with a key of the
tests; Amazon's bucket has the real kubelet; the AWS CLI is that of the tests' requirements; the
pause image is a file in a layer, since no pod runs.
"""

import gzip
import hashlib
import io
import json
import shutil
import ssl
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import awscli

from tests.built import built
from tests.emulator.certificates import Authority
from tests.servers import Handler, Loopback
from tools.programs.pinned import program

from .machine import AWS_CLI
from .machine import CONTAINERD as CONTAINERD_UNIT

VERSION = program("containerd").version
KUBELET = program("kubelet-1.36").version
KUBELET_DATE = "2026-11-01"
MISLABELLED = "1.36.0"
"""A version under which the bucket has another one's kubelet."""

AWS_CLI_VERSION = awscli.__version__
PAUSE = "pause:3.10"

_CONTROL = f"""\
Package: containerd.io
Version: {VERSION}-1~ubuntu.24.04~noble
Architecture: amd64
Maintainer: tests <tests@example.com>
Depends: runc
Description: containerd
"""

_AFTER_INSTALLATION = """\
#!/bin/sh
set -e
systemctl daemon-reload
systemctl enable --now containerd.service
"""

_INSTALL_AWS_CLI = f"""\
#!/bin/sh
set -e
while [ $# -gt 0 ]; do
  case $1 in --bin-dir) mkdir -p "$2" && cd "$2" ;; esac
  shift
done
cat >aws <<'END'
{AWS_CLI}END
chmod 755 aws
"""


class Vendors:
    """The sites of the vendors, on one port of this machine's loopback."""

    def __init__(
        self, directory: Path, port: int, registry: int, key: "Key", authority: Authority
    ) -> None:
        self.port = port
        self.certificate = authority.certificate.decode()
        self.registry = registry
        """The port of the pause image's registry, which speaks TLS: containerd asks no other."""

        self.fingerprint = key.fingerprint
        self.public_key = key.public
        self._directory = directory
        self._key = key
        self._write_docker()
        for version in (KUBELET, MISLABELLED):
            self._write_kubelet(version)
        self._write_aws_cli()
        self._write_pause()

    @property
    def sources(self) -> dict[str, str]:
        """What the template calls `sources`."""
        site = f"http://127.0.0.1:{self.port}"
        return {
            "kubelet": f"{site}/eks",
            "docker": f"{site}/docker",
            "aws_cli": f"{site}/aws",
            "sandbox_image": f"127.0.0.1:{self.registry}/{PAUSE}",
        }

    def _path(self, path: str) -> Path:
        file = self._directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def _write_docker(self) -> None:
        self._path("docker/gpg").write_bytes(self.public_key)
        tree = self._path("containerd.io/tree/DEBIAN/control").parents[1]
        (tree / "DEBIAN/control").write_text(_CONTROL)
        (tree / "DEBIAN/conffiles").write_text("/etc/containerd/config.toml\n")
        (tree / "DEBIAN/postinst").write_text(_AFTER_INSTALLATION)
        (tree / "DEBIAN/postinst").chmod(0o755)
        for path, text in {
            "etc/containerd/config.toml": 'disabled_plugins = ["cri"]\n',
            "usr/lib/systemd/system/containerd.service": CONTAINERD_UNIT,
        }.items():
            (tree / path).parent.mkdir(parents=True)
            (tree / path).write_text(text)
        (tree / "usr/bin").mkdir()
        for name in ("containerd", "containerd-shim-runc-v2", "ctr"):
            shutil.copy2(built("containerd", name), tree / "usr/bin")
        # Docker's build calls itself v2.3.6, one by Go's own tool 2.3.6+unknown
        program = tree / "usr/bin/containerd"
        own, as_docker = f"{VERSION}+unknown".encode(), f"v{VERSION}+tested".encode()
        program.write_bytes(program.read_bytes().replace(own, as_docker))
        package = self._path("docker/pool/containerd.io.deb")
        subprocess.run(
            ["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, package],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        entry = (
            f"{_CONTROL}Filename: pool/{package.name}\nSize: {package.stat().st_size}\n"
            f"SHA256: {_sum(package.read_bytes())}\n"
        )
        packages = self._path("docker/dists/noble/stable/binary-amd64/Packages")
        packages.write_text(entry)
        listed = f"{_sum(entry.encode())} {len(entry)} stable/binary-amd64/Packages"
        release = self._path("docker/dists/noble/Release")
        release.write_text(
            "Origin: Docker\nSuite: noble\nCodename: noble\nArchitectures: amd64\n"
            f"Components: stable\nDate: Sun, 01 Nov 2026 00:00:00 UTC\nSHA256:\n {listed}\n"
        )
        self._key.sign(release, "--clearsign", release.with_name("InRelease"))

    def _write_kubelet(self, version: str) -> None:
        site = f"eks/{version}/{KUBELET_DATE}/bin/linux/amd64"
        shutil.copy2(built("kubelet-1.36"), self._path(f"{site}/kubelet"))
        self._path(f"{site}/ecr-credential-provider").write_text("#!/bin/sh\n")
        for name in ("kubelet", "ecr-credential-provider"):
            file = self._path(f"{site}/{name}")
            file.with_name(f"{name}.sha256").write_text(f"{_sum(file.read_bytes())}  {name}\n")

    def _write_aws_cli(self) -> None:
        archive = self._path(f"aws/awscli-exe-linux-x86_64-{AWS_CLI_VERSION}.zip")
        with zipfile.ZipFile(archive, "w") as file:
            installer = zipfile.ZipInfo("aws/install")
            installer.external_attr = 0o100755 << 16
            file.writestr(installer, _INSTALL_AWS_CLI)
        self._key.sign(archive, "--detach-sign", archive.with_name(f"{archive.name}.sig"))

    def _write_pause(self) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("pause"), io.BytesIO())
        layer = gzip.compress(packed.getvalue(), mtime=0)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": ["/pause"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_sum(packed.getvalue())}"]},
        }
        described = json.dumps(config).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("config.v1+json", described),
            "layers": [_descriptor("layer.v1.tar+gzip", layer)],
        }
        written = json.dumps(manifest).encode()
        name, _, tag = PAUSE.partition(":")
        for blob in (layer, described):
            self._path(f"v2/{name}/blobs/sha256:{_sum(blob)}").write_bytes(blob)
        for reference in (tag, f"sha256:{_sum(written)}"):
            self._path(f"v2/{name}/manifests/{reference}").write_bytes(written)


class Key:
    """A key that signs what the vendors sign, in a keyring of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._gpg("--passphrase", "", "--quick-generate-key", "vendor", "rsa2048", "sign", "never")
        listed = self._gpg("--with-colons", "--list-keys").decode()
        (self.fingerprint,) = [
            line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")
        ]
        self.public = self._gpg("--armor", "--export")

    def sign(self, file: Path, how: str, to: Path) -> None:
        self._gpg(how, "--output", str(to), str(file))

    def _gpg(self, *arguments: str) -> bytes:
        return subprocess.run(
            ["gpg", "--homedir", self._home, "--batch", "--quiet", "--yes", *arguments],
            check=True,
            capture_output=True,
        ).stdout


@contextmanager
def vendors() -> Iterator[Vendors]:
    """The vendors' sites, while it lasts."""
    with tempfile.TemporaryDirectory(prefix="eks-", dir="/tmp") as scratch:
        home, site = Path(scratch, "gnupg"), Path(scratch, "site")
        home.mkdir(mode=0o700)
        site.mkdir()
        authority = Authority("registry")
        authority.write_server(Path(scratch, "server.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(scratch, "server.pem"))
        handler = type("Site", (_Site,), {"directory": site})
        registry = Loopback(handler)
        registry.socket = context.wrap_socket(registry.socket, server_side=True)
        with Loopback(handler) as server, registry:
            try:
                key = Key(home)
                yield Vendors(site, server.server_port, registry.server_port, key, authority)
            finally:
                subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


class _Site(Handler):
    directory: Path

    def answer(self) -> None:
        path = unquote(self.path.partition("?")[0]).strip("/")
        file = self.directory / path
        if not file.is_file():
            self.reply(404 if path != "v2" else 200, b"")
            return
        content = file.read_bytes()
        headers = {}
        if "/manifests/" in path:
            headers = {
                "Content_Type": "application/vnd.oci.image.manifest.v1+json",
                "Docker_Content_Digest": f"sha256:{_sum(content)}",
            }
        self.reply(200, content, **headers)


def _descriptor(kind: str, content: bytes) -> dict[str, Any]:
    return {
        "mediaType": f"application/vnd.oci.image.{kind}",
        "digest": f"sha256:{_sum(content)}",
        "size": len(content),
    }


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
