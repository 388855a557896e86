"""The Packer template: judged by the real Packer, and held against the Python side.

What Packer's console and `validate` do not show is read by python-hcl2.
"""

import fnmatch
import json
import re
from typing import Any

import hcl2
import pytest

from constructs_lib.tables import kubernetes_versions
from constructs_lib.tables.node_image import NodeImage, ami_name_filter, root_device_name
from tests.packer.node_images import ami_name

from .packer import TEMPLATE, Packer, flags, words
from .paths import PACKER, REPOSITORY

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
def packer(tmp_path_factory: pytest.TempPathFactory) -> Packer:
    """The real Packer with its Amazon plugin, both of `make programs`."""
    return Packer(tmp_path_factory.mktemp("packer"))


# The chain from the image's name to the filter


def test_every_version_of_eks_has_an_image() -> None:
    offered = kubernetes_versions.offered(kubernetes_versions.AS_OF)
    assert set(offered) == set(NODE_IMAGE.kubernetes)


@pytest.mark.parametrize("minor", NODE_IMAGE.kubernetes)
def test_the_name_that_packer_builds_is_the_name_that_python_expects(
    packer: Packer, minor: str
) -> None:
    build = {name: value.format(minor=minor) for name, value in BUILD.items()}
    names = packer.value_of("local.ami_names", kubernetes_version=minor, **build)
    assert set(names) == {"amd64", "arm64"}
    for architecture, name in names.items():
        timestamp = name.rpartition("-")[2]
        assert re.fullmatch(r"20\d{12}", timestamp)
        assert name == ami_name(
            NODE_IMAGE,
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


def test_the_build_of_a_known_version_is_taken_from_the_versions_file(packer: Packer) -> None:
    known = NODE_IMAGE.kubernetes["1.36"]
    assert packer.value_of("[local.kubelet_version, local.kubelet_build_date]") == [
        known["kubelet_version"],
        known["kubelet_build_date"],
    ]


@pytest.mark.parametrize(
    "minor",
    [minor for minor, known in NODE_IMAGE.kubernetes.items() if not known["kubelet_version"]],
)
def test_a_version_whose_build_is_not_known_asks_for_it(packer: Packer, minor: str) -> None:
    said = packer.refusal(kubernetes_version=minor)
    assert f"no kubelet build for {minor} in node-image.json; pass -var kubelet_version" in said
    assert "is not a" not in said
    build = {name: value.format(minor=minor) for name, value in BUILD.items()}
    packer.run("validate", *flags({"kubernetes_version": minor, **build}), str(TEMPLATE))


def test_half_a_build_is_not_a_build(packer: Packer) -> None:
    said = packer.refusal(kubernetes_version="1.37", kubelet_version="1.37.1")
    assert "no kubelet build for 1.37 in node-image.json; pass -var kubelet_version" in said


def test_a_kubelet_of_another_version_is_refused(packer: Packer) -> None:
    said = packer.refusal(kubelet_version="1.35.6")
    assert "kubelet 1.35.6 is not a 1.36; pass the kubernetes_version it belongs to" in said


@pytest.mark.parametrize("version", ["1.3", "1.36.2", "1.99", ""])
def test_a_version_that_is_not_in_the_versions_file_is_refused(
    packer: Packer, version: str
) -> None:
    said = packer.refusal(kubernetes_version=version)
    assert (
        f'kubernetes_version "{version}" is not in packer/node-image.json, which has '
        f"{', '.join(sorted(NODE_IMAGE.kubernetes))}"
    ) in said
    assert "Invalid index" not in said
    assert "no kubelet build" not in said


def test_a_pinned_sum_of_the_command_line_is_added_to_those_of_the_file(packer: Packer) -> None:
    look_up = 'lookup(local.sha256, "kubelet/arm64", "none")'
    assert packer.value_of(look_up, sha256='{"kubelet/arm64" = "abc"}') == "abc"
    assert packer.value_of(look_up) == "none"


FILE = json.loads((PACKER / "node-image.json").read_text(encoding="utf-8"))


def test_every_partition_has_the_same_kinds_of_sources() -> None:
    assert FILE["sources"].keys() == FILE["ubuntu"]["owners"].keys()
    for sources in FILE["sources"].values():
        assert set(sources) == {"kubelet", "docker", "aws_cli", "sandbox_image"}
        assert not any(source.endswith("/") for source in sources.values())


def test_outside_china_the_sources_are_those_of_the_rootfs() -> None:
    sources = FILE["sources"]["aws"]
    config = (PACKER / "rootfs/etc/containerd/config.toml").read_text(encoding="utf-8")
    assert f"sandbox = '{sources['sandbox_image']}'\n" in config
    apt = (PACKER / "rootfs/etc/apt/sources.list.d/docker.sources").read_text(encoding="utf-8")
    assert f"URIs: {sources['docker']}\n" in apt


def test_sources_are_the_partition_s_with_mirrors_over_them(packer: Packer) -> None:
    mirror = "https://mirror.example.cn/docker"
    found = packer.value_of(
        "local.sources", partition="aws-cn", sources=f'{{ docker = "{mirror}" }}'
    )
    assert found == {**FILE["sources"]["aws-cn"], "docker": mirror}
    assert found["kubelet"].startswith("https://amazon-eks.s3.cn-north-1.amazonaws.com.cn")
    assert packer.value_of("local.sources") == FILE["sources"]["aws"]


def test_the_manifest_tells_the_two_builds_apart(template: dict[str, Any]) -> None:
    """Packer's own name of both is that of their source."""
    (manifest,) = (block['"manifest"'] for block in template["build"][0]["post-processor"])
    assert manifest["custom_data"]["architecture"] == "${source.name}"


def test_the_default_is_the_default_of_the_clusters(packer: Packer) -> None:
    assert packer.value_of("var.kubernetes_version") == kubernetes_versions.DEFAULT


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


# A key, other accounts, a private build, a proxy, a disk

KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
COPY_KEY = KEY.replace("us-west-2", "eu-west-1")
SHARED = {"ami_users": '["111122223333"]'}
COPY_KEYS = {"region_kms_key_ids": f'{{"eu-west-1"="{COPY_KEY}"}}'}
COPIED = {"ami_regions": '["eu-west-1"]'}


@pytest.mark.parametrize(
    "given",
    [
        {"kms_key_id": KEY},
        {"kms_key_id": KEY, **SHARED},
        {"kms_key_id": KEY, **SHARED, **COPIED, **COPY_KEYS},
        {"kms_key_id": KEY, "ami_org_arns": '["arn:aws:organizations::1:organization/o-1"]'},
        {"session_manager_profile": "builder", "subnet_id": "subnet-1"},
        {"proxy": "http://proxy.example.com:3128"},
        {"volume_size": "40"},
    ],
    ids=" ".join,
)
def test_packer_accepts_it_with(packer: Packer, given: dict[str, str]) -> None:
    packer.run("validate", *flags(given), str(TEMPLATE))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (SHARED, "an image that is encrypted with the account's own key for EBS cannot be shared"),
        (
            {**SHARED, **COPIED, "kms_key_id": KEY},
            "the copy in eu-west-1 could not be shared; pass its key in -var region_kms_key_ids",
        ),
        (
            {"session_manager_profile": "builder"},
            "a builder without a public address needs a subnet; pass -var subnet_id",
        ),
        ({"volume_size": "7"}, "The volume_size is below the 8 GiB of Ubuntu's own image"),
    ],
    ids=["shared", "shared copy", "private", "small"],
)
def test_what_ec2_would_refuse_is_refused_at_once(
    packer: Packer, given: dict[str, str], said: str
) -> None:
    assert said in packer.refusal(**given)


