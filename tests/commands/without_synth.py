"""The command line on stacks that are synthesised already: what a test of the rest can do without.

Run as `python -m tests.commands.without_synth deploy ada`.
"""

import sys

from commands import cli, planning


def leave_out() -> None:
    """Let commands take the stacks as they lie there."""
    planning._synthesise = lambda *_: None


if __name__ == "__main__":
    leave_out()
    sys.exit(cli.main())
