"""`main.py` and the check tell every mistake before anything is written or called."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spec.bad import GOOD, add

ROOT = Path(__file__).parent.parent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one good cluster."""
    (tmp_path / "clusters").mkdir()
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "kube2iam.yaml").write_text("apiVersion: v1\nkind: List\n")
    add(tmp_path, "ada")
    return tmp_path


def run(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_main_tells_and_leaves_the_last_good_output_alone(root: Path) -> None:
    output = root / "cdktf.out" / "stacks" / "ada" / "cdk.tf.json"
    output.parent.mkdir(parents=True)
    output.write_text("the last good run's")
    add(root, "ada", GOOD.replace("vpc_cidr", "vpc_cird"))

    result = run(root, str(ROOT / "main.py"))

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "clusters/ada.yaml:4: vpc_cird: is not a key of the spec; did you mean vpc_cidr? "
        "rename or delete it\n"
    )
    assert output.read_text() == "the last good run's"


def test_main_tells_that_node_is_missing(root: Path) -> None:
    result = run(root, str(ROOT / "main.py"), JSII_NODE="/nowhere/node")
    assert (result.returncode, result.stderr) == (
        1,
        "/nowhere/node is not there; `make synth` brings Node 22, or install it\n",
    )


def test_main_tells_that_its_output_cannot_be_written(root: Path) -> None:
    (root / "cdktf.out").write_text("in the way")
    result = run(root, str(ROOT / "main.py"))
    assert result.returncode == 1
    assert result.stderr == (
        f"synth could not write: file exists, {root}/cdktf.out; every file in cdktf.out is whole\n"
    )
    assert (root / "cdktf.out").read_text() == "in the way"


def test_check_tells_problems_and_counts_what_is_fine(root: Path) -> None:
    add(root, "bob", "")
    fine = run(root, "-m", "constructs_lib.check", CLUSTERS="ada")
    assert (fine.returncode, fine.stdout, fine.stderr) == (
        0,
        "1 fine: ada\n",
        "clusters/bob.yaml:1: warning: is empty; "
        "copy another cluster's file and change name and ranges\n",
    )
    bad = run(root, "-m", "constructs_lib.check")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("clusters/bob.yaml:1: is empty;")


@pytest.mark.parametrize(
    "program", [[str(ROOT / "main.py")], ["-m", "constructs_lib.check"], ["-m", "adopt", "x"]]
)
def test_a_python_without_the_packages_is_told_where_they_are(
    root: Path, program: list[str]
) -> None:
    result = run(root, "-S", *program)  # -S: no installed packages
    assert result.returncode == 1
    assert re.fullmatch(
        r"\w+ is not installed here; `make synth` installs it, and \.venv/bin/python has it\n",
        result.stderr,
    )
