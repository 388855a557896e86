"""What is not YAML, or not plain."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, told, whole

BAD: dict[str, tuple[Change, str]] = {
    "an empty file": (
        whole(""),
        "1: is empty; copy another cluster's file and change name and ranges",
    ),
    "a file of comments": (
        whole("# later\n"),
        "1: is empty; copy another cluster's file and change name and ranges",
    ),
    "a file that is a text": (
        whole("hello\n"),
        "1: holds a single value, not a mapping; write keys like `name: lovelace`",
    ),
    "a file that is a list": (
        whole("- name: ada\n"),
        "1: holds a list, not a mapping; write keys like `name: lovelace`",
    ),
    "a tab": (
        whole("name: ada\n\tregion: us-west-2\n"),
        "2: is not YAML: found a tab character that violates indentation; "
        "check the indentation, colons and quotes here",
    ),
    "an open quote": (
        whole('name: "ada\n'),
        "2: is not YAML: found unexpected end of stream; "
        "check the indentation, colons and quotes here",
    ),
    "two documents": (
        whole("name: ada\n---\nname: bob\n"),
        "2: holds more than one document; write one file for each cluster",
    ),
    "an alias of itself": (
        whole("name: &name [*name]\n"),
        "1: holds a value that stands within itself; write the value out",
    ),
    "nesting without end": (
        whole(f"name: {'[' * 5000}{']' * 5000}\n"),
        "1: is nested deeper than 100 levels; write it flatter",
    ),
    "aliases that unfold to millions": (
        whole(
            "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(f"{y}: &{y} [{', '.join([f'*{x}'] * 10)}]\n" for x, y in ("ab", "bc", "cd"))
        ),
        "1: unfolds to more than 10000 values; use fewer aliases",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
