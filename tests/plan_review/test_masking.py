"""Nothing secret is printed: by shape, name and pattern, and wherever a known one turns up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plan_review import Review, review
from plan_review.masking import HIDDEN, SENSITIVE, USER_DATA, Mask, names_a_secret
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.terminal import text

from .build import CREATE, DELETE, REPLACE, UPDATE, change, plan, resource, reviewed, same, update
from .conftest import DUMMY_SECRET

SECRET = f"hunter2-{DUMMY_SECRET}"
OTHER = f"new-{DUMMY_SECRET}"


def everything(result: Review) -> str:
    return markdown(result) + as_json(result) + text(result, in_colour=True)


def pem() -> str:
    kind = "RSA PRIVATE KEY"
    return f"-----BEGIN {kind}-----\nMIIE\n-----END {kind}-----"


PLANTED: dict[str, dict[str, Any]] = {
    "a sensitive attribute": plan(
        update("aws_x.y", {"v": SECRET}, v=OTHER, before_sensitive={"v": True})
    ),
    "a sensitive attribute in a set": plan(
        update("aws_x.y", {"v": [SECRET, "a"]}, v=[OTHER], after_sensitive={"v": [True]})
    ),
    "a sensitive part of a list of objects": plan(
        update(
            "aws_x.y",
            {"e": [{"n": "a", "v": SECRET}]},
            e=[{"n": "a", "v": OTHER}],
            before_sensitive={"e": [{"v": True}]},
            after_sensitive={"e": [{"v": True}]},
        )
    ),
    "an attribute with a telling name": plan(
        update("aws_x.y", {"db_password": SECRET}, db_password=OTHER)
    ),
    "a telling key of a map": plan(
        update("aws_x.y", {"env": {"API_TOKEN": SECRET}}, env={"API_TOKEN": OTHER})
    ),
    "a pair with a telling name": plan(
        update(
            "aws_x.y",
            {"set": [{"name": "db.password", "value": SECRET}]},
            set=[{"name": "db.password", "value": OTHER}],
        )
    ),
    "a telling name inside JSON": plan(
        update(
            "aws_x.y",
            {"d": json.dumps([{"environment": [{"name": "SECRET", "value": SECRET}]}])},
            d=json.dumps([{"environment": [{"name": "SECRET", "value": OTHER}]}]),
        )
    ),
    "user data": plan(update("aws_launch_template.t", {"user_data": SECRET}, user_data=OTHER)),
    "a script under another name": plan(
        update("aws_x.y", {"boot": f"#!/bin/sh\n{SECRET}"}, boot=f"#!/bin/sh\n{OTHER}")
    ),
    "a text of many lines": plan(update("aws_x.y", {"t": f"a\n{SECRET}"}, t=f"a\n{OTHER}")),
    "a URL with credentials": plan(
        update("aws_x.y", {"u": f"postgres://u:{SECRET}@h/"}, u=f"postgres://u:{OTHER}@h/")
    ),
    "an output": plan(
        output_changes={"o": {"actions": ["update"], "before": SECRET, "after": OTHER}}
    ),
    "an unmarked copy of a sensitive variable": plan(
        change("aws_s3_bucket.b", DELETE, {"bucket": f"x-{SECRET}"}),
        update("aws_x.y", {"v": "a"}, v=f"a {SECRET} b"),
        variables={"p": {"value": SECRET}},
        configuration=None,
    )
    | {"configuration": {"root_module": {"variables": {"p": {"sensitive": True}}}}},
    "a sensitive name in a title": plan(
        change("aws_s3_bucket.b", DELETE, {"bucket": SECRET}, before_sensitive={"bucket": True})
    ),
    "a sensitive value that forces a replacement": plan(
        change(
            "aws_x.y",
            REPLACE,
            {"v": SECRET},
            {"v": OTHER},
            replace_paths=[["v"]],
            before_sensitive={"v": True},
            after_sensitive={"v": True},
        )
    ),
    "drift": plan(
        same("aws_x.y", {"v": OTHER}),
        resource_drift=[
            change("aws_x.y", UPDATE, {"v": SECRET}, {"v": OTHER}, after_sensitive={"v": True})
        ],
        configuration=[resource("aws_x.y", v={"constant_value": SECRET})],
    ),
    "a provisioner's command": plan(
        change("null_resource.n", CREATE, None, {}),
        configuration=[
            resource(
                "null_resource.n",
                provisioners=[
                    {"type": "local-exec", "expressions": {"command": {"constant_value": SECRET}}}
                ],
            )
        ],
    ),
    "a provider's credentials and a variable's default": plan(
        update("aws_x.y", {"v": "a"}, v=SECRET)
    )
    | {
        "configuration": {
            "provider_config": {"aws": {"expressions": {"secret_key": {"constant_value": SECRET}}}},
            "root_module": {"variables": {"db_password": {"default": OTHER}}},
        }
    },
    "the state": plan() | {"prior_state": {"values": {"outputs": {"o": {"value": SECRET}}}}},
    "an address": plan(
        change(f'aws_x.y["{SECRET}"]', CREATE, None, {}),
        update("aws_x.z", {"v": SECRET}, v=OTHER, before_sensitive={"v": True}),
    ),
}


@pytest.mark.parametrize("place", PLANTED)
def test_a_planted_secret_appears_nowhere(place: str) -> None:
    written = everything(review(PLANTED[place]))
    assert DUMMY_SECRET not in written


@pytest.mark.parametrize(
    "token",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_0123456789abcdefghij_ABC",
        "glpat-0123456789abcdefghij",
        "xoxb-0123456789-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        pem(),
        "password=hunter2",
    ],
)
def test_a_token_is_known_by_its_looks(token: str) -> None:
    written = everything(reviewed(update("aws_x.y", {"v": "a"}, v=f"x {token}")))
    assert token not in written
    assert token.splitlines()[0] not in written


@pytest.mark.parametrize(
    "name",
    ["password", "DB_PASSWORD", "masterUserPassword", "secret_string", "auth_token", "private_key"],
)
def test_names_that_speak_of_a_secret_hide_their_values(name: str) -> None:
    assert names_a_secret(name)
    assert Mask().value("plain", (name,)) == HIDDEN


@pytest.mark.parametrize(
    "name",
    ["http_tokens", "secret_arn", "secret_id", "key_name", "kms_key_id", "password_length", "tags"],
)
def test_names_that_only_sound_like_one_do_not(name: str) -> None:
    assert not names_a_secret(name)
    assert Mask().value("plain", (name,)) == "plain"


def test_each_kind_of_mask_says_which_it_is() -> None:
    mask = Mask()
    assert mask.value("x", ("a",), is_sensitive=True) == SENSITIVE
    assert mask.value("x", ("user_data_base64",)) == USER_DATA
    assert mask.value("a\nb") == "(text of 2 lines, not shown)"
    assert mask.value("x" * 500) == "(text of 500 characters, not shown)"


def test_short_secrets_are_hidden_only_where_they_are_the_whole_value() -> None:
    mask = Mask({"tiny"})
    assert mask.value("tiny") == HIDDEN
    assert mask.value("a tiny bit") == "a tiny bit"


def test_a_long_secret_is_taken_out_even_of_a_text_that_was_cut() -> None:
    secret = "s3cr3t-" * 30
    assert "s3cr3t-s3cr3t" not in Mask({secret}).text(f"`{secret[:119]}…`")


def test_control_and_direction_characters_become_escapes() -> None:
    assert Mask().text("a\x1b[31m\nb\u202e") == "a\\u001b[31m\\u000ab\\u202e"
