"""Renew both schemas, or compare: ``python -m tests.provider_schemas [compare]``."""

import argparse
import sys

from tests.provider_schemas import BLOCK, HERE, OBJECT, Schema, bindings, oldest, terraform
from tests.provider_schemas.check import may_be_filled_in, refused
from tests.provider_schemas.documents import documents
from tests.provider_schemas.kept import KEPT
from tests.provider_schemas.types import OLDEST, types


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.provider_schemas", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["renew", "compare"], default="renew")
    command = parser.parse_args().command
    return renew() if command == "renew" else compare()


def renew() -> int:
    """Write the schemas anew: of the oldest provider, and of the pinned bindings."""
    old = terraform.read(OLDEST, types())
    old.write(HERE / "oldest.json")
    with_objects(bindings.read(types()), old).write(HERE / "newest.json")
    return 0


def compare() -> int:
    """Name what the newest bindings on PyPI would refuse of the golden files."""
    new = with_objects(bindings.read(types(), newest=True), oldest())
    problems = [
        f"{name}: {problem}"
        for name, document in documents().items()
        for problem in refused(document, new)
    ]
    problems += [
        f"{kind}: {path}: name in tests/provider_schemas/kept.py what keeps it from every plan"
        for kind, path in sorted(may_be_filled_in(oldest(), new) - KEPT.keys())
    ]
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    sys.stdout.write(f"{new.provider}: {len(problems)} problems\n")
    return 1 if problems else 0


def with_objects(new: Schema, old: Schema) -> Schema:
    """Take over from the old schema which attributes are written as blocks.

    Bindings do not tell one that is only Optional from a block.
    """
    return Schema(
        new.provider,
        {
            kind: {
                path: words.replace(BLOCK, OBJECT)
                if OBJECT in old.types.get(kind, {}).get(path, "").split()
                else words
                for path, words in arguments.items()
            }
            for kind, arguments in new.types.items()
        },
    )


if __name__ == "__main__":
    raise SystemExit(main())
