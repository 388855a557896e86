"""The formats for programs: JSON by its schema, SARIF as code scanning takes it."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from plan_review import parse_acceptances, parse_plan, review
from plan_review.__main__ import main
from plan_review.report.machine import as_json
from plan_review.report.sarif import as_sarif
from plan_review.report.schema import page, schema
from plan_review.report.web import as_html
from plan_review.rules import RULES

from .build import DELETE, change, plan
from .conftest import plan_bytes, plan_names

SCHEMA = Path(__file__).parents[2] / "docs" / "plan-review-report.schema.json"


def test_the_schema_in_the_docs_is_written_from_the_code() -> None:
    assert SCHEMA.read_text("utf-8") == page(), (
        "run: python -m plan_review.report.schema > docs/plan-review-report.schema.json"
    )


@pytest.mark.parametrize("name", plan_names())
def test_every_report_keeps_to_the_schema(name: str) -> None:
    document = json.loads(as_json(review(parse_plan(plan_bytes(name)))))
    jsonschema.Draft202012Validator(schema()).validate(document)


def test_the_schema_refuses_another_format_and_a_missing_name() -> None:
    document = json.loads(as_json(review(plan())))
    validator = jsonschema.Draft202012Validator(schema())
    assert validator.is_valid(document)
    assert not validator.is_valid({**document, "format": 2})
    del document["verdict"]
    assert not validator.is_valid(document)


def sarif(*changes: Any, **rest: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(as_sarif(review(plan(*changes), **rest)))
    assert document["version"] == "2.1.0"
    return document["runs"][0]


def test_sarif_has_a_result_for_each_address_with_its_rule() -> None:
    gone = [change(f"aws_vpc.v[{n}]", DELETE, {"id": f"vpc-{n}"}) for n in range(2)]
    run = sarif(*gone)
    assert run["properties"]["verdict"] == "outage"
    assert [result["ruleId"] for result in run["results"]] == ["NET02", "NET02"]
    result = run["results"][1]
    assert result["level"] == "error"
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "aws_vpc.v[1]"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "plan.json"
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "NET02"
    assert rule["helpUri"] == next(one.source for one in RULES if one.id == "NET02")
    prints = {one["partialFingerprints"]["planReview/v1"] for one in run["results"]}
    assert len(prints) == 2


def test_sarif_keeps_within_what_github_shows_and_says_what_it_leaves_out() -> None:
    names = [f"aws_sagemaker_model.x{n}" for n in range(6_000)]
    many = [change(name, DELETE, {"id": "x"}) for name in names]
    others = [change(f"aws_vpc.v{n}", DELETE, {"id": f"v{n}"}) for n in range(2)]
    run = sarif(*others, *many)
    assert len(run["results"]) == 5_000
    assert run["properties"]["leftOut"] == 1_002
    assert {result["ruleId"] for result in run["results"]} == {"NET02", "LOSS02"}
    assert "leftOut" not in sarif(*others)["properties"]


def test_what_is_accepted_is_suppressed_in_sarif() -> None:
    text = b"""
        [[accept]]
        rule = "NET02"
        level = "outage"
        address = "aws_vpc.v"
        reason = "the cluster ends"
        expires = 2026-12-31
    """
    accepted = parse_acceptances(text, "a.toml")
    run = sarif(change("aws_vpc.v", DELETE, {"id": "v"}), acceptances=accepted)
    (result,) = run["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "the cluster ends"}]


def test_sarif_is_a_format_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan()))
    assert main([str(file), "--format", "sarif"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"] == []


class Page(HTMLParser):
    """Which elements a page has, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(written: str) -> Page:
    found = Page()
    found.feed(written)
    found.close()
    return found


@pytest.mark.parametrize("name", plan_names())
def test_the_page_is_whole_and_loads_nothing(name: str) -> None:
    written = as_html(review(parse_plan(plan_bytes(name))), stack="lovelace")
    page = parsed(written)
    assert page.open == []
    assert not page.seen & {"script", "link", "img", "iframe", "a", "form", "object"}
    assert not page.attributes & {"src", "href", "onload", "onclick", "style"}


def test_the_page_says_what_the_comment_says() -> None:
    result = review(parse_plan(plan_bytes("07_cluster_rename")))
    text = html.unescape(re.sub(r"<[^>]+>", "", as_html(result)))
    for finding in result.findings:
        assert finding.title.replace("`", "") in text
        assert finding.action.replace("`", "") in text
        assert finding.addresses[0] in text
    assert "Where the replacements start" in text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a`b**c", '"><img src=x>'])
def test_nothing_of_a_plan_becomes_html(name: str) -> None:
    gone = change("aws_x.y", DELETE, {"name": name}) | {"address": f'aws_x.y["{name}"]'}
    page = parsed(as_html(review(plan(gone)), stack=name, commit=name))
    assert page.open == []
    assert not page.seen & {"script", "img"}


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(plan_bytes("09_sg_world"))
    out = tmp_path / "report.html"
    arguments = [str(tmp_path / "plan.json"), "--format", "html", "--output", str(out)]
    assert main(arguments) == 0
    assert out.read_text("utf-8").startswith("<!doctype html>")
