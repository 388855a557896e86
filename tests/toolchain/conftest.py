"""A checkout in miniature: the real Makefile and tools, around programs that only take notes."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MERMAID_LOCK = "tests/plan_review/mermaid/package-lock.json"
POSIX = [
    *(
        "awk",
        "cat",
        "chmod",
        "cmp",
        "cp",
        "cut",
        "dirname",
        "env",
        "find",
        "grep",
        "ln",
        "ls",
        "make",
    ),
    *("mkdir", "mktemp", "mv", "paste", "rm", "sed", "sh", "tr", "uname"),
]
PYTHON = Path(sys.executable).resolve()

FAKE_UV = Path(__file__).with_name("fake_uv.py")

NPM = """while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/.bin"
echo '{"packages": {}}' >"$2/node_modules/.package-lock.json"
printf '#!/bin/sh\\necho cdktf $*\\n' >"$2/node_modules/.bin/cdktf"
chmod +x "$2/node_modules/.bin/cdktf\""""


@dataclass(frozen=True)
class Checkout:
    path: Path
    bin: Path
    variables: dict[str, str] = field(default_factory=dict)

    def program(self, path: str | Path, body: str = "") -> None:
        """Write a shell script that notes its arguments in calls.log and then does `body`."""
        target = self.bin / path if isinstance(path, str) else self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(f'#!/bin/sh\necho "{target.name} $*" >>"{self.path}/calls.log"\n{body}\n')
        target.chmod(0o755)

    @property
    def uv(self) -> list[dict[str, Any]]:
        """How uv was called: its arguments, and the variables that count."""
        log = self.path / "uv.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    @property
    def calls(self) -> list[str]:
        log = self.path / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        return {**kept, **self.variables, "PATH": str(self.bin)}

    def run(
        self, *command: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.path,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def lay_out(path: Path, programs: Path) -> Checkout:
    """Lock files, tools and Makefile in `path`; in `programs` the standard tools only."""
    path.mkdir()
    programs.mkdir()
    (path / "tests/plan_review/mermaid").mkdir(parents=True)
    for name in ("Makefile", "package-lock.json", "pyproject.toml", MERMAID_LOCK):
        shutil.copy(ROOT / name, path / name)
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (path / "clusters").mkdir()
    (path / "clusters" / "lovelace.yaml").touch()
    for name in POSIX:
        (programs / name).symlink_to(str(shutil.which(name)))
    return Checkout(path, programs)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout with nothing installed, and on PATH the standard tools only."""
    return lay_out(tmp_path / "check out", tmp_path / "bin")


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `fake_uv` as a package of uv's name, and the lock file that asks for it."""
    directory = tmp_path_factory.mktemp("index")
    (version,) = re.findall(r"^uv==(\S+)", (ROOT / "requirements/uv.txt").read_text(), re.MULTILINE)
    wheel, info = directory / f"uv-{version}-py3-none-any.whl", f"uv-{version}.dist-info"
    files = {
        "uv.py": FAKE_UV.read_text(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: uv\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nuv = uv:main\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
        archive.writestr(f"{info}/RECORD", record)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (directory / "uv.txt").write_text(f"uv=={version} \\\n    --hash=sha256:{digest}\n")
    return directory


def equip(checkout: Checkout, index: Path) -> Checkout:
    """Put Python and Node 22 on PATH, and lock the uv of the index."""
    shutil.copy(index / "uv.txt", checkout.path / "requirements/uv.txt")
    (checkout.bin / "python3").symlink_to(PYTHON)
    checkout.program("node", '[ "$1" != --version ] || echo v22.20.0')
    checkout.program("npm", NPM)
    checkout.variables.update({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)})
    return checkout


@pytest.fixture
def fresh(checkout: Checkout, index: Path) -> Checkout:
    """A checkout in which set-up can run: Python, Node 22, and an index with `fake_uv`."""
    return equip(checkout, index)


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory, index: Path) -> Path:
    """The .venv that `tools/setup runtime` made in some checkout."""
    directory = tmp_path_factory.mktemp("done")
    checkout = equip(lay_out(directory / "check out", directory / "bin"), index)
    result = checkout.run("tools/setup", "runtime")
    assert result.returncode == 0, result.stderr
    return checkout.path / ".venv"


@pytest.fixture
def ready(fresh: Checkout, done: Path) -> Checkout:
    """The same after `tools/setup runtime`."""
    venv = fresh.path / ".venv"
    shutil.copytree(done, venv, symlinks=True)
    stamp = (venv / "set-up.json").read_text()
    (venv / "set-up.json").write_text(stamp.replace(str(done), str(venv)))
    return fresh


@pytest.fixture
def installed(checkout: Checkout) -> Checkout:
    """The same after `tools/setup test`: every stamp in place, Node 22 on the machine."""
    venv = checkout.path / ".venv"
    checkout.program(Path(".venv/bin/eks-cluster"))
    (venv / "bin/python").symlink_to(PYTHON)
    locks = {name: f"requirements/{name}.txt" for name in ("uv", "runtime", "test")}
    locks["project"] = "pyproject.toml"
    locks = {name: digest(checkout.path / path) for name, path in locks.items()}
    python = [str(venv.resolve()), str(PYTHON), sys.version]
    (venv / "set-up.json").write_text(json.dumps({"python": python, "locks": locks, "entries": []}))
    for lock in (checkout.path / "package-lock.json", checkout.path / MERMAID_LOCK):
        (lock.parent / "node_modules").mkdir()
        (lock.parent / "node_modules/installed.txt").write_text(digest(lock))
        (lock.parent / "node_modules/.package-lock.json").write_text('{"packages": {}}')
    checkout.program("node", "echo v22.20.0")
    checkout.program("npm")
    checkout.program("cdktf")
    return checkout


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
