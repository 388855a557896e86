"""The comparison of leaves: by shape, sets as sets, pairs of objects, JSON inside strings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plan_review.facts.leaves import leaves_of
from plan_review.plan import read_plan
from plan_review.plan.paths import ABSENT, UNKNOWN, dotted
from plan_review.report.difference import blocks

from .build import UPDATE, change, plan, refs, resource, reviewed

Json = Any


def leaves(before: Json, after: Json, unknown: Json = None, **marks: Json) -> list[tuple[Any, ...]]:
    entry = change("aws_x.y", UPDATE, before, after, unknown, **marks)
    found = leaves_of(read_plan(plan(entry)).changes[0])
    return [(dotted(leaf.path), leaf.before, leaf.after) for leaf in found]


def test_a_difference_is_told_at_its_leaf() -> None:
    before = {"vpc_config": [{"public": True, "cidrs": ["a"]}]}
    after = {"vpc_config": [{"public": False, "cidrs": ["a"]}]}
    assert leaves(before, after) == [("vpc_config[0].public", True, False)]


@pytest.mark.parametrize("nothing", [None, "", [], {}])
@pytest.mark.parametrize("other", [None, "", [], {}])
def test_every_way_of_saying_nothing_is_the_same(nothing: Json, other: Json) -> None:
    assert leaves({"a": nothing}, {"a": other}) == []


@pytest.mark.parametrize("shape", [False, {}, [], [{}], [False], {"b": [False]}, None])
def test_only_true_marks_a_value_as_unknown(shape: Json) -> None:
    assert leaves({"a": [{"b": ["x"]}]}, {"a": [{"b": ["x"]}]}, {"a": shape}) == []


def test_an_unknown_leaf_is_told_where_it_is() -> None:
    before = {"a": [{"b": "x", "c": "y"}]}
    assert leaves(before, {"a": [{"c": "y"}]}, {"a": [{"b": True}]}) == [("a[0].b", "x", UNKNOWN)]
    assert leaves(before, {}, {"a": True}) == [("a", before["a"], UNKNOWN)]


@pytest.mark.parametrize("shape", [False, {}, [], [{}], {"b": False}])
def test_only_true_marks_a_value_as_sensitive(shape: Json) -> None:
    entry = change("aws_x.y", UPDATE, {"a": "1"}, {"a": "2"}, before_sensitive={"a": shape})
    assert not leaves_of(read_plan(plan(entry)).changes[0])[0].is_sensitive


def test_a_mark_on_a_container_covers_all_below() -> None:
    marks = {"after_sensitive": {"a": True}}
    entry = change("aws_x.y", UPDATE, {"a": [{"b": "1"}]}, {"a": [{"b": "2"}]}, **marks)
    assert [leaf.is_sensitive for leaf in leaves_of(read_plan(plan(entry)).changes[0])] == [True]


def test_lists_of_plain_values_are_sets() -> None:
    assert leaves({"a": ["x", "y"]}, {"a": ["y", "x"]}) == []
    assert leaves({"a": ["x", "y"]}, {"a": ["y", "z"]}) == [("a", ["x", "y"], ["y", "z"])]


def rule(port: int, *cidrs: str) -> Json:
    return {"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": list(cidrs)}


def test_objects_in_another_order_are_no_difference() -> None:
    assert leaves({"i": [rule(1, "a"), rule(2, "b")]}, {"i": [rule(2, "b"), rule(1, "a")]}) == []


def test_the_most_alike_objects_are_paired() -> None:
    before = {"i": [rule(443, "a"), rule(22, "b")]}
    after = {"i": [rule(22, "c"), rule(443, "a")]}
    assert leaves(before, after) == [("i[0].cidr_blocks", ["b"], ["c"])]


def test_an_object_that_comes_is_told_field_by_field() -> None:
    found = leaves({"i": [rule(22, "a")]}, {"i": [rule(22, "a"), rule(80, "b")]})
    assert ("i[1].from_port", ABSENT, 80) in found
    assert all(path.startswith("i[1]") for path, _, _ in found)


def test_a_policy_in_a_string_is_compared_as_statements() -> None:
    def policy(*statements: Json) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

    one = {"Sid": "a", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "x"}
    same_again = {**one, "Action": ["s3:GetObject"], "Resource": ["x"]}
    other = {"Sid": "b", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "x"}
    assert leaves({"p": policy(one, other)}, {"p": policy(other, same_again)}) == []
    more = {**one, "Action": ["s3:GetObject", "s3:ListBucket"]}
    assert leaves({"p": policy(one)}, {"p": policy(more)}) == [
        ("p.Statement[0].Action", ["s3:GetObject"], ["s3:GetObject", "s3:ListBucket"])
    ]


def test_tags_are_told_once_and_with_what_they_end_up_as() -> None:
    before = {"tags": {"Team": "a"}, "tags_all": {"Team": "a", "By": "tf"}}
    after = {"tags": {}, "tags_all": {"Team": "b", "By": "tf"}}
    assert leaves(before, after) == [("tags.Team", "a", "b")]
    before, after = {"tags": {"N": "a"}, "tags_all": {"N": "a"}}, {"tags": {"N": "b"}}
    assert leaves(before, after, {"tags_all": True}) == [("tags.N", "a", "b")]


def test_a_change_of_type_is_a_difference_and_not_an_error() -> None:
    assert leaves({"a": {"b": 1}}, {"a": "x"}) == [("a", {"b": 1}, "x")]
    assert leaves({"a": ["b"]}, {"a": "x"}) == [("a", ["b"], "x")]


def test_thousands_of_objects_are_compared_in_reasonable_time() -> None:
    before = {"i": [rule(n, "a") for n in range(3000)]}
    after = {"i": [rule(n, "b") for n in range(3000)]}
    assert len(leaves(before, after)) == 3000


def test_subnets_that_swap_their_zones_are_not_folded() -> None:
    def moved(number: int, old: str, new: str) -> Json:
        return change(
            f"aws_subnet.private[{number}]",
            ["delete", "create"],
            {"availability_zone": old},
            {"availability_zone": new},
            replace_paths=[["availability_zone"]],
        )

    apart = reviewed(moved(0, "a", "c"), moved(1, "b", "a"))
    assert len(blocks(apart)) == 2
    alike = reviewed(moved(0, "a", "c"), moved(1, "a", "c"))
    [folded] = blocks(alike)
    assert folded.changes == 2
    assert folded.lines[-1] == "  same: aws_subnet.private[1]"


def test_computed_values_that_become_unknown_are_left_out() -> None:
    block = resource("aws_x.y", name=refs("var.a"))
    entry = change("aws_x.y", UPDATE, {"name": "a", "etag": "1"}, {"name": "b"}, {"etag": True})
    facts = reviewed(entry, configuration=[block]).facts
    assert [leaf.top for leaf in facts.authored(facts.changes[0])] == ["name"]


def test_paths_are_written_as_terraform_does() -> None:
    assert dotted(("a", 0, "b")) == "a[0].b"
    assert dotted(("tags", 'k"8.s')) == 'tags["k\\"8.s"]'
