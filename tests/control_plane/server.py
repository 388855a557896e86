"""etcd and kube-apiserver, started for a test on loopback and gone with it."""

import base64
import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.built import built
from tests.emulator.aws import AwsEmulator
from tests.emulator.certificates import Authority, key_pem
from tests.emulator.kubernetes_resources import RESOURCES, url_prefix
from tests.servers import Server

from .authenticator import Authenticator, Json

START_SECONDS = 120
_ALL = "AA=="
"""The byte 0, which as first and last key stands for all keys."""
SERVICE_RANGE = "172.20.0.0/16"
_DYING_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()
"""What makes a child end with this process even where that is killed; Linux has it."""

AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "None", "users": ["system:apiserver"]}, {"level": "Request"}],
}


class ControlPlane(Server):
    """A cluster's API that begins with `with` and ends with it.

        with AwsEmulator() as aws, ControlPlane() as control_plane:
            control_plane.serve(aws)
            subprocess.run(["terraform", "apply"], env=aws.environment(os.environ))
            assert control_plane.get("ConfigMap", "aws-auth", "kube-system")

    Authorisation is Node and RBAC, then EKS's access policies; NodeRestriction is on. Several can
    run at once; each takes free ports of loopback, has a CA of its own, and dies with the process
    that started it.
    """

    def __init__(self) -> None:
        self.url = ""
        self._processes: list[subprocess.Popen[bytes]] = []
        self._etcd = ""
        self._first: dict[str, str] = {}
        self._authenticator: Authenticator | None = None
        self._admin: urllib.request.OpenerDirector | None = None

    # Life

    def begin(self) -> None:
        """Start both programs and wait until the API is ready."""
        etcd, apiserver = built("etcd"), built("kube-apiserver")
        self._write_keys()
        self._authenticator = Authenticator(self.read)
        self._authenticator.start()
        client, peer, port = _free_ports(3)
        self.url, self._etcd = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{client}"
        self._run("etcd", etcd, *self._etcd_flags(client, peer))
        self._run("kube-apiserver", apiserver, *self._apiserver_flags(client, port))
        self._wait()
        self._first = self._kept()

    def end(self) -> None:
        """End both programs."""
        for process in reversed(self._processes):
            process.kill()
        for process in self._processes:
            process.wait()
        self._processes.clear()
        if self._authenticator is not None:
            self._authenticator.stop()
            self._authenticator = None

    def serve(self, aws: AwsEmulator) -> None:
        """Be the API of the clusters that are made from now on; who they let in gets in."""
        assert self._authenticator is not None
        aws.serve_clusters_at(self.url, self.ca_path)
        self._authenticator.serve(aws, self.url)

    def clear(self) -> None:
        """Put everything back that was there when it was ready, and take away all else.

        In etcd, below the API: of a namespace that is deleted by the API, nothing goes without a
        controller manager. It takes milliseconds; another start takes ten seconds of a processor.
        """
        now = self._kept()
        for key in now.keys() - self._first.keys():
            self._ask_etcd("deleterange", key=key)
        for key, value in self._first.items() - now.items():
            self._ask_etcd("put", key=key, value=value)

    # What a test asks it

    @property
    def ca_path(self) -> Path:
        """The CA that signed the server's certificate."""
        return self.directory / "ca.crt"

    @property
    def refusals(self) -> list[str]:
        """Why tokens were not taken."""
        assert self._authenticator is not None
        return self._authenticator.refusals

    def get(self, kind: str, name: str, namespace: str = "") -> Json | None:
        """Give one object of a kind that the product makes, or None."""
        resource = next(each for each in RESOURCES if each.kind == kind)
        within = f"/namespaces/{namespace}" if namespace else ""
        return self.read(f"{url_prefix(resource.group_version)}{within}/{resource.plural}/{name}")

    def read(self, path: str) -> Json | None:
        """Give the object or list at a path of the API, or None."""
        with contextlib.suppress(urllib.error.HTTPError):
            found: Json = json.loads(self.request("GET", path))
            return found
        return None

    def request(self, method: str, path: str, body: Any = None) -> bytes:
        """Ask the API as an administrator.

        Raises:
            urllib.error.HTTPError: it refused.
            ConnectionError: it is not there.
        """
        assert self._admin is not None
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.url + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with self._admin.open(request, timeout=30) as response:
                answer: bytes = response.read()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError as error:
            raise ConnectionError(f"{error.reason}:\n{self._last_words()}") from error
        return answer

    def audit(self) -> list[Json]:
        """All requests but the server's own, as its audit log has them."""
        lines = (self.directory / "audit.log").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def write_kubeconfig(self, path: Path, user: str = "admin", *groups: str) -> Path:
        """Write a kubeconfig for a user known by certificate, unless told an administrator."""
        client = self.directory / f"{user.replace(':', '_')}.pem"
        if not client.exists():
            self._authority.write_client(client, user, groups)
        named = {"client-certificate": str(client), "client-key": str(client)}
        cluster = {"server": self.url, "certificate-authority": str(self.ca_path)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": named}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        }
        path.write_text(json.dumps(config))
        return path

    # How it starts

    def _write_keys(self) -> None:
        self._authority = Authority("control-plane-ca")
        self.ca_path.write_bytes(self._authority.certificate)
        self._authority.write_server(self.directory / "server.pem")
        self._authority.write_client(self.directory / "admin.pem", "admin", ["system:masters"])
        key = ec.generate_private_key(ec.SECP256R1())
        (self.directory / "accounts.key").write_bytes(key_pem(key))
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (self.directory / "accounts.pub").write_bytes(public)
        context = ssl.create_default_context(cafile=self.ca_path)
        context.load_cert_chain(self.directory / "admin.pem")
        self._admin = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

    def _etcd_flags(self, client: int, peer: int) -> Iterator[str]:
        yield f"--data-dir={self.directory / 'etcd'}"
        yield "--unsafe-no-fsync"  # what is lost with the machine is lost with the test
        yield f"--initial-cluster=default=http://127.0.0.1:{peer}"
        for flag in ("listen-client-urls", "advertise-client-urls"):
            yield f"--{flag}=http://127.0.0.1:{client}"
        for flag in ("listen-peer-urls", "initial-advertise-peer-urls"):
            yield f"--{flag}=http://127.0.0.1:{peer}"

    def _apiserver_flags(self, etcd: int, port: int) -> Iterator[str]:
        assert self._authenticator is not None
        policy = self.directory / "audit-policy.json"
        policy.write_text(json.dumps(AUDIT_POLICY))
        server = str(self.directory / "server.pem")
        yield f"--etcd-servers=http://127.0.0.1:{etcd}"
        yield "--bind-address=127.0.0.1"
        yield f"--secure-port={port}"
        # nobody asks for the Service `kubernetes`, whose endpoint must not be on loopback
        yield "--advertise-address=192.0.2.1"
        yield "--endpoint-reconciler-type=none"
        yield f"--tls-cert-file={server}"
        yield f"--tls-private-key-file={server}"
        yield f"--client-ca-file={self.ca_path}"
        yield "--authorization-mode=Node,RBAC,Webhook"
        yield "--enable-admission-plugins=NodeRestriction"
        yield f"--service-cluster-ip-range={SERVICE_RANGE}"
        yield "--service-account-issuer=https://kubernetes.default.svc"
        yield f"--service-account-key-file={self.directory / 'accounts.pub'}"
        yield f"--service-account-signing-key-file={self.directory / 'accounts.key'}"
        yield "--allow-privileged=true"
        yield f"--audit-policy-file={policy}"
        yield f"--audit-log-path={self.directory / 'audit.log'}"
        for kind, path in (
            ("authentication-token", "authenticate"),
            ("authorization", "authorise"),
        ):
            yield f"--{kind}-webhook-config-file={self._write_webhook(path)}"
            yield f"--{kind}-webhook-version=v1"
        # a mapping that is changed counts at once
        yield "--authentication-token-webhook-cache-ttl=0s"
        yield "--authorization-webhook-cache-authorized-ttl=0s"
        yield "--authorization-webhook-cache-unauthorized-ttl=0s"

    def _write_webhook(self, path: str) -> Path:
        assert self._authenticator is not None
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "eks", "cluster": {"server": f"{self._authenticator.url}/{path}"}}
            ],
            "users": [{"name": "apiserver", "user": {}}],
            "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "apiserver"}}],
            "current-context": "eks",
        }
        file = self.directory / f"{path}.json"
        file.write_text(json.dumps(config))
        return file

    def _run(self, name: str, program: Path, *flags: str) -> None:
        with self._log(name).open("wb") as log:
            process = subprocess.Popen(
                [*_DYING_WITH_PARENT, program, *flags],
                cwd=self.directory,
                env={"PATH": os.environ["PATH"], "HOME": str(self.directory)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)

    def _kept(self) -> dict[str, str]:
        """All that etcd keeps but who leads: value by key, both in base64."""
        found = self._ask_etcd("range", key=_ALL, range_end=_ALL)["kvs"]
        kept = {each["key"]: each["value"] for each in found}
        leases = [key for key in kept if b"/leases/" in base64.b64decode(key)]
        return {key: value for key, value in kept.items() if key not in leases}

    def _ask_etcd(self, what: str, **asked: str) -> Json:
        """Ask etcd over HTTP: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(
            f"{self._etcd}/v3/kv/{what}", json.dumps(asked).encode(), timeout=30
        ) as response:
            answer: Json = json.load(response)
        return answer

    def _log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if self.request("GET", "/readyz") == b"ok":
                    return
            ended = [process for process in self._processes if process.poll() is not None]
            if ended or time.monotonic() > end:
                raise RuntimeError(f"the Kubernetes API did not start:\n{self._last_words()}")
            time.sleep(0.1)

    def _last_words(self) -> str:
        """How both programs have ended, if they have, and what they said last."""
        return "\n".join(
            f"{name} ({process.poll()}): "
            + "\n".join(self._log(name).read_text().splitlines()[-10:])
            for name, process in zip(("etcd", "kube-apiserver"), self._processes, strict=False)
        )


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
