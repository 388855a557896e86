"""Rules of a team's own: data in a file, levels, stores, protection, a scope; and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plan_review import Level, Review, ReviewError, parse_acceptances, review
from plan_review.__main__ import main
from plan_review.own import parse_own_rules
from plan_review.report.markdown import markdown

from .build import CREATE, DELETE, REPLACE, change, found, plan, resource, same, update


def judged(text: str, *changes: dict[str, Any], scope: tuple[str, ...] = (), **rest: Any) -> Review:
    own = parse_own_rules(text.encode(), "plan-review.toml", scope)
    return review(plan(*changes, **rest), own=own)


RULE = """
[[rule]]
id = "ACME1"
level = "security"
type = "aws_db_*"
attribute = "publicly_accessible"
is = true
title = "A database is public"
why = "Ours are reached through the {proxy}."
do = "Set it to false."
"""


def database(**values: Any) -> dict[str, Any]:
    return {"identifier": "db", "publicly_accessible": False, **values}


def test_a_rule_is_found_where_its_attribute_becomes_what_it_names() -> None:
    result = judged(RULE, update("aws_db_instance.d", database(), publicly_accessible=True))
    finding = next(finding for finding in result.findings if finding.rule == "ACME1")
    assert (finding.level, finding.title) == (Level.SECURITY, "A database is public")
    assert finding.why == ("Ours are reached through the {proxy}. `publicly_accessible` is `true`.")
    assert finding.action == "Set it to false."
    assert finding.addresses == ("aws_db_instance.d",)
    assert "ACME1" in markdown(result)


@pytest.mark.parametrize(
    "entry",
    [
        update("aws_db_instance.d", database(publicly_accessible=True), publicly_accessible=False),
        update("aws_db_instance.d", database(publicly_accessible=True), identifier="other"),
        same("aws_db_instance.d", database(publicly_accessible=True)),
        update("aws_instance.d", database(), publicly_accessible=True),
        update("aws_db_instance.d", database(), publicly_accessible="true"),
    ],
    ids=["the other way", "another attribute", "no change", "another type", "a text"],
)
def test_a_rule_is_not_found_close_to_it(entry: dict[str, Any]) -> None:
    assert "ACME1" not in [rule for rule, _ in found(judged(RULE, entry))]


def own(**keys: Any) -> str:
    lines = "\n".join(f"{key} = {value}" for key, value in keys.items() if key != "is_")
    return f"""
