"""The command: ``python -m adopt STATE.json [-o FILE]``.

Exit codes: 0 a spec was written; 1 the state holds no cluster that this project could take over, or
a file could not be read or written; 2 the command was not understood. What the spec cannot say is
listed on standard error, and at the top of the spec.
"""

import argparse
import sys
from pathlib import Path

try:
    from adopt import cluster_spec, parts, state, text
    from constructs_lib.spec.loader import problems_of
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    raise SystemExit(
        f"{error.name} is not installed here; `make synth` installs it, and .venv/bin/python has it"
    ) from None

HEADER = (
    "yaml-language-server: $schema=schema.json",
    "",
    "Written by `python -m adopt` from a Terraform state. Add the section `state`, synthesise, and",
    "read the plan before the first apply: it may change nothing in AWS.",
    "docs/how-to/adopt-a-cluster.md says what follows.",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m adopt",
        description="Write the spec of a cluster that has a Terraform state.",
    )
    parser.add_argument("state", help="the output of `terraform show -json`; - for standard input")
    parser.add_argument("-o", "--output", help="write the spec there instead of standard output")
    options = parser.parse_args(arguments)
    try:
        found = state.read(_input(options.state))
        cluster = parts.find(found)
        spec = cluster_spec.write(found, cluster)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        sys.stderr.write(f"{options.state}: cannot be read: {reason.lower()}; check the file\n")
        return 1
    except state.StateError as error:
        sys.stderr.write(f"{options.state}: {error}\n")
        return 1
    notes = [*cluster.notes, *problems_of(spec)]
    said = ["", "Not in this spec:", *(f"- {note}" for note in notes)] if notes else []
    written = text.yaml_text(spec, [*HEADER, *said])
    try:
        _write(written, options.output)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        sys.stderr.write(f"{options.output}: cannot be written: {reason}; choose another file\n")
        return 1
    for note in notes:
        sys.stderr.write(f"not in the spec: {note}\n")
    return 0


def _input(path: str) -> str:
    return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")


def _write(spec: str, path: str | None) -> None:
    if path is None:
        sys.stdout.write(spec)
    else:
        Path(path).write_text(spec, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
