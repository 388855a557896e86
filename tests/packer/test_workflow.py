"""The scheduled rebuild: what it may do, and that its input stays input."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from constructs_lib.tables import kubernetes_versions

from .paths import REPOSITORY, program

WORKFLOWS = REPOSITORY / ".github/workflows"
EVERY_WEEK, OF_A_VERSION = WORKFLOWS / "node-image.yml", WORKFLOWS / "node-image-of-a-version.yml"

MANIFEST = {
    "last_run_uuid": "second",
    "builds": [
        {
            "packer_run_uuid": "first",
            "artifact_id": "us-west-2:ami-0",
            "custom_data": {"ami_name": "eks-worker-1.36-old"},
        },
        {
            "packer_run_uuid": "second",
            "artifact_id": "us-west-2:ami-1,us-east-1:ami-2",
            "custom_data": {"ami_name": "eks-worker-1.36-new"},
        },
    ],
}


def read(path: Path) -> Any:
    # "on" is a boolean to YAML 1.1; BaseLoader leaves every scalar a string.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506


@pytest.fixture(scope="module")
def weekly() -> Any:
    return read(EVERY_WEEK)


@pytest.fixture(scope="module")
def workflow() -> Any:
    return read(OF_A_VERSION)


def steps(workflow: Any) -> list[Any]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_it_runs_by_schedule_and_by_hand(weekly: Any, workflow: Any) -> None:
    assert set(weekly["on"]) == {"schedule", "workflow_dispatch"}
    assert set(workflow["on"]) == {"workflow_call"}


def test_each_job_has_the_permissions_it_needs_and_no_more(weekly: Any, workflow: Any) -> None:
    assert weekly["permissions"] == workflow["permissions"] == {}
    wanted = {
        "build": {"contents": "read", "id-token": "write"},
        "boot": {"contents": "read", "id-token": "write"},
        "announce": {"issues": "write"},
    }
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == wanted
    called = {name: word for job in wanted.values() for name, word in job.items()}
    assert weekly["jobs"]["image"]["permissions"] == called


def test_each_version_is_built_booted_and_then_announced(weekly: Any, workflow: Any) -> None:
    image = weekly["jobs"]["image"]
    assert image["uses"] == f"./{OF_A_VERSION.relative_to(REPOSITORY)}"
    assert image["strategy"]["fail-fast"] == "false"
    assert set(image["with"]) == set(workflow["on"]["workflow_call"]["inputs"])
    jobs = workflow["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "build": None,
        "boot": "build",
        "announce": ["build", "boot"],
    }


def test_no_step_pastes_an_expression_into_a_script(workflow: Any) -> None:
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_no_secret_is_stored() -> None:
    for path in (EVERY_WEEK, OF_A_VERSION):
        assert "secrets." not in path.read_text(encoding="utf-8")


def test_every_action_is_pinned_by_commit(workflow: Any) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [uses for uses in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", uses)] == []


def test_the_checkout_leaves_no_token_behind(workflow: Any) -> None:
    checkouts = [step for step in steps(workflow) if "actions/checkout" in step.get("uses", "")]
    assert len(checkouts) == 2
    assert {checkout["with"]["persist-credentials"] for checkout in checkouts} == {"false"}


def test_the_template_is_validated_before_there_are_credentials(workflow: Any) -> None:
    order = [step.get("run") or step["uses"] for step in workflow["jobs"]["build"]["steps"]]
    validate = order.index("packer validate packer/node.pkr.hcl")
    assume = next(i for i, step in enumerate(order) if "configure-aws-credentials" in step)
    assert validate < assume < len(order) - 2


def test_the_version_is_the_default_of_the_clusters(weekly: Any) -> None:
    matrix = weekly["jobs"]["image"]["strategy"]["matrix"]["kubernetes_version"]
    assert f"""|| vars.NODE_IMAGE_VERSIONS || '["{kubernetes_versions.DEFAULT}"]')""" in matrix


def run_script(script: str, directory: Path, **environment: str) -> None:
    (directory / "bin").mkdir(exist_ok=True)
    gh = directory / "bin/gh"
    gh.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >gh-arguments\n', encoding="utf-8")
    gh.chmod(0o755)
    jq = Path(program("jq")).parent
    subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=directory,
        env={"PATH": f"{directory}/bin:{jq}:/usr/bin:/bin", **environment},
        check=True,
    )


def test_each_image_of_the_builds_own_region_is_booted(workflow: Any, tmp_path: Path) -> None:
    (tmp_path / "packer").mkdir()
    boot_image = tmp_path / "packer/boot-image"
    boot_image.write_text("""#!/bin/sh\nprintf '%s|' "$@" >>booted\n""", encoding="utf-8")
    boot_image.chmod(0o755)
    images = [
        {"name": "amd64", "ids": "us-west-2:ami-1,us-east-1:ami-2"},
        {"name": "arm64", "ids": "us-east-1:ami-3,us-west-2:ami-4"},
    ]
    script = workflow["jobs"]["boot"]["steps"][-1]["run"]
    given = {
        "CLUSTER": "lovelace",
        "INSTANCE_PROFILE": "node",
        "SUBNET": "",
        "AWS_REGION": "us-west-2",
    }
    run_script(script, tmp_path, IMAGES=json.dumps(images), **given)
    rest = "--cluster|lovelace|--instance-profile|node|--subnet||"
    booted = (tmp_path / "booted").read_text(encoding="utf-8")
    assert booted == f"ami-1|{rest}ami-4|{rest}"
    with pytest.raises(subprocess.CalledProcessError):
        run_script(script, tmp_path, IMAGES="[]", **given)


def test_the_issue_names_the_images_of_this_run(workflow: Any, tmp_path: Path) -> None:
    (tmp_path / "packer").mkdir()
    (tmp_path / "packer/manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    output = tmp_path / "output"
    read_manifest = workflow["jobs"]["build"]["steps"][-1]["run"]
    run_script(read_manifest, tmp_path, GITHUB_OUTPUT=str(output))
    images = output.read_text(encoding="utf-8").removeprefix("images=").strip()
    assert "\n" not in images

    (announce,) = workflow["jobs"]["announce"]["steps"]
    injected = '1.36"; touch injected; "'
    run_script(
        announce["run"],
        tmp_path,
        IMAGES=images,
        KUBERNETES_VERSION=injected,
        RUN_URL="https://example.com/run",
    )
    issue = (tmp_path / "issue.md").read_text(encoding="utf-8")
    assert "- `eks-worker-1.36-new`: us-west-2:ami-1,us-east-1:ami-2" in issue
    assert "old" not in issue
    arguments = (tmp_path / "gh-arguments").read_text(encoding="utf-8").splitlines()
    assert arguments[:3] == ["issue", "create", "--title"]
    assert not (tmp_path / "injected").exists()
