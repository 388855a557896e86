"""What runs on GitHub: actions that cannot change under us, and who is asked about what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<action>\S+)(?P<comment>.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
FILES = [*sorted(ROOT.glob(".github/workflows/*.y*ml")), *sorted(ROOT.glob("action.y*ml"))]


def unpinned(text: str) -> list[str]:
    """The actions that a tag or branch names, or whose version no comment tells."""
    return [
        match["action"]
        for match in USES.finditer(text)
        if not match["action"].startswith("./")
        and not (
            PINNED.fullmatch(match["action"])
            and re.fullmatch(r" # v\d+\.\d+\.\d+", match["comment"])
        )
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_with_its_version_beside(path: Path) -> None:
    text = path.read_text("utf-8")
    assert unpinned(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "- uses: actions/checkout@v5",
        "- uses: actions/checkout@main # v5.0.0",
        "  uses: actions/checkout@08c6903",
        f"- uses: actions/checkout@{'0' * 40}",
        f"- uses: actions/checkout@{'0' * 40} # v5",
        "- uses: docker://alpine:3",
    ],
)
def test_a_tag_a_short_commit_or_one_without_its_version_is_refused(line: str) -> None:
    assert len(unpinned(line)) == 1


def test_the_same_action_has_the_same_commit_everywhere() -> None:
    versions: dict[str, set[str]] = {}
    for path in FILES:
        for match in USES.finditer(path.read_text("utf-8")):
            name, _, commit = match["action"].partition("@")
            versions.setdefault(name, set()).add(commit + match["comment"])
    assert [name for name, found in versions.items() if len(found) > 1] == []


OWNED = (ROOT / ".github" / "CODEOWNERS").read_text("utf-8")


def owners(path: str) -> list[str]:
    """The owners of a path: those of the last line that matches, as GitHub reads the file."""
    found: list[str] = []
    for line in OWNED.splitlines():
        pattern, *names = line.partition("#")[0].split() or [""]
        matches = pattern in ("*", path) or path.startswith(pattern.rstrip("/") + "/")
        if pattern and matches:
            found = names
    return found


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/clusters/lovelace.yaml", 2),
        ("/clusters/lovelace.accept.toml", 2),
        ("/clusters/lovelace.lock.hcl", 2),
        ("/plan-review.toml", 2),
        ("/.github/workflows/plan.yml", 2),
        ("/.github/CODEOWNERS", 2),
        ("/plan_review/masking/names.py", 1),
        ("/constructs_lib/stack.py", 1),
        ("/main.py", 1),
        ("/tools/setup", 1),
    ],
)
def test_specs_acceptances_workflows_and_all_code_have_owners(path: str, number: int) -> None:
    assert len(owners(path)) == number
