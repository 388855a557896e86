"""A project in which the commands run as users run them: on a terminal, or without one."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import synthesis
from tests.terminal import TIMEOUT_SECONDS, Said, Terminal


@dataclass(frozen=True)
class Project:
    """A directory with clusters/, and the variables with which a user runs commands in it."""

    path: Path
    environment: dict[str, str]
    program: str = "commands"

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", self.program, *arguments]

    def run(self, *arguments: str, **variables: str) -> Said:
        """Run a command without a terminal."""
        result = subprocess.run(
            self._command(*arguments),
            cwd=self.path,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Said(result.returncode, result.stdout)

    def terminal(self, *arguments: str, **variables: str) -> Terminal:
        """Run a command on a terminal."""
        environment = {**self.environment, **variables}
        return Terminal(self.path, environment, *self._command(*arguments))

    # Where Terraform is a script that plays

    def plays(self, shown: Mapping[str, Any], /, **scripts: str) -> None:
        """Let `show -json` give a plan, and a subcommand such as `apply` run a script."""
        (self.path / "plan.json").write_text(json.dumps(shown))
        for name, script in scripts.items():
            (self.path / f"on-{name}.sh").write_text(script)

    @property
    def calls(self) -> list[str]:
        """What Terraform was called with, without the directory."""
        log = self.path / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def is_applied(self) -> bool:
        """Whether Terraform was asked to apply."""
        return any(call.startswith("apply ") for call in self.calls)


PLAYING = """#!/bin/sh
[ "$1" = version ] && { echo "Terraform v1.11.4"; exit; }
here='%s'
stack=${1#-chdir=}
shift
echo "$*" >>"$here/calls.log"
[ -e "$here/on-$1.sh" ] && { . "$here/on-$1.sh"; exit; }
case $1 in
  plan) for option; do case $option in -out=*) echo plan >"${option#-out=}" ;; esac; done ;;
  show) cat "$here/plan.json" ;;
  state) echo '{"version": 4, "resources": [1]}' ;;
esac
"""

IDENTITY = '{"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ada"}'


def write_program(path: Path, text: str) -> None:
    """Put a program on PATH."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def playing(tmp_path: Path) -> Project:
    """The smallest cluster, synthesised, its state in a file; Terraform plays what it is told."""
    path, programs = tmp_path / "project", tmp_path / "bin"
    (path / "clusters").mkdir(parents=True)
    spec = synthesis.as_yaml(None, {"kube2iam": {"enabled": False}})
    (path / "clusters" / "ada.yaml").write_text(spec)
    for name, text in synthesis.stacks(spec).items():
        stack = path / "cdktf.out" / "stacks" / name
        stack.mkdir(parents=True)
        (stack / "cdk.tf.json").write_text(text)
    write_program(programs / "terraform", PLAYING % path)
    write_program(programs / "kubectl", "#!/bin/sh\necho Client Version: v1.34.0\n")
    write_program(programs / "aws", f"#!/bin/sh\necho '{IDENTITY}'\n")
    left_out = ("AWS_", "TF_", "MAKE", "CDKTF_", "CLUSTERS", "NO_COLOR", "TERRAFORM_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return Project(
        path,
        {
            **kept,
            "PATH": os.pathsep.join([str(programs), kept["PATH"]]),
            "XDG_STATE_HOME": str(tmp_path / "kept"),
            "TERM": "xterm",
            "PYTHONPATH": str(synthesis.ROOT),
        },
        "tests.commands.without_synth",
    )
