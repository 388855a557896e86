"""The command line on stacks that are synthesised already: what a test of the rest can do without.

Run as `python -m tests.commands.without_synth deploy ada`.
"""

import sys

from commands import cli, planning

if __name__ == "__main__":
    planning._synthesise = lambda *_: None
    sys.exit(cli.main())