[[rule]]
id = "ACME2"
level = "review"
title = "t"
why = "w."
do = "d"
{lines}
"""


GROUP = {"ingress": [{"from_port": 22, "cidr_blocks": ["10.0.0.0/8"]}], "name": "g"}


@pytest.mark.parametrize(
    ("keys", "entry", "said"),
    [
        ({"actions": '["destroy"]'}, change("aws_x.y", DELETE, {"v": 1}), "w."),
        ({"actions": '["create"]'}, change("aws_x.y", DELETE, {"v": 1}), None),
        ({}, update("aws_x.y", {"v": 1}, v=2), "w."),
        ({"attribute": '"v"'}, update("aws_x.y", {"v": 1}, v=2), "w. `v` changes."),
        ({"attribute": '"v"'}, update("aws_x.y", {"v": 1, "w": 1}, w=2), None),
        ({"attribute": '"v"'}, change("aws_x.y", CREATE, None, {"w": 1}), None),
        (
            {"attribute": '"v"', "is_not": "2"},
            change("aws_x.y", REPLACE, {"v": 2}, {"v": 3}),
            "w. `v` is `3`.",
        ),
        ({"attribute": '"v"', "is_not": "2"}, update("aws_x.y", {"v": 1}, v=2), None),
        (
            {"attribute": '"v"', "is_not": "true"},
            change("aws_x.y", CREATE, None, {}),
            "w. `v` is `null`.",
        ),
        (
            {"attribute": '"ingress[*].cidr_blocks[*]"', "like": '"0.*"'},
            update("aws_x.y", GROUP, ingress=[{"from_port": 22, "cidr_blocks": ["0.0.0.0/0"]}]),
            "w. `ingress.*.cidr_blocks.*` is `0.0.0.0/0`.",
        ),
        (
            {"attribute": '"ingress[0].from_port"', "is": "22"},
            change("aws_x.y", CREATE, None, GROUP),
            "w. `ingress.0.from_port` is `22`.",
        ),
        (
            {"attribute": '"v.password"', "is": '"hunter2"'},
            update("aws_x.y", {"v": {"password": "a"}}, v={"password": "hunter2"}),
            "w. `v.password` is `(hidden)`.",
        ),
        (
            {"attribute": '"v"', "is": '"hunter2"'},
            update("aws_x.y", {"v": "a"}, v="hunter2", after_sensitive={"v": True}),
            "w. `v` is `(sensitive)`.",
        ),
        (
            {"attribute": '"v"', "is_not": '"a"'},
            update("aws_x.y", {"v": "a"}, unknown={"v": True}),
            "w. `v` is `(known after apply)`.",
        ),
    ],
)
def test_a_condition_by_action_and_attribute(
    keys: dict[str, str], entry: dict[str, Any], said: str | None
) -> None:
    result = judged(own(type='"aws_x"', **keys), entry)
    whys = [finding.why for finding in result.findings if finding.rule == "ACME2"]
    assert whys == ([said] if said else [])
    assert "hunter2" not in markdown(result)


STORE = """
[[store]]
type = "snowflake_*"
name = "warehouse"
"""


@pytest.mark.parametrize("actions", [DELETE, REPLACE, ["forget"]])
def test_a_store_of_one_s_own_is_data(actions: list[str]) -> None:
    after = {"name": "b"} if actions == REPLACE else None
    lost = change("snowflake_database.d", actions, {"name": "a"}, after)
    result = judged(STORE, lost, same("snowflake_database.e", {"name": "e"}))
    assert ("OWN01", "data-loss") in found(result)
    assert "The warehouse `d` is " in next(f.title for f in result.findings if f.rule == "OWN01")
    assert "OWN01" not in [rule for rule, _ in found(judged(STORE, change("aws_x.y", DELETE, {})))]


def test_what_is_protected_is_not_to_go() -> None:
    text = """
    [[protected]]
    address = "aws_vpc.*"
    reason = "peered with the data centre"
    level = "will-fail"
    [[protected]]
    address = "aws_x.y"
    reason = "ours"
    """
    result = judged(
        text,
        change("aws_vpc.k8s", DELETE, {"id": "vpc-1"}),
        change("aws_x.y", DELETE, {}),
        update("aws_vpc.other", {"id": "vpc-2", "tags": {}}, tags={"a": "b"}),
    )
    own = {f.addresses: f for f in result.findings if f.rule == "OWN02"}
    assert own[("aws_vpc.k8s",)].level is Level.WILL_FAIL
    assert own[("aws_x.y",)].level is Level.OUTAGE
    assert "protects it: peered with the data centre." in own[("aws_vpc.k8s",)].why
    assert len(own) == 2


SCOPE = """
[scope]
addresses = ["aws_eks_node_group.*", "aws_launch_template.node"]
"""


def test_what_changes_outside_of_the_scope_is_worth_a_look() -> None:
    entries = [
        update("aws_eks_node_group.a", {"v": 1}, v=2),
        update("aws_launch_template.node", {"v": 1}, v=2),
        update("aws_x.y", {"v": 1}, v=2),
        change("aws_x.z", CREATE, None, {}),
        change("aws_x.moved", ["no-op"], {}, {}, previous_address="aws_x.before"),
        same("aws_x.still", {"v": 1}),
    ]
    result = judged(SCOPE, *entries)
    finding = next(finding for finding in result.findings if finding.rule == "OWN03")
    assert finding.addresses == ("aws_x.y", "aws_x.z", "aws_x.moved")
    assert finding.level is Level.REVIEW
    result = judged(SCOPE, *entries, scope=("aws_x.*",))
    assert "OWN03" not in [rule for rule, _ in found(result)]
    assert "OWN03" not in [rule for rule, _ in found(judged("", *entries))]


RUN = [{"type": "local-exec", "expressions": {}}]
COMMANDS = [resource(f"null_resource.{name}", provisioners=RUN) for name in "ab"]


def test_a_rule_has_another_level_at_some_addresses() -> None:
    text = """
    [[level]]
    rule = "RUN01"
    address = "null_resource.a"
    level = "disruption"
    reason = "it empties the cache"
    """
    result = judged(
        text,
        change("null_resource.a", CREATE, None, {}),
        change("null_resource.b", CREATE, None, {}),
        configuration=COMMANDS,
    )
    levels = {f.addresses: f.level for f in result.findings if f.rule == "RUN01"}
    assert levels == {
        ("null_resource.a",): Level.DISRUPTION,
        ("null_resource.b",): Level.REVIEW,
    }
    assert result.verdict is Level.DISRUPTION


LEVEL = """
[[level]]
rule = "{}"
address = "{}"
level = "{}"
reason = "r"
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[rule]", "plan-review.toml is not TOML: "),
        ("a = 1", "unknown key 'a'; known are level, store, protected, scope, rule"),
        ("rule = 1", "plan-review.toml: rule: write [[rule]], once for each"),
        ("rule = [1]", "plan-review.toml: rule[0]: expected a table"),
        ("[[store]]\ntype = 'a'", "store[0].name is missing"),
        ("[[store]]\ntype = 'a'\nname = ''", "store[0].name: expected a text of at most 500"),
        ("[scope]\naddresses = 'a'", "scope.addresses: expected a list of addresses, got 'a'"),
        ("[scope]\naddresses = []", "scope.addresses is empty; write what is in scope, or delete"),
        (2 * "[[store]]\ntype = 'a_b'\nname = 'c'\n", "store[1].type: a_b is there already; keep"),
        (
            RULE.replace("aws_db_*", "Database"),
            "rule[0].type: expected a type like aws_db_i",
        ),
        (
            "protected = 'aws_vpc.k8s'",
            "protected: write [[protected]], once for each, got 'aws_vpc",
        ),
        (RULE + "code = 'x'", "rule[0]: unknown key 'code'; known are id, level, type, title, "),
        (RULE.replace("ACME1", "acme"), "rule[0].id: expected capitals and digits, as in ACME1"),
        (RULE.replace("ACME1", "EKS01"), "rule[0].id: EKS01 is taken; every rule has an id of"),
        (RULE + RULE, "rule[1].id: ACME1 is taken"),
        (RULE.replace("security", "bad"), "rule[0].level: expected one of outage, data-loss, "),
        (RULE + 'like = "a"', "rule[0]: write one of is, is_not and like, beside an attribute"),
        (RULE.replace("is = true", "is = []"), "rule[0].is: expected a text, a number, true or"),
        (RULE + 'actions = ["eat"]', "update, replace, destroy, forget, got ['eat']"),
        (
            RULE.replace('"publicly_accessible"', '"a..b"'),
            "rule[0].attribute: expected a path like a[0].b, got 'a..b'",
        ),
        (RULE.replace('"publicly_accessible"', '"a[x]"'), "rule[0].attribute: expected a path"),
        (LEVEL.format("X1", "*", "review"), "level[0].rule: there is no rule 'X1'"),
        (
            LEVEL.format("EKS01", "*", "review"),
            "level[0].address: '*' would make outage milder for anything; write the address",
        ),
        (LEVEL.format("RUN01", "*", "routine"), "level[0].level: expected one of outage, "),
    ],
)
def test_a_file_that_is_none_says_what_is_wrong(text: str, expected: str) -> None:
    with pytest.raises(ReviewError) as caught:
        parse_own_rules(text.encode(), "plan-review.toml")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "address"), [("EKS01", "aws_eks_cluster.test"), ("RUN01", "*"), ("OWN01", "a_b.*")]
)
def test_a_level_may_be_milder_where_it_is_named(rule: str, address: str) -> None:
    own = parse_own_rules((STORE + LEVEL.format(rule, address, "disruption")).encode(), "x")
    assert own.levels[0].level is Level.DISRUPTION


