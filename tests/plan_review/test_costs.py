"""What begins to be billed, and what ends."""

import re
from typing import Any

import pytest

from plan_review.facts.costs import BILLED
from tests.plan_review.build import CREATE, DELETE, REPLACE, UPDATE, change, reviewed
from tests.synthesis import ROOT

HOURS_AND_GB = "by the hour and by the GB"


def notes(*changes: dict[str, Any]) -> tuple[str, ...]:
    return reviewed(*changes).notes


def test_what_is_made_begins_to_be_billed() -> None:
    made = [
        change("aws_nat_gateway.a", CREATE, after={"id": "a"}),
        change("aws_nat_gateway.b", CREATE, after={"id": "b"}),
        change("aws_eip.b", CREATE, after={"id": "b"}),
        change("aws_subnet.a", CREATE, after={"id": "a"}),
        change("aws_vpc_endpoint.s3", CREATE, after={"vpc_endpoint_type": "Gateway"}),
        change("aws_vpc_endpoint.sts", CREATE, after={"vpc_endpoint_type": "Interface"}),
    ]

    assert notes(*made)[0] == (
        f"Begins to be billed: 2 NAT gateways ({HOURS_AND_GB}); 1 interface endpoint "
        "(by the hour and zone, and by the GB); 1 public address (by the hour)."
    )


def test_what_goes_is_no_longer_billed() -> None:
    gone = change("aws_autoscaling_group.node", DELETE, before={"name": "ada-node"})
    more = change("aws_autoscaling_group.node-b", DELETE, before={"name": "ada-b"})

    assert notes(gone, more)[0] == "Is no longer billed: 2 groups of nodes."


def test_what_is_replaced_goes_on_as_before() -> None:
    replaced = change("aws_nat_gateway.a", REPLACE, before={"id": "a"}, after={"id": "b"})

    assert not any("billed" in note for note in notes(replaced))


@pytest.mark.parametrize(
    ("before", "after", "begins"), [([], ["audit"], True), (["api"], ["api", "audit"], False)]
)
def test_logs_that_are_turned_on_are_billed(
    before: list[str], after: list[str], begins: bool
) -> None:
    logged = change(
        "aws_eks_cluster.control_plane",
        UPDATE,
        before={"enabled_cluster_log_types": before},
        after={"enabled_cluster_log_types": after},
    )

    sentence = "Begins to be billed: logs of the control plane (by the GB)."
    assert (sentence in notes(logged)) is begins


def test_the_document_has_each_kind() -> None:
    text = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(aws_\w+)` \| ([^|]+) \|", text, re.MULTILINE))

    assert {kind: by.strip() for kind, by in rows.items()} == {
        kind: by for kind, (_, by) in BILLED.items()
    }
