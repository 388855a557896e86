"""The JSON schema of `--format json`: what other programs may build on.

    python -m plan_review.report.schema > docs/plan-review-report.schema.json

`format` is its version: within one, names are added and none is taken away or changes its meaning.
"""

from __future__ import annotations

import json
import sys
from typing import Final

from plan_review.levels import Level
from plan_review.plan.paths import Json
from plan_review.report.machine import FORMAT

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_LEVEL: Final = {"enum": [level.value for level in Level]}


def schema() -> dict[str, Json]:
    """The schema, in the dialect of 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The report of the plan review",
        **_object(
            {
                "verdict": {**_LEVEL, "description": "the worst level that counts"},
                "findings": {"type": "array", "items": _finding()},
                "format": {"const": FORMAT},
                "stack": _TEXT,
                "complete": {
                    "type": "boolean",
                    "description": "false for a plan that errored or leaves something out",
                },
                "counts": {"type": "object", "additionalProperties": _NUMBER},
                "tags_only": _NUMBER,
                "causes": {"type": "array", "items": _cause()},
                "notes": _TEXTS,
                "plan": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "terraform_version": _TEXT,
            }
        ),
    }


def _finding() -> dict[str, Json]:
    accepted = _object({"reason": _TEXT, "expires": {"type": "string", "format": "date"}})
    return _object(
        {
            "rule": _TEXT,
            "level": _LEVEL,
            "title": _TEXT,
            "why": _TEXT,
            "action": _TEXT,
            "addresses": {**_TEXTS, "minItems": 1},
            "source": _TEXT,
            "accepted": {"anyOf": [accepted, {"type": "null"}]},
            "proposed": {"type": ["string", "null"]},
        }
    )


def _cause() -> dict[str, Json]:
    return _object(
        {
            "addresses": {**_TEXTS, "minItems": 1},
            "argument": _TEXT,
            "before": _TEXTS,
            "after": _TEXTS,
            "reason": _TEXT,
            "replaces": _NUMBER,
            "variables": _TEXTS,
            "through": _TEXTS,
            "construct_paths": _TEXTS,
        }
    )


def _object(properties: dict[str, Json]) -> dict[str, Json]:
    return {"type": "object", "required": list(properties), "properties": properties}


def page() -> str:
    """The schema as it stands in the docs."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
