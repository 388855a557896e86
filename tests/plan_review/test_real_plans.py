"""Every real plan: its verdict, its findings, its size, and nothing secret in any output."""

from __future__ import annotations

import json

import pytest

from plan_review import Level, Review, parse_plan, review
from plan_review.report.machine import as_json
from plan_review.report.markdown import SUMMARY_BUDGET, markdown
from plan_review.report.sarif import as_sarif
from plan_review.report.terminal import text
from plan_review.report.web import as_html

from .conftest import DUMMY_SECRET, plan_bytes, plan_names

CHECK = ("PLAN03", "review")

EXPECTED = {
    "00_no_changes": ("routine", []),
    "00b_clean": ("routine", []),
    "01_create_all": ("review", [("EKS05b", "review"), ("RUN01", "review"), CHECK]),
    "02_add_az": (
        "will-fail",
        [("EKS15", "will-fail"), ("NG01", "disruption"), ("ASG06", "review")],
    ),
    "04_k8s_bump": (
        "disruption",
        [
            ("EKS05", "disruption"),
            ("NG03", "disruption"),
            ("EKS05b", "review"),
            ("RUN01", "review"),
            CHECK,
        ],
    ),
    "07_cluster_rename": (
        "outage",
        [
            ("EKS01", "outage"),
            ("NG01", "outage"),
            ("DATA01", "data-loss"),
            ("DATA02", "data-loss"),
            ("ASG01", "disruption"),
            ("IAM06", "disruption"),
            ("IAM06", "disruption"),
            ("DATA04", "disruption"),
            ("SG06", "review"),
            ("SG06", "review"),
            ("RUN01", "review"),
            CHECK,
            ("LOSS02", "review"),
        ],
    ),
    "08_node_instance_type": (
        "disruption",
        [("NG01", "disruption"), ("ASG03", "disruption"), CHECK],
    ),
    "09_sg_world": ("security", [("EKS07", "security"), ("SG02", "security"), CHECK]),
    "12_tags_only": ("will-fail", [("ASG02", "will-fail"), CHECK]),
    "13_secret_rotate": ("review", [("SEC01", "review"), CHECK, ("LOSS02", "review")]),
    "23_drift": ("review", [CHECK, ("DRIFT01", "review"), ("DRIFT01", "review")]),
    "25_big": (
        "will-fail",
        [
            ("EKS03", "will-fail"),
            ("NG03", "disruption"),
            ("EKS05b", "review"),
            ("RUN01", "review"),
            CHECK,
        ],
    ),
    "27_cdktf_create": ("routine", []),
}


def reviewed(name: str) -> Review:
    return review(parse_plan(plan_bytes(name)))


def outputs(result: Review) -> dict[str, str]:
    return {
        "comment": markdown(result, stack="lovelace"),
        "summary": markdown(result, stack="lovelace", budget=SUMMARY_BUDGET),
        "json": as_json(result, stack="lovelace"),
        "sarif": as_sarif(result),
        "html": as_html(result, stack="lovelace"),
        "terminal": text(result, stack="lovelace", in_colour=True),
    }


def test_every_real_plan_has_an_expectation() -> None:
    assert sorted(EXPECTED) == plan_names()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_real_plan_gets_the_expected_verdict_and_findings(name: str) -> None:
    verdict, findings = EXPECTED[name]
    result = reviewed(name)
    assert [(finding.rule, finding.level.value) for finding in result.findings] == findings
    assert result.verdict is Level(verdict)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_output_of_a_real_plan_holds_the_dummy_secret(name: str) -> None:
    assert DUMMY_SECRET.encode() in plan_bytes(name) or name == "27_cdktf_create"
    for form, written in outputs(reviewed(name)).items():
        assert DUMMY_SECRET not in written, form


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_same_plan_gives_the_same_bytes(name: str) -> None:
    assert outputs(reviewed(name)) == outputs(reviewed(name))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_user_data_and_no_provider_credential_is_printed(name: str) -> None:
    for form, written in outputs(reviewed(name)).items():
        assert "IyEvYmluL2Jhc2g" not in written, form
        assert "bootstrap.sh" not in written, form


def test_the_largest_plan_fits_a_comment() -> None:
    # 726 kB of JSON are reviewed and written in about 0.3 s, the interpreter's start included.
    report = markdown(reviewed("25_big"), stack="lovelace")
    assert len(report) < 60_000
    assert "**Left out to fit here:** the changes of " in report


def test_the_summary_of_the_largest_plan_leaves_nothing_out() -> None:
    report = markdown(reviewed("25_big"), budget=SUMMARY_BUDGET)
    assert "Left out" not in report
    assert len(report.encode()) < 1024 * 1024
    assert 'module.tenant["t59"].aws_security_group.s' in report


def test_a_rename_is_traced_to_its_variable() -> None:
    cause = reviewed("07_cluster_rename").causes[0]
    assert cause.variables == ("var.cluster_name",)
    assert len(cause.addresses) + cause.takes == 21


def test_tags_only_changes_are_counted_apart() -> None:
    result = reviewed("12_tags_only")
    assert (result.counts["change"], result.tags_only) == (23, 22)


def test_a_hand_change_that_terraform_does_not_mention_is_named_with_its_values() -> None:
    texts = [f.why for f in reviewed("23_drift").findings if f.rule == "DRIFT01"]
    assert texts == [
        "By hand: `max_size: 4 → 9`.",
        "By hand: `ingress[0] added: cidr_blocks=0.0.0.0/0, from_port=3389, protocol=tcp, "
        "to_port=3389`.",
    ]


def test_the_json_form_has_verdict_and_findings_at_its_top() -> None:
    document = json.loads(as_json(reviewed("02_add_az")))
    assert list(document)[:2] == ["verdict", "findings"]
    assert document["verdict"] == "will-fail"
    keys = {"rule", "level", "title", "why", "action", "addresses"}
    assert all(keys <= finding.keys() for finding in document["findings"])
