"""Nothing secret is printed: by shape, name and pattern, and wherever a known one turns up."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plan_review import Review, review
from plan_review.masking import HIDDEN, SENSITIVE, USER_DATA, Mask
from plan_review.masking.names import names_a_secret
from plan_review.masking.texts import holds_a_secret
from plan_review.report.machine import as_json
from plan_review.report.markdown import markdown
from plan_review.report.sarif import as_sarif
from plan_review.report.terminal import text
from plan_review.report.web import as_html

from .build import (
    CREATE,
    DELETE,
    REPLACE,
    UPDATE,
    change,
    cluster,
    found,
    plan,
    resource,
    reviewed,
    same,
    update,
)
from .conftest import DUMMY_SECRET, PLANS, plan_bytes, plan_names

SECRET = f"hunter2-{DUMMY_SECRET}"
OTHER = f"new-{DUMMY_SECRET}"


def everything(result: Review) -> str:
    return "".join(
        [
            markdown(result),
            as_json(result),
            text(result, in_colour=True),
            as_sarif(result),
            as_html(result),
        ]
    )


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


@pytest.mark.parametrize("path", sorted(PLANS.glob("leaks/*.json.gz")), ids=lambda p: p.name)
def test_no_secret_of_a_recorded_plan_appears(path: Path) -> None:
    document = json.loads(gzip.decompress(path.read_bytes()))
    result = review(document)
    assert DUMMY_SECRET not in everything(result)
    assert "hunter2" not in everything(result)


# How a secret gets into a text. `{}` is the secret.
TEXTS = [
    "DB_PASSWORD={}",
    "export MYSQL_PASSWORD={}",
    "AWS_SECRET_ACCESS_KEY={}",
    '{{"password": "{}"}}',
    '{{\\"password\\":\\"{}\\"}}',
    "adminPassword: {}",
    "password: '{}'",
    "{{auth: {{rootPass: {}}}}}",
    "//registry.npmjs.org/:_authToken={}",
    "Server=db;Uid=app;Pwd={}",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={}",
    "PGPASSWORD={} psql",
    "run --password {}",
    "run --password={} --now",
    "mysql -u root -p{}",
    "curl -u app:{} https://example.com",
    "sshpass -p {} ssh host",
    "docker login -u app -p {}",
    "Authorization: Bearer {}",
    "Authorization: Basic {}",
    "curl -H 'Authorization: token {}'",
    "Bearer {}",
    "https://a.blob.core.windows.net/c?sv=1&sig={}",
    "https://example.com/f?code={}",
    "postgres://app:{}@db/app",
    "https://:{}@example.com",
    "<password>{}</password>",
    "ALTER USER app WITH PASSWORD '{}'",
    "CREATE USER app IDENTIFIED BY '{}'",
    "machine example.com login app password {}",
    "requirepass {}",
    "echo 'app:{}' | chpasswd",
    "client-secret = {}",
    "jwt.key={}",
    "REDIS_AUTH={}",
    "{{kind: Secret, stringData: {{a: {}}}}}",
    '{{"kind":"Secret","data":{{"a":"{}"}}}}',
    "the password is {}",
    "aws configure set aws_secret_access_key {}",
    "vault login {}",
    "htpasswd -bc file user {}",
    "gh auth login --with-token {}",
    "jdbc:mysql://db/app?user=app&password={}",
    "spring.datasource.password={}",
    "{{'password': '{}'}}",
    ":password => '{}'",
    "java -Dpassword={}",
]


def places(text: str) -> Iterator[dict[str, Any]]:
    """Plans that carry a text in each place that a report shows."""
    old, new = f"{text}", f"{text}2"
    yield plan(update("aws_x.y", {"v": old}, v=new))
    yield plan(update("aws_x.y", {"v": ["a", old]}, v=["b", new]))
    yield plan(update("aws_x.y", {"v": {"k": old}}, v={"k": new}))
    yield plan(update("aws_x.y", {"v": json.dumps({"k": [old]})}, v=json.dumps({"k": [new]})))
    yield plan(update("helm_release.h", {"values": [json.dumps({"k": old})]}, values=[old]))
    yield plan(change("aws_x.y", CREATE, None, {"v": new}))
    yield plan(change("aws_x.y", REPLACE, {"v": old}, {"v": new}, replace_paths=[["v"]]))
    nested = ({"v": {"k": {"j": old}}}, {"v": {"k": {"j": new}}})
    yield plan(change("aws_x.y", REPLACE, *nested, replace_paths=[["v"]]))
    as_json = ({"v": json.dumps({"k": old})}, {"v": json.dumps({"k": new})})
    yield plan(change("aws_x.y", REPLACE, *as_json, replace_paths=[["v"]]))
    yield plan(change("aws_s3_bucket.b", DELETE, {"bucket": old}))
    yield plan(change(f'aws_x.y["{old}"]', CREATE, None, {}))
    yield plan(output_changes={"o": {"actions": ["update"], "before": old, "after": new}})
    yield plan(
        same("aws_x.y", {"v": new}),
        resource_drift=[change("aws_x.y", UPDATE, {"v": old}, {"v": new})],
        configuration=[resource("aws_x.y", v={"constant_value": old})],
    )
    yield plan(
        update("aws_x.y", {"tags": {"t": old}}, tags={"t": new}),
        checks=[
            {
                "address": {"to_display": "check.c"},
                "status": "fail",
                "instances": [{"problems": [{"message": old}]}],
            }
        ],
    )


@pytest.mark.parametrize("template", TEXTS)
def test_what_a_text_calls_a_secret_appears_nowhere(template: str) -> None:
    for document in places(template.format(SECRET)):
        assert SECRET not in everything(review(document))


@pytest.mark.parametrize("template", TEXTS)
def test_a_secret_of_one_letter_is_known_as_well(template: str) -> None:
    if template not in ("Bearer {}", "https://:{}@example.com"):
        assert holds_a_secret(template.format("x"))


NAMES = """
password DB_PASSWORD masterUserPassword secret_string auth_token private_key DB_PASS SMTP_PASS
rootPass creds pw ENCRYPTION_KEY MASTER_KEY JWT_KEY PSK passcode basic_auth secret_id PGPASSWORD
_authToken Pwd AccountKey AWS_SECRET_ACCESS_KEY access_key_id apiKey API-KEY client_key_data
connection_string set_sensitive .dockerconfigjson storage.account.key admin_password
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_names_that_speak_of_a_secret_hide_their_values(name: str) -> None:
    assert names_a_secret(name)
    assert Mask().value("plain", (name,)) == HIDDEN
    assert Mask().value(12345, ("a", name)) == HIDDEN
    assert Mask().value([{name: "plain"}], ("a",)) == "{" + f"{name}={HIDDEN}" + "}"
    pairs = [{"name": name, "value": "plain"}, {"parameter_name": name, "parameter_value": "plain"}]
    for pair in pairs:
        assert "plain" not in Mask().value(pair)
    assert holds_a_secret(f"{name}=x")


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("value", [True, False, None, "", "arn:aws:iam::1:role/x"])
def test_a_boolean_or_an_arn_is_never_masked_for_its_name(name: str, value: Any) -> None:
    assert Mask().value(value, (name,)) != HIDDEN


