"""Files that are written beside, then renamed: the last one is whole, whatever happens."""

from pathlib import Path


def replace(file: Path, text: str) -> None:
    """Write `text` as `file`, all of it or nothing."""
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
