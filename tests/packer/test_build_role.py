"""What the role that builds may do: each call of a build, and nothing to what is not Packer's.

The calls are those of the builder amazon-ebs with this template, read in the source of
packer-plugin-amazon 1.8.2 (builder/ebs/builder.go and the steps that it lists). The conditions are
judged as IAM does, as far as the policy has them:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import fnmatch
import json
from collections.abc import Mapping
from typing import Any

import hcl2
import pytest

from .paths import PACKER

POLICY = json.loads((PACKER / "build-role-policy.json").read_text(encoding="utf-8"))
REGION = {"aws:RequestedRegion": "us-west-2"}
OURS = {"aws:ResourceTag/Name": "packer 1.36 node image"}
THEIRS = {"aws:ResourceTag/Name": "production"}
FINISHED = {
    "aws:ResourceTag/Name": "eks-worker-1.36-ubuntu-noble-amd64-kubelet-1.36.2-20261101000000"
}
AT_BIRTH = {"aws:RequestTag/Name": "packer 1.36 node image"}

OF_THE_ACCOUNT = "arn:aws:ec2:us-west-2:123456789012:"
INSTANCE = f"{OF_THE_ACCOUNT}instance/i-1"
GROUP = f"{OF_THE_ACCOUNT}security-group/sg-1"
KEY = f"{OF_THE_ACCOUNT}key-pair/packer_6543"
IMAGE = "arn:aws:ec2:us-west-2::image/ami-1"
SNAPSHOT = "arn:aws:ec2:us-west-2::snapshot/snap-1"

Call = tuple[str, str, Mapping[str, str]]

LOOKS = (
    *("DescribeImages", "DescribeInstanceTypeOfferings", "DescribeInstances", "DescribeRegions"),
    *("DescribeSecurityGroups", "DescribeSubnets", "DescribeVolumes", "DescribeVpcs"),
)

BUILD: tuple[Call, ...] = (
    *((look, "*", {}) for look in LOOKS),
    ("CreateKeyPair", KEY, REGION),
    ("CreateTags", KEY, {"ec2:CreateAction": "CreateKeyPair", **AT_BIRTH}),
    ("CreateSecurityGroup", GROUP, REGION),
    ("CreateSecurityGroup", f"{OF_THE_ACCOUNT}vpc/vpc-1", REGION),
    ("CreateTags", GROUP, {"ec2:CreateAction": "CreateSecurityGroup", **AT_BIRTH}),
    ("AuthorizeSecurityGroupIngress", GROUP, OURS),
    *(
        ("RunInstances", f"{OF_THE_ACCOUNT}{kind}/x", REGION)
        for kind in ("instance", "key-pair", "network-interface", "security-group", "subnet")
    ),
    ("RunInstances", f"{OF_THE_ACCOUNT}volume/vol-1", REGION),
    ("RunInstances", IMAGE, REGION),
    ("CreateTags", INSTANCE, {"ec2:CreateAction": "RunInstances", **AT_BIRTH}),
    ("CreateTags", f"{OF_THE_ACCOUNT}volume/vol-1", {"ec2:CreateAction": "RunInstances"}),
    ("StopInstances", INSTANCE, OURS),
    ("CreateImage", INSTANCE, OURS),
    ("CreateImage", IMAGE, {}),
    ("CreateImage", SNAPSHOT, {}),
    ("CreateTags", IMAGE, {"ec2:CreateAction": "CreateImage", **AT_BIRTH}),
    ("CreateTags", SNAPSHOT, {"ec2:CreateAction": "CreateImage", **AT_BIRTH}),
    # the encrypted copies, in each region, which take the image's tags with them
    ("CopyImage", IMAGE, {}),
    ("CopyImage", SNAPSHOT, {}),
    ("CreateTags", IMAGE, {"ec2:CreateAction": "CopyImage", **AT_BIRTH}),
    ("EnableImageDeprecation", IMAGE, OURS),
    ("ModifyImageAttribute", IMAGE, OURS),
    ("CreateTags", IMAGE, {**OURS, "aws:RequestTag/Name": "eks-worker-1.36"}),
    ("CreateTags", SNAPSHOT, {"aws:RequestTag/kubelet_version": "1.36.2"}),
    # the one between, and the builder
    ("DeregisterImage", IMAGE, OURS),
    ("DeleteSnapshot", SNAPSHOT, OURS),
    ("TerminateInstances", INSTANCE, OURS),
    ("DeleteSecurityGroup", GROUP, OURS),
    ("DeleteKeyPair", KEY, {}),
)

BOOT: tuple[Call, ...] = (
    ("DescribeImages", "*", {}),
    ("RunInstances", INSTANCE, REGION),
    (
        "CreateTags",
        INSTANCE,
        {"ec2:CreateAction": "RunInstances", "aws:RequestTag/Name": "packer boot of ami-1"},
    ),
    ("GetConsoleOutput", INSTANCE, {"aws:ResourceTag/Name": "packer boot of ami-1"}),
    ("TerminateInstances", INSTANCE, {"aws:ResourceTag/Name": "packer boot of ami-1"}),
)
"""What packer/boot-image asks for."""

WAITING = {"ec2:DescribeInstanceStatus", "ec2:DescribeSnapshots"}
"""What the plugin's waiters and its errors ask for."""

