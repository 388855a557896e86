"""Every plan of the benchmark gets a verdict that a seasoned reviewer gives."""

from __future__ import annotations

import pytest

from bench.plan_review import ASKS, OURS, PAGE, PLANS, RECORDED, STOPS, Sample, ours, samples
from plan_review import parse_plan, review

SAMPLES = samples()


def test_every_plan_has_a_verdict() -> None:
    files = [*PLANS.glob("*.json.gz"), *RECORDED.glob("*.json.gz")]
    names = sorted(path.name.removesuffix(".json.gz") for path in files)
    assert sorted(sample.name for sample in SAMPLES) == names


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_plan_gets_the_verdict_of_a_seasoned_reviewer(sample: Sample) -> None:
    assert review(parse_plan(sample.raw)).verdict.value in sample.verdicts, sample.why


def test_the_page_says_of_this_review_what_it_does() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if " | " in line]
    head = next(row for row in rows if row[0] == "| Plan")
    told = {row[0].strip("| `"): row[head.index(OURS)] for row in rows if row[0].startswith("| `")}
    assert told == {sample.name: ours(sample) for sample in SAMPLES}


def test_what_must_stop_is_stopped_and_what_is_harmless_is_not() -> None:
    answers = {sample.name: ours(sample) for sample in SAMPLES}
    assert [s.name for s in SAMPLES if s.must_stop and answers[s.name] != STOPS] == []
    assert [s.name for s in SAMPLES if s.is_harmless and answers[s.name] == STOPS] == []
    assert ASKS in answers.values()
