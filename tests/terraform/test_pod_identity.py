"""docs/how-to/from-kube2iam-to-pod-identity.md, step by step: what each plan adds and takes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan_review.review import review
from tests.emulator.aws import AwsEmulator
from tests.synthesis import ROOT
from tests.terraform.conftest import Cluster
from tests.terraform.project import Project, changed

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
    _, roles, gone, beside, last = found
    gone["pod_identity"]["roles"] = roles["pod_identity"]["roles"]
    for step in (beside, last):  # which say what changes alone
        step.update({key: gone[key] for key in ("pod_identity", "addons")})
    back = {**last, "pod_identity": roles["pod_identity"]}
    return [{**START, **step} for step in (*found, back)]


def verdicts() -> list[str]:
    """What the page says that the review says, plan by plan."""
    text = HOW_TO.read_text(encoding="utf-8")
    return re.findall(r"^The review calls it `([a-z-]+)`", text, re.MULTILINE)


@pytest.mark.full
def test_each_step_does_what_the_how_to_says(
    tmp_path: Path, aws: AwsEmulator, kubernetes: Cluster
) -> None:
    project = Project(tmp_path / "project", aws, {"ada": yaml.safe_dump(START)})
    project.synth()
    project.init("ada")
    project.apply("ada")

    changes, said, has_kube2iam = [], [], []
    for step in steps():
        project.write_spec("ada", yaml.safe_dump(step))
        project.synth()
        plan = project.plan("ada")
        changes.append(changed(plan))
        said.append(review(plan).verdict.value)
        file = project.path / "ada.tfplan"
        project.terraform("ada", "apply", "-input=false", "-no-color", str(file))
        has_kube2iam.append(kubernetes.get("DaemonSet", "kube2iam", "kube-system") is not None)

    side_by_side, roles, gone, beside, last, back = changes
    assert side_by_side == {AGENT: ["create"]}
    assert roles == {key: ["create"] for key in OF_THE_ROLE}
    assert gone == {
        "aws_iam_role.pod-receipts": ["update"],
        "null_resource.kube2iam_removal": ["create"],
        **{key: ["delete"] for key in OF_KUBE2IAM},
    }
    assert beside == {
        "null_resource.kube2iam_removal": ["delete"],
        "aws_launch_template.node-fresh": ["create"],
        "aws_autoscaling_group.node-fresh": ["create"],
    }
    assert last == {
        "aws_launch_template.node": ["delete"],
        "aws_autoscaling_group.node": ["delete"],
    }
    assert back == {
        "aws_iam_role.pod-receipts": ["update"],
        **{key: ["create"] for key in OF_KUBE2IAM},
    }
    assert said[:-1] == verdicts()
    assert has_kube2iam == [True, True, False, False, False, True]
