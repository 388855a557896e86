"""The page of rules says what the rules say."""

from __future__ import annotations

from pathlib import Path

from plan_review.rule_table import rule_table
from plan_review.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "plan-review-rules.md"


def test_the_page_of_rules_is_written_from_the_rules() -> None:
    assert PAGE.read_text("utf-8") == rule_table(), (
        "run: python -m plan_review.rule_table > docs/plan-review-rules.md"
    )


def test_no_two_rules_share_an_id() -> None:
    ids = [rule.id for rule in RULES]
    assert [id for id in ids if ids.count(id) > 1] == []
