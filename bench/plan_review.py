"""Run the plan review and its rivals over bench/plans, and write docs/plan-review-benchmark.md.

    python -m bench.plan_review            print the table, of this review alone
    python -m bench.plan_review --write    with the rivals, which pip installs, into the page

A tool stops a plan, asks for a person, or lets it pass. A plan must be stopped where every verdict
that a seasoned reviewer gives is disruption or worse, and must not be where routine is one of them.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plan_review import Level, parse_plan, review

ROOT = Path(__file__).resolve().parents[1]
PLANS = ROOT / "bench" / "plans"
RECORDED = ROOT / "tests" / "plan_review" / "plans"
PAGE = ROOT / "docs" / "plan-review-benchmark.md"
BEGIN, END = "<!-- written by `python -m bench.plan_review --write` -->", "<!-- up to here -->"
OURS = "this review"
STOPS, ASKS, PASSES, FAILS = "stops", "asks", "passes", "cannot read it"
GATE = Level.DISRUPTION


@dataclass(frozen=True)
class Sample:
    """A plan with the verdicts that are right, and why."""

    name: str
    verdicts: tuple[str, ...]
    why: str

    @property
    def raw(self) -> bytes:
        """The plan's JSON."""
        places = [folder / f"{self.name}.json.gz" for folder in (PLANS, RECORDED)]
        return gzip.decompress(next(place for place in places if place.exists()).read_bytes())

    @property
    def must_stop(self) -> bool:
        """Whether every right verdict is disruption or worse."""
        return all(Level(verdict).is_at_least(GATE) for verdict in self.verdicts)

    @property
    def is_harmless(self) -> bool:
        """Whether nobody needs to look."""
        return "routine" in self.verdicts


@dataclass(frozen=True)
class Rival:
    """A tool of a registry, and how its answer is read."""

    requirement: str
    arguments: tuple[str, ...]
    read: Callable[[int, str], str]


def samples() -> list[Sample]:
    """Every plan of the benchmark."""
    lines = (PLANS / "verdicts.tsv").read_text("utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return [Sample(name, tuple(verdicts.split("|")), why) for name, verdicts, why in rows]


def ours(sample: Sample) -> str:
    """What this review does with a plan, at the gate that the rivals are held to."""
    verdict = review(parse_plan(sample.raw)).verdict
    if verdict.is_at_least(GATE):
        return STOPS
    return PASSES if verdict is Level.ROUTINE else ASKS


def _pyrrho(code: int, out: str) -> str:
    if code not in (0, 1) or not out.strip():
        return FAILS
    return STOPS if code else PASSES


def _tfminder(_: int, out: str) -> str:
    for word, answer in (("DENY", STOPS), ("APPROVAL", ASKS), ("AUTO", PASSES), ("NOOP", PASSES)):
        if f"decision {word}" in out:
            return answer
    return FAILS


def _readtheplan(_: int, out: str) -> str:
    try:
        decision = json.loads(out)["decision"]
    except (ValueError, KeyError):
        return FAILS
    return {"block": STOPS, "warn": ASKS, "proceed": PASSES}.get(decision, FAILS)


def _iacguard(_: int, out: str) -> str:
    try:
        summary = json.loads(out)["summary"]
    except (ValueError, KeyError):
        return FAILS
    if summary["critical"] or summary["high"]:
        return STOPS
    return ASKS if summary["medium"] else PASSES


RIVALS = {
    "pyrrho": Rival("pyrrho==0.2.1", ("pyrrho", "--no-color"), _pyrrho),
    "tfminder": Rival("tfminder==0.3.0", ("tfminder", "check"), _tfminder),
    "readtheplan": Rival("readtheplan==0.4.0", ("readtheplan", "agent-gate"), _readtheplan),
    "iacguard": Rival(
        "iacguard==0.1.0", ("iacguard", "plan", "--no-aws", "--ci", "--plan"), _iacguard
    ),
}


def answers_of(rival: Rival, programs: Path, plans: list[Sample]) -> dict[str, str]:
    """Run a rival over the plans, in an environment of its own."""
    name, *arguments = rival.arguments
    found = {}
    with tempfile.TemporaryDirectory() as place:
        for sample in plans:
            file = Path(place) / "plan.json"
            file.write_bytes(sample.raw)
            command = [str(programs / name), *arguments, str(file)]
            run = subprocess.run(  # noqa: S603  # a pinned tool, on a plan of this repository
                command, cwd=place, capture_output=True, text=True, check=False, timeout=120
            )
            found[sample.name] = rival.read(run.returncode, run.stdout)
    return found


def installed(place: Path) -> Path:
    """Install the rivals into a virtual environment; return where their programs are."""
    venv.create(place, with_pip=True)
    programs = place / "bin"
    pip = [str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *(rival.requirement for rival in RIVALS.values())], check=True)  # noqa: S603
    return programs


def table(answers: dict[str, dict[str, str]], plans: list[Sample]) -> str:
    """Write the two tables: sums, and plan by plan."""
    grave = [sample for sample in plans if sample.must_stop]
    harmless = [sample for sample in plans if sample.is_harmless]
    lines = [
        f"{len(plans)} plans: {len(grave)} must be stopped, {len(harmless)} are harmless.",
        "",
        "| Tool | Caught | Only asks | Missed | False alarms |",
        "|---|---|---|---|---|",
    ]
    for tool, given in answers.items():
        version = RIVALS[tool].requirement.replace("==", " ") if tool in RIVALS else tool
        of_grave = [given[sample.name] for sample in grave]
        alarms = sum(given[sample.name] == STOPS for sample in harmless)
        missed = sum(answer in (PASSES, FAILS) for answer in of_grave)
        numbers = (of_grave.count(STOPS), of_grave.count(ASKS), missed, alarms)
        lines.append(f"| {version} | {' | '.join(map(str, numbers))} |")
    tools = list(answers)
    lines += ["", f"| Plan | Right | {' | '.join(tools)} | Why |", f"|{'---|' * (len(tools) + 3)}"]
    for sample in plans:
        given = " | ".join(answers[tool][sample.name] for tool in tools)
        why = sample.why.replace("|", "\\|")
        lines.append(f"| `{sample.name}` | {', '.join(sample.verdicts)} | {given} | {why} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.plan_review")
    parser.add_argument("--write", action="store_true", help="with the rivals, into the page")
    options = parser.parse_args()
    plans = samples()
    answers = {OURS: {sample.name: ours(sample) for sample in plans}}
    if not options.write:
        sys.stdout.write(table(answers, plans) + "\n")
        return
    with tempfile.TemporaryDirectory() as place:
        programs = installed(Path(place))
        for name, rival in RIVALS.items():
            answers[name] = answers_of(rival, programs, plans)
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n\n{table(answers, plans)}\n\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main()