# Arguments of hashicorp/aws 5.100.0, and of Kubernetes, that only sound like a secret.
HARMLESS = """
http_tokens secret_arn secret_name key_name kms_key_id kms_master_key_id password_length tags
minimum_password_length max_password_age password_reuse_prevention password_policy token_ttl
token_type token_validity_units secrets_manager_configuration creation_token lock_token
update_token version_token dkim_tokens max_tokens api_key_source customer_master_key_spec
credential_duration auth_token_update_strategy key public_key hash_key range_key primary_key
passthrough_behavior pass_through_settings partition_key ssh_key_name key_pair token_url
automountServiceAccountTokenMode secretKeyRef secretsmanager:ResourceTag/team authentication
"""


@pytest.mark.parametrize("name", HARMLESS.split())
def test_names_that_only_sound_like_one_do_not(name: str) -> None:
    assert not names_a_secret(name)
    assert Mask().value("plain", (name,)) == "plain"


@pytest.mark.parametrize(
    "text",
    [
        "secretsmanager:GetSecretValue on *",
        "sts:GetSessionToken",
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf",
        "aws_secretsmanager_secret.db_password",
        'module.secrets["token"].aws_kms_key.k',
        "http_tokens=required",
        "manage_master_user_password=true",
        "mkdir -p /srv",
        "docker run -p 8080:80 -u 1000:1000 app",
        "terraform plan -parallelism=4 -path x",
        "Basic monitoring",
        "Bearer authentication",
        "The token is read from a file",
        "The password is required",
        "kind: ConfigMap",
        "vault login -method=aws",
        "https://github.com/org/repo.git",
        "ssh://git@github.com/org/repo",
        "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub",
        "system:serviceaccount:kube-system:aws-node",
    ],
)
def test_a_text_that_only_sounds_like_one_is_shown(text: str) -> None:
    assert Mask().text(text) == text


