"""The environment in which Terraform runs: made here, so that no variable changes what is planned.

The YAML is the only source of a plan. What else Terraform would heed is taken out and named, or
stops the command where going on without it would mean another cluster than the user thinks.
https://developer.hashicorp.com/terraform/cli/config/environment-variables
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from constructs_lib.errors import EksClusterError

CONFIGURATION: Final = "cdk.tf.json"
"""The one file of a stack's directory that Terraform is to read."""

WORKSPACE: Final = "default"

_ARGUMENTS: Final = "TF_CLI_ARGS"
_VARIABLE: Final = "TF_VAR_"
_LOG: Final = "TF_LOG"
_LOG_FILE: Final = "TF_LOG_PATH"
_PROVIDERS: Final = "TF_REATTACH_PROVIDERS"
"""Providers that run already, in place of those of the lock file."""

_SETTINGS: Final = ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG")
_ALSO_READ: Final = (".tf", ".tf.json", ".tofu", ".tofu.json", ".auto.tfvars", ".auto.tfvars.json")
_READ_BY_NAME: Final = ("terraform.tfvars", "terraform.tfvars.json")


class RefusedError(EksClusterError):
    """Something around the command would make it work on other things than the YAML says."""


def environment(inherited: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The variables for Terraform, and a line for what was taken out of them.

    Raises:
        RefusedError: a workspace or a data directory of the user's would lead to another state.
    """
    problems = list(_problems(inherited))
    if problems:
        raise RefusedError("\n".join(problems))
    arguments = sorted(name for name in inherited if name.startswith(_ARGUMENTS))
    variables = sorted(name for name in inherited if name.startswith(_VARIABLE))
    logs = sorted(n for n in inherited if n.startswith(_LOG) and n != _LOG_FILE)
    logs = [] if inherited.get(_LOG_FILE) else logs
    missing = [n for n in _SETTINGS if inherited.get(n) and not Path(inherited[n]).is_file()]
    notes = []
    if arguments:
        notes.append(f"{', '.join(arguments)} {_does(arguments)} not count here: taken out")
    if variables:
        notes.append(
            f"{', '.join(variables)} {_does(variables)} not count: taken out, "
            "the YAML in clusters/ is the only source"
        )
    if logs:
        notes.append(
            f"{', '.join(logs)} {_does(logs)} not count without {_LOG_FILE}: taken out; name a "
            "file there, which will hold secrets"
        )
    if inherited.get(_PROVIDERS):
        notes.append(f"{_PROVIDERS} does not count: taken out, clusters/ says which providers run")
    notes += [
        f"{name} names a file that is not there, {inherited[name]}: taken out" for name in missing
    ]
    taken_out = {*arguments, *variables, *logs, *missing}
    taken_out |= {"TF_WORKSPACE", "TF_DATA_DIR", _PROVIDERS}
    kept = {name: value for name, value in inherited.items() if name not in taken_out}
    if inherited.get("TF_DATA_DIR"):
        kept["TF_DATA_DIR"] = inherited["TF_DATA_DIR"]
    # no advice for people who type terraform's commands, no question, no call home
    return {**kept, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}, notes


def _problems(inherited: Mapping[str, str]) -> Iterator[str]:
    workspace = inherited.get("TF_WORKSPACE", "")
    if workspace not in ("", WORKSPACE):
        yield (
            f"TF_WORKSPACE is set, got {workspace}; a cluster has one state, in the workspace "
            f"{WORKSPACE}: unset TF_WORKSPACE"
        )
    data = inherited.get("TF_DATA_DIR", "")
    if data and (Path(data).is_absolute() or ".." in Path(data).parts):
        yield (
            f"TF_DATA_DIR names one directory for all stacks, got {data}; "
            "unset it, or name one below the stack's: TF_DATA_DIR=.terraform"
        )


def _does(names: list[str]) -> str:
    return "does" if len(names) == 1 else "do"


def check_directory(directory: Path, variables: Mapping[str, str] = os.environ) -> None:
    """See that a stack's directory holds nothing that Terraform would read beside its JSON.

    Raises:
        RefusedError: a file of variables or configuration, or a workspace that was once selected.
    """
    problems = [
        f"{path} would be read by Terraform beside {CONFIGURATION}, and clusters/ is the only "
        "source; move it away"
        for path in sorted(directory.iterdir())
        if _is_read(path.name)
    ]
    selected = directory / variables.get("TF_DATA_DIR", ".terraform") / "environment"
    if selected.is_file() and (workspace := selected.read_text(encoding="utf-8").strip()) not in (
        "",
        WORKSPACE,
    ):
        problems.append(
            f"{directory} has the workspace {workspace} selected; a cluster has one state, in the "
            f"workspace {WORKSPACE}: rm {selected}"
        )
    if problems:
        raise RefusedError("\n".join(problems))


def _is_read(name: str) -> bool:
    """Whether Terraform reads a file of that name: as it does, hidden ones and backups aside."""
    if name == CONFIGURATION or name.startswith(".") or name.endswith("~"):
        return False
    return name in _READ_BY_NAME or name.endswith(_ALSO_READ)