def test_own_words_are_text_and_never_a_template_or_a_table_of_markdown() -> None:
    text = RULE.replace("A database is public", "{0} {because} | x `y`")
    result = judged(
        text, change("aws_db_instance.d", CREATE, None, database(publicly_accessible=True))
    )
    title = next(f.title for f in result.findings if f.rule == "ACME1")
    assert title == "{0} {because} | x `y`"
    assert "**{0} {because} | x `y`**" in markdown(result)  # in no table, where | would end a cell


def test_the_command_reads_the_file_and_a_scope(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, rules = tmp_path / "plan.json", tmp_path / "plan-review.toml"
    shown.write_text(json.dumps(plan(update("aws_x.y", {"v": 1}, v=2))), "utf-8")
    rules.write_text(own(type='"aws_x"').replace("review", "will-fail"), "utf-8")
    assert main([str(shown), "--rules", str(rules), "--fail-on", "will-fail"]) == 3
    assert main([str(shown), "--scope", "aws_z.*", "--fail-on", "review"]) == 3
    assert "Outside of the declared scope" in capsys.readouterr().out
    assert main([str(shown), "--scope", "aws_x.*", "--fail-on", "review"]) == 0
    assert main([str(shown), "--rules", "no-such-file"]) == 1


def test_the_how_to_shows_a_file_that_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs/how-to/review-a-plan.md").read_text("utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```toml\n")[1:]]
    shown = next(block for block in blocks if "[[rule]]" in block)
    assert len(parse_own_rules(shown.encode(), "plan-review.toml").rules) == 4
    accepted = next(block for block in blocks if "[[accept]]" in block)
    assert len(parse_acceptances(accepted.encode(), "x.accept.toml")) == 1
