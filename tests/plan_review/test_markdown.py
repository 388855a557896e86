"""The comment: it fits, is never cut inside something, and text from the plan stays text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from plan_review import Level, Review, parse_plan, review
from plan_review.comment import marker_of
from plan_review.masking import Mask
from plan_review.report.blocks import entry, told
from plan_review.report.escape import cell, code_span, fence_for
from plan_review.report.machine import as_json
from plan_review.report.markdown import SMALLEST_BUDGET, markdown, marker_start
from plan_review.report.terminal import text
from plan_review.rules.findings import Finding

from . import build
from .build import CREATE, DELETE, REPLACE, change, reviewed, update
from .conftest import plan_bytes, plan_names

HOSTILE = [
    "`; rm -rf",
    "``` \n```",
    "a|b||c",
    "<script>alert(1)</script>",
    "<!-- plan-review:x -->",
    "</details>",
    "[x](javascript:y) ![z](//evil)",
    "@everyone #1 GH-2 https://evil.example",
    "a\r\n## heading\n- [x] done",
    "\x00\x1b[31m\u202e\u2066",
    "~~strike~~ **bold** _it_ $x$",
    "é漢🙂",
    "\ud800",
    "x" * 5_000,
]


def hostile(key: str) -> Review:
    address = f'aws_x.y["{key}"]'
    gone = {"bucket": key, "name": key}
    return reviewed(
        change(address, REPLACE, {"v": key}, {"v": f"{key}2"}, replace_paths=[[key]]),
        change(f'aws_s3_bucket.b["{key}"]', DELETE, gone),
        update(f'aws_iam_policy.p["{key}"]', {key: "a"}, **{key: key}),
        change(f'null_resource.n["{key}"]', CREATE, None, {"triggers": {key: key}}),
        checks=[
            {
                "address": {"to_display": f"check.{key}"},
                "status": "fail",
                "instances": [{"problems": [{"message": key}]}],
            }
        ],
        output_changes={key: {"actions": ["create"], "before": None, "after": key}},
        terraform_version=key,
    )


def outside_of_code(report: str) -> str:
    """The report without fenced blocks and code spans: what Markdown and HTML would act on."""
    lines: list[str] = []
    fence = ""
    for line in report.splitlines():
        run = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif run and "`" not in line[len(run[0]) :]:
            fence = run[0]
        else:
            lines.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line))
    assert fence == "", "a fence is left open"
    return "\n".join(lines)


@pytest.mark.parametrize("key", HOSTILE)
def test_hostile_text_never_leaves_its_code(key: str) -> None:
    outside = outside_of_code(markdown(hostile(key), stack=key, commit=key))
    for sign in ("<script", "javascript:", "@everyone", "## heading", "//evil", "\x1b", "\u202e"):
        assert sign not in outside.split("-->", 1)[1], sign
    assert outside.count("<details") == outside.count("</details>")
    assert outside.count("<!--") == 1


@pytest.mark.parametrize("key", HOSTILE)
def test_hostile_text_adds_no_finding_and_no_line_to_one(key: str) -> None:
    result = hostile(key)
    lines = outside_of_code(markdown(result)).split("###")[0].splitlines()
    heads = [number for number, line in enumerate(lines) if re.match(r"- \S+ \*\*", line)]
    assert len(heads) == len(told(result.findings)) >= 1
    for number in heads:
        assert [line[:2] for line in lines[number + 1 : number + 3]] == ["  ", "  "]


@pytest.mark.parametrize("key", HOSTILE)
def test_hostile_text_cannot_steer_a_terminal(key: str) -> None:
    written = text(hostile(key), stack=key)
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", written) is None
    written.encode()


@pytest.mark.parametrize("key", HOSTILE)
def test_the_marker_can_be_read_again_whatever_the_stack_is_called(key: str) -> None:
    result = hostile(key)
    report = markdown(result, stack=key, commit="abc")
    marker = marker_of(report)
    assert marker is not None
    assert report.startswith(marker_start(key))
    assert (marker.verdict, marker.plan) == (result.verdict, result.fingerprint)


@pytest.mark.parametrize("name", plan_names())
@pytest.mark.parametrize("budget", [SMALLEST_BUDGET, 8_000, 20_000, 60_000])
def test_a_report_keeps_to_its_budget_and_closes_what_it_opens(name: str, budget: int) -> None:
    report = markdown(review(parse_plan(plan_bytes(name))), stack="lovelace", budget=budget)
    assert len(report) <= budget
    outside = outside_of_code(report)
    assert outside.count("<details") == outside.count("</details>")
    assert report.rstrip().endswith("</sub>")


@pytest.mark.parametrize("count", [500, 3_000])
def test_a_thousand_findings_still_fit_and_the_rest_is_counted(count: int) -> None:
    gone: list[dict[str, Any]] = [
        change(f'aws_s3_bucket.b["{n}-{"x" * 300}"]', DELETE, {"bucket": f"b{n}"})
        for n in range(count)
    ]
    result = reviewed(*gone)
    report = markdown(result)
    assert len(report) <= 60_000
    assert f"**The bucket … is destroyed ({count:,} of them)**" in report
    assert len(result.findings) == count
    assert len(json.loads(as_json(result))["findings"]) == count


def test_findings_that_do_not_fit_are_counted() -> None:
    kinds = [f"azurerm_{n}_database" for n in range(3)] + ["aws_s3_bucket", "aws_vpc", "aws_lb"]
    gone = [change(f"{kind}.{'x' * 180}", DELETE, {"name": "y" * 100}) for kind in kinds]
    result = reviewed(*gone)
    report = markdown(result, budget=SMALLEST_BUDGET)
    assert len(report) <= SMALLEST_BUDGET
    left_out = re.search(r"Left out to fit here:\*\* ([\d,]+) findings?", report)
    assert left_out is not None
    shown = sum(line.startswith("- 🔴") or line.startswith("- 🟡") for line in report.splitlines())
    assert shown + int(left_out[1]) == len(told(result.findings))


def test_alike_findings_are_one_and_the_alert_names_different_ones() -> None:
    logs = [
        change(f"aws_cloudwatch_log_group.g[{n}]", DELETE, {"name": f"/app/{n}"}) for n in range(60)
    ]
    others = [
        change("aws_vpc.v", DELETE, {"id": "v"}),
        change("aws_lb.l", DELETE, {"name": "web"}),
    ]
    report = markdown(reviewed(*logs, *others))
    assert report.count("<sub>DATA02</sub>") == 1
    assert "**The log group … is destroyed (60 of them)**" in report
    alert = report.split("[!CAUTION]")[1].split("\n\n")[0]
    assert [rule for rule in ("VPC", "log group", "load balancer") if rule in alert] == [
        "VPC",
        "log group",
        "load balancer",
    ]
    assert alert.count("log group") == 1


def test_what_goes_is_told_before_what_is_made() -> None:
    rule = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
    opened = change("aws_security_group.s", CREATE, None, {"name": "s", "ingress": [rule]})
    gone = change("aws_sfn_state_machine.m", DELETE, {"name": "m"})
    report = markdown(reviewed(opened, gone))
    assert report.index("- delete aws_sfn_state_machine.m") < report.index(
        "+ create aws_security_group.s"
    )


def test_an_update_that_shows_nothing_has_no_block_and_is_counted() -> None:
    marked = {"id": "a", "value": "x"}
    update_of = update("aws_ssm_parameter.p", marked, after_sensitive={"value": True})
    report = markdown(reviewed(update_of))
    assert "update aws_ssm_parameter.p" not in report
    assert "1 update without a visible difference" in report


def test_moves_and_imports_are_shown_with_where_from() -> None:
    moved = change(
        "aws_vpc.new", ["no-op"], {"id": "v"}, {"id": "v"}, previous_address="aws_vpc.old"
    )
    one = change("aws_eip.e", ["no-op"], {"id": "e"}, {"id": "e"}, importing={"id": "eip-1"})
    two = change(
        "aws_eip.f", ["no-op"], {"id": "f"}, {"id": "f"}, importing={"identity": {"arn": "arn:f"}}
    )
    report = markdown(reviewed(moved, one, two))
    assert "1 address moved" in report
    assert "aws_vpc.old -> aws_vpc.new" in report
    assert "2 objects imported" in report
    assert "aws_eip.e <- eip-1" in report
    assert 'aws_eip.f <- {"arn": "arn:f"}' in report


def test_who_aws_auth_maps_is_shown_line_by_line() -> None:
    metadata = [{"name": "aws-auth", "namespace": "kube-system"}]
    old, new = (
        "- groups:\n  - viewers\n  rolearn: arn:a\n",
        "- groups:\n  - admins\n  rolearn: arn:a\n",
    )
    before = {"metadata": metadata, "data": {"mapRoles": old}}
    report = markdown(reviewed(update("kubernetes_config_map.a", before, data={"mapRoles": new})))
    assert "-       - viewers" in report
    assert "+       - admins" in report


def test_sixty_thousand_changes_fit_into_a_comment() -> None:
    changes = [
        change(f'aws_ssm_parameter.p["{n}"]', CREATE, None, {"name": f"/p/{n}", "type": "String"})
        for n in range(60_000)
    ]
    report = markdown(reviewed(*changes))
    assert len(report) <= 60_000
    assert "60,000 to add" in report


def test_what_is_left_out_points_at_the_summary() -> None:
    result = review(parse_plan(plan_bytes("25_big")))
    report = markdown(result, budget=8_000, summary_url="https://github.com/o/r/actions/runs/1")
    assert "[job summary](https://github.com/o/r/actions/runs/1)" in report


def test_a_plan_without_changes_is_short() -> None:
    report = markdown(review(parse_plan(plan_bytes("00_no_changes"))), stack="lovelace")
    assert "No changes: what is there is what the code says." in report
    assert "| What |" not in report
    assert "mermaid" not in report
    assert len(report) < 1_500


def test_counts_are_in_words_and_the_alert_names_the_worst() -> None:
    report = markdown(review(parse_plan(plan_bytes("07_cluster_rename"))), stack="lovelace")
    assert "**21 to replace · 9 to change (8 of them tags only)** · Terraform 1.11.4" in report
    assert report.index("[!CAUTION]") < report.index("The EKS cluster is replaced")


def test_code_spans_outgrow_the_backticks_inside() -> None:
    assert code_span("a") == "`a`"
    assert code_span("a`b") == "``a`b``"
    assert code_span("`a") == "`` `a ``"
    assert fence_for(["````"]) == "`````"
    assert cell("a|b") == "a\\|b"


STACK = {"terraform": {"backend": {"s3": {"bucket": "states", "key": "grace.tfstate"}}}}


def test_a_plan_that_makes_the_cluster_says_so_in_its_first_line() -> None:
    made = build.reviewed(
        build.change("aws_eks_cluster.control_plane", build.CREATE, None, build.cluster()),
        stack=STACK,
    )
    rest = "so this plan makes one. If it runs already, its state is elsewhere: do not apply this."
    assert text(made).splitlines()[0] == (
        f"NEW cluster: s3://states/grace.tfstate knows of no cluster lovelace, {rest}"
    )
    _, first, *_ = [line for line in markdown(made).splitlines() if line]
    assert first == (
        f"**NEW cluster: `s3://states/grace.tfstate` knows of no cluster `lovelace`, {rest}**"
    )


@pytest.mark.parametrize(
    "one",
    [
        build.same("aws_eks_cluster.control_plane", build.cluster()),
        build.change(
            "aws_eks_cluster.control_plane", build.REPLACE, build.cluster(), build.cluster()
        ),
        build.change(
            "aws_eks_cluster.control_plane",
            build.NO_OP,
            build.cluster(),
            build.cluster(),
            importing={"id": "lovelace"},
        ),
        build.change("aws_vpc.k8s", build.CREATE, None, {}),
    ],
)
def test_another_plan_does_not_speak_of_a_new_cluster(one: dict[str, Any]) -> None:
    quiet = build.reviewed(one, stack=STACK)
    assert "NEW cluster" not in text(quiet) + markdown(quiet)


def test_different_things_of_one_rule_are_told_apart() -> None:
    kinds = (
        "google_sql_database_instance",
        "azurerm_kubernetes_cluster",
        "mysql_database",
    )
    gone = [
        change(f"{kind}.x{n}", DELETE, {"name": f"{kind[:2]}{n}"}) for kind in kinds for n in "ab"
    ]
    one = change("kubernetes_namespace.x", DELETE, {"metadata": [{"name": "shop"}]})
    every = told(reviewed(*gone, one).findings)
    assert [entry.title for entry in every] == [
        "Data store … is destroyed (4 of them)",
        "Kubernetes cluster `aza` is destroyed",
        "Kubernetes cluster `azb` is destroyed",
        "Namespace `shop` is destroyed",
    ]


def test_what_alike_findings_do_not_share_is_no_line() -> None:
    alike = Finding("X01", Level.REVIEW, "A `b` goes", "", "", ("a",))
    several = [replace(alike, why=one, action=one.upper()) for one in "abcd"]
    [one] = told(several)
    assert (one.finding.why, one.finding.action) == ("", "")
    assert entry(one, Mask()).splitlines() == [
        "- 🔵 **review** · **A `b` goes (4 of them)** <sub>X01</sub>  ",
        "  `a`",
    ]


@pytest.mark.parametrize("name", plan_names())
def test_a_sentence_of_the_terminal_s_report_fits_eighty_columns(name: str) -> None:
    told_first = text(review(parse_plan(plan_bytes(name)))).partition("\nChanges\n")[0]
    long = ("    at ", "NEW cluster")
    sentences = [line for line in told_first.splitlines() if not line.startswith(long)]
    assert [line for line in sentences if len(line) > 80] == []