OTHERS: tuple[Call, ...] = (
    *(
        (action, resource, tags)
        for tags in (THEIRS, FINISHED, {})
        for action, resource in (
            ("AuthorizeSecurityGroupIngress", GROUP),
            ("CreateImage", INSTANCE),
            ("DeleteSecurityGroup", GROUP),
            ("DeleteSnapshot", SNAPSHOT),
            ("DeregisterImage", IMAGE),
            ("EnableImageDeprecation", IMAGE),
            ("GetConsoleOutput", INSTANCE),
            ("ModifyImageAttribute", IMAGE),
            ("StopInstances", INSTANCE),
            ("TerminateInstances", INSTANCE),
        )
    ),
    # nor make it Packer's first
    *(("CreateTags", each, {**AT_BIRTH}) for each in (INSTANCE, GROUP, IMAGE, SNAPSHOT)),
    *(("CreateTags", each, {**THEIRS, **AT_BIRTH}) for each in (INSTANCE, GROUP, IMAGE, SNAPSHOT)),
    ("CreateTags", SNAPSHOT, {**THEIRS, "aws:RequestTag/kubelet_version": "1.36.2"}),
    ("DeleteKeyPair", f"{OF_THE_ACCOUNT}key-pair/lovelace", {}),
    ("RunInstances", INSTANCE, {"aws:RequestedRegion": "eu-west-1"}),
    ("ModifyInstanceAttribute", INSTANCE, OURS),
    ("ModifySnapshotAttribute", SNAPSHOT, OURS),
)


def allows(call: Call) -> bool:
    action, resource, context = call
    return any(
        f"ec2:{action}" in statement["Action"]
        and any(fnmatch.fnmatchcase(resource, each) for each in statement["Resource"])
        and all(
            _holds(operator, key, wanted, context)
            for operator, conditions in statement.get("Condition", {}).items()
            for key, wanted in conditions.items()
        )
        for statement in POLICY["Statement"]
    )


def _holds(operator: str, key: str, wanted: Any, context: Mapping[str, str]) -> bool:
    if operator == "Null":
        return (key not in context) is (wanted == "true")
    values = [wanted] if isinstance(wanted, str) else wanted
    if operator == "StringEquals":
        return context.get(key) in values
    assert operator == "StringLike"
    return any(fnmatch.fnmatchcase(context.get(key, ""), value) for value in values)


@pytest.mark.parametrize("call", [*BUILD, *BOOT], ids=lambda call: call[0])
def test_the_role_may_do_what_a_build_and_a_boot_do(call: Call) -> None:
    assert allows(call)


@pytest.mark.parametrize("call", OTHERS, ids=lambda call: call[0])
def test_the_role_may_do_nothing_to_what_is_not_the_builds(call: Call) -> None:
    assert not allows(call)


def test_the_role_may_do_no_more_than_builds_do() -> None:
    granted = {action for statement in POLICY["Statement"] for action in statement["Action"]}
    assert granted - WAITING == {f"ec2:{action}" for action, _, _ in (*BUILD, *BOOT)}


def test_the_builder_has_the_name_that_the_policy_knows() -> None:
    template = hcl2.loads((PACKER / "node.pkr.hcl").read_text(encoding="utf-8"))
    (source,) = template["source"]
    node = source['"amazon-ebs"']['"node"']
    for tags in ("run_tags", "run_volume_tags"):
        (name,) = node[tags].values()
        assert name.strip('"').startswith("packer ")
    # a copied snapshot may be described, and not named
    assert node["snapshot_tags"] == "${local.tags}"
    (tags,) = (block["tags"] for block in template["locals"])
    assert "Name" not in tags
    assert "built_at" in tags
