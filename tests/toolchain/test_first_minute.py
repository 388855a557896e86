"""Set-up as a newcomer has it: the real packages from the index, into a fresh clone."""

import os
import shutil
import subprocess
import tempfile
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


@pytest.mark.parametrize("kind", ["worktree", "submodule"])
def test_where_git_keeps_its_directory_elsewhere(clone: Path, tmp_path: Path, kind: str) -> None:
    by = ["-c", "user.name=n", "-c", "user.email=e", "-c", "protocol.file.allow=always"]
    outer = tmp_path / "äußeres"
    add = {
        "worktree": ["worktree", "add", "--quiet", "--detach", str(outer)],
        "submodule": ["-C", str(outer), "submodule", "--quiet", "add", str(clone), "inner"],
    }[kind]
    for arguments in (
        ["init", "--quiet"],
        ["add", "."],
        ["commit", "--quiet", "--no-verify", "-m", "first"],
        *([["init", "--quiet", str(outer)]] if kind == "submodule" else []),
        add,
    ):
        subprocess.run(["git", *by, *arguments], cwd=clone, check=True, capture_output=True)
    directory = outer / "inner" if kind == "submodule" else outer
    assert (directory / ".git").is_file()
    assert make(directory, "synth", PYTHON=str(PYTHON)).splitlines()[-2:] == WROTE


def mounting(clone: Path, mount: str, **variables: str) -> str:
    """What `make synth` says where `mount`, in the clone, has gone before, for it alone."""
    shell = ["unshare", "--mount", "sh", "-ec"]
    if subprocess.run([*shell, "mount -t tmpfs none /mnt"], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    done = subprocess.run(
        [*shell, f'{mount}; cd "$PWD"; exec make synth'],
        cwd=clone,
        env={**KEPT, "HOME": str(clone.parent / "home"), "PYTHON": str(PYTHON), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_where_nothing_may_be_executed_in_tmp(clone: Path, tmp_path: Path) -> None:
    aside = tmp_path / "tmp"
    aside.mkdir()
    mount = f"mount -t tmpfs -o noexec none {aside}"
    assert mounting(clone, mount, TMPDIR=str(aside)).splitlines()[-2:] == WROTE


def test_a_checkout_that_has_everything_may_be_read_only(clone: Path, tmp_path: Path) -> None:
    make(clone, "synth", PYTHON=str(PYTHON))
    mount = 'mount --bind "$PWD" "$PWD"; mount -o remount,bind,ro "$PWD"'
    aside = str(tmp_path / "out")
    said = mounting(clone, mount, CDKTF_OUTDIR=aside)
    assert said.splitlines() == [line.replace("cdktf.out", aside) for line in WROTE]


@pytest.mark.parametrize("home", ["/", "/nonexistent"])
def test_a_user_whom_the_machine_does_not_know(clone: Path, home: str) -> None:
    """As in Docker with `--user`, and on OpenShift."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root, and setpriv of util-linux")
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    fits = "import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))"
    if python is None or subprocess.run([python, "-Ic", fits], check=False).returncode:
        pytest.skip("needs a Python that everybody may run")
    with tempfile.TemporaryDirectory() as aside:  # pytest's own is for this user alone
        directory = Path(aside) / clone.name
        shutil.move(clone, directory)
        for path in (Path(aside), directory, *directory.rglob("*")):
            os.chown(path, 12345, 12345)
        done = subprocess.run(
            ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", "make", "synth"],
            cwd=directory,
            env={**KEPT, "HOME": home, "PYTHON": python},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-2:] == WROTE


def test_the_variables_of_another_project_lead_no_command_elsewhere(
    clone: Path, tmp_path: Path
) -> None:
    (tmp_path / "yaml.py").write_text("raise SystemExit('a foreign module was read')\n")
    variables = {
        "PYTHONPATH": str(tmp_path),
        "PYTHONSAFEPATH": "1",
        "PYTHONOPTIMIZE": "2",
        "CDPATH": str(tmp_path),
    }
    written = (clone / "clusters/schema.json").read_bytes()
    make(clone, "schema", PYTHON=str(PYTHON), **variables)
    assert (clone / "clusters/schema.json").read_bytes() == written
    assert make(clone, "synth", PYTHON=str(PYTHON), **variables).splitlines() == WROTE
