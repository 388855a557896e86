"""`eks-cluster synth`: what it prints, beside what tests/test_fleet.py says of the files."""

import os
from pathlib import Path

import pytest

from commands import cli
from tests import synthesis


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two clusters, one of them with a stack for its state."""
    for name in ("CDKTF_OUTDIR", "CLUSTERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    synthesis.copy_manifests(tmp_path)
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "ada.yaml").write_text(synthesis.as_yaml(None, {}))
    (tmp_path / "clusters" / "lovelace.yaml").write_text(synthesis.LOVELACE.read_text())
    return tmp_path


def test_synth_ends_by_naming_the_files(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["synth"]) == 0
    assert capsys.readouterr() == (
        "Wrote cdktf.out/stacks/ada/cdk.tf.json\n"
        "Wrote cdktf.out/stacks/lovelace/cdk.tf.json\n"
        "Wrote cdktf.out/stacks/lovelace-state/cdk.tf.json\n",
        "",
    )
    assert cli.main(["synth", "ada"]) == 0
    assert capsys.readouterr() == ("Wrote cdktf.out/stacks/ada/cdk.tf.json\n", "")
    monkeypatch.setenv("CDKTF_OUTDIR", str(project / "elsewhere"))
    assert cli.main(["synth", "ada"]) == 0
    assert capsys.readouterr().out == f"Wrote {project}/elsewhere/stacks/ada/cdk.tf.json\n"


def test_a_stack_whose_spec_is_gone_is_named_and_stays(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = project / "cdktf.out" / "stacks" / "grace"
    gone.mkdir(parents=True)
    for command in (["synth"], ["synth", "ada"]):
        assert cli.main(command) == 0
        assert capsys.readouterr().err == (
            "cdktf.out/stacks/grace has no spec any more; "
            "if its cluster is gone too: rm -r cdktf.out/stacks/grace\n"
        )
    assert gone.is_dir()


def test_problems_of_a_spec_are_said_once_and_nothing_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "clusters" / "ada.yaml").write_text("name: ada\nregion: [\n")
    assert cli.main(["synth"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split(":")[0] for line in captured.err.splitlines()] == ["clusters/ada.yaml"]
    assert not os.path.lexists(project / "cdktf.out")