def hidden_values(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The places of a value that the mask would hide, without any mark of Terraform's."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from hidden_values(child, (*path, key))
    elif isinstance(value, list):
        for child in value:
            yield from hidden_values(child, path)
    elif value is not None and Mask().value(value, path) == HIDDEN:
        yield ".".join(path)


def test_of_all_recorded_plans_only_secrets_are_hidden() -> None:
    found = set()
    for name in plan_names():
        for entry in json.loads(plan_bytes(name))["resource_changes"]:
            for side in ("before", "after"):
                found |= set(hidden_values(entry["change"][side]))
    assert found == {"secret_string"}


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


def policy(action: str, resource: str = "*") -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})


def trust(principal: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}}]})


def ingress(port: int, network: str) -> dict[str, Any]:
    return {"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": [network]}


CLUSTER = cluster()
# A marked value that a rule quotes: the change, the rule, and what the report may not say.
QUOTED: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "a policy's actions": (
        update(
            "aws_iam_policy.p",
            {"policy": policy("s3:GetObject")},
            policy=policy("quicksight:*"),
            after_sensitive={"policy": True},
        ),
        "IAM01",
        ["quicksight"],
    ),
    "a trusted principal": (
        update(
            "aws_iam_role.r",
            {"assume_role_policy": trust("arn:aws:iam::111122223333:root")},
            assume_role_policy=trust("arn:aws:iam::444455556666:root"),
            after_sensitive={"assume_role_policy": True},
        ),
        "IAM03",
        ["444455556666"],
    ),
    "a port": (
        update(
            "aws_security_group.g",
            {"ingress": []},
            ingress=[ingress(33061, "0.0.0.0/0")],
            after_sensitive={"ingress": [{"from_port": True, "to_port": True}]},
        ),
        "SG02",
        ["33061"],
    ),
    "a range": (
        update(
            "aws_security_group.g",
            {"ingress": [ingress(22, "198.51.100.77/25")]},
            ingress=[ingress(22, "0.0.0.0/0")],
            before_sensitive={"ingress": True},
        ),
        "SG02",
        ["198.51.100"],
    ),
    "a version": (
        update("aws_eks_cluster.c", CLUSTER, version="1.38", after_sensitive={"version": True}),
        "EKS03",
        ["1.38"],
    ),
    "a version, and what follows from it": (
        update("aws_eks_cluster.c", CLUSTER, version="1.37", before_sensitive={"version": True}),
        "EKS03",
        ["1.35", "1.36", "1 minor"],
    ),
    "a size": (
        update(
            "aws_autoscaling_group.g",
            {"desired_capacity": 7331, "max_size": 9000, "min_size": 1},
            desired_capacity=7000,
            before_sensitive={"desired_capacity": True},
        ),
        "ASG05",
        ["7331"],
    ),
    "a name": (
        change("aws_s3_bucket.b", DELETE, {"bucket": "abc"}, before_sensitive={"bucket": True}),
        "DATA02",
        ["abc"],
    ),
}


@pytest.mark.parametrize("what", QUOTED)
def test_a_rule_does_not_quote_what_terraform_marks(what: str) -> None:
    entry, rule, absent = QUOTED[what]
    result = review(plan(entry))
    assert rule in {finding.rule for finding in result.findings}
    written = everything(result).replace(result.fingerprint, "")
    assert [text for text in absent if text in written] == []
    assert SENSITIVE in written


@pytest.mark.parametrize("what", QUOTED)
def test_a_rule_quotes_the_same_where_it_is_not_marked(what: str) -> None:
    entry, _, quoted = copy.deepcopy(QUOTED[what])
    for shape in ("before_sensitive", "after_sensitive"):
        entry["change"].pop(shape, None)
    # Another marked value, elsewhere in the plan, hides nothing.
    marked = update("aws_x.y", {"v": "1"}, v="2", after_sensitive={"v": True})
    written = everything(review(plan(entry, marked)))
    assert [text for text in quoted if text in written] == quoted


def test_a_marked_version_is_not_drawn() -> None:
    written = markdown(
        reviewed(change("aws_eks_cluster.c", DELETE, CLUSTER, before_sensitive={"version": True}))
    )
    assert "mermaid" in written
    assert CLUSTER["version"] not in written


