"""Which cluster, and which of its stacks, a command is about."""

import difflib
import json
import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from commands.environment import CONFIGURATION
from constructs_lib.errors import EksClusterError
from constructs_lib.project import out_directory

CLUSTERS: Final = Path("clusters")
STATE_SUFFIX: Final = "-state"


class ChoiceError(EksClusterError):
    """No cluster, or more than one, or a stack that is not the cluster's."""


@dataclass(frozen=True)
class Stack:
    """A stack of a cluster: the cluster itself, or the one that holds the bucket for its state."""

    cluster: str
    name: str
    out: Path = Path("cdktf.out")

    @property
    def directory(self) -> Path:
        """Where Terraform runs."""
        return self.out / "stacks" / self.name

    @property
    def is_cluster(self) -> bool:
        """Whether it is the cluster itself."""
        return self.name == self.cluster

    def configuration(self) -> dict[str, Any]:
        """The Terraform JSON that synth wrote.

        Raises:
            ChoiceError: the cluster has no such stack.
        """
        try:
            text = (self.directory / CONFIGURATION).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ChoiceError(
                f"{self.cluster} makes no stack {self.name}; "
                "state: {create: true} in its file asks for one"
            ) from None
        configuration: dict[str, Any] = json.loads(text)
        return configuration

    def again(self, command: str) -> str:
        """What the user types to run a command on this stack, as he ran this one."""
        if by_make():
            target = {"plan": "diff"}.get(command, command)
            of = "" if _only() == self.cluster else f" CLUSTER={self.cluster}"
            return f"make {target}{of}" + ("" if self.is_cluster else f" STACK={self.name}")
        return f"{own_command()} {command} {self.cluster}" + (
            "" if self.is_cluster else f" --stack {self.name}"
        )

    def by_hand(self, *arguments: str) -> str:
        """A command of Terraform's own on this stack, as it works from here."""
        return f"{own_command()} run {shlex.join([self.name, *arguments])}"


def by_make() -> bool:
    """Whether the user typed `make`."""
    return bool(os.environ.get("MAKELEVEL"))


def own_command() -> str:
    """What the user types to run this program: where `make` installed it, it is not on PATH."""
    on_path = not by_make() and shutil.which("eks-cluster")
    return "eks-cluster" if on_path else ".venv/bin/eks-cluster"


def synthesised(stack: str) -> Path:
    """The directory of a stack that synth has written.

    Raises:
        ChoiceError: it has not.
    """
    directory = out_directory() / "stacks" / stack
    if not (directory / CONFIGURATION).is_file():
        raise ChoiceError(f"{directory} is not synthesised; run: {own_command()} synth")
    return directory


def chosen(cluster: str | None, stack: str | None, out: Path) -> Stack:
    """The stack that the user means: the named cluster's, or the only one's.

    Raises:
        ChoiceError: with the clusters there are.
    """
    names = _names()
    if not names:
        raise ChoiceError(f"clusters holds no cluster; make a first one: {own_command()} new NAME")
    if not cluster:
        if len(names) > 1:
            word = "CLUSTER=" if by_make() else ""
            raise ChoiceError(f"which cluster? {' or '.join(word + name for name in names)}")
        cluster = names[0]
    elif cluster not in names:
        close = difflib.get_close_matches(cluster, names, n=1)
        meant = f", did you mean {close[0]}?" if close else f"; it has {', '.join(names)}"
        raise ChoiceError(f"clusters has no {cluster}.yaml{meant}")
    if stack and stack not in (cluster, cluster + STATE_SUFFIX):
        raise ChoiceError(
            f"{stack} is no stack of {cluster}; it has {cluster} and, with state: "
            f"{{create: true}}, {cluster}{STATE_SUFFIX}"
        )
    return Stack(cluster, stack or cluster, out)


def _names() -> list[str]:
    return sorted(path.stem for path in CLUSTERS.glob("*.yaml"))


def _only() -> str | None:
    names = _names()
    return names[0] if len(names) == 1 else None
