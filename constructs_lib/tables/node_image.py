"""Which machine image a node runs: its name, how it is looked up, what hardware it fits.

The chapter builds its own image with Packer and finds it again by name. Name and look-up
used to be written twice, and did not match. Here both come from `packer/node-image.json`,
the file that the Packer template reads as well. The vendors' images are found by the SSM
parameters their vendors publish.

Pure Python: no CDKTF, no AWS, no clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from constructs_lib.shipped import SHIPPED

Architecture = Literal["x86_64", "arm64"]
"""As EC2 spells it (`aws ec2 describe-images`, filter `architecture`)."""

Family = Literal["packer", "ubuntu-eks", "al2023", "bottlerocket"]
"""Whose image a node group runs: ours, Canonical's for EKS, or one of Amazon's for EKS."""

Variant = Literal["standard", "nvidia", "neuron"]
"""Which of Amazon's images for EKS: without drivers of accelerators, or with those of one kind.
https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html"""

NODE_IMAGE_FILE = SHIPPED / "packer" / "node-image.json"

RELEASES: Mapping[Family, str] = {
    "packer": r"(\d+\.\d+)\.\d+-\d{14}",
    "ubuntu-eks": r"\d{8}(\.\d+)?",
    "al2023": r"(\d+\.\d+)\.\d+-\d{8}",
    "bottlerocket": r"\d+\.\d+\.\d+",
}
"""How a release of each family is written. Of ours it is the kubelet's version and the time of the
build, as the image's name ends; of Amazon's the version that EKS shows of a managed node group,
and of Bottlerocket its own.
https://docs.aws.amazon.com/eks/latest/userguide/eks-linux-ami-versions.html"""

RELEASE_LIKE: Mapping[Family, str] = {
    "packer": "1.36.2-20260828120000",
    "ubuntu-eks": "20260828",
    "al2023": "1.36.2-20260828",
    "bottlerocket": "1.54.0",
}
"""What a release of each family looks like."""

_DEBIAN_ARCHITECTURE: Mapping[Architecture, str] = {"x86_64": "amd64", "arm64": "arm64"}

# 24.04 is published for EKS 1.31 and later, 26.04 for 1.35 and later: the one that serves
# every version. https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
_UBUNTU_EKS_RELEASE = "24.04"

_MINOR = re.compile(r"[0-9]+\.[0-9]+")
_TERRAFORM_EXPRESSION = re.compile(r"\$\{[^}]+\}")
_INSTANCE_TYPE = re.compile(r"(?P<series>[a-z]+)(?P<generation>[0-9]*)(?P<options>[a-z0-9-]*)")


@dataclass(frozen=True)
class NodeImage:
    """What `packer/node-image.json` says: the name of the image and what goes into it."""

    name: Sequence[str]
    """Parts of the name, joined by `-`; `{...}` parts are filled in at build time."""

    kubernetes: Mapping[str, Mapping[str, Any]]
    """Per minor version: `kubelet_version`, `kubelet_build_date` (both empty where AWS's build
    is not known and the builder has to say it) and pinned `sha256` sums."""

    @classmethod
    def read(cls, path: Path = NODE_IMAGE_FILE) -> NodeImage:
        """Read the file Packer reads.

        Raises:
            OSError: the file cannot be read.
            KeyError: a part this module needs is missing.
        """
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(name=tuple(content["name"]), kubernetes=content["kubernetes"])

    def ami_name_filter(self, kubernetes_version: str) -> str:
        """Match every image of one minor version, whatever else its name says.

        The hyphen after the version is what keeps `1.3` from matching an image of 1.36.
        """
        version_at = self.name.index("{kubernetes_minor}")
        return "-".join([*self.name[:version_at], kubernetes_version, "*"])

    def ami_name_of(self, release: str) -> str:
        """Match the image of a release, on whichever Ubuntu it stands."""
        kubelet, _, timestamp = release.partition("-")
        known = {
            "{kubernetes_minor}": minor_of(release) or "*",
            "{kubelet_version}": kubelet,
            "{timestamp}": timestamp,
        }
        return "-".join(
            known.get(part, "*" if part.startswith("{") else part) for part in self.name
        )

    def release_in(self, name: str) -> str | None:
        """The release in the name of an image; None in another's."""
        pattern = "-".join(
            f"(?P<{part[1:-1]}>.+)" if part.startswith("{") else re.escape(part)
            for part in self.name
        )
        found = re.fullmatch(pattern, name)
        return found and f"{found['kubelet_version']}-{found['timestamp']}"


CANONICAL: Mapping[str, str] = {
    "aws": "099720109477",
    "aws-cn": "837727238323",
    "aws-us-gov": "513442679011",
}
"""The AWS account that publishes Ubuntu, by partition.
https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/"""


def minor_of(release: str) -> str | None:
    """The minor version of Kubernetes that a release says; None where it says none."""
    found = re.fullmatch(r"(\d+\.\d+)\.\d+-\d+", release)
    return found and found[1]


def ami_name_filter(kubernetes_version: str, release: str | None = None) -> str:
    """The `name` filter of `data.aws_ami` for images built by `packer/`.

    Args:
        kubernetes_version: a minor version (`1.36`), or a Terraform expression that
            evaluates to one (`${var.k8s_version}`).
        release: the one to find, in place of all of that version.

    Returns:
        e.g. `eks-worker-1.36-*`.

    Raises:
        ValueError: neither of the two. A patch version would match nothing, and a
            wildcard would match the images of other versions.
    """
    if not (
        _MINOR.fullmatch(kubernetes_version) or _TERRAFORM_EXPRESSION.fullmatch(kubernetes_version)
    ):
        raise ValueError(
            f"kubernetes version {kubernetes_version!r} is not a minor version; write it like 1.36"
        )
    image = NodeImage.read()
    return image.ami_name_of(release) if release else image.ami_name_filter(kubernetes_version)


