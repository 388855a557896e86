"""From the spec files to `cdktf.out`: what `main.py` runs."""

import contextlib
import gc
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from constructs_lib.check import checked
from constructs_lib.project import out_directory
from constructs_lib.spec.fleet import Cluster, Fleet
from constructs_lib.spec.problems import Problem, SpecErrors
from constructs_lib.terraform import bindings

CLUSTERS_PER_PROCESS = 10
"""A process takes about as long to start as it needs for ten clusters."""

MAX_PROCESSES = 4
"""Each takes 350 MB with its Node, however few its clusters."""

MANIFEST = "manifest.json"


def synthesize(names: Sequence[str] = ()) -> int:
    """Write the Terraform JSON of every cluster in `clusters/`, or of those called `names`.

    Without names, of those that `CLUSTERS` names, if it does. The project is the working
    directory, as it is for the CDKTF command line.

    Returns the exit code: 1 when it was not done, and one line on standard error says why.
    """
    try:
        fleet = checked(names=names)
        if fleet is None:
            return 1
        node = os.environ.get("JSII_NODE", "node")
        if shutil.which(node) is None:
            return _not_done(f"{node} is not there; `make synth` brings Node 22, or install it")
        _write(fleet)
    except SpecErrors as errors:
        return _not_done(str(errors))
    except KeyboardInterrupt:
        return _not_done("interrupted; every file in cdktf.out is whole")
    except (OSError, RuntimeError) as error:
        reason = _refusal(error)
        if reason is None:
            raise
        return _not_done(f"synth could not write: {reason}; every file in cdktf.out is whole")
    return 0


def _write(fleet: Fleet) -> None:
    """Write, and say of Node, where it ended before it had answered, that it did."""
    try:
        write(fleet)
    except KeyboardInterrupt:
        _end_node()
        raise
    except (json.JSONDecodeError, BrokenPipeError) as error:
        codes = _end_node()
        time.sleep(1)  # Ctrl-C is told to Node first, and to this process in a moment
        if codes & {-signal.SIGINT, 128 + signal.SIGINT}:
            raise KeyboardInterrupt from error
        raise ChildProcessError("Node ended, for want of memory perhaps") from error


def _end_node() -> set[int]:
    """End Node, which jsii else does at exit, with a traceback where it is gone; its exit code.

    One that was interrupted as it started is nowhere but in the memory.
    """
    codes = set()
    for node in [each for each in gc.get_objects() if type(each).__name__ == "_NodeProcess"]:
        with contextlib.suppress(AttributeError, OSError):  # the first: it has not started at all
            node.stop()
        if process := vars(node).get("_process"):
            codes.add(process.wait())
    return codes


def _not_done(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _refusal(error: OSError | RuntimeError) -> str | None:
    """What the system refused, if it did: Python, Node behind it, or one process of several."""
    if isinstance(error, OSError):
        reason = error.strerror.lower() if error.strerror else str(error) or type(error).__name__
        return f"{reason}, {error.filename}" if error.filename else reason
    if type(error).__name__ == "BrokenProcessPool":
        return "a process of synth was killed, for want of memory perhaps"
    found = re.search(r"\bE[A-Z]{3,}: (.+)", str(error))
    return found and found[1]


def write(fleet: Fleet) -> list[str]:
    """Synthesise the stacks of `fleet` into `out_directory()`; of many, on several cores.

    Beside, then renamed into place, the manifest last: however this ends, the last good files are
    whole, and directories of other stacks are not touched. Returns the stacks' names.
    """
    # whole, since Node may stand elsewhere; taken away, since CDKTF would heed it before `outdir`
    out = out_directory().absolute()
    os.environ.pop("CDKTF_OUTDIR", None)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".synth-") as scratch:
        shares = _synthesised(fleet.clusters, Path(scratch))
        return _into_place(shares, out)


def _synthesised(clusters: Sequence[Cluster], scratch: Path) -> list[Path]:
    """Synthesise `clusters` below `scratch`, and give the directories in which their stacks are."""
    processes = min(_cores(), MAX_PROCESSES, len(clusters) // CLUSTERS_PER_PROCESS)
    if processes < 2 or bindings.plain():  # noqa: PLR2004 - this process is one
        write_stacks(clusters, scratch / "0")
        return [scratch / "0"]
    # here, not above: a single cluster would wait for it
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    shares = [clusters[number::processes] for number in range(processes)]
    outs = [scratch / str(number) for number in range(processes)]
    # spawn: a forked process would share this one's Node, and stop it at its end
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(write_stacks, shares, outs))  # raises what one of them raised
    return outs


def _cores() -> int:
    """The cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def write_stacks(clusters: Sequence[Cluster], out: Path) -> None:
    """Synthesise all stacks of `clusters` into `out`, in this process.

    Raises:
        SpecErrors: specs name addresses or arguments that their stacks have not; all of them.
    """
    # here, not above: loading CDKTF takes a second, and a wrong spec should be told at once
    from cdktf import App  # noqa: PLC0415

    from constructs_lib.stack import ClusterStack  # noqa: PLC0415
    from constructs_lib.state_backend import StateBackendStack  # noqa: PLC0415

    app = App(outdir=str(out))
    problems: list[Problem] = []
    for cluster in clusters:
        if cluster.spec.state is not None and cluster.spec.state.create:
            StateBackendStack(
                app,
                cluster.spec.name,
                cluster.spec.state,
                account_id=cluster.spec.account_id,
                role_arn=cluster.spec.role_arn,
                tags=cluster.spec.tags,
            )
        try:
            ClusterStack(app, cluster)
        except SpecErrors as errors:
            problems += errors.problems
    if problems:
        raise SpecErrors(problems)
    app.synth()


def _into_place(shares: Sequence[Path], out: Path) -> list[str]:
    """Move what is in `shares` to `out`, under one manifest, as one process would have written."""
    stacks: dict[str, Any] = {}
    for share in shares:
        manifest = json.loads((share / MANIFEST).read_text(encoding="utf-8"))
        stacks |= manifest["stacks"]
        for path in sorted((share / "stacks").rglob("*")):
            target = out / path.relative_to(share)
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                path.replace(target)
    manifest["stacks"] = dict(sorted(stacks.items()))
    beside = shares[0] / MANIFEST
    beside.write_text(json.dumps(manifest, indent=2, ensure_ascii=False), encoding="utf-8")
    beside.replace(out / MANIFEST)
    return list(manifest["stacks"])
