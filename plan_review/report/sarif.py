"""The report as SARIF 2.1.0, for code scanning and whatever else reads it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. A finding is a result at each of
its addresses; what is accepted is a result that is suppressed, with the reason.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Final

from plan_review.levels import Level
from plan_review.masking import Mask
from plan_review.plan.paths import Json
from plan_review.review import Review
from plan_review.rules import RULES
from plan_review.rules.findings import Finding

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Level.OUTAGE: "error",
    Level.DATA_LOSS: "error",
    Level.SECURITY: "error",
    Level.WILL_FAIL: "error",
    Level.DISRUPTION: "warning",
    Level.REVIEW: "note",
    Level.ROUTINE: "none",
}
_SEVERITIES: Final = {
    Level.OUTAGE: "9.5",
    Level.DATA_LOSS: "9.0",
    Level.SECURITY: "8.0",
    Level.WILL_FAIL: "7.0",
    Level.DISRUPTION: "5.0",
    Level.REVIEW: "2.0",
    Level.ROUTINE: "0.0",
}
"""What GitHub sorts by, in place of a level of ours."""
_MOST_RESULTS: Final = 5_000
"""As many as GitHub shows; it refuses a run of more than 25,000.

https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/troubleshoot-sarif-uploads/results-exceed-limit
"""
_FIELD: Final = re.compile(r"\{\w+\}")


def as_sarif(review: Review, *, uri: str = "plan.json") -> str:
    """Write the report as SARIF, the same bytes for the same review.

    `uri` is the file that results point at, relative to the repository: a plan has no lines.
    What is beyond GitHub's limit is left out, each finding's first address last; `leftOut` in the
    run's properties says how many results that are.
    """
    mask = review.facts.mask
    results, left_out = _within_the_limit(review.findings)
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "plan-review",
                        "rules": _rules(review.findings),
                    }
                },
                "results": [_result(finding, at, mask, uri) for finding, at in results],
                "properties": {
                    "verdict": review.verdict.value,
                    "plan": review.fingerprint,
                    **({"leftOut": left_out} if left_out else {}),
                },
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _within_the_limit(
    findings: tuple[Finding, ...],
) -> tuple[list[tuple[Finding, str]], int]:
    """Findings with one address each, as many as GitHub shows, and how many are left out."""
    every = sum(len(finding.addresses) for finding in findings)
    room = max(0, _MOST_RESULTS - len(findings))
    chosen = []
    for finding in findings[:_MOST_RESULTS]:
        more = finding.addresses[1 : room + 1]
        room -= len(more)
        chosen += [(finding, at) for at in (*finding.addresses[:1], *more)]
    return chosen, every - len(chosen)


def _rules(findings: tuple[Finding, ...]) -> list[Json]:
    """The rules that found something, those of a team's own among them."""
    known = {rule.id: rule for rule in RULES}
    rules: dict[str, Json] = {}
    for finding in findings:
        rule = known.get(finding.rule)
        level = rule.level if rule else finding.level
        rules.setdefault(
            finding.rule,
            {
                "id": finding.rule,
                "shortDescription": {"text": _FIELD.sub("…", rule.title) if rule else "Own rule"},
                "fullDescription": {"text": rule.when if rule else finding.title},
                **({"helpUri": finding.source} if finding.source else {}),
                "defaultConfiguration": {"level": _LEVELS[level]},
                "properties": {"security-severity": _SEVERITIES[level], "tags": [level.value]},
            },
        )
    return list(rules.values())


def _result(finding: Finding, address: str, mask: Mask, uri: str) -> Json:
    shown = mask.text(address)
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{finding.title}: {shown}. {finding.why} To do: {finding.action}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"fullyQualifiedName": shown, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"planReview/v1": _print(finding.rule, shown)},
        "properties": {"level": finding.level.value},
    }
    if finding.accepted_until is not None:
        reason = mask.text(finding.accepted_because)
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    return result


def _print(rule: str, address: str) -> str:
    return hashlib.sha256(f"{rule} {address}".encode("utf-8", "backslashreplace")).hexdigest()
