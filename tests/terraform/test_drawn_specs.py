"""Specs drawn at random, through the real provider: valid, applied, planned empty, destroyed."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.emulator.aws import AwsEmulator
from tests.spec import drawn_whole
from tests.spec.drawn import drawn, said
from tests.terraform.project import Project

IN_THE_GATE, IN_FULL, LIVES, TOGETHER = 2, 12, 5, 40


def project_of(spec: dict[str, Any], path: Path, aws: AwsEmulator) -> tuple[Project, str]:
    name = str(spec["name"])
    project = Project(path / "project", aws, {name: yaml.safe_dump(spec, sort_keys=False)})
    project.synth()
    return project, name


def assert_valid(spec: dict[str, Any], path: Path, aws: AwsEmulator) -> None:
    project, _ = project_of(spec, path, aws)
    for stack in sorted(path.name for path in (project.path / "cdktf.out" / "stacks").iterdir()):
        project.init(stack, "-backend=false")
        assert "The configuration is valid" in project.terraform(stack, "validate", "-no-color")


def test_enough_is_drawn_and_says_much() -> None:
    assert len(drawn(IN_FULL)) == IN_FULL
    told = {key for spec in drawn(IN_FULL)[:LIVES] for key in said(spec)}
    assert told >= {"networking", "node_ingress", "addons", "access", "manifests", "state"}
    assert told >= {"pod_identity", "storage", "monitoring", "cluster_autoscaler", "controllers"}
    assert told >= {".warm_pool", ".instance_store", ".drain", ".mixed_instances", ".schedules"}
    assert told >= {"ubuntu-eks", "al2023", "bottlerocket"}
    assert told >= {"managed.kubelet", "managed.volumes", "fargate.selectors"}


@pytest.mark.parametrize(
    "number",
    [
        *range(IN_THE_GATE),
        *(pytest.param(n, marks=pytest.mark.full) for n in range(IN_THE_GATE, IN_FULL)),
    ],
)
def test_what_the_check_takes_is_valid(number: int, tmp_path: Path, aws: AwsEmulator) -> None:
    assert_valid(drawn(IN_FULL)[number], tmp_path, aws)


@pytest.mark.full
def test_whatever_is_said_together_is_valid(tmp_path: Path, aws: AwsEmulator) -> None:
    """All as modules of one configuration, which loads the provider once."""
    root, calls = tmp_path / "modules", {}
    for number, spec in enumerate(drawn_whole.draw(TOGETHER)):
        document = synthesis.synth(spec)
        if document["terraform"]["required_providers"]["aws"]["version"].startswith(">= 6."):
            continue
        del document["provider"], document["terraform"]["backend"]
        (root / f"m{number}").mkdir(parents=True)
        (root / f"m{number}" / "cdk.tf.json").write_text(json.dumps(document))
        (root / f"m{number}" / "spec.yaml").write_text(yaml.safe_dump(spec))
        calls[f"m{number}"] = {"source": f"./m{number}"}
    whole = {"provider": {"aws": {"region": "us-west-2"}}, "module": calls}
    (root / "cdk.tf.json").write_text(json.dumps(whole))
    project = Project(tmp_path / "project", aws, {})
    project.init(root)

    assert "The configuration is valid" in project.run(
        project.program, "validate", "-no-color", directory=root
    )
    assert len(calls) > TOGETHER / 2


@pytest.mark.full
@pytest.mark.parametrize("number", range(LIVES))
def test_what_the_check_takes_is_applied_planned_empty_and_destroyed(
    number: int, tmp_path: Path, aws: AwsEmulator
) -> None:
    """With what the account has in place of what the spec only names."""
    spec = {
        key: value
        for key, value in drawn(IN_FULL)[number].items()
        if key not in ("account_id", "state", "lifecycle")
    }
    for group in spec["node_groups"].values():
        group.pop("security_group_ids", None)
        if group.get("image", {}).keys() & {"id", "release"}:
            del group["image"]
    ec2, key = aws.client("ec2"), spec.get("key_name")
    if key and key not in {pair["KeyName"] for pair in ec2.describe_key_pairs()["KeyPairs"]}:
        ec2.create_key_pair(KeyName=key)
    project, name = project_of(spec, tmp_path, aws)
    project.init(name)
    assert "Apply complete!" in project.apply(name)
    plan = project.plan(name)
    assert [
        c["address"] for c in plan["resource_changes"] if c["change"]["actions"] != ["no-op"]
    ] == []
    project.terraform(name, "destroy", "-input=false", "-auto-approve", "-no-color")
    assert aws.client("eks").list_clusters()["clusters"] == []
