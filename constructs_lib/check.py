"""Check the specs without synthesising: ``python -m constructs_lib.check [DIRECTORY]``.

Takes a fraction of a second, for editors and the pre-commit hook.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from constructs_lib.loader import SpecErrors, load


def main(arguments: list[str] | None = None) -> int:
    """Print every problem and warning; return 1 when there is a problem."""
    parser = argparse.ArgumentParser(prog="python -m constructs_lib.check", description=__doc__)
    parser.add_argument("directory", nargs="?", default="clusters")
    directory = parser.parse_args(arguments).directory
    try:
        fleet = load(Path.cwd(), directory, today=date.today())
    except SpecErrors as errors:
        sys.stderr.write(f"{errors}\n")
        return 1
    for warning in fleet.warnings:
        sys.stderr.write(f"{warning}\n")
    names = ", ".join(cluster.spec.name for cluster in fleet.clusters)
    sys.stdout.write(f"{len(fleet.clusters)} fine: {names}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
