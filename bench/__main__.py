"""Measure synth, and write the table of docs/performance.md.

Each command is run in turn, several times over; compare within one table only.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from bench import against, first, fleet, large_plans, peers
from bench.measure import MEGABYTE, Case, alternate

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- what follows is written by `make bench ARGS=--write` -->", "<!-- up to here -->"

QUICK = "`python main.py`, lovelace"
PLAIN = "the same with the plain import"
COLD = "lovelace, first run: nothing cached"
PLAIN_COLD = "the same with the plain import, first run"
TEN, HUNDRED = "`python main.py`, 10 clusters", "`python main.py`, 100 clusters"
CHECK, CHECK_ALL = "`python -m constructs_lib.check`, 1 cluster", "the same, 1,000 clusters"
CLI = "`cdktf synth`, lovelace"
CDKTN = "cdktn, the same constructs"
AWS_CDK = "AWS CDK, a like cluster"

AT_LEAST, AT_MOST = "at least", "at most"


def cases(scratch: Path) -> list[Case]:
    """What is measured of this project, each in a project of its own below `scratch`."""
    one, ten, hundred, thousand = (scratch / name for name in ("one", "ten", "hundred", "thousand"))
    for project, size in (one, 0), (ten, 10), (hundred, 100), (thousand, 1000):
        fleet.copy_manifests(fleet.lay_out(project))
        fleet.add_fleet(project, size)
    fleet.add_lovelace(one)
    synth = [sys.executable, "main.py"]
    check = [sys.executable, "-m", "constructs_lib.check", "clusters/"]
    quick = {"XDG_CACHE_HOME": str(scratch / "quick")}
    plain = {"BINDINGS": "plain", "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(scratch / "plain")}
    # a new directory for each run: ext4 is slow where much was removed a moment ago
    cold = {"XDG_CACHE_HOME": str(scratch / "cold-{run}")}
    plain_cold = plain | {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(scratch / "cold-{run}")}
    found = [
        Case(QUICK, synth, one, quick),
        first.warm(scratch),
        *first.cases(scratch),
        # twice: jsii makes its index beside the first
        Case(PLAIN, synth, one, plain, warm_up=2),
        Case(COLD, synth, one, cold, warm_up=0),
        Case(PLAIN_COLD, synth, one, plain_cold, warm_up=0),
        Case(TEN, synth, ten, quick, warm_up=0),
        Case(HUNDRED, synth, hundred, quick, warm_up=0),
        Case(CHECK, check, one),
        Case(CHECK_ALL, check, thousand, warm_up=0),
    ]
    if (cdktf := shutil.which("cdktf")) is not None:
        settings = {"CI": "1", "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": ""}
        command = [cdktf, "synth", "--app", " ".join(synth), "--output", "cdktf.out"]
        (one / "cdktf.json").symlink_to(ROOT / "cdktf.json")
        found.append(Case(CLI, command, one, quick | settings))
    return found


def cases_of_peers(scratch: Path) -> list[Case]:
    """What is measured of others; none, with the reason, where they cannot be installed."""
    try:
        python = peers.install(scratch / "peers")
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        sys.stderr.write(f"no peers, for they could not be installed: {reason}\n")
        return []
    project = scratch / "cdktn"
    fleet.copy_manifests(fleet.lay_out(project))
    fleet.add_lovelace(project)
    jsii = {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(scratch / "jsii")}
    if node := _node():
        jsii["JSII_NODE"] = node
    return [
        Case(
            CDKTN,
            [str(python), "-m", "bench.peers.cdktn_main"],
            project,
            jsii | {"PYTHONPATH": str(ROOT)},
            warm_up=2,
        ),
        Case(
            AWS_CDK,
            [str(python), str(ROOT / "bench/peers/aws_cdk_main.py"), "cdk.out"],
            project,
            jsii,
            warm_up=2,
        ),
    ]


def _node() -> str | None:
    """The Node that the project runs on, for its peers to run on as well."""
    from constructs_lib.terraform import bindings  # noqa: PLC0415 - sets JSII_NODE

    bindings.use_packaged_node()
    return os.environ.get("JSII_NODE") or shutil.which("node")


def table(measured: list[Case]) -> str:
    """A Markdown table: seconds, how many times the first row's, and memory."""
    lines = [
        "| | seconds: median (least to most) | times the first | largest process, MB | all, MB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for case in measured:
        seconds = f"{case.median:.2f} ({min(case.seconds):.2f} to {max(case.seconds):.2f})"
        ratio = f"{case.median / measured[0].median:.2f}"
        memory = f"{case.process / MEGABYTE:.0f} | {case.together / MEGABYTE:.0f}"
        lines.append(f"| {case.name} | {seconds} | {ratio} | {memory} |")
    return "\n".join(lines)


def bars(measured: list[Case], of_plans: Iterable[tuple[str, float, float]] = ()) -> str:
    """What was promised, and what became of it."""
    case = {case.name: case for case in measured}
    warm, minute = case[first.WARM].median / case[QUICK].median, case[first.FIRST].median
    promises = [
        ("`make synth`, times `python main.py`", warm, AT_MOST, 1.3),
        (
            "the first `make synth` as a part of pip's, npm's and cdktf's",
            minute / case[first.WITH_PIP].median,
            AT_MOST,
            1 / 4,
        ),
    ]
    promises += [(promise, value, AT_MOST, bar) for promise, value, bar in of_plans]
    if PLAIN not in case:
        return _verdicts(promises)
    quick, plain, hundred = case[QUICK], case[PLAIN], case[HUNDRED]
    faster, faster_cold = plain.median / quick.median, case[PLAIN_COLD].median / case[COLD].median
    share, longer = quick.process / plain.process, hundred.median / quick.median
    together = hundred.together / MEGABYTE / 1000
    one, thousand = case[CHECK].median, case[CHECK_ALL].median
    promises += [
        ("lovelace, times faster than with the plain import", faster, AT_LEAST, 10),
        ("lovelace, seconds on two cores", quick.median, AT_MOST, 1.3),
        ("lovelace, its largest process as a part of the plain import's", share, AT_MOST, 1 / 3),
        ("lovelace's first run, times faster than with the plain import", faster_cold, AT_LEAST, 3),
        ("100 clusters, times as long as one", longer, AT_MOST, 8),
        ("100 clusters, GB of all processes together", together, AT_MOST, 1.5),
        ("one spec checked, seconds", one, AT_MOST, 0.5),
        ("1,000 specs checked, seconds", thousand, AT_MOST, 3),
    ]
    return _verdicts(promises)


def _verdicts(promises: list[tuple[str, float, str, float]]) -> str:
    lines = ["| promised | bar | measured | |", "| --- | ---: | ---: | --- |"]
    for promise, value, bound, bar in promises:
        kept = value >= bar if bound == AT_LEAST else value <= bar
        verdict = "kept" if kept else "missed"
        lines.append(f"| {promise} | {bound} {bar:.3g} | {value:.3g} | {verdict} |")
    return "\n".join(lines)


def conditions(rounds: int) -> str:
    """On what it was measured."""
    node = subprocess.run(  # noqa: S603
        [_node() or "node", "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    packages = ("cdktf", "cdktf-cdktf-provider-aws", "jsii")
    return (
        f"{rounds} alternating rounds on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, Node {node}, "
        + ", ".join(f"{package} {version(package)}" for package in packages)
    )


def main() -> int:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"into docs/{DOCUMENT.name}")
    parser.add_argument("--against", metavar="COMMIT", help="compare with a commit, no more")
    parser.add_argument("--first", action="store_true", help="the first minute, no more")
    arguments = parser.parse_args()
    if arguments.against:
        with tempfile.TemporaryDirectory(prefix="bench-") as directory:
            report, kept = against.compare(arguments.against, arguments.rounds, Path(directory))
        sys.stdout.write(f"{report}\n")
        return 0 if kept else 1
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        measured = cases(Path(directory))
        if arguments.first:
            wanted = (QUICK, first.WARM, first.FIRST, first.WITH_PIP)
            measured = [case for case in measured if case.name in wanted]
        elif not arguments.no_peers:
            measured += cases_of_peers(Path(directory))
        alternate(measured, arguments.rounds)
        of_plans = [] if arguments.first else list(large_plans.promises(Path(directory)))
    report = "\n\n".join(
        [table(measured), bars(measured, of_plans), conditions(arguments.rounds) + "."]
    )
    sys.stdout.write(f"{report}\n")
    if arguments.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{report}\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
