"""The Packer template: parsed, its expressions evaluated, and held against the Python side.

`packer` is seldom at hand. Its variables and locals are the language Terraform speaks as
well, so Terraform's console works them out here; the rest is read by python-hcl2.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest

from constructs_lib.tables import kubernetes_versions
from constructs_lib.tables.node_image import NodeImage, ami_name_filter, root_device_name

from .paths import PACKER, program

TEMPLATE = PACKER / "node.pkr.hcl"

NODE_IMAGE = NodeImage.read()

BUILD = {"kubelet_version": "{minor}.1", "kubelet_build_date": "2026-11-01"}

AMI_NAME = re.compile(r"[-A-Za-z0-9()\[\] ./'@_]{3,128}")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return hcl2.loads(TEMPLATE.read_text(encoding="utf-8"))


def unquoted(value: Any) -> Any:
    """python-hcl2 keeps the quotes of string literals."""
    return value.strip('"') if isinstance(value, str) else value


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Terraform module with the template's variables and locals, nothing else."""
    directory = tmp_path_factory.mktemp("locals")
    shutil.copy(PACKER / "node-image.json", directory)
    blocks = re.findall(
        r'^(?:variable "\w+"|locals) \{\n.*?^\}\n',
        TEMPLATE.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    (directory / "main.tf").write_text("\n".join(blocks), encoding="utf-8")
    return directory


def evaluate(
    terraform: Path, expression: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    flags = [part for item in variables.items() for part in ("-var", "=".join(item))]
    environment = {name: value for name, value in os.environ.items() if name[:3] != "TF_"}
    return subprocess.run(
        [program("terraform"), "console", *flags],
        cwd=terraform,
        env=environment,
        input=f"jsonencode({expression})\n",
        capture_output=True,
        text=True,
        check=False,
    )


def value_of(terraform: Path, expression: str, **variables: str) -> Any:
    finished = evaluate(terraform, expression, **variables)
    assert finished.returncode == 0, finished.stderr
    return json.loads(json.loads(finished.stdout))


def words(message: str) -> str:
    """A message of Terraform without its frame, its colours and its line breaks."""
    return " ".join(re.sub(r"\x1b\[\d*m|[│╷╵]", "", message).split())


# The chain from the image's name to the filter


def test_every_version_of_eks_has_an_image() -> None:
    offered = kubernetes_versions.offered(kubernetes_versions.AS_OF)
    assert set(offered) == set(NODE_IMAGE.kubernetes)


@pytest.mark.parametrize("minor", NODE_IMAGE.kubernetes)
def test_the_name_that_packer_builds_is_the_name_that_python_expects(
    terraform: Path, minor: str
) -> None:
    build = {name: value.format(minor=minor) for name, value in BUILD.items()}
    names = value_of(terraform, "local.ami_names", kubernetes_version=minor, **build)
    assert set(names) == {"amd64", "arm64"}
    for architecture, name in names.items():
        timestamp = name.rpartition("-")[2]
        assert re.fullmatch(r"20\d{12}", timestamp)
        assert name == NODE_IMAGE.ami_name(
            kubernetes_minor=minor,
            ubuntu_codename="noble",
            architecture=architecture,
            kubelet_version=f"{minor}.1",
            timestamp=timestamp,
        )
        assert AMI_NAME.fullmatch(name)
        matching = [
            v for v in NODE_IMAGE.kubernetes if fnmatch.fnmatchcase(name, ami_name_filter(v))
        ]
        assert matching == [minor]


# Versions


def test_the_build_of_a_known_version_is_taken_from_the_versions_file(terraform: Path) -> None:
    assert value_of(terraform, "[local.kubelet_version, local.kubelet_build_date]") == [
        "1.36.2",
        "2026-07-05",
    ]


@pytest.mark.parametrize(
    "minor",
    [minor for minor, known in NODE_IMAGE.kubernetes.items() if not known["kubelet_version"]],
)
def test_a_version_whose_build_is_not_known_asks_for_it(terraform: Path, minor: str) -> None:
    refused = evaluate(terraform, "local.kubelet_is_known", kubernetes_version=minor)
    said = words(refused.stderr)
    assert f"no kubelet build for {minor} in node-image.json; pass -var kubelet_version" in said
    build = {name: value.format(minor=minor) for name, value in BUILD.items()}
    assert value_of(terraform, "local.kubelet_fits", kubernetes_version=minor, **build) is True


def test_a_kubelet_of_another_version_is_refused(terraform: Path) -> None:
    refused = evaluate(terraform, "local.kubelet_fits", kubelet_version="1.35.6")
    said = words(refused.stderr)
    assert "kubelet 1.35.6 is not a 1.36; pass the kubernetes_version it belongs to" in said


@pytest.mark.parametrize("version", ["1.3", "1.36.2", "1.99", ""])
def test_a_version_that_is_not_in_the_versions_file_is_refused(
    terraform: Path, version: str
) -> None:
    refused = evaluate(terraform, "var.kubernetes_version", kubernetes_version=version)
    said = words(refused.stderr)
    assert "The kubernetes_version is not in packer/node-image.json; write it like 1.36" in said


def test_a_pinned_sum_of_the_command_line_is_added_to_those_of_the_file(terraform: Path) -> None:
    sums = value_of(
        terraform,
        'lookup(local.sha256, "kubelet/arm64", "none")',
        sha256='{"kubelet/arm64" = "abc"}',
    )
    assert sums == "abc"
    assert value_of(terraform, 'lookup(local.sha256, "kubelet/arm64", "none")') == "none"


def test_the_default_is_the_default_of_the_clusters(terraform: Path) -> None:
    assert value_of(terraform, "var.kubernetes_version") == kubernetes_versions.DEFAULT


@pytest.mark.parametrize(("minor", "known"), NODE_IMAGE.kubernetes.items())
def test_a_known_build_belongs_to_its_version(minor: str, known: dict[str, Any]) -> None:
    assert set(known) == {"kubelet_version", "kubelet_build_date", "sha256"}
    version, date = known["kubelet_version"], known["kubelet_build_date"]
    assert bool(version) == bool(date)
    assert not version or version.startswith(f"{minor}.")
    assert not date or re.fullmatch(r"20\d\d-\d\d-\d\d", date)
    for file, checksum in known["sha256"].items():
        assert re.fullmatch(r"(kubelet|ecr-credential-provider)/(amd64|arm64)", file)
        assert re.fullmatch(r"[0-9a-f]{64}", checksum)


# The template itself


def test_the_plugin_is_named_and_its_version_bounded(template: dict[str, Any]) -> None:
    (packer,) = template["packer"]
    assert unquoted(packer["required_version"]).startswith(">= 1.14")
    amazon = packer["required_plugins"][0]["amazon"]
    assert unquoted(amazon["source"]) == "github.com/hashicorp/amazon"
    assert unquoted(amazon["version"]).startswith("~> 1.")


def test_builder_and_image_require_imdsv2(template: dict[str, Any]) -> None:
    source = template["source"][0]['"amazon-ebs"']['"node"']
    assert unquoted(source["imds_support"]) == "v2.0"
    (options,) = source["metadata_options"]
    assert unquoted(options["http_tokens"]) == "required"
    assert options["http_put_response_hop_limit"] == 1


def test_the_disk_is_gp3_and_the_image_encrypted(template: dict[str, Any]) -> None:
    source = template["source"][0]['"amazon-ebs"']['"node"']
    (disk,) = source["launch_block_device_mappings"]
    assert unquoted(disk["volume_type"]) == "gp3"
    assert unquoted(disk["device_name"]) == root_device_name("packer")
    assert source["encrypt_boot"] is True


@pytest.mark.parametrize(
    ("index", "name", "architecture"), [(0, "amd64", "x86_64"), (1, "arm64", "arm64")]
)
def test_each_architecture_is_built_on_canonicals_newest_ubuntu(
    template: dict[str, Any], index: int, name: str, architecture: str
) -> None:
    source = template["build"][0]["source"][index]['"amazon-ebs.node"']
    assert unquoted(source["name"]) == name
    assert f'ami_names["{name}"]' in source["ami_name"]
    (lookup,) = source["source_ami_filter"]
    assert lookup["most_recent"] is True
    assert unquoted(lookup["filters"]["architecture"]) == architecture
    assert f"-{name}-server-*" in lookup["filters"]["name"]
    assert "local.image.ubuntu.owners" in lookup["owners"][0]


def test_the_image_is_deprecated_some_day(terraform: Path) -> None:
    built, deprecated = value_of(terraform, "[local.built_at, local.deprecated]")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", deprecated)
    assert deprecated > built


def test_the_tags_say_what_is_inside(terraform: Path) -> None:
    tags = value_of(terraform, "local.tags")
    assert {"kubernetes_version", "kubelet_version", "containerd_version", "source_ami"} <= set(
        tags
    )


def test_every_provisioner_runs_once_and_validation_before_cleaning_up(
    template: dict[str, Any],
) -> None:
    shells = [
        block['"shell"'] for block in template["build"][0]["provisioner"] if '"shell"' in block
    ]
    order = [
        unquoted(script).rpartition("/")[2]
        for shell in shells
        for script in [shell.get("script"), *shell.get("scripts", [])]
        if script
    ]
    assert sorted(order) == sorted(path.name for path in (PACKER / "provisioners").glob("*.sh"))
    assert order[:3] == ["wait-for-cloud-init.sh", "upgrade-base.sh", "install-rootfs.sh"]
    assert order[-3:] == ["enable-units.sh", "validate.sh", "clean-up.sh"]


def test_every_input_a_provisioner_demands_is_given(template: dict[str, Any]) -> None:
    shells = [
        block['"shell"'] for block in template["build"][0]["provisioner"] if '"shell"' in block
    ]
    given = {unquoted(v).partition("=")[0] for s in shells for v in s.get("environment_vars", [])}
    demanded = {
        name
        for script in (PACKER / "provisioners").glob("*.sh")
        for name in re.findall(
            r'^: "\$\{([A-Z0-9_]+):?\?', script.read_text(encoding="utf-8"), re.M
        )
    }
    assert demanded == given


def test_packer_accepts_the_template() -> None:
    packer = shutil.which("packer")
    if packer is None:
        pytest.skip("packer is not on PATH; this is the one test that may be skipped everywhere")
    subprocess.run([packer, "init", TEMPLATE], check=True)
    subprocess.run([packer, "validate", TEMPLATE], check=True)
