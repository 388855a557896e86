"""Whatever is in a plan: no secret in any format, no traceback, no line that is not ours.

Bounded and the same in every run (tests/conftest.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plan_review import ReviewError, parse_acceptances, review, rules
from plan_review.masking import Mask
from plan_review.plan import parse_plan
from plan_review.record import parse_record
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.sarif import as_sarif
from plan_review.report.terminal import text
from plan_review.report.web import as_html

from .build import CREATE, DELETE, REPLACE, UPDATE, change, plan, resource, same
from .conftest import plan_bytes

Json = Any


def is_one_line(error: ReviewError) -> None:
    assert len(str(error).splitlines()) == 1


# What a secret may look like: long enough to be looked for, and nothing that is one by chance.
secrets = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/=_.~!%^*-", min_size=10, max_size=40
).map(lambda text: f"zq{text}")
words = st.text("abcdefghij klmno", max_size=12)
harmless = st.one_of(st.none(), st.booleans(), st.integers(), words)
names = st.sampled_from(
    [
        "password",
        "DB_PASS",
        "rootPass",
        "adminPassword",
        "api-key",
        "jwt.key",
        "auth_token",
        "clientSecret",
        "creds",
        "MYSQL_PWD",
        "encryption_key",
        "secret_access_key",
        "passphrase",
    ]
)
keys = st.text("abcdefghijk_", min_size=1, max_size=8)


def under_a_name(name: str, value: Json) -> Json:
    return {name: value}


def as_a_pair(name: str, value: Json) -> Json:
    return {"name": name, "value": value}


def as_parameters(name: str, value: Json) -> Json:
    return {"parameter_key": name, "parameter_value": value, "use_previous_value": False}


def in_an_argument(name: str, value: Json) -> Json:
    return ["run", f"--{name}", value]


def as_a_setting(name: str, value: Json) -> Json:
    return f"{name}={value}"


def in_yaml(name: str, value: Json) -> Json:
    return f"{name}: {value}"


def in_a_list_of_values(name: str, value: Json) -> Json:
    return {name: ["a", value]}


planted: st.SearchStrategy[Callable[[str, Json], Json]] = st.sampled_from(
    [
        under_a_name,
        as_a_pair,
        as_parameters,
        in_an_argument,
        as_a_setting,
        in_yaml,
        in_a_list_of_values,
    ]
)


@st.composite
def nested(draw: st.DrawFn, value: Json) -> Json:
    """A value somewhere in a tree of others, perhaps as JSON in a string."""
    for _ in range(draw(st.integers(0, 3))):
        wrap = draw(st.sampled_from(["object", "list", "json"]))
        if wrap == "object":
            value = {**draw(st.dictionaries(keys, harmless, max_size=3)), draw(keys): value}
        elif wrap == "list":
            value = [*draw(st.lists(words, max_size=2)), value]
        elif isinstance(value, dict | list):
            value = json.dumps(value)
    return value


def everything(document: dict[str, Json]) -> str:
    result = review(document)
    written = markdown(result) + text(result, in_colour=True) + as_json(result) + as_sarif(result)
    written += as_html(result)
    return written.replace(result.fingerprint, "")


@st.composite
def changes_of(draw: st.DrawFn, before: Json, after: Json) -> dict[str, Json]:
    """A plan that changes one value into another, in one of the ways in which a report shows it."""
    kind = draw(st.sampled_from(["update", "replace", "create", "delete", "drift", "both"]))
    values = {"v": before, "name": "n"}, {"v": after, "name": "n"}
    address = draw(
        st.sampled_from(["aws_x.y", "helm_release.h", "aws_eks_cluster.c", "null_resource.n"])
    )
    if kind == "update":
        return plan(change(address, UPDATE, *values))
    if kind == "create":
        return plan(change(address, CREATE, None, values[1]))
    if kind == "delete":
        return plan(change(address, DELETE, values[0]))
    if kind == "drift":
        drift = [change(address, UPDATE, *values)]
        set_by_author = [resource(address, v={"constant_value": before})]
        return plan(same(address, values[1]), resource_drift=drift, configuration=set_by_author)
    path = ["v"]
    if kind == "both" and isinstance(before, dict) and before:
        path = ["v", next(iter(before))]
    return plan(change(address, REPLACE, *values, replace_paths=[path]))


@given(st.data())
def test_a_planted_secret_appears_in_no_format(data: st.DataObject) -> None:
    old, new = data.draw(secrets), data.draw(secrets)
    name, plant = data.draw(names), data.draw(planted)
    before = data.draw(nested(plant(name, old)))
    after = data.draw(nested(plant(name, new)))
    written = everything(data.draw(changes_of(before, after)))
    assert old not in written
    assert new not in written


@given(st.data())
def test_what_terraform_marks_appears_in_no_format(data: st.DataObject) -> None:
    old, new = data.draw(secrets), data.draw(secrets)
    document = data.draw(changes_of(data.draw(nested(old)), data.draw(nested(new))))
    for entry in (*document["resource_changes"], *document.get("resource_drift", [])):
        entry["change"] |= {"before_sensitive": {"v": True}, "after_sensitive": {"v": True}}
    document["output_changes"] = {"o": {"actions": ["update"], "before": old, "after": new}}
    written = everything(document)
    assert old not in written
    assert new not in written


@given(st.data())
def test_a_known_secret_is_taken_out_of_any_text(data: st.DataObject) -> None:
    secret = data.draw(secrets)
    around = data.draw(st.text(max_size=40)), data.draw(st.text(max_size=40))
    assert secret not in Mask({secret}).text(f"{around[0]}{secret}{around[1]}")


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
shapes = st.recursive(
    st.sampled_from([True, False, {}, [], None]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("vwx"), inner, max_size=3)
    ),
    max_leaves=6,
)
ACTIONS = [
    CREATE,
    UPDATE,
    DELETE,
    REPLACE,
    ["create", "delete"],
    ["no-op"],
    ["forget"],
    ["read"],
    ["x"],
]
# Every type and argument that a rule names: a new rule is in it from its first day.
RULES = "".join(path.read_text("utf-8") for path in sorted(Path(rules.__path__[0]).glob("*.py")))
TYPES = sorted(set(re.findall(r'"(aws_[a-z0-9_]+)"', RULES)))
FIELDS = sorted(set(re.findall(r'(?:old|new)(?:_text|_list)?\("(\w+)"', RULES)))


@st.composite
def odd_changes(draw: st.DrawFn) -> dict[str, Json]:
    """A change whose outer shape is right, with anything at all for its values."""
    kind = draw(st.sampled_from(TYPES))
    fields = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=8)
    sides = draw(fields), draw(fields)
    return change(
        f"{kind}.{draw(keys)}",
        draw(st.sampled_from(ACTIONS)),
        draw(st.sampled_from([None, sides[0]])),
        draw(st.sampled_from([None, sides[1]])),
        draw(shapes),
        before_sensitive=draw(shapes),
        after_sensitive=draw(shapes),
        replace_paths=draw(
            st.lists(st.lists(st.one_of(keys, st.integers(0, 3)), max_size=3), max_size=2)
        ),
    )


@given(st.lists(odd_changes(), max_size=4), st.lists(odd_changes(), max_size=2))
def test_values_of_any_type_are_reviewed(
    changes: list[dict[str, Json]], drift: list[dict[str, Json]]
) -> None:
    document = plan(*changes, resource_drift=drift)
    written = everything(document)
    # No line begins with what a log takes for a command, and no escape sequence is the plan's.
    assert not [line for line in written.splitlines() if line.startswith("::")]


@given(st.binary(max_size=200))
def test_bytes_that_are_no_plan_are_refused_in_one_line(raw: bytes) -> None:
    for parse in (
        parse_plan,
        lambda raw: parse_acceptances(raw, "x"),
        lambda raw: parse_record(raw, "x"),
    ):
        try:
            parse(raw)
        except ReviewError as error:
            is_one_line(error)


GOOD = json.loads(plan_bytes("09_sg_world"))


@given(st.data())
def test_a_plan_in_which_anything_is_replaced_is_reviewed_or_refused(data: st.DataObject) -> None:
    document = json.loads(json.dumps(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        spoil(document, data)
    try:
        result = review(parse_plan(json.dumps(document).encode()))
    except ReviewError as error:
        is_one_line(error)
    else:
        assert markdown(result)
        assert text(result)
        assert as_json(result)


def spoil(document: Json, data: st.DataObject) -> None:
    """Replace, take out or repeat one value, at any depth."""
    holder = document
    while True:
        places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        below = holder[place]
        if isinstance(below, dict | list) and below and data.draw(st.booleans()):
            holder = below
            continue
        what = data.draw(st.sampled_from(["replace", "delete", "wrap"]))
        if what == "replace":
            holder[place] = data.draw(anything)
        elif what == "delete":
            del holder[place]
        else:
            holder[place] = [below]
        return
