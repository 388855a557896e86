"""Clusters of the chapter that their owners have changed, under three ways of naming things.

The real Terraform applies the owner's files, `adopt` writes the spec, and the plan of it, refreshed
from the emulator, changes nothing in AWS, or what `adopt` said.
"""

import functools
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from adopt.state import read
from adopt.takeover import take_over
from commands.offline_plan import OfflinePlanner
from tests.adoption.conftest import CHAPTER, Chapter
from tests.terraform.project import changed

pytestmark = pytest.mark.full


EDITS = yaml.safe_load(Path(__file__).with_name("edits.yaml").read_text(encoding="utf-8"))

NAMINGS = ("the chapter's", "in modules")


@pytest.fixture(scope="module")
def planner() -> Iterator[OfflinePlanner]:
    with OfflinePlanner() as planner:
        yield planner


@pytest.fixture(scope="module")
def apply(chapter: Chapter) -> Callable[[str], None]:
    """`apply(name)`: the chapter's files with an owner's edits, unless they are applied."""

    @functools.lru_cache(maxsize=1)
    def once(name: str) -> None:
        edited(CHAPTER, EDITS[name], chapter.directory)
        chapter.project.run(
            "terraform", "apply", "-input=false", "-auto-approve", directory=chapter.directory
        )

    return once


@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize("name", EDITS)
def test_nothing_changes_unsaid(
    chapter: Chapter,
    planner: OfflinePlanner,
    apply: Callable[[str], None],
    name: str,
    naming: str,
) -> None:
    apply(name)
    state = json.loads((chapter.directory / "terraform.tfstate").read_text())
    if naming != NAMINGS[0]:
        rename(state)
    chapter.state.write_text(json.dumps(state))

    shown = chapter.project.run(
        "terraform", "show", "-json", str(chapter.state), directory=chapter.directory
    )
    taken = take_over(read(shown), planner)

    plan = chapter.plan(yaml.safe_dump(taken.spec, sort_keys=False))
    doing = {a: what for a, what in changed(plan).items() if a.startswith("aws_")}
    assert sum(edit.get("beside", 0) for edit in EDITS[name]) == len(taken.neighbours)
    assert {a for a, what in doing.items() if what != ["forget"]} == {
        change.partition(": ")[0] for change in taken.changes
    }
    assert all("delete" not in what for what in doing.values())


def edited(source: Path, edits: Sequence[Mapping[str, Any]], to: Path) -> None:
    """Put the files of `source` into the directory `to`, with edits."""
    shutil.copytree(source, to, dirs_exist_ok=True)
    for edit in edits:
        file, old, new = to / edit["file"], edit.get("replace", ""), edit["by"]
        text = file.read_text()
        assert old in text, edit
        file.write_text(text.replace(old, new, 1) if old else text + new)


def rename(state: dict[str, Any]) -> None:
    """Give everything in a state another name, in a module with a key."""
    for resource in state["resources"]:
        if resource["mode"] == "managed" and resource["type"].startswith("aws_"):
            resource["module"] = 'module.cluster["blue"]'
            resource["name"] = re.sub(r"\W", "_", f"our_{resource['name']}")
            for instance in resource["instances"]:
                instance.pop("dependencies", None)
