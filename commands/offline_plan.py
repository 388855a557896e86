"""A plan without a cloud, of a spec that is not in `clusters/` yet: what `adopt` asks for."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adopt.text import yaml_text
from commands import failures
from commands.environment import CONFIGURATION
from commands.steps import Steps
from commands.terraform import Terraform, find
from constructs_lib.errors import EksClusterError
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.tables import kubernetes_versions

_NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


class OfflinePlanError(EksClusterError):
    """The spec could not be planned; with Terraform's reasons."""


class OfflinePlanner:
    """Plans specs in a directory of its own, which it removes; a context manager."""

    def __init__(self) -> None:
        """Make the directory.

        Raises:
            ProgramMissingError: Terraform or OpenTofu is not there, or too old.
        """
        self._program, self._steps = find(), Steps()
        # short: Terraform's providers put their sockets below it
        self._scratch = tempfile.TemporaryDirectory(prefix="eks-")
        self._root = Path(self._scratch.name)
        self._stack = self._root / "stack"
        self._stack.mkdir()
        self._schemas: dict[str, Any] | None = None
        self._providers: Any = None

    @property
    def program(self) -> str:
        """What a person types to start Terraform."""
        return self._program.command

    def __enter__(self) -> "OfflinePlanner":
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what the state left there."""
        self._scratch.cleanup()

    def document(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The Terraform JSON of a spec's stack.

        Raises:
            OfflinePlanError: the spec does not synthesise; with the reasons.
        """
        # here, not above: loading CDKTF takes a second, and `--help` is to come at once
        from constructs_lib.app import write_stacks  # noqa: PLC0415
        from constructs_lib.spec.loader import load  # noqa: PLC0415

        name = spec["name"]
        file = self._root / "clusters" / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml_text(spec, ()), encoding="utf-8")
        try:
            with self._steps.step(f"Synthesising {name}"):
                fleet = load(self._root, today=kubernetes_versions.AS_OF)
                write_stacks(fleet.clusters, self._root / "out")
        except SpecErrors as errors:
            raise OfflinePlanError(f"the spec cannot be synthesised:\n{errors}") from None
        written = self._root / "out" / "stacks" / name / CONFIGURATION
        document: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
        return document

    def plan(self, document: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        """The plan of a stack's JSON on a state, as `terraform show -json` tells it.

        Raises:
            OfflinePlanError: Terraform could not make it.
        """
        (self._stack / CONFIGURATION).write_text(json.dumps(document), encoding="utf-8")
        (self._stack / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")
        terraform = self._terraform()
        providers = document.get("terraform", {}).get("required_providers")
        if providers != self._providers:
            # an override may ask for a newer one
            arguments = ("init", "-json", "-input=false", "-upgrade")
            self._run(terraform, "Fetching the providers", *arguments)
            self._providers, self._schemas = providers, None
        file = self._stack / "plan"
        self._run(
            terraform,
            "Planning it on its state, without AWS",
            "plan",
            "-json",
            "-input=false",
            "-refresh=false",
            "-lock=false",
            f"-out={file}",
        )
        plan: dict[str, Any] = json.loads(terraform.read("show", "-json", str(file)))
        return plan

    def schemas(self) -> dict[str, Any]:
        """The block of each resource type of the AWS provider that plans."""
        if self._schemas is None:
            printed = json.loads(self._terraform().read("providers", "schema", "-json"))
            (aws,) = (
                provider
                for source, provider in printed["provider_schemas"].items()
                if source.endswith("/hashicorp/aws")
            )
            self._schemas = {
                name: schema["block"] for name, schema in aws["resource_schemas"].items()
            }
        return self._schemas

    def _terraform(self) -> Terraform:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return Terraform(self._program, self._stack, {**kept, **_NO_CREDENTIALS})

    def _run(self, terraform: Terraform, doing: str, *arguments: str) -> None:
        with self._steps.step(doing):
            outcome = terraform.run(*arguments)
        if outcome.interrupted:
            raise OfflinePlanError("interrupted; nothing was written")
        if outcome.code:
            reasons = "\n".join(failures.own_words(outcome, self.program))
            raise OfflinePlanError(
                "the spec could not be planned on the state, so nothing was written; "
                f"{self.program} says:\n{reasons}"
            )
