"""The two wheels: what is in them, and that they are enough without a checkout."""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import synthesis

ROOT = synthesis.ROOT
HOW_TO = ROOT / "docs" / "how-to"
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of a how-to, as they are typed."""
    text = (HOW_TO / document).read_text(encoding="utf-8")
    found = [(match[2], match[1], match[3]) for match in BLOCK.finditer(text)]
    return [
        "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        for name, indent, body in found
        if name == language
    ]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheels")
    for project in (ROOT, ROOT / "plan_review"):
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    return directory


@pytest.fixture(scope="module")
def installed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheels, followed from the how-to; its project beside it."""
    project = tmp_path_factory.mktemp("a team's")
    (requirements,) = blocks("your-own-repository.md", "text")
    (project / "requirements.txt").write_text(requirements)
    variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_NO_DEPS": "1"}
    run(project, blocks("your-own-repository.md", "sh")[1], **variables)
    # in place of an index: what the wheels need is in the environment of the tests
    packages = next((project / ".venv/lib").glob("python3*/site-packages"))
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "needed.pth").write_text(f"{here}\n")
    return project


def run(project: Path, script: str, **variables: str) -> str:
    kept = ("HOME", "PATH", "TMPDIR", "XDG_CACHE_HOME")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    done = subprocess.run(
        ["sh", "-e"],
        input=script,
        cwd=project,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_wheel_holds_what_it_needs_and_no_more(wheels: Path) -> None:
    names = {
        path.name.partition("-")[0]: {
            name for name in zipfile.ZipFile(path).namelist() if ".dist-info/" not in name
        }
        for path in wheels.glob("*.whl")
    }
    assert set(names) == {"eks_cluster", "eks_cluster_plan_review"}
    tops = {name.partition("/")[0] for name in names["eks_cluster"]}
    assert tops == {"adopt", "commands", "constructs_lib"}
    assert {
        "constructs_lib/files/manifests/kube2iam.yaml",
        "constructs_lib/files/packer/node-image.json",
        "constructs_lib/kubectl/apply.sh",
    } <= names["eks_cluster"]
    tracked = {
        path.relative_to(ROOT).as_posix()
        for package in ("adopt", "commands", "constructs_lib", "plan_review")
        for path in (ROOT / package).rglob("*.py")
    }
    assert tracked <= names["eks_cluster"] | names["eks_cluster_plan_review"]
    assert names["eks_cluster_plan_review"] == {n for n in tracked if n.startswith("plan_review/")}


def test_the_wheels_are_of_one_version_and_ask_for_what_is_locked() -> None:
    main, review = (
        (ROOT / path).read_text() for path in ("pyproject.toml", "plan_review/pyproject.toml")
    )
    (version,) = re.findall(r'^version = "(.+)"$', main, re.MULTILINE)
    assert re.findall(r'^version = "(.+)"$', review, re.MULTILINE) == [version]
    asked = re.findall(
        r'^  "(.+)",$', main.partition("dependencies = [")[2].partition("]")[0], re.M
    )
    lines = (ROOT / "requirements/runtime.in").read_text().splitlines()
    locked = [line for line in lines if not line.startswith("#") and line != "hatchling"]
    assert sorted(asked) == sorted([*locked, f"eks-cluster-plan-review=={version}"])
    assert f"eks-cluster[node]=={version}\n" in blocks("your-own-repository.md", "text")


def test_a_repository_of_a_teams_own(installed: Path) -> None:
    run(installed, blocks("your-own-repository.md", "sh")[2])

    text = (installed / "clusters/grace.yaml").read_text(encoding="utf-8")
    written = (installed / "cdktf.out/stacks/grace/cdk.tf.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(synthesis.stacks(text)["grace"])
    assert (installed / "clusters/schema.json").exists()
    assert sorted(path.name for path in installed.iterdir()) == [
        *(".venv", "cdktf.out", "clusters", "requirements.txt")
    ]


def test_the_plan_review_needs_nothing_else(wheels: Path, tmp_path: Path) -> None:
    (wheel,) = wheels.glob("eks_cluster_plan_review-*.whl")
    with gzip.open(ROOT / "tests/plan_review/plans/01_create_all.json.gz") as plan:
        (tmp_path / "plan.json").write_bytes(plan.read())
    code = "from plan_review.__main__ import main; raise SystemExit(main(['plan.json']))"
    command = [sys.executable, "-ISc", f"import sys; sys.path.insert(0, {str(wheel)!r}); {code}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "aws_eks_cluster.control_plane" in done.stdout


def test_this_package_in_another_app(installed: Path, tmp_path: Path) -> None:
    *_, app, test = blocks("your-own-resources.md", "python")
    (tmp_path / "clusters").mkdir()
    shutil.copy(ROOT / "clusters/lovelace.yaml", tmp_path / "clusters")
    (tmp_path / "main.py").write_text(app)
    (tmp_path / "test_main.py").write_text(test)
    python = shlex.quote(str(installed / ".venv/bin/python"))

    run(tmp_path, f"{python} -m pytest -q -p no:cacheprovider test_main.py")
    run(tmp_path, f"{python} main.py")

    written = sorted(path.name for path in (tmp_path / "cdktf.out/stacks").iterdir())
    assert written == ["lovelace", "orders"]


def test_a_construct_of_ones_own_in_a_checkout(tmp_path: Path) -> None:
    construct, line, test, *_ = blocks("your-own-resources.md", "python")
    for name in ("constructs_lib", "manifests", "clusters", "packer"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    (tmp_path / "constructs_lib/audit_bucket.py").write_text(construct)
    stack = tmp_path / "constructs_lib/stack.py"
    text = stack.read_text()
    assert text.count("        outputs.of_cluster(") == 1
    text = text.replace("        outputs.of_cluster(", f"{line}        outputs.of_cluster(")
    before = "from constructs_lib.bastion import Bastion\n"
    assert before in text
    new = "from constructs_lib.audit_bucket import AuditBucket\n"
    stack.write_text(text.replace(before, new + before))
    (tmp_path / "test_audit_bucket.py").write_text(test)

    run(
        tmp_path,
        f"{shlex.quote(sys.executable)} -P -m pytest -q -p no:cacheprovider",
        PYTHONPATH=str(tmp_path),
    )
