"""Writing text from a plan into Markdown so that it stays text."""

from __future__ import annotations

import re
from typing import Final

from plan_review.masking import Mask

_LONGEST_ADDRESS: Final = 200
_TICKS: Final = re.compile("`+")


def code_span(text: str) -> str:
    """Put text into a code span whose fence is longer than any run of backticks inside."""
    fence = "`" * (max(map(len, _TICKS.findall(text)), default=0) + 1)
    padding = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def cell(text: str) -> str:
    """Put Markdown into a table cell: GitHub splits cells at a bare pipe, even inside code."""
    return text.replace("|", "\\|")


def address(text: str, mask: Mask) -> str:
    """Write an address: masked, on one line, cut in the middle when it is endless, as code."""
    shown = mask.text(text)
    if len(shown) > _LONGEST_ADDRESS:
        half = _LONGEST_ADDRESS // 2
        shown = f"{shown[:half]}…{shown[-half:]}"
    return code_span(shown)


def fence_for(lines: list[str]) -> str:
    """A fence longer than any run of backticks in the lines."""
    longest = max((len(run) for line in lines for run in _TICKS.findall(line)), default=0)
    return "`" * max(3, longest + 1)
