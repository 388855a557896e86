"""Check the specs without synthesising: ``python -m constructs_lib.check [DIRECTORY]``.

Takes a fraction of a second, for editors and the pre-commit hook; `app` starts with it too.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

try:
    from constructs_lib.spec.fleet import Fleet
    from constructs_lib.spec.loader import load
    from constructs_lib.spec.problems import SpecErrors
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    raise SystemExit(
        f"{error.name} is not installed here; `make synth` installs it, and .venv/bin/python has it"
    ) from None

CLUSTERS_VARIABLE = "CLUSTERS"
"""Environment variable that names the clusters to read, by comma; unset, all of them."""


def checked(directory: str = "clusters", names: Sequence[str] = ()) -> Fleet | None:
    """Read the specs of the project in the working directory, and tell what is to be told.

    Only the clusters called `names`, else those that `CLUSTERS` names, if it does. Problems and
    warnings go to standard error; with a problem there is no fleet.
    """
    listed = [name.strip() for name in os.environ.get(CLUSTERS_VARIABLE, "").split(",")]
    asked = list(names) or list(filter(None, listed))
    try:
        fleet = load(Path.cwd(), directory, names=asked, today=date.today())
    except SpecErrors as errors:
        sys.stderr.write(f"{errors}\n")
        return None
    for warning in fleet.warnings:
        sys.stderr.write(f"{warning}\n")
    return fleet


def main(arguments: list[str] | None = None) -> int:
    """Print every problem and warning; return 1 when there is a problem."""
    parser = argparse.ArgumentParser(prog="python -m constructs_lib.check", description=__doc__)
    parser.add_argument("directory", nargs="?", default="clusters")
    fleet = checked(parser.parse_args(arguments).directory)
    if fleet is None:
        return 1
    names = ", ".join(cluster.spec.name for cluster in fleet.clusters)
    sys.stdout.write(f"{len(fleet.clusters)} fine: {names}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
