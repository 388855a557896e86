"""What `adopt` says of a plan, and how it ends; the plans here are nobody's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from commands import cli, offline_plan
from tests.adoption.test_adopt import STATE
from tests.adoption.test_options import managed_only

Json = dict[str, Any]


class Planner:
    """A planner with one change in its plan."""

    program = "terraform"
    change: Json

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def document(self, _: Json) -> Json:
        address = self.change["address"]
        kind, _, name = address.partition(".")
        return {"resource": {kind: {name: {}}}}

    def plan(self, *_: Mapping[str, Any]) -> Json:
        return {"resource_changes": [{"mode": "managed", "type": "", **self.change}]}

    def schemas(self) -> Json:
        return {"": {"attributes": {"name": {"optional": True}}}}


def adopt(monkeypatch: pytest.MonkeyPatch, address: str, actions: list[str], **what: Any) -> int:
    change = {"actions": actions, "before": {}, "after": {}} | what
    monkeypatch.setattr(Planner, "change", {"address": address, "change": change}, raising=False)
    monkeypatch.setattr(offline_plan, "OfflinePlanner", Planner)
    return cli.main(["adopt", str(STATE)])


def test_what_would_be_replaced_ends_with_one_and_its_cause(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    what = {"before": {"name": "a"}, "after": {"name": "b"}, "replace_paths": [["name"]]}

    code = adopt(monkeypatch, "aws_vpc.k8s", ["delete", "create"], **what)

    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert said.err.splitlines() == [
        f"{STATE}: is of another shape than this project makes, so nothing was written. Make a new "
        "cluster beside it and move the workloads, or mend there what is named:",
        "aws_vpc.k8s would be replaced: name is a and would be b",
    ]


def test_what_would_be_destroyed_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adopt(monkeypatch, "aws_vpc.k8s", ["delete"]) == 1
    assert "aws_vpc.k8s would be destroyed" in capsys.readouterr().err


def test_a_spec_that_cannot_be_planned_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(STATE.read_text())
    for resource in document["values"]["root_module"]["resources"]:
        if resource["type"] == "aws_eks_cluster":
            resource["values"]["version"] = "1.10"
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))

    assert cli.main(["adopt", str(file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{file}: gives no spec that could be planned: kubernetes_version: ")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "aws_default_route_table.private",
            "is not in the state, so the apply takes AWS's own over; the routes in it that this "
            "spec does not have go",
        ),
        (
            "aws_vpc.k8s",
            "is not in the state, so the plan makes it; where AWS has the same by another name it "
            "refuses a second one",
        ),
    ],
)
def test_what_is_made_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str, said: str
) -> None:
    assert adopt(monkeypatch, address, ["create"]) == 0
    assert f"the plan changes {address}: {said}" in capsys.readouterr().err.splitlines()


def test_what_no_block_can_move_is_told_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(STATE.read_text())
    managed_only(document)
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))
    change = {"address": "aws_iam_role.node", "change": {"actions": ["no-op"]}}
    monkeypatch.setattr(Planner, "change", change, raising=False)
    monkeypatch.setattr(offline_plan, "OfflinePlanner", Planner)

    assert cli.main(["adopt", str(file)]) == 0

    said = capsys.readouterr()
    assert "aws_iam_role.node: aws_iam_role.managed_node" not in said.out
    assert (
        "  terraform state mv -state=terraform.lovelace.tfstate aws_iam_role.node "
        "aws_iam_role.managed_node" in said.err.splitlines()
    )
