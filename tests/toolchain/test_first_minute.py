"""Set-up as a newcomer has it: the real packages from the index, into a fresh clone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import PYTHON, ROOT

pytestmark = pytest.mark.full

KEPT = {
    name: value
    for name, value in os.environ.items()
    if name == "PATH" or name.startswith(("PIP_", "SSL_")) or name.lower().endswith("_proxy")
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that git has, in a directory whose name is not ASCII, without git."""
    directory = tmp_path / "mein Verzeichnis für Ärzte"
    directory.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    return directory


def make(directory: Path, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        ["make", *arguments],
        cwd=directory,
        env={**KEPT, "HOME": str(directory.parent / "home"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


WROTE = [f"Wrote cdktf.out/stacks/{stack}/cdk.tf.json" for stack in ("lovelace", "lovelace-state")]


@pytest.mark.parametrize("python", ["python3.11", "python3.12", "python3.13", "python3.14"])
@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_a_fresh_clone_synthesises(clone: Path, python: str, locale: str) -> None:
    found = shutil.which(python)
    if found is None or subprocess.run([found, "-V"], check=False, capture_output=True).returncode:
        pytest.skip(f"{python} is not there")
    said = make(clone, "synth", PYTHON=found, LC_ALL=locale)
    assert said.splitlines()[1:] == [
        "Installing uv into .venv",
        "Installing Python packages and Node 22 into .venv",
        *WROTE,
    ] or said.splitlines()[2:] == ["Installing Python packages into .venv", *WROTE]
    assert make(clone, "synth", PYTHON=found, LC_ALL=locale).splitlines() == WROTE


def test_cdktf_works_when_it_is_asked_for(clone: Path) -> None:
    made = (clone / "cdktf.out/stacks/lovelace/cdk.tf.json", clone / "expected.json")
    make(clone, "synth", PYTHON=str(PYTHON))
    made[0].rename(made[1])
    subprocess.run(
        ["tools/run", "cdktf", "synth"],
        cwd=clone,
        env={**KEPT, "HOME": str(clone.parent / "home"), "PYTHON": str(PYTHON), "CI": "1"},
        check=True,
        capture_output=True,
    )
    assert made[0].read_bytes() == made[1].read_bytes()


def test_without_a_home(clone: Path) -> None:
    said = make(clone, "synth", PYTHON=str(PYTHON), HOME="/dev/null/home")
    assert said.splitlines()[-2:] == WROTE
    assert list((clone / ".venv/eks-cluster").iterdir())
