"""docs/iam: the three policies hold what was seen, and fit into IAM."""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.synthesis import ROOT

DOCS = ROOT / "docs" / "iam"
SEEN = sorted(Path(__file__).with_name("recorded_calls.txt").read_text().split())
"""By `RECORD_CALLS=FILE`, from applies and destroys of the examples and the transitions."""

LONGEST = 6144
"""Characters of a managed policy, white space aside.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

ORDER = ("plan", "apply", "destroy")
READS = re.compile(r"[a-z0-9]+:(Describe|Get|List)")


def policy(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def actions(name: str) -> list[str]:
    return [
        action
        for statement in policy(name)["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    ]


def allowed(action: str, *names: str) -> bool:
    patterns = [pattern for name in names for pattern in actions(name)]
    return any(fnmatch.fnmatchcase(action, pattern) for pattern in patterns)


@pytest.mark.parametrize("name", ORDER)
def test_a_policy_fits_into_iam(name: str) -> None:
    document = policy(name)

    assert len(json.dumps(document, separators=(",", ":"))) <= LONGEST
    assert document["Version"] == "2012-10-17"
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(sids) == len(set(sids))
    assert not [action for action in actions(name) if action.endswith(":*") or action == "*"]


@pytest.mark.parametrize("action", SEEN)
def test_what_was_seen_is_allowed(action: str) -> None:
    assert allowed(action, *ORDER)
    if READS.match(action):
        assert allowed(action, "plan")


def test_who_applies_puts_and_takes_a_warm_pool() -> None:
    for action in ("autoscaling:PutWarmPool", "autoscaling:DeleteWarmPool"):
        assert allowed(action, "apply")


def test_who_plans_changes_nothing_but_the_lock() -> None:
    for statement in policy("plan")["Statement"]:
        if statement["Sid"] not in ("Lock", "LockTable"):
            given = statement["Action"]
            for action in [given] if isinstance(given, str) else given:
                assert READS.match(action), action


def test_who_applies_deletes_neither_cluster_nor_network_nor_roles() -> None:
    for action in ("eks:DeleteCluster", "ec2:DeleteVpc", "ec2:DeleteSubnet", "iam:DeleteRole"):
        assert allowed(action, "destroy")
        assert not allowed(action, "plan", "apply")
    assert not set(actions("destroy")) & {*actions("plan"), *actions("apply")}


def test_roles_are_passed_to_services_by_name() -> None:
    (passed,) = (s for s in policy("apply")["Statement"] if s["Action"] == "iam:PassRole")

    assert passed["Resource"] == "arn:aws:iam::ACCOUNT:role/CLUSTER-*"
    assert "*" not in str(passed["Condition"])
