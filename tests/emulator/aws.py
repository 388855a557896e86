"""AWS for one test: a moto server of its own, with an EKS that is complete enough.

A server is a process, not a thread of the tests. moto keeps its state in module globals, so two
servers in one process would be one AWS; its patches would reach the tests' own boto3; and
Terraform's requests would compete with the tests for one interpreter. It costs nothing: a process
answers after about a second, as a thread does, since both wait for moto to load.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import boto3
import botocore.session
from botocore.config import Config

from tests.servers import Server

ACCOUNT = "123456789012"
CANONICAL = "099720109477"
DEFAULT_REGION = "us-west-2"


class AwsEmulator(Server):
    """An AWS account that begins with `with` and ends with it.

        with AwsEmulator() as aws:
            aws.add_image("eks-node-1.36-20261101")
            subprocess.run(["terraform", "apply"], env=aws.environment(os.environ))
            clusters = aws.client("eks").list_clusters()

    Several can run at once; each takes a free port, which only this machine reaches.
    """

    def __init__(self, region: str = DEFAULT_REGION) -> None:
        self.region = region
        self.endpoint_url = ""
        # One for all clients: it reads a service's description once.
        self._session = boto3.Session(botocore_session=_session_without_profile())
        self._process: subprocess.Popen[str] | None = None

    # Life

    def begin(self) -> None:
        self._no_file.touch()
        with self.log_path.open("w") as log:
            self._process = _start_server(log)
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"the AWS emulator did not start:\n{self.log_path.read_text()}")
        self.endpoint_url = f"http://127.0.0.1:{port}"

    def end(self) -> None:
        if self._process is not None:
            # The server ends when its standard input does; unless it hangs.
            try:
                self._process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()
            self._process = None

    def reset(self) -> None:
        """Forget everything, as if just started: resources, added images, `serve_clusters_at`."""
        self._post("reset", {})

    @property
    def log_path(self) -> Path:
        """Every call with its status, and the traceback of every fault; gone after `stop`."""
        return self.directory / "server.log"

    # What a test tells it

    def add_image(
        self,
        name: str,
        *,
        region: str | None = None,
        owner: str = ACCOUNT,
        architecture: str = "x86_64",
        image_id: str | None = None,
    ) -> str:
        """Add a machine image, owned by the account ("self") unless told; return its ID."""
        image = {"name": name, "region": region or self.region, "owner": owner}
        described = {**image, "architecture": architecture, "id": image_id}
        answer = self._post("emulator/images", described)
        return str(answer["ImageId"])

    def add_ubuntu_image(
        self,
        *,
        region: str | None = None,
        serial: str = "20261101",
        architecture: str = "x86_64",
    ) -> str:
        """Add Canonical's Ubuntu 24.04 server image, under the name that Canonical gives it."""
        debian = {"x86_64": "amd64"}.get(architecture, architecture)
        name = f"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{debian}-server-{serial}"
        return self.add_image(name, region=region, owner=CANONICAL, architecture=architecture)

    def serve_clusters_at(self, url: str, ca_path: Path) -> None:
        """Let clusters made from now on report this API endpoint and CA: `KubernetesApi`'s."""
        self._post("emulator/cluster-endpoint", {"url": url, "ca": ca_path.read_text()})

    def creator_of(self, cluster: str, region: str) -> str:
        """Say who made a cluster, which EKS tells nobody."""
        answer = self._post("emulator/cluster-creator", {"name": cluster, "region": region})
        return str(answer["arn"])

    # How to reach it

    def environment(self, inherit: Mapping[str, str] | None = None) -> dict[str, str]:
        """Give the variables that lead Terraform, the AWS CLI and boto3 here, and nowhere else.

        With `inherit`, give that environment with these in place of whatever AWS variables it has:
        a developer's own profile must neither break a test nor be used by one.
        """
        others = {
            key: value for key, value in (inherit or {}).items() if not key.startswith("AWS_")
        }
        no_proxy = ",".join(filter(None, [others.get("NO_PROXY"), "127.0.0.1,localhost"]))
        return {
            **others,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "emulator",
            "AWS_SECRET_ACCESS_KEY": "emulator",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self._no_file),
            "AWS_SHARED_CREDENTIALS_FILE": str(self._no_file),
            "AWS_PAGER": "",
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
        }

    def client(self, service: str, region: str | None = None, key: str = "emulator") -> Any:
        """Give a boto3 client of this AWS; it asks once, a fault is not to be tried again.

        With the `key` of an assumed role it asks as that.
        """
        return self._session.client(
            service,
            region_name=region or self.region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=key,
            aws_secret_access_key="emulator",  # noqa: S106 - moto takes any
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    @property
    def _no_file(self) -> Path:
        return self.directory / "empty"

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - our own server, over http
            f"{self.endpoint_url}/moto-api/{path}", data=json.dumps(body).encode(), method="POST"
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


def _session_without_profile() -> botocore.session.Session:
    """Give a session that reads neither AWS_PROFILE nor a developer's configuration."""
    return botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
        }
    )


def _start_server(log: IO[str]) -> subprocess.Popen[str]:
    package = __name__.rpartition(".")[0]
    root = Path(__file__).parents[package.count(".") + 1]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.Popen(
        [sys.executable, "-m", f"{package}.aws_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**inherited, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"},
    )
