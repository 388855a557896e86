"""A checkout in miniature: the real Makefile and tools, around programs that only take notes."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MERMAID_LOCK = "tests/plan_review/mermaid/package-lock.json"
POSIX = [
    *("awk", "cat", "chmod", "cmp", "cp", "cut", "dirname", "find", "grep", "ln", "ls", "make"),
    *("mkdir", "mktemp", "paste", "rm", "sed", "sh", "tr", "uname"),
]


@dataclass(frozen=True)
class Checkout:
    path: Path
    bin: Path

    def program(self, path: str | Path, body: str = "") -> None:
        """Write a shell script that notes its arguments in calls.log and then does `body`."""
        target = self.bin / path if isinstance(path, str) else self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(f'#!/bin/sh\necho "{target.name} $*" >>"{self.path}/calls.log"\n{body}\n')
        target.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        log = self.path / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    def run(
        self, *command: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        return subprocess.run(
            command,
            cwd=self.path,
            env={**kept, "PATH": str(self.bin), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Lock files, tools and Makefile; on PATH the standard tools only; nothing installed."""
    path, programs = tmp_path / "check out", tmp_path / "bin"
    path.mkdir()
    programs.mkdir()
    (path / "tests/plan_review/mermaid").mkdir(parents=True)
    for name in ("Makefile", "package-lock.json", MERMAID_LOCK):
        shutil.copy(ROOT / name, path / name)
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, path / name)
    (path / "clusters").mkdir()
    (path / "clusters" / "lovelace.yaml").touch()
    for name in POSIX:
        (programs / name).symlink_to(str(shutil.which(name)))
    return Checkout(path, programs)


@pytest.fixture
def installed(checkout: Checkout) -> Checkout:
    """The same after `tools/setup test`: every stamp in place, Node 22 on the machine."""
    checkout.program(Path(".venv/bin/python"))
    checkout.program(Path(".venv/bin/eks-cluster"))
    (checkout.path / ".venv/made-in").write_text(f"{checkout.path.resolve()}\n")
    for name in ("runtime", "test"):
        shutil.copy(
            checkout.path / f"requirements/{name}.txt",
            checkout.path / f".venv/installed-{name}.txt",
        )
    for lock in (checkout.path / "package-lock.json", checkout.path / MERMAID_LOCK):
        (lock.parent / "node_modules").mkdir()
        shutil.copy(lock, lock.parent / "node_modules/installed.json")
    checkout.program("node", "echo v22.20.0")
    checkout.program("npm")
    checkout.program("cdktf")
    return checkout
