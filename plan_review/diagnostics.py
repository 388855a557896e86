"""What Terraform says went wrong, and nothing else of what it printed.

    python -m plan_review.diagnostics plan.jsonl --plan plan.json

Reads the lines of `terraform plan -json` and prints its errors: summary, detail and address. The
lines also hold values; those are never printed, and what the plan shows to be secret is taken out
of the errors as well. Exit codes: 0, 1 the log cannot be read, 2 wrong usage.

https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from plan_review.errors import ReviewError
from plan_review.masking import Mask, secrets_of
from plan_review.plan import parse_plan


def errors(log: str, mask: Mask) -> Iterator[str]:
    """The errors in a log, each line of theirs by itself, masked."""
    for line in log.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            # What Terraform says before it can speak JSON.
            if line.startswith("Error"):
                yield mask.text(line)
            continue
        diagnostic = event.get("diagnostic") if isinstance(event, dict) else None
        if isinstance(diagnostic, dict) and diagnostic.get("severity") == "error":
            address = diagnostic.get("address")
            where = f"{address}: " if isinstance(address, str) else ""
            yield f"Error: {mask.text(where)}{mask.text(str(diagnostic.get('summary', '')))}"
            for text in str(diagnostic.get("detail", "")).splitlines():
                yield f"  {mask.text(text)}" if text.strip() else ""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        log = _read(options.log).decode("utf-8", "replace")
    except ReviewError as error:
        print(f"plan_review.diagnostics: {error}", file=sys.stderr)  # noqa: T201  # its own error
        return 1
    found = list(errors(log, _mask(options.plan)))
    for line in found or ["No reason was given."]:
        print(line)  # noqa: T201  # the command's own answer
    return 0


def _mask(plan: str) -> Mask:
    """The mask of a plan; an empty one where there is none, or none that can be read."""
    try:
        return Mask(secrets_of(parse_plan(_read(plan)))) if plan else Mask()
    except ReviewError:
        return Mask()


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise ReviewError(f"cannot read {name!r}: {str(error.strerror).lower()}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m plan_review.diagnostics", allow_abbrev=False)
    parser.add_argument("log", help="the output of terraform plan -json")
    parser.add_argument("--plan", default="", metavar="FILE", help="the partial plan, as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
