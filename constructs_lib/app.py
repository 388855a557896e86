"""From the spec files to `cdktf.out`: what `main.py` runs."""

import os
import sys
from datetime import date
from pathlib import Path

from constructs_lib.loader import Fleet, SpecErrors, load

ROOT = Path(__file__).resolve().parent.parent

CLUSTERS_VARIABLE = "CLUSTERS"
"""Environment variable that names the clusters to synthesise, by comma; unset, all of them."""


def synthesize() -> int:
    """Write the Terraform JSON of every cluster, or of those named by `CLUSTERS`.

    Returns the exit code: 1 when a spec is wrong, and then nothing has been written.
    """
    try:
        fleet = load_fleet()
    except SpecErrors as errors:
        sys.stderr.write(f"{errors}\n")
        return 1
    for warning in fleet.warnings:
        sys.stderr.write(f"{warning}\n")
    write(fleet)
    return 0


def load_fleet() -> Fleet:
    """Read the clusters that `CLUSTERS` names, or all.

    Raises:
        SpecErrors: with every problem of their files.
    """
    names = [n.strip() for n in os.environ.get(CLUSTERS_VARIABLE, "").split(",")]
    return load(ROOT, names=[name for name in names if name], today=date.today())


def write(fleet: Fleet) -> None:
    """Synthesise the stacks of `fleet` into `cdktf.out`."""
    # here, not above: loading CDKTF costs seconds, and a wrong spec should be told at once
    from cdktf import App  # noqa: PLC0415

    from constructs_lib.stack import ClusterStack  # noqa: PLC0415
    from constructs_lib.state_backend import StateBackendStack  # noqa: PLC0415

    app = App()
    for cluster in fleet.clusters:
        if cluster.spec.state is not None and cluster.spec.state.create:
            StateBackendStack(app, cluster.spec.name, cluster.spec.state)
        ClusterStack(app, cluster)
    app.synth()
