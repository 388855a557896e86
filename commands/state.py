"""Where a stack's state is, whether that has changed, and copies before what cannot be undone."""

import datetime
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from commands.failures import INTERRUPTED
from commands.stacks import CLUSTERS, Stack, own_command
from commands.terraform import PRIVATE, Terraform
from constructs_lib.errors import EksClusterError

ERRORED: Final = "errored.tfstate"
"""What Terraform writes where it runs when it cannot write the state where that belongs."""

BASES: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where git may have the file that this one is to become, best first."""


class StateError(EksClusterError):
    """The state is not where it should be, or not whole; the text says the way on."""


@dataclass(frozen=True)
class Place:
    """Where a state is: an object in a bucket, or a file of the checkout."""

    kind: str
    bucket: str
    key: str

    def __str__(self) -> str:
        """As a person would write it."""
        return f"s3://{self.bucket}/{self.key}" if self.kind == "s3" else self.key


def place_of(backend: Mapping[str, Any], directory: Path) -> Place:
    """The place that a `backend` block names, for a stack that runs in `directory`."""
    kind, settings = next(iter(backend.items()))
    if kind == "s3":
        return Place(kind, str(settings.get("bucket")), str(settings.get("key")))
    file = os.path.normpath(directory / str(settings.get("path") or "terraform.tfstate"))
    return Place(kind, "", os.path.relpath(file))


def wanted(stack: Stack) -> Place:
    """Where the spec says that the state is."""
    return place_of(stack.configuration()["terraform"]["backend"], stack.directory)


def remembered(stack: Stack, variables: Mapping[str, str]) -> dict[str, Any] | None:
    """The backend block that Terraform last worked with here, if it has.

    Raises:
        StateError: the file is not Terraform's.
    """
    data = stack.directory / variables.get("TF_DATA_DIR", ".terraform") / "terraform.tfstate"
    try:
        backend = json.loads(data.read_text(encoding="utf-8")).get("backend")
    except FileNotFoundError:
        return None
    except ValueError:
        raise StateError(f"{data} is not what Terraform wrote; rm {data}") from None
    if not isinstance(backend, dict) or not isinstance(backend.get("config"), dict):
        return None
    settings = {name: value for name, value in backend["config"].items() if value is not None}
    return {str(backend["type"]): settings}


def of_the_base_branch(stack: Stack) -> dict[str, Any] | None:
    """The backend block of this cluster in the base branch's file, if there is that file."""
    if not stack.is_cluster or shutil.which("git") is None:
        return None
    for base in BASES:
        shown = subprocess.run(  # noqa: S603 - a branch of ours and a file's name
            ["git", "show", f"{base}:./{CLUSTERS}/{stack.cluster}.yaml"],  # noqa: S607 - the user's
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if shown.returncode == 0:
            return _backend_in(shown.stdout, stack)
    return None


def _backend_in(text: str, stack: Stack) -> dict[str, Any] | None:
    """The backend block that a spec's text asks for; None where it cannot be told."""
    try:
        spec = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(spec, dict):
        return None
    section = spec.get("state")
    if not isinstance(section, dict):
        return {"local": {"path": str(Path(f"terraform.{stack.name}.tfstate").absolute())}}
    known = ("bucket", "key", "region", "dynamodb_table", "use_lockfile")
    return {"s3": {name: section[name] for name in known if section.get(name)}}


def is_empty(terraform: Terraform) -> bool:
    """Whether the state holds nothing, or is not there at all."""
    text = terraform.read("state", "pull").strip()
    return not text or not json.loads(text).get("resources")


# Copies


def keep_copy(terraform: Terraform, stack: Stack) -> Path | None:
    """Keep what `state pull` gives in a private file outside the checkout; None if it is empty.

    Raises:
        StateError: there is nowhere to keep it.
    """
    text = terraform.read("state", "pull")
    if not text.strip():
        return None
    home = os.environ.get("XDG_STATE_HOME") or (
        os.environ.get("HOME") and f"{os.environ['HOME']}/.local/state"
    )
    if not home:
        raise StateError("there is no HOME to keep a copy of the state in; set XDG_STATE_HOME")
    now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    file = Path(home, "eks-cluster", f"{stack.name}.{now}.tfstate")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(file, text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StateError(
            f"no copy of the state can be kept in {file.parent}: {reason}; "
            "make it writable, or set XDG_STATE_HOME"
        ) from None
    return file


def _write_private(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666 & ~PRIVATE)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)


# What Terraform could not write


def errored_file(stack: Stack) -> Path:
    """Where a state that could not be written waits: in the checkout."""
    return Path(f"errored.{stack.name}.tfstate")


def rescue(stack: Stack) -> Path | None:
    """Move a state that Terraform could not write to the checkout, where no command removes it.

    Returns the file that waits there, also from an earlier run; None if there is none. One that
    waits already is not overwritten.
    """
    left, kept = stack.directory / ERRORED, errored_file(stack)
    if left.exists():
        number = 1
        while kept.exists():
            number += 1
            kept = Path(f"errored.{stack.name}.{number}.tfstate")
        kept.write_bytes(b"")
        kept.chmod(0o600)
        kept.write_bytes(left.read_bytes())
        left.unlink()
        return kept
    waiting = sorted(Path().glob(f"errored.{stack.name}.*tfstate"))
    return waiting[0] if waiting else None


def say_errored(file: Path, stack: Stack, lock: str = "") -> str:
    """What to do with a state that Terraform could not write: the two commands, as they work."""
    pushed = os.path.relpath(file, stack.directory)
    return (
        f"{file} holds what the last apply made and could not write where the state is kept. "
        "Nothing is planned before it is there. With valid credentials:\n"
        f"  {stack.by_hand('force-unlock', '-force', lock or 'ID')}\n"
        f"  {stack.by_hand('state', 'push', pushed)}\n"
        f"  rm {file}\n"
        f"or all of it by {own_command()} recover {stack.name}. Then {stack.again('deploy')} goes "
        f"on ({INTERRUPTED})"
    )
