"""The real programs that `make programs` builds, for the tests that run them."""

import os
from pathlib import Path

from tests.requirements import require
from tools.programs.pinned import program

ALL_MUST_BE_BUILT = "REQUIRE_PROGRAMS"
"""Environment variable that forbids skipping; `.ci/run` sets it to 1 after `make programs`."""


def is_built(*names: str) -> bool:
    """Whether these programs are there. Where REQUIRE_PROGRAMS is 1 they must be."""
    return all(program(name).built.is_dir() for name in names) or (
        os.environ.get(ALL_MUST_BE_BUILT) == "1"
    )


def built(name: str, executable: str = "") -> Path:
    """An executable of a pinned program, the only one unless named.

    The test is skipped with the command that builds it; where REQUIRE_PROGRAMS is 1 it fails.
    """
    each = program(name)
    path = each.built / (executable or each.executables[0])
    need(path.is_file(), f"{name} {each.version} is not built; `make programs` builds it")
    return path


def need(condition: object, reason: str) -> None:
    """Skip the test with `reason` unless `condition` holds; fail it where REQUIRE_PROGRAMS is 1."""
    require(condition, reason, ALL_MUST_BE_BUILT)
