"""The real Packer with its Amazon plugin, both of `make programs`."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.built import built

from .paths import PACKER

TEMPLATE = PACKER / "node.pkr.hcl"


class Packer:
    """Runs Packer on the template, in a home of its own, with no way to AWS."""

    def __init__(self, home: Path) -> None:
        self.program = built("packer")
        plugin = built("packer-plugin-amazon")
        kept = {
            name: value for name, value in os.environ.items() if name[:4] not in ("PKR_", "AWS_")
        }
        self.environment = {
            **kept,
            "HOME": str(home),
            "PACKER_PLUGIN_PATH": str(home / "plugins"),
            "CHECKPOINT_DISABLE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.run("plugins", "install", "--path", str(plugin), "github.com/hashicorp/amazon")

    def complete(
        self, *arguments: str, given: str = "", directory: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.program, *arguments],
            env=self.environment,
            input=given,
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str, given: str = "") -> str:
        done = self.complete(*arguments, given=given)
        assert done.returncode == 0, words(done.stdout + done.stderr)
        return done.stdout

    def value_of(self, expression: str, **variables: str) -> Any:
        """What an expression is in the template, with these variables."""
        arguments = ["console", "-config-type=hcl2", *flags(variables), str(TEMPLATE)]
        printed = self.run(*arguments, given=f"jsonencode({expression})\n")
        return json.loads(printed)

    def refusal(self, **variables: str) -> str:
        """What `packer validate` says to these variables."""
        done = self.complete("validate", *flags(variables), str(TEMPLATE))
        assert done.returncode == 1
        return words(done.stdout + done.stderr)


def flags(variables: dict[str, str]) -> list[str]:
    return [part for item in variables.items() for part in ("-var", "=".join(item))]


def words(message: str) -> str:
    """What Packer says, without its colours and its line breaks."""
    return " ".join(re.sub(r"\x1b\[\d*m", "", message).split())
