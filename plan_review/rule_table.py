"""The table of rules in docs/plan-review-rules.md, written from the rules themselves.

python -m plan_review.rule_table > docs/plan-review-rules.md
"""

from __future__ import annotations

import re
import sys

from plan_review.own import GENERAL
from plan_review.report.escape import cell
from plan_review.rules import RULES
from plan_review.rules.rule import Rule

_HEAD = """# The rules of the plan review

Written by `python -m plan_review.rule_table` from `plan_review/rules/`; a test compares the two.
The level is the rule's own; where a case is worse or milder, the condition says so. `…` stands
for a value from the plan. `OWN01` to `OWN03` speak where `plan-review.toml` or `--scope` asks for
it.

| Rule | Level | When | What the report says | What to do |
|---|---|---|---|---|
"""
_FIELD = re.compile(r"\{\w+\}")


def rule_table() -> str:
    """The page as Markdown."""
    return _HEAD + "".join(f"{_row(rule)}\n" for rule in (*RULES, *GENERAL))


def _row(rule: Rule) -> str:
    texts = (
        f"[{rule.id}]({rule.source.removeprefix('docs/')})",
        rule.level.value,
        rule.when,
        f"**{_blank(rule.title)}.** {_blank(rule.why)}",
        _blank(rule.action),
    )
    return "| " + " | ".join(cell(text) for text in texts) + " |"


def _blank(template: str) -> str:
    return _FIELD.sub("…", template)


if __name__ == "__main__":
    sys.stdout.write(rule_table())
