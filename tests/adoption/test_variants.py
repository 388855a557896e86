"""Clusters of the chapter that their owners have changed, under three ways of naming things.

The real Terraform applies the owner's files, `adopt` writes the spec, and the plan of it, refreshed
from the emulator, changes nothing in AWS, or what `adopt` said.
"""

import functools
import itertools
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

EDITS = yaml.safe_load(Path(__file__).with_name("edits.yaml").read_text(encoding="utf-8"))

NAMINGS = ("the chapter's", "in modules")

GATE = {
    ("as printed", NAMINGS[1]),
    ("a VPN", NAMINGS[0]),
    ("a further rule", NAMINGS[1]),
    ("user data", NAMINGS[1]),
    ("one zone", NAMINGS[0]),
    ("a VPN on the bastion", NAMINGS[1]),
}
"""Those that every run has; `make full` has all."""

VARIANTS = [
    pytest.param(*variant, marks=() if variant in GATE else pytest.mark.full)
    for variant in itertools.product(EDITS, NAMINGS)
]


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


def test_the_gate_has_six_of_the_variants() -> None:
    assert len(GATE & {*itertools.product(EDITS, NAMINGS)}) == 6
    assert len(VARIANTS) >= 60


@pytest.mark.parametrize(("name", "naming"), VARIANTS)
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
