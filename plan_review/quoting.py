"""Text from a plan inside a sentence: in backticks, so that it cannot be Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from plan_review.masking import in_code

_LONGEST_CODE: Final = 120


def code(text: str) -> str:
    """Put text from a plan into backticks, on one line, with nothing that could end them."""
    shown = in_code(text)
    if len(shown) > _LONGEST_CODE:
        shown = shown[: _LONGEST_CODE - 1] + "…"
    return f"`{shown}`" if shown.strip() else "`(empty)`"


def codes(texts: Iterable[object], most: int = 4) -> str:
    """List texts as code, the first few by name and the rest by number."""
    unique = list(dict.fromkeys(map(str, texts)))
    shown = ", ".join(code(text) for text in unique[:most])
    return shown if len(unique) <= most else f"{shown} and {len(unique) - most} more"
