"""What is wrong with a file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

Where = tuple[str | int, ...]
"""A place in a YAML file: the keys and indices that lead to it."""


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong with a file: where it stands, and one sentence with the way out."""

    path: str
    line: int
    where: str
    text: str

    def __str__(self) -> str:
        """``<file>:<line>: <path in the YAML>: <text>``, without a path for the file as a whole."""
        return ": ".join(
            part for part in (f"{self.path}:{self.line}", self.where, self.text) if part
        )


class SpecErrors(Exception):  # noqa: N818 - it is all the errors of a run, not one
    """Every problem found in a run, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Hold `problems`, sorted."""
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


def dotted(where: Where) -> str:
    """Spell a place as people write it: `node_groups.node.taints[0].key`."""
    path = ""
    for part in where:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
