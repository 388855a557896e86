"""Accepted findings: shown, not counted, and only until their day."""

from __future__ import annotations

import datetime

import pytest

from plan_review import Acceptance, Level, Review, ReviewError, parse_acceptances, review
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.terminal import text

from .build import CREATE, change, found, plan, resource

TODAY = datetime.date(2026, 11, 23)
RUN = [{"type": "local-exec", "expressions": {}}]
PLAN = plan(
    change("null_resource.a", CREATE, None, {}),
    change("null_resource.b", CREATE, None, {}),
    configuration=[
        resource("null_resource.a", provisioners=RUN),
        resource("null_resource.b", provisioners=RUN),
    ],
)


def accepted(address: str, until: str = "2027-01-01", rule: str = "RUN01") -> Review:
    day = datetime.date.fromisoformat(until)
    acceptance = Acceptance(rule, address, "runs twice, `see` | runbook", day)
    return review(PLAN, acceptances=[acceptance], today=TODAY)


def test_without_acceptance_both_count() -> None:
    assert found(review(PLAN)) == [("RUN01", "review")]


def test_an_accepted_finding_no_longer_counts_but_is_shown_struck_through() -> None:
    result = accepted("*")
    assert result.verdict is Level.ROUTINE
    assert not result.reaches(Level.REVIEW)
    report = markdown(result)
    assert "~~Runs a command outside Terraform's sight~~" in report
    assert "Accepted until 2027-01-01" in report
    assert '"accepted": {' in as_json(result)
    assert "accepted until 2027-01-01: [RUN01]" in text(result)


def test_only_the_named_address_is_accepted() -> None:
    result = accepted("null_resource.a")
    assert [(f.addresses, f.is_accepted) for f in result.findings] == [
        (("null_resource.b",), False),
        (("null_resource.a",), True),
    ]
    assert result.verdict is Level.REVIEW


def test_an_acceptance_counts_on_its_last_day_and_not_after() -> None:
    assert accepted("*", until="2026-11-23").verdict is Level.ROUTINE
    late = accepted("*", until="2026-11-22")
    assert found(late) == [("RUN01", "review"), ("ACC01", "review")]


@pytest.mark.parametrize(
    ("rule", "address"), [("RUN01", "null_resource.c"), ("EKS01", "*"), ("RUN01", "null_resource.")]
)
def test_an_acceptance_that_matches_nothing_is_a_finding(rule: str, address: str) -> None:
    assert ("ACC02", "review") in found(accepted(address, rule=rule))


def test_an_unfinished_plan_is_not_fine_whatever_is_accepted() -> None:
    acceptance = Acceptance("PLAN02", "*", "on purpose", datetime.date(2027, 1, 1))
    result = review(plan(complete=False), acceptances=[acceptance], today=TODAY)
    assert result.verdict is Level.ROUTINE
    assert not result.is_whole


FILE = """
[[accept]]
rule = "RUN01"
address = "null_resource.aws_auth"
reason = "kubectl apply can run twice"
expires = 2027-03-31
"""


def test_the_file_of_acceptances_is_toml() -> None:
    assert parse_acceptances(FILE.encode(), "accept.toml") == [
        Acceptance(
            "RUN01",
            "null_resource.aws_auth",
            "kubectl apply can run twice",
            datetime.date(2027, 3, 31),
        )
    ]
    assert parse_acceptances(b"", "accept.toml") == []
    quoted = FILE.replace("2027-03-31", '"2027-03-31"')
    assert len(parse_acceptances(quoted.encode(), "accept.toml")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[accept]", "accept.toml is not TOML: "),
        ("[[allow]]", "accept.toml: unknown key 'allow'; only [[accept]] tables are read"),
        ("accept = 1", "accept.toml: accept: write [[accept]], once for each finding"),
        ("accept = [1]", "accept.toml: accept[0]: expected a table"),
        (FILE.replace("reason", "because"), "accept.toml: accept[0].reason is missing"),
        (FILE + "who = 'me'", "accept.toml: accept[0]: unknown key 'who'"),
        (FILE.replace('"RUN01"', "1"), "accept.toml: accept[0].rule: expected a text"),
        (
            FILE.replace("2027-03-31", '"soon"'),
            "accept[0].expires: expected a date like 2027-03-31",
        ),
        (FILE.replace("2027-03-31", "true"), "accept[0].expires: expected a date like 2027-03-31"),
    ],
)
def test_a_malformed_file_of_acceptances_says_what_is_wrong(text: str, expected: str) -> None:
    with pytest.raises(ReviewError) as caught:
        parse_acceptances(text.encode(), "accept.toml")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