def test_a_private_builder_is_reached_by_session_manager_alone(template: dict[str, Any]) -> None:
    source = template["source"][0]['"amazon-ebs"']['"node"']
    assert source["ssh_interface"] == '${local.is_private ? "session_manager" : null}'
    assert source["associate_public_ip_address"] == "${local.is_private ? false : null}"
    assert source["temporary_security_group_source_public_ip"] == "${!local.is_private}"


def test_provisioners_use_the_proxy_of_the_nodes(packer: Packer) -> None:
    proxy = "http://proxy.example.com:3128"
    assert packer.value_of("local.proxied", proxy=proxy) == {
        "http_proxy": proxy,
        "https_proxy": proxy,
        "no_proxy": "localhost,127.0.0.1,169.254.169.254,.internal,.eks.amazonaws.com",
    }
    assert packer.value_of("local.proxied") == {}


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


def test_the_image_is_deprecated_some_day(packer: Packer) -> None:
    built_at, deprecated = packer.value_of("[local.built_at, local.deprecated]")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", deprecated)
    assert deprecated > built_at


def test_the_tags_say_what_is_inside(packer: Packer) -> None:
    tags = packer.value_of("local.tags")
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


def test_packer_accepts_the_template(packer: Packer) -> None:
    assert "The configuration is valid." in packer.run("validate", str(TEMPLATE))


def test_packer_accepts_the_template_by_the_path_that_the_how_to_has(packer: Packer) -> None:
    """Files of the template are found from where the command is run."""
    path = str(TEMPLATE.relative_to(REPOSITORY))
    done = packer.complete("validate", path, directory=REPOSITORY)
    assert "The configuration is valid." in done.stdout, words(done.stdout + done.stderr)


def test_the_template_is_formatted_as_packer_formats(packer: Packer) -> None:
    packer.run("fmt", "-check", "-diff", str(PACKER))
