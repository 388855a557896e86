"""Accepted findings: shown, not counted, and only until their day."""

from __future__ import annotations

import datetime
import json

import pytest

from plan_review import Acceptance, Level, Review, ReviewError, parse_acceptances, review
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.terminal import text

from .build import CREATE, DELETE, change, found, plan, resource

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


REASON = "runs twice, `see` | runbook"


def acceptance(
    address: str,
    until: str = "2027-01-01",
    rule: str = "RUN01",
    level: Level = Level.REVIEW,
) -> Acceptance:
    return Acceptance(rule, level, address, REASON, datetime.date.fromisoformat(until))


def accepted(address: str, until: str = "2027-01-01", rule: str = "RUN01") -> Review:
    return review(PLAN, acceptances=[acceptance(address, until, rule)], today=TODAY)


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
    result = review(plan(complete=False), acceptances=[acceptance("*", rule="PLAN02")], today=TODAY)
    assert result.verdict is Level.ROUTINE
    assert not result.is_whole


def test_an_acceptance_runs_for_ninety_days_at_most() -> None:
    assert accepted("*", until="2027-02-21").verdict is Level.ROUTINE
    late = accepted("*", until="2027-02-22")
    assert found(late) == [("RUN01", "review"), ("ACC03", "review")]
    assert "more than 90 days" in late.findings[-1].why


BUCKET = plan(change("aws_s3_bucket.b", DELETE, {"bucket": "logs"}))


def test_an_acceptance_covers_nothing_worse_than_its_level() -> None:
    milder = acceptance("aws_s3_bucket.b", rule="DATA02", level=Level.WILL_FAIL)
    result = review(BUCKET, acceptances=[milder], today=TODAY)
    assert found(result) == [("DATA02", "data-loss"), ("ACC02", "review")]
    worse = acceptance("aws_s3_bucket.b", rule="DATA02", level=Level.OUTAGE)
    assert review(BUCKET, acceptances=[worse], today=TODAY).verdict is Level.ROUTINE


def test_what_a_pull_request_accepts_for_itself_is_shown_and_counts_all_the_same() -> None:
    own = [acceptance("null_resource.a")]
    before, after = review(PLAN, today=TODAY), review(PLAN, proposed=own, today=TODAY)
    assert after.verdict is before.verdict is Level.REVIEW
    assert after.reaches(Level.REVIEW)
    for report in (markdown(after), text(after)):
        assert "Accepted in this pull request by its author." in report
        assert "runs twice" in report
    head = markdown(before).splitlines()[:4]
    assert markdown(after).splitlines()[:4] == head
    assert markdown(after).index("by its author") < markdown(after).index("- 🔵 **review**")
    noted = {f["addresses"][0]: f["proposed"] for f in json.loads(as_json(after))["findings"]}
    assert noted == {"null_resource.b": None, "null_resource.a": REASON}


def test_what_the_base_branch_accepts_stays_accepted_and_what_goes_is_not_called_stale() -> None:
    base = [acceptance("*"), acceptance("*", rule="TF01"), acceptance("*", until="2026-11-22")]
    result = review(PLAN, acceptances=base, proposed=[], today=TODAY)
    assert result.verdict is Level.ROUTINE
    assert found(result) == [("RUN01", "review")]


@pytest.mark.parametrize(
    ("pattern", "address", "covered"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.bc", False),
        ("*", "", True),
        ("a.*", "a.b", True),
        ("*.b", "a.b", True),
        ("a*b*c", "a1b2c", True),
        ("a*b*c", "a1c2b", False),
        ("ab*ba", "aba", False),
        ("*a*a*", "aa", True),
        ("*a*a*", "a", False),
        ("a[*]", "a[0]", True),
        ("A.b", "a.b", False),
    ],
)
def test_a_star_stands_for_any_text(pattern: str, address: str, covered: bool) -> None:
    assert acceptance(pattern).matches("RUN01", Level.REVIEW, address) is covered


def test_a_pattern_of_many_stars_is_no_burden() -> None:
    # With a regular expression this does not end.
    assert not acceptance("*a" * 40 + "*b").matches("RUN01", Level.REVIEW, "a" * 5_000)


FILE = """
[[accept]]
rule = "RUN01"
level = "review"
address = "null_resource.aws_auth"
reason = "kubectl apply can run twice"
expires = 2027-03-31
"""


def test_the_file_of_acceptances_is_toml() -> None:
    assert parse_acceptances(FILE.encode(), "accept.toml") == [
        Acceptance(
            "RUN01",
            Level.REVIEW,
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
        (FILE.replace("level = ", "# "), "accept[0].level is missing; write the level that the"),
        (FILE.replace('"review"', '"bad"'), "accept[0].level: expected one of outage, data-loss, "),
        (FILE.replace('"review"', '"routine"'), "accept[0].level: expected one of outage, "),
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


def one(level: str, address: str) -> bytes:
    return FILE.replace("review", level).replace("null_resource.aws_auth", address).encode()


@pytest.mark.parametrize("level", ["outage", "data-loss"])
@pytest.mark.parametrize("address", ["*", "**", "*.*", "module.*", "a*", "*_bucket.*"])
def test_the_worst_is_not_accepted_of_anything(level: str, address: str) -> None:
    with pytest.raises(ReviewError, match=f"would accept {level} of anything; write"):
        parse_acceptances(one(level, address), "accept.toml")


@pytest.mark.parametrize(
    ("level", "address"),
    [
        ("outage", "aws_eks_cluster.control_plane"),
        ("data-loss", "aws_s3_bucket.logs[*]"),
        ("data-loss", "module.*.aws_s3_bucket.logs"),
        ("security", "*"),
    ],
)
def test_what_is_named_may_be_accepted(level: str, address: str) -> None:
    assert parse_acceptances(one(level, address), "accept.toml")[0].address == address
