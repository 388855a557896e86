"""Which versions of the providers a stack uses: kept in git, and none that is known to be bad."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from commands.files import replace
from commands.stacks import CLUSTERS, Stack
from commands.terraform import Program
from constructs_lib.errors import EksClusterError

LOCK: Final = ".terraform.lock.hcl"
"""https://developer.hashicorp.com/terraform/language/files/dependency-lock"""

AS_OF: Final = "2026-11-25"
"""The day on which the two below were last looked at."""

Version = tuple[int, int, int]

BAD: Final[tuple[tuple[Version, Version, str], ...]] = (
    ((6, 0, 0), (6, 12, 99), "cannot read launch templates of a 5.x state (issue 44133)"),
    ((6, 14, 0), (6, 14, 0), "loses a resource's identity in an update"),
    ((6, 16, 0), (6, 19, 99), "refuses launch templates without a KMS key"),
    ((6, 22, 0), (6, 39, 99), "plans the state bucket's encryption anew each time (issue 47320)"),
)
"""Ranges of hashicorp/aws to keep away from, with the reason: github.com/hashicorp/
terraform-provider-aws, its changelog and issues. First and last version, both included."""

NEWEST_COMPARED: Final[Version] = (6, 69, 1)
"""The newest hashicorp/aws whose schema was compared with what is written here."""

_PROVIDER: Final = re.compile(r'^provider "[^"]*/([\w-]+)/([\w-]+)" \{\n(.*?)^\}', re.M | re.S)
_VERSION: Final = re.compile(r'^\s*version\s*=\s*"(\d+)\.(\d+)\.(\d+)', re.MULTILINE)


class ProviderError(EksClusterError):
    """The locked version of a provider is one to keep away from."""


def kept_lock(stack: Stack, program: Program) -> Path:
    """The lock file in git: OpenTofu has its own, since its registry is another."""
    tool = ".tofu" if program.name == "OpenTofu" else ""
    return CLUSTERS / f"{stack.name}{tool}.lock.hcl"


def bring_lock(stack: Stack, program: Program) -> None:
    """Copy the lock file from git to where Terraform reads it, before `init`.

    Raises:
        ProviderError: it locks a version to keep away from.
    """
    kept = kept_lock(stack, program)
    if kept.is_file():
        text = kept.read_text(encoding="utf-8")
        _check(text, kept)
        (stack.directory / LOCK).write_text(text, encoding="utf-8")


def take_lock(stack: Stack, program: Program) -> Iterator[str]:
    """Copy the lock file back, after `init`; a line for what the user should know.

    Raises:
        ProviderError: `init` chose a version to keep away from.
    """
    kept, made = kept_lock(stack, program), stack.directory / LOCK
    if not made.is_file():
        return
    text = made.read_text(encoding="utf-8")
    before = kept.read_text(encoding="utf-8") if kept.is_file() else ""
    version = _aws_version(text)
    try:
        _check(text, kept)
    except ProviderError:
        made.unlink()
        raise
    if text != before:
        replace(kept, text)
        yield f"Wrote {kept}: the providers' versions, to be kept in git"
    if version is not None and version > NEWEST_COMPARED:
        yield (
            f"warning: hashicorp/aws {_dotted(version)} is newer than {_dotted(NEWEST_COMPARED)}, "
            f"the newest that was compared with this project ({AS_OF})"
        )


def _check(text: str, file: Path) -> None:
    version = _aws_version(text)
    for first, last, why in BAD:
        if version is not None and first <= version <= last:
            raise ProviderError(
                f"{file}: hashicorp/aws {_dotted(version)} {why}; "
                "docs/how-to/pin-the-providers.md says how to take another"
            )


def _aws_version(text: str) -> Version | None:
    for match in _PROVIDER.finditer(text):
        if match[2] == "aws" and (found := _VERSION.search(match[3])):
            return int(found[1]), int(found[2]), int(found[3])
    return None


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
