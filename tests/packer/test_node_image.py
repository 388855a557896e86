"""Which image a node runs, without AWS: names, look-ups, architectures."""

import fnmatch
import gzip
import json
from pathlib import Path

import moto.ec2
import pytest

from constructs_lib.tables.node_image import (
    Architecture,
    Family,
    NodeImage,
    accelerator_of,
    ami_name_filter,
    architecture_of,
    root_device_name,
    ssm_parameter,
    system_device_name,
    variant_for,
)
from tests.packer.node_images import FAMILIES, ami_name

NODE_IMAGE = NodeImage.read()


def name_of(minor: str) -> str:
    return ami_name(
        NODE_IMAGE,
        kubernetes_minor=minor,
        ubuntu_codename="noble",
        architecture="amd64",
        kubelet_version=f"{minor}.2",
        timestamp="20261123010203",
    )


def test_an_image_is_named_after_what_is_in_it() -> None:
    assert name_of("1.36") == "eks-worker-1.36-ubuntu-noble-amd64-kubelet-1.36.2-20261123010203"


def test_a_part_of_the_name_that_is_not_given_is_missed() -> None:
    with pytest.raises(KeyError, match="architecture"):
        ami_name(NODE_IMAGE, kubernetes_minor="1.36", ubuntu_codename="noble")


@pytest.mark.parametrize("minor", [*NODE_IMAGE.kubernetes, "1.3", "1.4", "2.36", "11.36"])
def test_a_filter_finds_its_own_version_and_no_other(minor: str) -> None:
    versions = {*NODE_IMAGE.kubernetes, "1.3", "1.4", "1.360", "2.36", "11.36", minor}
    found = {v for v in versions if fnmatch.fnmatchcase(name_of(v), ami_name_filter(minor))}
    assert found == {minor}


@pytest.mark.parametrize("expression", ["${var.k8s_version}", "${TfToken[TOKEN.12]}"])
def test_a_filter_can_follow_a_terraform_variable(expression: str) -> None:
    assert ami_name_filter(expression) == f"eks-worker-{expression}-*"


@pytest.mark.parametrize("version", ["", "1", "1.36.2", "1.3*", "*", "v1.36", "${", "${a}${b}"])
def test_a_filter_for_anything_else_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=r"write it like 1\.36"):
        ami_name_filter(version)


@pytest.mark.parametrize(
    ("family", "architecture", "parameter"),
    [
        (
            "al2023",
            "x86_64",
            "/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/x86_64/standard"
            "/recommended/image_id",
        ),
        (
            "al2023",
            "arm64",
            "/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/arm64/standard"
            "/recommended/image_id",
        ),
        (
            "ubuntu-eks",
            "x86_64",
            "/aws/service/canonical/ubuntu/eks/24.04/1.36/stable/current/amd64/hvm/ebs-gp3/ami-id",
        ),
        (
            "ubuntu-eks",
            "arm64",
            "/aws/service/canonical/ubuntu/eks/24.04/1.36/stable/current/arm64/hvm/ebs-gp3/ami-id",
        ),
        ("bottlerocket", "x86_64", "/aws/service/bottlerocket/aws-k8s-1.36/x86_64/latest/image_id"),
        ("bottlerocket", "arm64", "/aws/service/bottlerocket/aws-k8s-1.36/arm64/latest/image_id"),
    ],
)
def test_a_vendors_image_is_found_by_its_parameter(
    family: Family, architecture: Architecture, parameter: str
) -> None:
    assert ssm_parameter(family, "1.36", architecture) == parameter


def test_our_own_image_has_no_parameter() -> None:
    with pytest.raises(ValueError, match="it is looked up by name"):
        ssm_parameter("packer", "1.36", "x86_64")