@pytest.mark.parametrize("piece", ["a-", "://a:", "password ", "x=", "docker login ", "login x "])
def test_a_text_that_repeats_what_a_pattern_begins_with_is_no_burden(piece: str) -> None:
    # With a pattern that looks again from each place, this does not end.
    assert not holds_a_secret(piece * (100_000 // len(piece)))


@pytest.mark.parametrize("name", ["Authorization", "Proxy-Authorization", "Cookie", "auth"])
def test_some_names_hide_a_value_only_where_they_are_the_last(name: str) -> None:
    assert Mask().value("plain", ("headers", name)) == HIDDEN
    assert Mask().value("plain", (name, "type")) == "plain"


def test_an_argument_of_a_method_is_no_header() -> None:
    assert Mask().value("AWS_IAM", ("authorization",)) == "AWS_IAM"


@pytest.mark.parametrize("value", [True, False, "true", "False", 3, 24, 0.5, None])
def test_a_boolean_or_a_small_number_is_no_secret_whatever_its_name(value: Any) -> None:
    result = reviewed(update("aws_x.y", {"password": "null"}, password=value))
    assert [rule for rule, _ in found(result) if rule == "SEC01"] == []
    assert HIDDEN not in markdown(result)


@pytest.mark.parametrize("value", [4711, 123456789, "4711", "trueish"])
def test_a_pin_is_a_secret(value: Any) -> None:
    result = reviewed(update("aws_x.y", {"password": "null"}, password=value))
    assert found(result) == [("SEC01", "review")]
    assert str(value) not in everything(result).replace(result.fingerprint, "")


def test_a_number_that_is_marked_is_taken_out_elsewhere_too() -> None:
    marked = update("aws_x.y", {"v": 7}, v=87_654_321, after_sensitive={"v": True})
    copy_of_it = update("aws_x.z", {"v": 7}, v=87_654_321)
    written = everything(reviewed(marked, copy_of_it))
    assert "87654321" not in written


@pytest.mark.parametrize("name", ["STRIPE_KEY", "SENDGRID_KEY", "APP_KEY", "X_MAPS_KEY"])
def test_a_variable_of_the_environment_that_ends_in_key_is_a_secret(name: str) -> None:
    assert Mask().value("abc", ("environment", name)) == HIDDEN


@pytest.mark.parametrize(
    "name", ["PARTITION_KEY", "CACHE_KEY", "S3_KEY", "ROUTING_KEY", "Sort_key"]
)
def test_one_that_only_finds_something_is_not(name: str) -> None:
    assert Mask().value("abc", ("environment", name)) == "abc"


@pytest.mark.parametrize(
    "text",
    [
        "https://discord.com/api/webhooks/123456789012345678/abcdefABCDEF0123456789",
        "https://api.telegram.org/bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc/sendMessage",
        "https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/0123456789abcdef/c",
        "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue",
        "https://hooks.zapier.com/hooks/catch/1/abcdef/",
        "$2a$10$abcdefghijklmnopqrstuv",
        "$6$rounds=5000$abcdefghijklmnop$abc",
        "sqlplus scott/tiger-in-a-tank@db",
        "jdbc:oracle:thin:scott/tiger-in-a-tank@//h:1521/s",
    ],
)
def test_addresses_that_are_keys_and_hashed_passwords_are_hidden(text: str) -> None:
    assert Mask().text(text) == HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "https://discord.com/channels/1/2",
        "https://events.pagerduty.com/v2/enqueue",
        "arn:aws:iam::123456789012:role/team/web@x",
        "$6.50 a month, $20 a year",
        "dXMtd2VzdC0yLWFuZC1zby1vbg==",
    ],
)
def test_what_only_looks_like_them_is_shown(text: str) -> None:
    assert Mask(["hunter2-is-known"]).text(text) == text


def test_a_known_secret_is_known_in_base64_and_in_a_url_too() -> None:
    mask = Mask(["q@ss/word+1x"])
    inside = base64.b64encode(b"user:q@ss/word+1x").decode()
    for written in (
        f"token {inside} of ours",
        "cUBzcy93b3JkKzF4",
        inside,
        "https://h/?x=q%40ss%2Fword%2B1x",
    ):
        assert "cUBzc" not in mask.text(written)
        assert inside not in mask.text(written)
        assert "q%40ss" not in mask.text(written)


@pytest.mark.parametrize(
    ("address", "argument"),
    [
        ("kubernetes_secret.x", "data"),
        ("kubernetes_secret_v1.x", "binary_data"),
        ("github_actions_secret.x", "plaintext_value"),
        ("azurerm_key_vault_secret.x", "value"),
        ("random_password.x", "result"),
    ],
)
def test_what_a_provider_marks_is_marked_where_a_plan_does_not_say_so(
    address: str, argument: str
) -> None:
    value = {"user": "hunter2"} if "data" in argument else "hunter2"
    changed = update(address, {"name": "x", argument: None}, **{argument: value})
    for marks in (False, {}, {"name": True}):
        changed["change"]["after_sensitive"] = marks
        result = reviewed(changed)
        assert "hunter2" not in markdown(result)
        assert "hunter2" not in as_json(result)


def test_a_key_below_a_secret_s_name_that_is_no_word_is_hidden() -> None:
    before = {"name": "a", "tokens": {"Zx7qkhunter2W": "1", "deploy": "2"}}
    result = reviewed(update("aws_x_y.x", before, tokens={}))
    assert "hunter2" not in markdown(result)
    assert "hunter2" not in as_json(result)
    assert "tokens.deploy" in markdown(result)
