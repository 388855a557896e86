"""Large plans, made of recorded ones: what a review takes, as times what `json.load` takes.

    python -m bench.large_plans            measure, and say whether the bars are kept

Both run in one process, one after the other, and its memory is taken at the end.
"""

import copy
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Any
ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "tests" / "plan_review" / "plans"
ID = re.compile(r"\b(subnet|sg|vpc|lt|rtb|nat|igw|eipalloc)-[0-9a-f]{6}([0-9a-f]+)")


def recorded(name: str) -> dict[str, Json]:
    """A recorded plan."""
    document: dict[str, Json] = json.loads(
        gzip.decompress((RECORDED / f"{name}.json.gz").read_bytes())
    )
    return document


def in_modules(number: int) -> Iterator[tuple[str, list[Json]]]:
    """The changes of a version bump and of a rename, in turn, each in a module of its own."""
    plans = [
        json.dumps(recorded(name)["resource_changes"])
        for name in ("04_k8s_bump", "07_cluster_rename")
    ]
    for count in range(number):
        module = f"module.c{count}"
        text = ID.sub(f"\\1-{count:06x}\\2", plans[count % len(plans)])
        changes = json.loads(text.replace("lovelace", f"lovelace-{count}"))
        for change in changes:
            change["address"] = f"{module}.{change['address']}"
            change["module_address"] = module
        yield module, changes


def whole(number: int) -> dict[str, Json]:
    """A plan of so many modules, with the states and the configuration that Terraform writes."""
    document = recorded("04_k8s_bump")
    values = document["planned_values"]["root_module"]
    prior = document["prior_state"]["values"]["root_module"]
    configuration = document["configuration"]["root_module"]
    document["resource_drift"] = []
    document["resource_changes"] = []
    for holder, module in (
        (document["planned_values"], values),
        (document["prior_state"]["values"], prior),
    ):
        holder["root_module"] = {
            "child_modules": [
                {"address": f"module.c{count}", "resources": module.get("resources", [])}
                for count in range(number)
            ]
        }
    document["configuration"]["root_module"] = {
        "module_calls": {
            f"c{count}": {"source": "./cluster", "module": configuration} for count in range(number)
        }
    }
    for _, changes in in_modules(number):
        document["resource_changes"] += changes
    return document


def resources(number: int) -> dict[str, Json]:
    """A plan that makes, changes or leaves so many resources, and nothing else."""
    document = recorded("25_big")
    for key in ("planned_values", "prior_state", "configuration", "resource_drift"):
        document.pop(key, None)
    every = document["resource_changes"]
    document["resource_changes"] = []
    for count in range(number):
        change = copy.deepcopy(every[count % len(every)])
        change.pop("index", None)
        change["module_address"] = f"module.c{count}"
        change["address"] = f"module.c{count}.{change['type']}.{change['name']}"
        document["resource_changes"].append(change)
    return document


def rules(number: int) -> dict[str, Json]:
    """A plan that changes half of so many rules of one security group."""
    document = recorded("09_sg_world")
    group = next(c for c in document["resource_changes"] if c["type"] == "aws_security_group")
    like = copy.deepcopy(group["change"]["before"]["ingress"][0])
    for side, width in (("before", 24), ("after", 25)):
        group["change"][side]["ingress"] = [
            like
            | {
                "from_port": count,
                "to_port": count,
                "description": f"port {count}",
                "cidr_blocks": [f"10.{count // 250}.{count % 250}.0/{width if count % 2 else 24}"],
            }
            for count in range(number)
        ]
    group["change"]["after_unknown"] = {}
    group["change"]["actions"] = ["update"]
    return document


@dataclass(frozen=True)
class Large:
    """A kind of large plan, and how many times `json.load` it may take."""

    name: str
    make: Callable[[], dict[str, Json]]
    before: float
    """How many times it took at commit 803d8d1, measured by the same code."""

    @property
    def bar(self) -> float:
        """A third of what it was."""
        return self.before / 3


PLANS = (
    Large("a plan of 50 MB, 11,470 resources", lambda: whole(310), 5.6),
    Large("a plan of 20,000 resources", lambda: resources(20_000), 16.8),
    Large("2,000 rules of one security group", lambda: rules(2_000), 56.5),
)
GIGABYTE = 1_000_000_000
RUN = """
import gc, json, resource, sys, time
plan, report, rounds = sys.argv[1:]
from plan_review.__main__ import main
def timed(work):
    found = []
    for _ in range(int(rounds)):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)
def load():
    with open(plan, "rb") as file:
        json.load(file)
loading = timed(load)
gc.disable()
reviewing = timed(lambda: main([plan, "--output", report]))
print(loading, reviewing, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def measure(large: Large, scratch: Path, rounds: int, code: Path = ROOT) -> tuple[float, float]:
    """How many times `json.load` a review takes, in processor time, and its memory in GB."""
    plan = scratch / "plan.json"
    plan.write_text(json.dumps(large.make(), separators=(",", ":")), "utf-8")
    command = [sys.executable, "-c", RUN, str(plan), str(scratch / "report.md"), str(rounds)]
    run = subprocess.run(  # noqa: S603 - the command is ours
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd=scratch,
        env=os.environ | {"PYTHONPATH": str(code)},
    )
    loading, reviewing, memory = map(float, run.stdout.split())
    return reviewing / loading, memory / GIGABYTE


def promises(scratch: Path, rounds: int = 3) -> Iterator[tuple[str, float, float]]:
    """What is promised of large plans: the words, what was measured, and the bar."""
    for large in PLANS:
        times, memory = measure(large, scratch, rounds)
        yield f"reviewing {large.name}, times `json.load`", times, large.bar
        if "50 MB" in large.name:
            yield f"reviewing {large.name}, GB of memory", memory, 1


def main() -> None:
    """Print what was measured."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        for promise, value, bar in promises(Path(directory)):
            verdict = "kept" if value <= bar else "missed"
            sys.stdout.write(f"{promise}: {value:.2f} of at most {bar:.2f}: {verdict}\n")


if __name__ == "__main__":
    main()
