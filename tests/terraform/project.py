"""A project of its own in a scratch directory: specs, the real synth, the real Terraform."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commands.terraform import VARIABLE
from tests import synthesis
from tests.emulator.aws import AwsEmulator
from tests.lock_file import forget_checksums
from tests.programs import terraform, write_aws
from tests.requirements import require
from tests.synthesis import ROOT, copy_manifests
from tests.terminal import Terminal

TIMEOUT_SECONDS = 900

NO_PROVIDERS = "terraform init cannot fetch the providers hashicorp/aws and hashicorp/null"


class CommandError(Exception):
    """A command failed; the text is what it printed."""


class Project:
    """A checkout as a user has it, with `clusters/` of the test's and AWS in the emulator."""

    def __init__(self, path: Path, aws: AwsEmulator, specs: Mapping[str, str]) -> None:
        self.program = terraform().path
        self.path = path
        # a provider's socket lies there, and its whole path may be 107 bytes long
        self._scratch = tempfile.TemporaryDirectory(prefix="eks-", dir="/tmp")
        self.scratch = Path(self._scratch.name)
        (path / "clusters").mkdir(parents=True)
        for name, text in specs.items():
            self.write_spec(name, text)
        copy_manifests(path)
        settings = json.loads((ROOT / "cdktf.json").read_text())
        settings["app"] = shlex.join([sys.executable, str(ROOT / "main.py")])
        (path / "cdktf.json").write_text(json.dumps(settings))
        self.environment = {
            **aws.environment(os.environ),
            "PATH": os.pathsep.join([*self._tools(), os.environ["PATH"]]),
            "TMPDIR": str(self.scratch),
            VARIABLE: self.program,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "CI": "1",
            "XDG_STATE_HOME": str(path / "kept"),
        }

    def _tools(self) -> list[str]:
        """Where the tests' own aws and node are, which go before the machine's."""
        aws = write_aws(self.path / "bin")
        return [str(aws.parent), str(Path(sys.executable).parent.parent / "node")]

    def write_spec(self, name: str, text: str) -> None:
        """Write or rewrite a cluster's file."""
        (self.path / "clusters" / f"{name}.yaml").write_text(text)

    def stack(self, name: str) -> Path:
        """Where Terraform runs for a stack."""
        return self.path / "cdktf.out" / "stacks" / name

    def synth(self) -> None:
        """Write the Terraform JSON of every spec, in the tests' own process."""
        for spec in (self.path / "clusters").glob("*.yaml"):
            for name, text in synthesis.stacks(spec.read_text()).items():
                self.stack(name).mkdir(parents=True, exist_ok=True)
                (self.stack(name) / "cdk.tf.json").write_text(text)

    def terminal(self, *arguments: str) -> Terminal:
        """Run a command of this project's on a terminal."""
        command = (sys.executable, "-P", "-m", "commands")
        return Terminal(self.path, {**self.environment, "TERM": "xterm"}, *command, *arguments)

    def cdktf(self, *arguments: str) -> str:
        """Run the real CDKTF command line."""
        command = ROOT / "node_modules" / ".bin" / "cdktf"
        require(command.exists(), "cdktf-cli is not installed; make test installs it")
        return self.run(str(command), *arguments)

    def terraform(self, stack: str, *arguments: str) -> str:
        """Run the real Terraform, or OpenTofu, on a stack."""
        return self.run(self.program, *arguments, directory=self.stack(stack))

    def init(self, stack: str | Path, *arguments: str) -> None:
        """Fetch the providers of a stack, or of a directory with a configuration.

        The test is skipped where they cannot be had.
        """
        directory = self.stack(stack) if isinstance(stack, str) else stack
        command = (self.program, "init", "-input=false", "-no-color", *arguments)
        try:
            self.run(*command, directory=directory)
        except CommandError as error:
            require("Failed to query available provider" not in str(error), NO_PROVIDERS)
            raise
        forget_checksums(directory)

    def plan(self, stack: str, *arguments: str) -> dict[str, Any]:
        """Plan a stack and give the plan as `terraform show -json` tells it."""
        file = self.path / f"{stack}.tfplan"
        self.terraform(stack, "plan", "-input=false", f"-out={file}", *arguments)
        plan: dict[str, Any] = json.loads(self.terraform(stack, "show", "-json", str(file)))
        return plan

    def apply(self, stack: str, *arguments: str) -> str:
        """Apply a stack without asking."""
        return self.terraform(
            stack, "apply", "-input=false", "-auto-approve", "-no-color", *arguments
        )

    def start(self, stack: str, *arguments: str) -> subprocess.Popen[str]:
        """Start Terraform on a stack and do not wait for it."""
        return subprocess.Popen(
            [self.program, *arguments],
            cwd=self.stack(stack),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, directory: Path | None = None) -> str:
        """Run a command and give what it printed.

        Raises:
            CommandError: it failed.
        """
        result = self.complete(*command, directory=directory)
        if result.returncode != 0:
            raise CommandError(
                f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}"
            )
        return result.stdout

    def complete(
        self, *command: str, directory: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whichever that is; what it printed is all in `stdout`."""
        return subprocess.run(
            command,
            cwd=directory or self.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )


def changed(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """The actions of a plan by address, without what stays as it is and what is only read."""
    return {
        change["address"]: change["change"]["actions"]
        for change in plan.get("resource_changes", [])
        if change["change"]["actions"] not in (["no-op"], ["read"])
    }
