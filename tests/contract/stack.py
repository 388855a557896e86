"""A stack in a directory of its own, with its state in a file beside it."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.emulator.aws import AwsEmulator
from tests.lock_file import forget_checksums
from tests.programs import terraform
from tests.requirements import require

STATE = "terraform.tfstate"
JSON = "cdk.tf.json"

NO_PROVIDERS = "terraform init cannot fetch the providers hashicorp/aws and hashicorp/null"

State = Mapping[str, Any]
"""A state file, parsed."""

_LOOKED_UP = re.compile(r"\$\{data\.aws_ami\.([\w-]+)\.id\}")

_KUBECTL = """#!/bin/sh
case " $* " in
  *" version "*) echo "Client Version: v1.36.0" ;;
  *" apply "*) cat >/dev/null ;;
esac
"""


class TerraformError(Exception):
    """Terraform failed; the text is what it printed."""


class ContractStack:
    """Terraform on one `cdk.tf.json`, against an emulator; kubectl only says yes."""

    def __init__(self, path: Path, text: str, aws: AwsEmulator) -> None:
        self._program = terraform().path
        self.path = path
        self.path.mkdir(parents=True)
        document = json.loads(text)
        del document["terraform"]["backend"]
        (path / JSON).write_text(json.dumps(document), encoding="utf-8")
        programs = path / "bin"
        programs.mkdir()
        for name in ("kubectl", "aws"):
            (programs / name).write_text(_KUBECTL, encoding="utf-8")
            (programs / name).chmod(0o755)
        self._environment = {
            **aws.environment(os.environ),
            "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }
        try:
            self.terraform("init", "-input=false", "-no-color")
        except TerraformError as error:
            require("Failed to query available provider" not in str(error), NO_PROVIDERS)
            raise
        forget_checksums(path)

    def apply(self) -> None:
        """Make everything."""
        self.terraform("apply", "-input=false", "-auto-approve", "-no-color")

    def plan(self) -> dict[str, Any]:
        """Plan on the state as it is: nothing of it exists in this emulator."""
        self.terraform("plan", "-input=false", "-no-color", "-refresh=false", "-out=plan")
        plan: dict[str, Any] = json.loads(self.terraform("show", "-json", "plan"))
        return plan

    def terraform(self, *arguments: str) -> str:
        """Run Terraform.

        Raises:
            TerraformError: it failed.
        """
        result = subprocess.run(
            [self._program, *arguments],
            cwd=self.path,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if result.returncode != 0:
            raise TerraformError(f"{' '.join(arguments)}:\n{result.stderr}")
        return result.stdout


def add_images(aws: AwsEmulator, document: Mapping[str, Any], state: State | None = None) -> None:
    """Add the images that a stack's data sources look for, with the ids that a state has."""
    region = document["provider"]["aws"][0]["region"]
    ids = images_of(document, state or {})
    for name, look_up in document.get("data", {}).get("aws_ami", {}).items():
        wanted = {f["name"]: f["values"][0] for f in look_up["filter"]}
        version = document["variable"]["k8s_version"]["default"]
        (owner,) = look_up["owners"]
        aws.add_image(
            wanted["name"].replace("${var.k8s_version}", version).replace("*", "20261101"),
            region=region,
            architecture=wanted["architecture"],
            image_id=ids.get(name),
            **({} if owner == "self" else {"owner": owner}),
        )


def images_of(document: Mapping[str, Any], state: State) -> dict[str, str]:
    """The id that a state has for each image look-up, by the look-up's name."""
    recorded = {
        f"{resource['type']}.{resource['name']}": resource["instances"][0]["attributes"]
        for resource in state.get("resources", [])
    }
    return {
        match[1]: recorded[f"{kind}.{name}"]["image_id"]
        for kind, named in document["resource"].items()
        for name, block in named.items()
        if (match := _LOOKED_UP.fullmatch(str(block.get("image_id"))))
        and "image_id" in recorded.get(f"{kind}.{name}", {})
    }
