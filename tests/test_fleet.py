"""Many clusters are synthesised by several processes, and nobody can tell."""

import errno
import json
from pathlib import Path

import pytest

from constructs_lib import app
from constructs_lib.spec.fleet import Fleet
from tests import golden, synthesis

NAMES = ["hopper", "lovelace", "wu"]


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Three of the golden clusters, to be written to the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)
    specs = [(case / golden.SPEC).read_text(encoding="utf-8") for case in golden.cases()]
    clusters = {synthesis.name_of(spec): synthesis.read(spec) for spec in specs}
    return Fleet(tuple(clusters[name] for name in NAMES), ())


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


def test_cluster_that_cannot_be_written_leaves_the_others_as_they_were(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "CLUSTERS_PER_PROCESS", 1)
    monkeypatch.setattr(app, "_cores", lambda: 3)
    broken = fleet.clusters[2]
    broken.manifests.clear()  # the loader would have refused it

    with pytest.raises(KeyError, match="kube2iam"):
        app.write(fleet)

    assert written(Path("cdktf.out")) == {}


def test_path_that_cannot_be_written_is_told_as_it_is_spelled(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Fleet) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/Users/Ada/cdktf.out")

    monkeypatch.setattr(app, "checked", lambda: fleet)
    monkeypatch.setattr(app, "write", refuse)
    assert app.synthesize() == 1
    assert capsys.readouterr().err == (
        "cdktf.out cannot be written: permission denied, /Users/Ada/cdktf.out; "
        "make it writable or remove it\n"
    )
