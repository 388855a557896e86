"""This checkout against a commit of its past: ``python -m bench --against COMMIT``.

Both run in turn, with the same Python and packages, on the commit's own specs. Compared is the time
of processors, so that other work on the machine counts for less.
"""

import io
import statistics
import subprocess
import sys
import tarfile
from pathlib import Path

from bench import fleet
from bench.measure import Case, alternate

LIMIT = 1.1
"""How many times as long as then it may take now."""

THEN, NOW = "then", "now"


def compare(commit: str, rounds: int, scratch: Path) -> tuple[str, bool]:
    """A Markdown table of what both take, and whether all of it stays within the limit."""
    then = _check_out(commit, scratch / "commit")
    pairs = list(
        zip(
            _cases(then, then, scratch / THEN), _cases(fleet.ROOT, then, scratch / NOW), strict=True
        )
    )
    alternate([case for pair in pairs for case in pair], rounds)
    lines = [
        f"| seconds of processors | {commit} | now | times | at most {LIMIT} |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    kept = True
    for before, after in pairs:
        was, takes = statistics.median(before.processor), statistics.median(after.processor)
        times = takes / was
        kept = kept and times <= LIMIT
        lines.append(
            f"| {after.name} | {was:.2f} | {takes:.2f} | {times:.2f} "
            f"| {'kept' if times <= LIMIT else 'missed'} |"
        )
    return "\n".join(lines), kept


def _cases(code: Path, specs: Path, scratch: Path) -> list[Case]:
    """What is measured of the code in one checkout, on the specs of another."""
    one, thousand = scratch / "one", scratch / "thousand"
    for project in one, thousand:
        fleet.lay_out(project, code)
        fleet.copy_manifests(project, specs)
    fleet.add_lovelace(one, specs)
    fleet.add_fleet(thousand, 1000, specs)
    check = [sys.executable, "-m", "constructs_lib.check", "clusters/"]
    cache = {"XDG_CACHE_HOME": str(scratch / "cache")}
    return [
        Case("`python main.py`, lovelace", [sys.executable, "main.py"], one, cache),
        Case("`python -m constructs_lib.check`, 1,000 clusters", check, thousand, warm_up=1),
        Case("`python -m plan_review --help`", [sys.executable, "-m", "plan_review", "-h"], one),
    ]


def _check_out(commit: str, directory: Path) -> Path:
    """Unpack a commit of this repository."""
    packed = subprocess.run(  # noqa: S603
        ["git", "archive", "--format=tar", commit],  # noqa: S607 - the user's own
        cwd=fleet.ROOT,
        check=True,
        capture_output=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(directory, filter="data")
    return directory
