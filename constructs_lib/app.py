"""From the spec files to `cdktf.out`: what `main.py` runs."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from constructs_lib.check import checked
from constructs_lib.spec.fleet import Cluster, Fleet
from constructs_lib.terraform import bindings

CLUSTERS_PER_PROCESS = 10
"""A process takes about as long to start as it needs for ten clusters."""

MAX_PROCESSES = 4
"""Each takes 350 MB with its Node, however few its clusters."""

MANIFEST = "manifest.json"
STACK_IN_MANIFEST = re.compile(r'^    "([^"]+)": \{$.*?^    \}', re.MULTILINE | re.DOTALL)


def synthesize(names: Sequence[str] = ()) -> int:
    """Write the Terraform JSON of every cluster in `clusters/`, or of those called `names`.

    Without names, of those that `CLUSTERS` names, if it does. The project is the working
    directory, as it is for the CDKTF command line.

    Returns the exit code: 1 when a spec is wrong, and then nothing has been written, or when Node
    is missing or `cdktf.out` cannot be written.
    """
    fleet = checked(names=names)
    if fleet is None:
        return 1
    node = os.environ.get("JSII_NODE", "node")
    if shutil.which(node) is None:
        sys.stderr.write(f"{node} is not there; `make synth` brings Node 22, or install it\n")
        return 1
    try:
        write(fleet)
    except (OSError, RuntimeError) as error:
        reason = _of_the_file_system(error)
        if reason is None:
            raise
        sys.stderr.write(f"cdktf.out cannot be written: {reason}; make it writable or remove it\n")
        return 1
    return 0


def _of_the_file_system(error: OSError | RuntimeError) -> str | None:
    """What the file system refused, if it did: Python or, behind a RuntimeError, Node."""
    if isinstance(error, OSError):
        return f"{(error.strerror or 'unknown error').lower()}, {error.filename}"
    found = re.match(r"E[A-Z]+: (.+)", str(error))
    return found and found[1]


def write(fleet: Fleet) -> None:
    """Synthesise the stacks of `fleet` into `cdktf.out`; of many, on several cores."""
    # taken away, since CDKTF would heed it before `out`; whole, since Node may stand elsewhere
    out = Path(os.environ.pop("CDKTF_OUTDIR", "cdktf.out")).absolute()
    processes = min(_cores(), MAX_PROCESSES, len(fleet.clusters) // CLUSTERS_PER_PROCESS)
    if processes < 2 or bindings.plain():  # noqa: PLR2004 - this process is one
        write_stacks(fleet.clusters, out)
        return
    # here, not above: a single cluster would wait for it
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    out.mkdir(parents=True, exist_ok=True)
    shares = [fleet.clusters[number::processes] for number in range(processes)]
    with tempfile.TemporaryDirectory(dir=out, prefix=".shares-") as scratch:
        outs = [Path(scratch, str(number)) for number in range(processes)]
        # spawn: a forked process would share this one's Node, and stop it at its end
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            list(pool.map(write_stacks, shares, outs))  # raises what one of them raised
        _merge(outs, out)


def _cores() -> int:
    """The cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def write_stacks(clusters: Sequence[Cluster], out: Path) -> None:
    """Synthesise all stacks of `clusters` into `out`, in this process."""
    # here, not above: loading CDKTF takes a second, and a wrong spec should be told at once
    from cdktf import App  # noqa: PLC0415

    from constructs_lib.stack import ClusterStack  # noqa: PLC0415
    from constructs_lib.state_backend import StateBackendStack  # noqa: PLC0415

    app = App(outdir=str(out))
    for cluster in clusters:
        if cluster.spec.state is not None and cluster.spec.state.create:
            StateBackendStack(app, cluster.spec.name, cluster.spec.state)
        ClusterStack(app, cluster)
    app.synth()


def _merge(shares: Sequence[Path], out: Path) -> None:
    """Move what is in `shares` to `out`, under one manifest: what one process would have written.

    The manifests are put together as text, to leave them as CDKTF formats them.
    """
    stacks: dict[str, str] = {}
    for share in shares:
        manifest = (share / MANIFEST).read_text(encoding="utf-8")
        stacks |= {match[1]: match[0] for match in STACK_IN_MANIFEST.finditer(manifest)}
        for path in sorted((share / "stacks").rglob("*")):
            target = out / path.relative_to(share)
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                path.replace(target)
    head, tail = manifest[: manifest.index("    ")], manifest[manifest.rindex("\n  },") :]
    body = ",\n".join(stacks[name] for name in sorted(stacks))
    (out / MANIFEST).write_text(f"{head}{body}{tail}", encoding="utf-8")
