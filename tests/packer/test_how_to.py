"""docs/how-to/node-image.md says what is there, in the words that are there."""

import json
import re
import subprocess
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from constructs_lib.tables.node_image import ami_name_filter
from tests.packer.node_images import FAMILIES
from tests.programs import write_aws

from .paths import EKS_JOIN, PACKER, REPOSITORY
from .test_node_image import name_of

HOW_TO = (REPOSITORY / "docs/how-to/node-image.md").read_text(encoding="utf-8")

BLOCKS = [
    (language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
    for indent, language, text in re.findall(
        r"^( *)```(\w+)\n(.*?)^ *```$", HOW_TO, flags=re.MULTILINE | re.DOTALL
    )
]

SAID = re.findall(r"^\| `([^`]+)`", HOW_TO, flags=re.MULTILINE)


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


@pytest.mark.parametrize("command", blocks("sh"))
def test_every_command_is_shell(command: str) -> None:
    subprocess.run(["bash", "-n", "-c", command], check=True)


def test_every_variable_that_is_passed_exists() -> None:
    template = (PACKER / "node.pkr.hcl").read_text(encoding="utf-8")
    passed = set(re.findall(r"-var '?(\w+)=", HOW_TO))
    assert {"kubelet_version", "subnet_id", "ami_regions"} <= passed
    assert [name for name in passed if f'variable "{name}"' not in template] == []


def test_every_file_that_is_named_exists() -> None:
    without_links = re.sub(r"https?://[^)\s]+", "", HOW_TO)
    named = set(re.findall(r"(?:packer|docs|tests|\.github)/[\w./-]*\w", without_links))
    assert "packer/build-role-policy.json" in named
    assert [path for path in named if not (REPOSITORY / path).exists()] == []


def test_the_look_up_finds_the_images_of_its_version_only(tmp_path: Path) -> None:
    (look_up,) = (text for text in blocks("sh") if "describe-images" in text)
    assert f"Values={ami_name_filter('1.36')}'" in look_up
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "PATH": f"{write_aws(tmp_path).parent}:/usr/bin:/bin",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    client = boto3.Session("x", "x", region_name="us-west-2").client(
        "ec2", endpoint_url=environment["AWS_ENDPOINT_URL"]
    )
    names = {minor: name_of(minor) for minor in ("1.3", "1.35", "1.36", "1.360")}
    for name in names.values():
        client.register_image(Name=name, Architecture="x86_64", RootDeviceName="/dev/sda1")
    found = subprocess.run(
        ["bash", "-c", look_up], env=environment, capture_output=True, text=True, check=True
    ).stdout
    server.stop()
    assert [line.split("\t")[0] for line in found.splitlines()] == [names["1.36"]]


def test_the_families_are_those_of_the_spec() -> None:
    named = [family for text in blocks("yaml") for family in re.findall(r"family: ([\w-]+)", text)]
    assert named
    assert set(named) <= set(FAMILIES)


def test_the_pinned_sum_has_the_form_of_the_versions_file() -> None:
    pinned, trust = blocks("json")
    (entry,) = json.loads(f"{{{pinned}}}").values()
    assert set(entry) == {"kubelet_version", "kubelet_build_date", "sha256"}
    assert json.loads(trust)["Statement"][0]["Action"] == "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize("message", SAID)
def test_every_message_it_explains_is_one_that_eks_join_gives(message: str) -> None:
    source = EKS_JOIN.read_text(encoding="utf-8")
    assert message in source.replace("{CLUSTER_TAG}", "kubernetes.io/cluster/")
