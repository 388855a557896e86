"""What the tests ask of the machine, and what they do not take from it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requirements import ALL_MUST_RUN, require, take_terraforms_settings_out_of
from tests.synthesis import ROOT


def test_settings_that_are_not_there_and_what_changes_commands_is_taken_out(tmp_path: Path) -> None:
    settings = tmp_path / "terraformrc"
    settings.touch()
    kept = {
        "TF_CLI_CONFIG_FILE": str(settings),
        "TF_PLUGIN_CACHE_DIR": "/cache",
        "PATH": "/bin",
        "TFENV": "x",
    }
    environment = {
        **kept,
        "TF_CLI_ARGS_plan": "-detailed-exitcode",
        "TF_DATA_DIR": "/data",
        "TF_LOG": "trace",
        "TF_VAR_cluster_name": "other",
        "TF_WORKSPACE": "dev",
    }

    take_terraforms_settings_out_of(environment)

    assert environment == kept
    settings.unlink()
    take_terraforms_settings_out_of(environment)
    assert "TF_CLI_CONFIG_FILE" not in environment


def test_every_test_runs_without_them(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, tests.conftest; print(os.environ.get('TF_CLI_CONFIG_FILE'))",
        ],
        cwd=ROOT,
        env={**os.environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout == "None\n"


def test_what_is_missing_skips_a_test_or_fails_it(monkeypatch: pytest.MonkeyPatch) -> None:
    require(True, "never said")
    monkeypatch.delenv(ALL_MUST_RUN, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"^no terraform$"):
        require(False, "no terraform")
    monkeypatch.setenv(ALL_MUST_RUN, "1")
    with pytest.raises(pytest.fail.Exception, match=r"no terraform .and REQUIRE_E2E=1 forbids"):
        require(False, "no terraform")
