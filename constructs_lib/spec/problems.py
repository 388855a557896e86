"""What is wrong with a file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from constructs_lib.errors import EksClusterError
from constructs_lib.spec.section import Where

MAX_SHOWN = 80
"""Characters of a value or key that a sentence shows."""

LAST_OF_LATIN = "\xff"
"""Beyond it are the letters, digits and hyphens that look like those of ASCII."""


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong with a file: where it stands, and one sentence with the way out."""

    path: str
    line: int
    where: str
    text: str

    def __str__(self) -> str:
        """``<file>:<line>: <path in the YAML>: <text>``, without a path for the file as a whole.

        One line whatever a file holds: what would move a terminal or a CI log is shown escaped.
        """
        parts = (f"{self.path}:{self.line}", self.where, self.text)
        return printable(": ".join(part for part in parts if part))


class SpecErrors(EksClusterError):  # noqa: N818 - it is all the errors of a run, not one
    """Every problem found in a run, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Hold `problems`, sorted."""
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["SpecErrors"], tuple[tuple[Problem, ...]]]:
        """Let a process of synth hand it to the one that asked."""
        return type(self), (self.problems,)


def printable(text: str) -> str:
    """`text` with line ends, control and direction marks as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def shortened(text: str) -> str:
    """`text`, cut where a sentence would drown in it."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def spelled(text: str) -> str:
    """`text`, shortened, and how it is written where letters of other alphabets may look alike."""
    short = shortened(text)
    if max(short, default="") <= LAST_OF_LATIN or not short.isprintable():  # see `printable`
        return short
    return f"{short} ({short.encode('ascii', 'backslashreplace').decode()})"


def dotted(where: Where) -> str:
    """Spell a place as people write it: `node_groups.node.taints[0].key`."""
    path = ""
    for part in where:
        shown = part if isinstance(part, int) else shortened(part)
        path += f"[{shown}]" if isinstance(part, int) else f".{shown}" if path else str(shown)
    return path
