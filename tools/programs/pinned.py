"""The pinned programs: what each is called, its version, and where it lies once it is built."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

ORDER = (
    "packer",
    "packer-plugin-amazon",
    "etcd",
    "kube-apiserver",
    "tofu",
    "containerd",
    "kubelet-1.36",
    "kubelet-1.37",
    "kubelet-1.33",
)
"""All programs, in the order in which they are built: what the most tests wait for is first."""

_KUBERNETES = "k8s.io/component-base/version"
_LINKER_FLAGS = {
    "k8s.io/kubernetes": (
        f"-X {_KUBERNETES}.gitVersion=v{{version}} -X {_KUBERNETES}.gitMajor={{major}}"
        f" -X {_KUBERNETES}.gitMinor={{minor}} -X {_KUBERNETES}.gitTreeState=clean"
    ),
    "github.com/opentofu/opentofu": "-X github.com/opentofu/opentofu/version.dev=no",
}
"""What a release's own build says to the linker, by module, so that a program knows its version."""


def cache() -> Path:
    """The directory of the built programs: in this user's cache, for all checkouts.

    Raises:
        RuntimeError: nobody knows the user's home.
    """
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".cache"
    return root / "eks-cluster" / "programs"


@dataclass(frozen=True)
class Program:
    """One directory of tools/programs."""

    name: str
    module: str
    version: str
    """As users say it, 1.36.3."""
    commands: tuple[str, ...]
    """The Go packages to build."""

    @property
    def directory(self) -> Path:
        """Where its go.mod lies."""
        return HERE / self.name

    @property
    def built(self) -> Path:
        """The directory of its executables, once they are built."""
        return cache() / f"{self.name}-{self.version}"

    @property
    def executables(self) -> tuple[str, ...]:
        """The files in `built`, in the order of the `tool` lines."""
        names = (_executable(command) for command in self.commands)
        return tuple("etcd" if name == "server" else name for name in names)

    @property
    def linker_flags(self) -> str:
        """For `go build -ldflags`."""
        major, minor = self.version.split(".")[:2]
        named = _LINKER_FLAGS.get(self.module, "")
        return f"-s -w {named.format(version=self.version, major=major, minor=minor)}".strip()


def _executable(command: str) -> str:
    """What `go build` calls the executable of a package: a major version's directory names none."""
    parts = command.split("/")
    return parts[-2] if re.fullmatch(r"v\d+", parts[-1]) else parts[-1]


def go(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the Go client in `directory`; what it prints is kept."""
    return subprocess.run(
        ["go", *arguments],
        cwd=directory,
        env=os.environ | {"GOWORK": "off"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def go_mod(directory: Path) -> Any:
    """A go.mod, as `go mod edit -json` has it."""
    return json.loads(go(directory, "mod", "edit", "-json").stdout)


def program(name: str) -> Program:
    """The program of a directory, read from its go.mod, which needs no Go client.

    Raises:
        KeyError: no such program.
    """
    if name not in ORDER:
        raise KeyError(name)
    lines = (HERE / name / "go.mod").read_text().splitlines()
    tools, required, block = [], {}, ""
    for line in lines:
        words = line.partition("//")[0].split()
        if words[:1] == [")"]:
            block = ""
        elif words[1:] == ["("]:
            block = words[0]
        elif words:
            verb, *rest = [block, *words] if block else words
            if verb == "tool":
                tools.append(rest[0])
            elif verb == "require":
                required[rest[0]] = rest[1]
    module = max((m for m in required if f"{tools[0]}/".startswith(f"{m}/")), key=len)
    return Program(name, module, required[module].removeprefix("v"), tuple(tools))
