"""A variable of a plan that is not the stack's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plan_review import Review, review
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.terminal import text

from .build import found, plan, same

Json = Any
STACK = {"variable": {"cluster_name": {"default": "lovelace"}, "size": {"default": 3}}}


def of(variables: dict[str, Json], stack: Json = None, declared: Json = None) -> Review:
    document = plan(
        same("aws_x.y", {"a": "b"}),
        variables={name: {"value": value} for name, value in variables.items()},
    )
    document["configuration"] = {"root_module": {"variables": declared or {}}}
    return review(document, stack=stack)


def test_a_variable_that_is_not_the_stacks_default_is_told_with_both() -> None:
    result = of({"cluster_name": "grace", "size": 3}, STACK)
    assert found(result) == [("PLAN04", "review")]
    assert result.findings[0].title == "A variable is not the stack's own: `var.cluster_name`"
    assert result.findings[0].why.startswith(
        "`var.cluster_name` is `grace`, its default is `lovelace`."
    )


@pytest.mark.parametrize("size", [3, "3"])
def test_a_variable_at_its_default_is_not_told(size: Json) -> None:
    result = of({"cluster_name": "lovelace", "size": size}, STACK)
    assert (found(result), result.notes) == ([], ())


def test_where_no_stack_is_known_it_is_a_note() -> None:
    result = of({"region": "a"}, declared={"region": {"default": "b"}})
    assert found(result) == []
    assert result.notes == ("Not at their defaults: `var.region`.",)
    assert of({"region": "a"}, declared={"region": {}}).notes == ()


def test_the_value_of_a_sensitive_variable_is_not_told() -> None:
    stack = {"variable": {"pin": {"default": "first-hunter2"}}}
    declared = {"pin": {"sensitive": True, "default": "first-hunter2"}}
    result = of({"pin": "other-hunter2"}, stack, declared)
    assert found(result) == [("PLAN04", "review")]
    for written in (markdown(result), text(result), as_json(result)):
        assert "hunter2" not in json.dumps(written)
