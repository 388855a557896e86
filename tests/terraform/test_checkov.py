"""Checkov over the plans of lovelace and of examples/production.yaml.

Checkov runs in an environment of its own, `bench/checkov/requirements.txt`, which the test makes in
the user's cache: its hundred packages fit beside nothing else. What fails has to be argued in
docs/security.md.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests import golden, synthesis
from tests.emulator.aws import AwsEmulator
from tests.requirements import require
from tests.synthesis import ROOT
from tests.terraform.project import Project
from tests.terraform.test_examples import with_what_is_there

pytestmark = pytest.mark.full

REQUIREMENTS = ROOT / "bench" / "checkov" / "requirements.txt"
PAGE = ROOT / "docs" / "security.md"
CHAPTER = ROOT / "tests" / "adoption" / "chapter7"
CASES = {"lovelace": synthesis.LOVELACE, "production": golden.EXAMPLES / "production.yaml"}


@pytest.fixture(scope="module")
def checkov(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, of the pinned version."""
    if "CHECKOV" in os.environ:
        return Path(os.environ["CHECKOV"])
    home = tmp_path_factory.mktemp("checkov")
    uv = str(Path(sys.executable).with_name("uv"))
    for command in (
        [uv, "venv", "--quiet", str(home)],
        [uv, "pip", "install", "--quiet", "--python", str(home), "-r", str(REQUIREMENTS)],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        require(done.returncode == 0, f"checkov cannot be installed: {done.stderr}")
    return home / "bin" / "checkov"


def said_by(checkov: Path, *arguments: str) -> dict[str, Any]:
    """What it says, as JSON; its exit code is 1 where a check fails."""
    said = subprocess.run(
        [checkov, *arguments, "-o", "json", "--skip-download"],
        check=False,
        capture_output=True,
        text=True,
        cwd=checkov.parent,
    ).stdout
    results: dict[str, Any] = json.loads(said)
    return results


def counts(results: dict[str, Any]) -> str:
    """The numbers, as the page says them."""
    summary = results["summary"]
    return f"{summary['failed']} failed of {summary['passed'] + summary['failed']}"


def argued(case: str) -> dict[str, set[str]]:
    """What docs/security.md argues of a case: the addresses by the check."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (CKV2?_AWS_\d+) \| ([^|]*) \| ([^|]*) \|", text, re.MULTILINE)
    of_case = {"lovelace": 1, "production": 2}[case]
    found = {row[0]: set(re.findall(r"`([^`]+)`", row[of_case])) for row in rows}
    return {check: addresses for check, addresses in found.items() if addresses}


@pytest.mark.usefixtures("kubernetes")
@pytest.mark.parametrize("case", CASES)
def test_what_checkov_says_is_argued(
    case: str, checkov: Path, tmp_path: Path, aws: AwsEmulator
) -> None:
    text = with_what_is_there(CASES[case].read_text(encoding="utf-8"), aws)
    text = re.sub(r"(?m)^state:\n( .*\n)+", "", text)
    project = Project(tmp_path / "project", aws, {case: text})
    project.synth()
    project.init(case)
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(project.plan(case)))
    results = said_by(checkov, "-f", str(file), "--framework", "terraform_plan")
    failed: dict[str, set[str]] = defaultdict(set)
    for each in results["results"]["failed_checks"]:
        failed[each["check_id"]].add(each["resource"])
    for check, addresses in sorted(failed.items()):
        sys.stdout.write(f"CHECKOV {case} {check}: {', '.join(sorted(addresses))}\n")

    assert dict(failed) == argued(case)
    assert counts(results) in PAGE.read_text(encoding="utf-8")


def test_the_chapters_own_files_are_counted_beside_them(checkov: Path) -> None:
    results = said_by(checkov, "-d", str(CHAPTER), "--framework", "terraform")

    assert counts(results) in PAGE.read_text(encoding="utf-8")
