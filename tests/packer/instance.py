"""An EC2 instance for `eks-join` to run on: a root directory, a metadata service, an AWS.

All on loopback and in a temporary directory. What AWS answers is a list per operation, taken
from the front, its last entry for ever; so a test says "throttled twice, then this".
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.programs import write_aws
from tests.servers import Handler, Loopback

from .paths import EKS_JOIN

SECRET = "TheNodeRolesSecretKeyMustNeverBeSeen"  # noqa: S105 - a made-up one, to search for
TOKEN = "the-metadata-token"  # noqa: S105 - the same

DIRECTORIES = ("etc/kubernetes", "etc/eks-node", "var/lib/kubelet")
"""All that eks-join writes to."""


@dataclass(frozen=True)
class Complaint:
    """What the AWS CLI says on standard error when a call fails."""

    text: str

    @classmethod
    def of(cls, code: str, message: str = "Rate exceeded") -> "Complaint":
        return cls(f"\nAn error occurred ({code}) when calling the X operation: {message}")


@dataclass
class MetadataService:
    """IMDSv2 with the paths that eks-join and the AWS CLI read."""

    identity: dict[str, str]
    domain: str = "amazonaws.com"
    user_data: str | None = None
    lifecycle: list[str] = field(default_factory=list)
    """Where the autoscaling group takes the instance, one look after the other."""
    token_status: int = 200
    failures: int = 0
    """How many requests are answered with 500 before the first good answer."""
    tokens_that_expire_at_once: int = 0
    requests: Counter[str] = field(default_factory=Counter)

    def answer(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
        self.requests[f"{method} {path}"] += 1
        if self.failures:
            self.failures -= 1
            return 500, ""
        if method == "PUT":
            if "X-aws-ec2-metadata-token-ttl-seconds" not in headers:
                return 400, ""
            return self.token_status, TOKEN
        if headers.get("X-aws-ec2-metadata-token") != TOKEN:
            return 401, ""
        if self.tokens_that_expire_at_once:
            self.tokens_that_expire_at_once -= 1
            return 401, ""
        body = self._documents(path).get(path)
        return (404, "") if body is None else (200, body)

    def _lifecycle(self, path: str) -> str | None:
        if not path.endswith("target-lifecycle-state") or not self.lifecycle:
            return None
        return self.lifecycle.pop(0) if len(self.lifecycle) > 1 else self.lifecycle[0]

    def _documents(self, path: str) -> dict[str, str | None]:
        credentials = {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": "ASIAEXAMPLE",
            "SecretAccessKey": SECRET,
            "Token": "session",
            "Expiration": "2099-01-01T00:00:00Z",
        }
        roles = "/latest/meta-data/iam/security-credentials/"
        return {
            "/latest/dynamic/instance-identity/document": json.dumps(self.identity),
            "/latest/meta-data/services/domain": self.domain,
            "/latest/user-data": self.user_data,
            "/latest/meta-data/autoscaling/target-lifecycle-state": self._lifecycle(path),
            roles: "node",
            f"{roles}node": json.dumps(credentials),
        }


@dataclass
class Aws:
    """What the API answers, per operation: a document, or the CLI's complaint."""

    answers: dict[str, list[dict[str, Any] | Complaint]]
    calls: list[list[str]] = field(default_factory=list)

    def answer(self, arguments: list[str]) -> dict[str, Any]:
        self.calls.append(arguments)
        queue = self.answers[arguments[1]]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Complaint):
            return {"status": 255, "stdout": "", "stderr": answer.text}
        return {"status": 0, "stdout": json.dumps(answer), "stderr": ""}

    def count(self, operation: str) -> int:
        return sum(call[1] == operation for call in self.calls)


@dataclass
class Instance:
    """The machine and everything around it."""

    root: Path
    commands: Path
    metadata: MetadataService
    aws: Aws
    endpoint: str

    def join(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run the real eks-join as the boot does."""
        return subprocess.run(
            [sys.executable, EKS_JOIN, *arguments],
            env={
                "PATH": f"{self.commands}:/usr/bin:/bin",
                "EKS_JOIN_ROOT": str(self.root),
                "EKS_JOIN_PACE": "0",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.endpoint,
                "FAKE_AWS": self.endpoint.removeprefix("http://"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def read(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text(encoding="utf-8")

    def json(self, path: str) -> Any:
        return json.loads(self.read(path))

    def put(self, path: str, content: str, mode: int = 0o644) -> Path:
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        file.chmod(mode)
        return file

    def written(self) -> list[str]:
        """Every file below the directories eks-join writes to, without what user data writes."""
        return sorted(
            str(file.relative_to(self.root))
            for directory in DIRECTORIES
            for file in (self.root / directory).rglob("*")
            if file.is_file() and file.name not in ("node-group.json", "after-join")
        )

    def kubelet_is(self, version: str) -> None:
        self.put("/usr/bin/kubelet", f"#!/bin/sh\necho Kubernetes v{version}-eks-0a1b2c3\n", 0o755)

    def systemctl_calls(self) -> list[str]:
        log = self.commands / "systemctl.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


class _Handler(Handler):
    """Serves the metadata service, and the other end of the fake `aws` command."""

    metadata: MetadataService
    aws: Aws

    def answer(self) -> None:
        if self.command == "POST":
            self.reply(200, json.dumps(self.aws.answer(json.loads(self.body()))))
        else:
            self.reply(*self.metadata.answer(self.command, self.path, self.headers))


# A shell script first, for paths with spaces. Plain sockets: importing http.client would double the
# time of every case.
FAKE_AWS = """\
#!/bin/sh
'''exec' "{python}" -IS "$0" "$@"
' '''
import json, os, socket, sys
host, port = os.environ["FAKE_AWS"].split(":")
body = json.dumps(sys.argv[1:]).encode()
with socket.create_connection((host, int(port))) as connection:
    connection.sendall(b"POST / HTTP/1.0\\r\\nContent-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
    answer = json.loads(connection.makefile("rb").read().partition(b"\\r\\n\\r\\n")[2])
sys.stdout.write(answer["stdout"])
sys.stderr.write(answer["stderr"])
sys.exit(answer["status"])
"""

FAKE_SYSTEMCTL = """\
#!/bin/sh
echo "$@" >>"$(dirname "$0")/systemctl.log"
"""


@contextmanager
def running_instance(
    directory: Path, metadata: MetadataService, aws: Aws, real_aws_cli: bool = False
) -> Iterator[Instance]:
    """Start an instance whose disk lies below `directory`."""
    root, commands = directory / "root", directory / "bin"
    commands.mkdir(parents=True)
    stubs = {"systemctl": FAKE_SYSTEMCTL}
    if real_aws_cli:
        write_aws(commands)
    else:
        stubs["aws"] = FAKE_AWS.format(python=sys.executable)
    for name, script in stubs.items():
        (commands / name).write_text(script, encoding="utf-8")
        (commands / name).chmod(0o755)
    handler = type("Handler", (_Handler,), {"metadata": metadata, "aws": aws})
    with Loopback(handler) as server:
        instance = Instance(root, commands, metadata, aws, server.url)
        instance.put("/sys/devices/system/cpu/online", "0-1\n")
        instance.put("/proc/meminfo", "MemTotal:        3902464 kB\nMemFree:  1 kB\n")
        instance.kubelet_is("1.36.2")
        for path in DIRECTORIES:
            (root / path).mkdir(parents=True)
        yield instance
