"""The script that applies manifests, run as Terraform runs it, on the real API."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from constructs_lib import kubectl
from tests.emulator.aws import AwsEmulator
from tests.programs import write_aws

from .server import ControlPlane

SCRIPT = Path(kubectl.__file__).with_name("apply.sh").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    status: int
    printed: str
    told: str


class Script:
    """The script with everything that it needs.

    The kubeconfig is an administrator's certificate, which spares each kubectl the start of the AWS
    CLI; `with_token` has the one that Terraform renders.
    """

    def __init__(self, aws: AwsEmulator, control_plane: ControlPlane, path: Path) -> None:
        self.aws, self.control_plane = aws, control_plane
        self._tokens: dict[object, subprocess.CompletedProcess[str]] = {}
        self.scratch = path / "scratch"
        self.scratch.mkdir()
        self.environment = {
            **aws.environment(os.environ),
            "PATH": f"{write_aws(path / 'bin').parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(path),
            "TMPDIR": str(self.scratch),
            "MINIMUM_KUBECTL": kubectl.MINIMUM_KUBECTL,
            "FIELD_MANAGER": kubectl.FIELD_MANAGER,
            "WAIT_SECONDS": "60",
            "UNKNOWN_SECONDS": "0",
            "KIND_SECONDS": str(kubectl.KIND_SECONDS),
        }
        self.admin = control_plane.write_kubeconfig(path / "admin.json")
        self.environment["KUBECONFIG_CONTENT"] = self.admin.read_text()

    def with_token(self) -> "Script":
        """From here on with a token of the AWS CLI, for the tests' own credentials or others."""
        config = kubeconfig(self.control_plane, self.aws.region)
        self.environment["KUBECONFIG_CONTENT"] = json.dumps(config)
        return self

    def apply(self, *objects: Mapping[str, Any], name: str = "test", **changes: str) -> Result:
        """Apply a manifest of these objects; `changes` go into the environment."""
        return self.apply_text(yaml.safe_dump_all(objects, sort_keys=False), name=name, **changes)

    def apply_file(self, *objects: Mapping[str, Any]) -> Result:
        """Apply a manifest that is too large for the environment."""
        file = self.scratch.parent / "manifest.yaml"
        file.write_text(yaml.safe_dump_all(objects, sort_keys=False))
        return self.apply_text("", MANIFEST_FILE=str(file))

    def apply_text(self, manifest: str, *, name: str = "test", **changes: str) -> Result:
        """Apply a manifest."""
        done = subprocess.run(
            ["/bin/sh", "-c", SCRIPT, f"kubectl apply of {name}"],
            env={**self.environment, "NAME": name, "MANIFEST": manifest, **changes},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert list(self.scratch.iterdir()) == []
        return Result(done.returncode, done.stdout, done.stderr)

    def token(self, **who: str) -> subprocess.CompletedProcess[str]:
        """What the real `aws eks get-token` gives to somebody; it takes a second, so only once."""
        key = tuple(sorted(who.items()))
        if key not in self._tokens:
            user = kubeconfig(self.control_plane, self.aws.region)["users"][0]["user"]["exec"]
            self._tokens[key] = subprocess.run(
                [user["command"], *user["args"]],
                env=self.environment | who,
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
        return self._tokens[key]

    def ask(self, *arguments: str, **who: str) -> subprocess.CompletedProcess[str]:
        """Run kubectl as somebody, known by the variables of his credentials."""
        config = kubeconfig(self.control_plane, self.aws.region)
        token = json.loads(self.token(**who).stdout)["status"]["token"]
        config["users"][0]["user"] = {"token": token}
        file = self.scratch.parent / "somebody.json"
        file.write_text(json.dumps(config))
        return subprocess.run(
            ["kubectl", f"--kubeconfig={file}", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def may(self, who: Mapping[str, str], *action: str) -> bool:
        """Whether somebody may, by `kubectl auth can-i`."""
        answer = self.ask("auth", "can-i", *action, **who)
        word = answer.stdout.split()[:1]  # a reason may follow it
        assert word in (["yes"], ["no"]), answer.stderr
        return word == ["yes"]

    def kubectl(self, *arguments: str, given: str = "") -> str:
        """Do something as an administrator who is not the script."""
        done = subprocess.run(
            ["kubectl", f"--kubeconfig={self.admin}", *arguments],
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def kubeconfig(control_plane: ControlPlane, region: str) -> dict[str, Any]:
    """What Terraform renders for a cluster: the token comes from the AWS CLI."""
    token = ["eks", "get-token", "--cluster-name", "lovelace", "--region", region]
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "interactiveMode": "Never",
            "command": "aws",
            "args": [*token, "--output", "json"],
        }
    }
    cluster = {"server": control_plane.url, "certificate-authority": str(control_plane.ca_path)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lovelace", "cluster": cluster}],
        "users": [{"name": "lovelace", "user": user}],
        "contexts": [{"name": "lovelace", "context": {"cluster": "lovelace", "user": "lovelace"}}],
        "current-context": "lovelace",
    }
