"""docs/reference.md says what the spec says."""

import re

from constructs_lib.spec import ClusterSpec, reference
from constructs_lib.tables.changes import CHANGES
from tests.test_golden import _fields

KEYS = reference.text().partition("\n## What turning an option on")[0]
"""The page without the table behind it, which is of options."""


def test_committed_page_is_the_specs() -> None:
    assert reference.PATH.read_text(encoding="utf-8") == reference.text(), "run `make schema`"


def test_every_key_has_its_row_with_words_for_everything() -> None:
    rows = [line for line in KEYS.splitlines() if line.startswith("| `")]
    keys = {re.findall(r"`(\w+)`", row)[0] for row in rows}
    assert keys >= {path.rpartition(".")[2] for path in _fields(ClusterSpec)}
    assert all(cell.strip() for row in rows for cell in re.split(r"(?<!\\)\|", row)[1:-1])


def test_what_a_change_does_is_said_of_keys_that_are_there() -> None:
    paths = {path.replace(".<name>", "").replace("[]", "") for path in _paths(KEYS)}
    assert CHANGES.keys() <= paths


def _paths(text: str) -> list[str]:
    """Every key of the page with the sections around it."""
    found, section = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").partition(", ")[0].removeprefix("The cluster")
        elif line.startswith("| `"):
            key = re.findall(r"`(\w+)`", line)[0]
            found.append(f"{section}.{key}".lstrip("."))
    return found