def ssm_parameter(
    family: Family,
    kubernetes_version: str,
    architecture: Architecture,
    variant: Variant = "standard",
    *,
    release: str | None = None,
) -> str:
    """The SSM parameter that holds an image id of a vendor's family.

    Args:
        family: any but `packer`; our own image has no parameter, it is found by name.
        kubernetes_version: a minor version or a Terraform expression.
        architecture: of the instance types of the node group.
        variant: of Amazon's images; Canonical has one, Bottlerocket none for neuron.
        release: whose image; by default the newest.

    Raises:
        ValueError: the family is `packer`.

    Sources:
        https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
        https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
        https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id-bottlerocket.html
    """
    if family == "bottlerocket":
        flavor = "" if variant == "standard" else f"-{variant}"
        return (
            f"/aws/service/bottlerocket/aws-k8s-{kubernetes_version}{flavor}"
            f"/{architecture}/{release or 'latest'}/image_id"
        )
    if family == "al2023":
        minor, image = kubernetes_version, "recommended"
        if release is not None:
            minor = minor_of(release) or minor
            date = release.rpartition("-")[2]
            image = f"amazon-eks-node-al2023-{architecture}-{variant}-{minor}-v{date}"
        return (
            f"/aws/service/eks/optimized-ami/{minor}/amazon-linux-2023"
            f"/{architecture}/{variant}/{image}/image_id"
        )
    if family == "ubuntu-eks":
        debian = _DEBIAN_ARCHITECTURE[architecture]
        return (
            f"/aws/service/canonical/ubuntu/eks/{_UBUNTU_EKS_RELEASE}/{kubernetes_version}"
            f"/stable/{release or 'current'}/{debian}/hvm/ebs-gp3/ami-id"
        )
    raise ValueError(f"image family {family!r} has no SSM parameter; it is looked up by name")


_ROOT_DEVICES: Mapping[Family, str] = {
    "packer": "/dev/sda1",
    "ubuntu-eks": "/dev/sda1",
    "al2023": "/dev/xvda",
    "bottlerocket": "/dev/xvdb",
}


def root_device_name(family: Family) -> str:
    """The device a launch template must name to change the volume that nodes write to.

    It is the root volume; of Bottlerocket, whose system has a small one to itself, the other one. A
    block device mapping that names another device adds one more, empty disk instead.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
    https://github.com/bottlerocket-os/bottlerocket#default-volumes
    """
    return _ROOT_DEVICES[family]


def system_device_name(family: Family) -> str | None:
    """The device of the system's own volume, where nothing else is on it."""
    return "/dev/xvda" if family == "bottlerocket" else None


def architecture_of(instance_type: str) -> Architecture:
    """The processor architecture of an EC2 instance type, by its name.

    EC2 writes the processor into the letters after the generation; `g` is Graviton (and,
    in `-gb200`, NVIDIA's Grace), both arm64. `a1` is older than the rule.
    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html

    Args:
        instance_type: family and size, e.g. `c7gn.large`.

    Raises:
        ValueError: not an instance type, or a Mac, which runs no Linux node.
    """
    family, _, size = instance_type.partition(".")
    name = _INSTANCE_TYPE.fullmatch(family)
    if name is None or not size:
        raise ValueError(f"{instance_type!r} is not an EC2 instance type; write it like c7i.large")
    if name["series"] == "mac":
        raise ValueError(f"{instance_type!r} is a Mac and cannot run a Linux node")
    if family == "a1" or "g" in name["options"]:
        return "arm64"
    return "x86_64"


_ACCELERATED = re.compile(r"(?P<kind>p|g|gr|inf|trn|dl|f|vt|cg)[0-9]")
_WITHOUT_IMAGE = frozenset({"cg1", "g2", "g3", "g3s", "g4ad", "p2"})
"""GPUs of AMD, and those of NVIDIA that are older than the drivers of Amazon's images."""


def accelerator_of(instance_type: str) -> Literal["nvidia", "neuron", "other"] | None:
    """Whose drivers the accelerators of an instance type need, by its name.

    `other`: Amazon has no image for EKS that drives them. A family newer than this table is taken
    for what its letters say, such as `g` for a GPU of NVIDIA's. Compared on 2026-11-26 with
    https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html
    """
    family = instance_type.partition(".")[0]
    found = _ACCELERATED.match(family)
    if found is None:
        return None
    if found["kind"] in ("inf", "trn"):
        return "neuron"
    if found["kind"] in ("p", "g", "gr") and family not in _WITHOUT_IMAGE:
        return "nvidia"
    return "other"


DRIVERS: Mapping[Family, frozenset[str]] = {
    "packer": frozenset(),
    "ubuntu-eks": frozenset(),
    "al2023": frozenset({"nvidia", "neuron"}),
    "bottlerocket": frozenset({"nvidia"}),
}
"""For which accelerators each family has an image.
https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-ami-bottlerocket.html"""


def variant_for(family: Family, instance_type: str) -> Variant:
    """Which image of a family drives what an instance type has."""
    hardware = accelerator_of(instance_type)
    if hardware is None or hardware == "other" or hardware not in DRIVERS[family]:
        return "standard"
    return hardware
