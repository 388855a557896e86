import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT

PINS = re.compile(r"^(\S+)==([^\s;]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PINS.findall((ROOT / f"requirements/{name}.txt").read_text()))


@pytest.mark.parametrize("name", ["runtime", "test", "node"])
def test_every_requirement_is_locked_with_hashes(name: str) -> None:
    lock = (ROOT / f"requirements/{name}.txt").read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if entry.strip()]
    assert len(entries) == len(PINS.findall(lock))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock


def test_the_tests_run_on_the_versions_that_synth_runs_on() -> None:
    assert pins("runtime").items() <= pins("test").items()


def test_the_command_line_and_the_library_are_one_version_and_nothing_is_built() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert packages["node_modules/cdktf-cli"]["version"] == pins("runtime")["cdktf"]
    assert [name for name, package in packages.items() if package.get("hasInstallScript")] == [
        "node_modules/@cdktf/node-pty-prebuilt-multiarch"
    ]
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_cdktf_runs_the_app_from_the_virtual_environment_and_reports_nothing() -> None:
    settings = json.loads((ROOT / "cdktf.json").read_text())
    assert settings["language"] == "python"
    assert settings["app"] == ".venv/bin/python main.py"
    assert settings["sendCrashReports"] == "false"
    assert settings["projectId"]


@pytest.mark.parametrize(
    "script",
    [ROOT / "tools/run", ROOT / "tools/setup", ROOT / "tools/machine", ROOT / ".ci/run"],
    ids=lambda path: path.name,
)
def test_scripts_are_executable_and_pass_shellcheck(script: Path) -> None:
    assert script.stat().st_mode & 0o111 == 0o111
    shellcheck = Path(sys.executable).parent / "shellcheck"
    result = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)
    assert result.stdout == ""


def test_the_workflow_may_only_read() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert not [job for job in workflow["jobs"].values() if "permissions" in job]


def test_pre_commit_runs_local_hooks_only() -> None:
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in settings["repos"]] == ["local"]
    entries = [hook["entry"] for hook in settings["repos"][0]["hooks"]]
    assert all(entry.startswith(".venv/bin/") for entry in entries)


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("constructs_lib/naming.py", "import cdktf", 1),
        ("constructs_lib/__init__.py", "import constructs_lib.stack", 1),
        ("constructs_lib/networking/__init__.py", "import constructs_lib.nodes", 2),
        ("constructs_lib/unplaced.py", "", 1),
        ("plan_review/plan/change.py", "import constructs_lib.naming", 1),
        ("plan_review/facts/cidr.py", "import plan_review.rules", 2),
        ("commands/environment.py", "import commands.terraform", 1),
    ],
)
def test_the_import_contracts_bite(tmp_path: Path, module: str, line: str, broken: int) -> None:
    lint = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("adopt", "commands", "constructs_lib", "plan_review"):
        shutil.copytree(ROOT / package, tmp_path / package)
    before = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert before.returncode == 0, before.stdout
    with (tmp_path / module).open("a") as source:
        source.write(f"\n{line}\n")
    after = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f" {broken} broken." in after.stdout