def test_every_family_has_a_root_device() -> None:
    assert {family: root_device_name(family) for family in FAMILIES} == {
        "packer": "/dev/sda1",
        "ubuntu-eks": "/dev/sda1",
        "al2023": "/dev/xvda",
        "bottlerocket": "/dev/xvdb",
    }
    assert {f: system_device_name(f) for f in FAMILIES if system_device_name(f)} == {
        "bottlerocket": "/dev/xvda"
    }


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [
        *((name, "arm64") for name in ("a1.large", "c7g.large", "c7gn.large", "im4gn.large")),
        *((name, "arm64") for name in ("is4gen.large", "t4g.small", "x2gd.large", "g5g.xlarge")),
        *((name, "arm64") for name in ("m8g.metal-24xl", "hpc7g.4xlarge", "p6e-gb200.36xlarge")),
        *((name, "x86_64") for name in ("c5.large", "g4dn.xlarge", "g6.xlarge", "gr6.4xlarge")),
        *((name, "x86_64") for name in ("c7i-flex.large", "u-6tb1.metal", "u7i-6tb.112xlarge")),
    ],
)
def test_the_architecture_is_in_the_name(instance_type: str, architecture: Architecture) -> None:
    assert architecture_of(instance_type) == architecture


def test_the_architecture_is_right_for_every_type_moto_knows() -> None:
    catalogue = Path(moto.ec2.__file__).parent / "resources" / "instance_types.json.gz"
    with gzip.open(catalogue) as file:
        types = json.load(file)
    linux = {name: kind for name, kind in types.items() if not name.startswith("mac")}
    assert len(linux) > 1000
    wrong = [
        name
        for name, kind in linux.items()
        if architecture_of(name) not in kind["ProcessorInfo"]["SupportedArchitectures"]
    ]
    assert wrong == []


def test_accelerators_are_right_for_every_type_moto_knows() -> None:
    catalogue = Path(moto.ec2.__file__).parent / "resources" / "instance_types.json.gz"
    with gzip.open(catalogue) as file:
        types = json.load(file)
    accelerators = ("GpuInfo", "InferenceAcceleratorInfo", "NeuronInfo", "FpgaInfo")
    wrong = [
        name
        for name, kind in types.items()
        if (accelerator_of(name) is None) is any(key in kind for key in accelerators)
        # of which EC2 says nothing here: for video, Gaudi's, Qualcomm's, and one of Trainium's
        and not name.startswith(("vt1", "dl", "trn2u", "mac"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("instance_types", "accelerator", "variant"),
    [
        ("c5.large m6g.large is4gen.large c7g.large", None, "standard"),
        ("p6-b300.48xlarge p5.48xlarge p5en.48xlarge p4de.24xlarge p3dn.24xlarge", "nvidia", None),
        ("g7e.2xlarge gr6.4xlarge g6.xlarge g6f.large gr6f.4xlarge g5.xlarge", "nvidia", None),
        ("g4dn.xlarge g5g.xlarge p6e-gb200.36xlarge p6e-gb300r.36xlarge", "nvidia", None),
        ("inf1.xlarge inf2.xlarge trn1.2xlarge trn1n.32xlarge trn2.48xlarge", "neuron", None),
        ("g4ad.xlarge g3s.xlarge p2.xlarge f2.6xlarge vt1.3xlarge dl1.24xlarge", "other", None),
    ],
)
def test_the_variant_follows_from_the_type(
    instance_types: str, accelerator: str | None, variant: str | None
) -> None:
    wanted = variant or ("standard" if accelerator == "other" else accelerator)
    for name in instance_types.split():
        assert accelerator_of(name) == accelerator, name
        assert variant_for("al2023", name) == wanted, name
        assert variant_for("packer", name) == variant_for("ubuntu-eks", name) == "standard"
        has_drivers = wanted == "nvidia"  # and none of Neuron's
        assert variant_for("bottlerocket", name) == (wanted if has_drivers else "standard"), name


@pytest.mark.parametrize("name", ["", "c5", "c5.", ".large", "C5.large", "5c.large", "c5 .large"])
def test_what_is_not_an_instance_type_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"write it like c7i\.large"):
        architecture_of(name)


@pytest.mark.parametrize("name", ["mac1.metal", "mac2-m2.metal", "mac-m4.metal"])
def test_a_mac_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is a Mac and cannot run a Linux node"):
        architecture_of(name)
