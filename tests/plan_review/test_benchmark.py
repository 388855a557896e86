"""Every plan of the benchmark gets a verdict that a seasoned reviewer gives."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from plan_review import parse_plan, review

PLANS = Path(__file__).parents[2] / "bench" / "plans"
ROWS = [line.split("\t") for line in (PLANS / "verdicts.tsv").read_text("utf-8").splitlines()[1:]]


def test_every_plan_has_a_verdict() -> None:
    names = sorted(path.name.removesuffix(".json.gz") for path in PLANS.glob("*.json.gz"))
    assert sorted(row[0] for row in ROWS) == names


@pytest.mark.parametrize(("name", "verdicts", "why"), ROWS, ids=[row[0] for row in ROWS])
def test_a_plan_gets_the_verdict_of_a_seasoned_reviewer(name: str, verdicts: str, why: str) -> None:
    raw = gzip.decompress((PLANS / f"{name}.json.gz").read_bytes())
    assert review(parse_plan(raw)).verdict.value in verdicts.split("|"), why
