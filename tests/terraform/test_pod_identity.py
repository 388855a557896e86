"""docs/how-to/from-kube2iam-to-pod-identity.md, step by step: what each plan adds and takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.aws import AwsEmulator
from tests.synthesis import ROOT
from tests.terraform.project import Project

HOW_TO = ROOT / "docs" / "how-to" / "from-kube2iam-to-pod-identity.md"

START: dict[str, Any] = {
    "name": "ada",
    "region": "us-west-2",
    "availability_zones": ["us-west-2a", "us-west-2b"],
    "access": "access_entries",
    "node_groups": {"node": {"image": {"family": "al2023"}}},
}
AGENT = "aws_eks_addon.eks-pod-identity-agent"
OF_THE_ROLE = {
    "aws_iam_role.pod-receipts",
    "aws_iam_role_policy_attachment.pod-receipts-AmazonS3ReadOnlyAccess",
    "aws_eks_pod_identity_association.pod-receipts",
}
OF_KUBE2IAM = {"aws_iam_role_policy.node", "null_resource.kube2iam"}


def steps() -> list[dict[str, Any]]:
    text = HOW_TO.read_text(encoding="utf-8")
    found = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    found[-1]["pod_identity"]["roles"] = found[1]["pod_identity"]["roles"]
    return [{**START, **step} for step in found]


@pytest.mark.full
@pytest.mark.usefixtures("kubernetes")
def test_each_step_does_what_the_how_to_says(tmp_path: Path, aws: AwsEmulator) -> None:
    project = Project(tmp_path / "project", aws, {"ada": yaml.safe_dump(START)})
    project.synth()
    project.init("ada")
    project.apply("ada")

    changes = []
    for step in steps():
        project.write_spec("ada", yaml.safe_dump(step))
        project.synth()
        project.terraform("ada", "plan", "-input=false", "-no-color", "-out=plan")
        plan = json.loads(project.terraform("ada", "show", "-json", "plan"))
        changes.append(
            {
                change["address"]: change["change"]["actions"]
                for change in plan["resource_changes"]
                if change["change"]["actions"] not in (["no-op"], ["read"])
            }
        )
        project.terraform("ada", "apply", "-input=false", "-no-color", "plan")

    assert changes[0] == {AGENT: ["create"]}
    assert changes[1] == {key: ["create"] for key in OF_THE_ROLE}
    assert changes[2] == {
        "aws_iam_role.pod-receipts": ["update"],
        "null_resource.kube2iam_removal": ["create"],
        **{key: ["delete"] for key in OF_KUBE2IAM},
    }
