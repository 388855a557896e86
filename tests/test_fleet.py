"""Many clusters are synthesised by several processes, and nobody can tell."""

import errno
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from constructs_lib import app
from constructs_lib.spec.fleet import Fleet
from tests import golden, synthesis

NAMES = ["hopper", "lovelace", "wu"]

FULL_DISK = """const fs = require("fs"), write = fs.writeFileSync;
fs.writeFileSync = (path, ...rest) => {
  if (!String(path).endsWith("%s")) return write(path, ...rest);
  throw new Error("ENOSPC: no space left on device, write");
};"""
"""A module for Node in which one file finds no room."""

WAITING = """const fs = require("fs"), write = fs.writeFileSync;
fs.writeFileSync = (path, ...rest) => {
  write("%s", "");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};"""
"""A module for Node that says it is about to write, and never does."""

STARTING = """require("fs").writeFileSync("%s", "");
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"""
"""Another, that says Node is there, and lets it go no further."""


@dataclass(frozen=True)
class Project:
    """A directory with one cluster, in which `main.py` runs as users run it."""

    path: Path

    def start(self, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(synthesis.ROOT / "main.py")],
            cwd=self.path,
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def synth(self, **variables: str) -> subprocess.CompletedProcess[str]:
        running = self.start(**variables)
        _, said = running.communicate(timeout=60)
        return subprocess.CompletedProcess([], running.returncode, "", said)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    monkeypatch.delenv("CLUSTERS", raising=False)
    path = tmp_path / "project"
    (path / "clusters").mkdir(parents=True)
    (path / "clusters" / "ada.yaml").write_text(
        synthesis.as_yaml(None, {"kube2iam": {"enabled": False}})
    )
    return Project(path)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Three of the golden clusters, to be written to the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    specs = [golden.spec(case).read_text(encoding="utf-8") for case in golden.cases()]
    clusters = {synthesis.name_of(spec): spec for spec in specs}
    return Fleet(tuple(synthesis.read(clusters[name]) for name in NAMES), ())


def written(out: Path) -> dict[str, bytes]:
    """What stands in `out`, by path."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }


def test_processes_write_what_one_would_and_touch_nothing_else(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDKTF_OUTDIR", "by-one")
    app.write(fleet)
    state = Path("by-three", "stacks", "wu", "terraform.wu.tfstate")
    state.parent.mkdir(parents=True)
    state.touch()

    monkeypatch.setattr(app, "CLUSTERS_PER_PROCESS", 1)
    monkeypatch.setattr(app, "_cores", lambda: 3)
    monkeypatch.setenv("CDKTF_OUTDIR", "by-three")
    app.write(fleet)

    by_one, by_three = written(Path("by-one")), written(Path("by-three"))
    assert by_three.pop("stacks/wu/terraform.wu.tfstate") == b""
    assert by_three == by_one
    assert len(json.loads(by_one["manifest.json"])["stacks"]) == 5
    assert sorted(path.name for path in Path("by-three").iterdir()) == ["manifest.json", "stacks"]


def test_directories_of_other_stacks_are_never_touched(fleet: Fleet) -> None:
    app.write(fleet)
    before = written(Path("cdktf.out"))
    working = Path("cdktf.out", "stacks", "hopper", ".terraform", "providers")
    working.mkdir(parents=True)
    standing = working.parent.stat().st_ino

    assert app.write(Fleet(fleet.clusters[1:2], ())) == ["lovelace", "lovelace-state"]

    assert working.parent.stat().st_ino == standing
    after = written(Path("cdktf.out"))
    assert after.pop("manifest.json") != before.pop("manifest.json")
    assert after == before


@pytest.mark.parametrize("file", ["cdk.tf.json", "manifest.json"])
def test_a_full_disk_is_one_line_and_the_last_good_files_stay(
    project: Project, file: str, tmp_path: Path
) -> None:
    assert project.synth().returncode == 0
    before = written(project.path / "cdktf.out")
    hook = tmp_path / "full.cjs"
    hook.write_text(FULL_DISK % file)

    result = project.synth(NODE_OPTIONS=f"--require {hook}", CLUSTERS="")

    assert (result.returncode, result.stderr) == (
        1,
        "synth could not write: no space left on device, write; every file in cdktf.out is whole\n",
    )
    assert written(project.path / "cdktf.out") == before


@pytest.mark.parametrize("module", [WAITING, STARTING], ids=["at work", "starting"])
def test_ctrl_c_is_one_line_and_the_last_good_files_stay(
    module: str, project: Project, tmp_path: Path
) -> None:
    assert project.synth().returncode == 0
    before = written(project.path / "cdktf.out")
    here = tmp_path / "node-is-here"
    hook = tmp_path / "wait.cjs"
    hook.write_text(module % str(here))
    running = project.start(NODE_OPTIONS=f"--require {hook}")
    while not here.exists() and running.poll() is None:
        os.sched_yield()
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does it: Node is told too

    _, said = running.communicate(timeout=60)

    assert (running.returncode, said) == (1, "interrupted; every file in cdktf.out is whole\n")
    assert written(project.path / "cdktf.out") == before


def test_the_end_of_node_is_one_line_and_the_last_good_files_stay(
    project: Project, tmp_path: Path
) -> None:
    assert project.synth().returncode == 0
    before = written(project.path / "cdktf.out")
    hook = tmp_path / "end.cjs"
    hook.write_text('require("fs").writeFileSync = () => process.exit(137);')

    running = project.start(NODE_OPTIONS=f"--require {hook}")
    _, said = running.communicate(timeout=60)

    assert (running.returncode, said) == (
        1,
        "synth could not write: Node ended, for want of memory perhaps;"
        " every file in cdktf.out is whole\n",
    )
    assert written(project.path / "cdktf.out") == before


def test_cluster_that_cannot_be_written_leaves_the_others_as_they_were(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "CLUSTERS_PER_PROCESS", 1)
    monkeypatch.setattr(app, "_cores", lambda: 3)
    broken = next(cluster for cluster in fleet.clusters if cluster.spec.manifests)
    broken.manifests.clear()  # the loader would have refused it

    with pytest.raises(KeyError, match="storage-class"):
        app.write(fleet)

    assert written(Path("cdktf.out")) == {}


def test_path_that_cannot_be_written_is_told_as_it_is_spelled(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Fleet) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/Users/Ada/cdktf.out")

    monkeypatch.setattr(app, "checked", lambda **_: fleet)
    monkeypatch.setattr(app, "write", refuse)
    assert app.synthesize() == 1
    assert capsys.readouterr().err == (
        "synth could not write: permission denied, /Users/Ada/cdktf.out; "
        "every file in cdktf.out is whole\n"
    )
