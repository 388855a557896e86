"""Reports of people whose clusters failed, each with the test that keeps ours from it."""

import csv
import re

import pytest

from tests.synthesis import ROOT

with (ROOT / "tests" / "reports.tsv").open(encoding="utf-8", newline="") as file:
    REPORTS = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def test_a_report_is_there_once_and_says_what_broke() -> None:
    assert len({report for report, _, _ in REPORTS}) == len(REPORTS) > 50
    for report, broke, _ in REPORTS:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", report)
        assert broke.strip()


@pytest.mark.parametrize(("report", "_", "held_by"), REPORTS, ids=[row[0] for row in REPORTS])
def test_what_a_report_tells_of_is_held_by_a_test(report: str, _: str, held_by: str) -> None:
    found = re.fullmatch(r"(tests/[\w/]+\.py)::(test_\w+)(?:\[(.+)\])?", held_by)
    assert found, report
    text = (ROOT / found[1]).read_text(encoding="utf-8")
    assert f"def {found[2]}(" in text
    assert found[3] is None or f'"{found[3]}"' in text
