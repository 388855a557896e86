"""AWS and Kubernetes for the end-to-end tests: one of each for a module."""

import shutil
from collections.abc import Iterator

import pytest

from constructs_lib.tables.node_image import NodeImage
from tests.emulator.aws import AwsEmulator
from tests.emulator.kubernetes_api import KubernetesApi
from tests.packer.node_images import ami_name
from tests.requirements import require


@pytest.fixture(scope="module")
def kubernetes() -> Iterator[KubernetesApi]:
    """The API that clusters of this module report as theirs."""
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    with KubernetesApi() as api:
        yield api


@pytest.fixture(scope="module")
def aws(kubernetes: KubernetesApi) -> Iterator[AwsEmulator]:
    """An AWS account in which the node images have been built."""
    with AwsEmulator() as emulator:
        emulator.serve_clusters_at(kubernetes.url, kubernetes.ca_path)
        add_node_images(emulator)
        yield emulator


def add_node_images(emulator: AwsEmulator, region: str | None = None) -> None:
    """Add what Packer would have built for each Kubernetes version, and Ubuntu, in a region."""
    image = NodeImage.read()
    for architecture, debian in (("x86_64", "amd64"), ("arm64", "arm64")):
        for minor in image.kubernetes:
            emulator.add_image(
                ami_name(
                    image,
                    kubernetes_minor=minor,
                    ubuntu_codename="noble",
                    architecture=debian,
                    kubelet_version=f"{minor}.0",
                    timestamp="20261101000000",
                ),
                region=region,
                architecture=architecture,
            )
        emulator.add_ubuntu_image(region=region, architecture=architecture)
