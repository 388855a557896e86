"""docs/how-to/adopt-a-cluster.md, followed to the letter from an empty directory."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from adopt.state import read
from adopt.takeover import take_over
from commands.offline_plan import OfflinePlanner
from tests import synthesis
from tests.adoption.conftest import CHAPTER, NAME, Chapter
from tests.adoption.test_variants import EDITS, edited
from tests.terraform.project import changed

pytestmark = pytest.mark.full

PAGE = (synthesis.ROOT / "docs" / "how-to" / "adopt-a-cluster.md").read_text(encoding="utf-8")

OTHERWISE = ("replace-provider", "state rm", "kubectl", "terraform import")
"""In the blocks for those to whom something else has happened."""


def commands(chapter: Chapter) -> list[tuple[Path, str]]:
    """The page's commands in their order, each with the directory that the page names for it."""
    owner, project = chapter.directory, chapter.project.path
    found = [
        line.replace("<code>", str(owner)).replace("<cluster>", NAME)
        for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        if not any(other in block for other in OTHERWISE)
        for line in block.splitlines()
    ]
    return [(owner if line.startswith("terraform ") else project, line) for line in found]


@pytest.fixture
def typing(chapter: Chapter) -> Chapter:
    """A PATH with `eks-cluster`, and a Terraform that asks nothing."""
    command = chapter.project.path / "bin" / "eks-cluster"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m commands "$@"\n')
    command.chmod(0o755)
    chapter.project.environment["TF_CLI_ARGS_apply"] = "-auto-approve -input=false"
    return chapter


def run(chapter: Chapter, directory: Path, command: str) -> str:
    return chapter.project.run("bash", "-ec", command, directory=directory)


def test_the_chapters_cluster_is_taken_over(typing: Chapter) -> None:
    said = {}
    for directory, line in commands(typing):
        said[" ".join(line.split()[:2])] = run(typing, directory, line)

    assert "the plan of this spec on this state changes nothing in AWS" in said["eks-cluster adopt"]
    assert (typing.project.path / "clusters" / f"{NAME}.yaml").exists()
    changes = said["eks-cluster plan"].partition("\nChanges\n")[2]
    assert "1 to forget \u00b7 1 to add\n" in said["eks-cluster plan"]
    assert "forget null_resource.kube2iam" in changes
    assert "create null_resource.aws_auth" in changes


def test_the_printed_steps_split_the_state(typing: Chapter) -> None:
    edited(CHAPTER, [*EDITS["a bucket"], *EDITS["a further policy"]], typing.directory)
    run(typing, typing.directory, "terraform apply")
    owned = ["aws_iam_role_policy_attachment.ssm", "aws_s3_bucket.logs"]
    with OfflinePlanner() as planner:
        taken = take_over(read(typing.state_as_json()), planner)
        assert sorted(taken.neighbours) == owned
        assert list(taken.references) == [
            "aws_iam_role_policy_attachment.ssm refers to aws_iam_role.node"
        ]

        run(typing, typing.directory, "\n".join(taken.steps("terraform")))

        left = run(typing, typing.directory, "terraform state list").splitlines()
        kept = [address for address in left if not address.startswith(("data.", "null_resource."))]
        assert kept == owned
        backup = json.loads((typing.directory / "owner.before.tfstate").read_text())
        assert len(backup["resources"]) > len(left)
        moved = typing.directory / f"terraform.{NAME}.tfstate"
        shown = run(typing, typing.directory, f"terraform show -json {moved.name}")
        again = take_over(read(shown), planner)

    assert (again.neighbours, again.changes) == ([], [])
    shutil.copy(moved, typing.state)
    plan = typing.plan(yaml.safe_dump(again.spec, sort_keys=False))
    assert {a for a, what in changed(plan).items() if a.startswith("aws_")} == set()
