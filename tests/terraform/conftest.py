"""AWS and Kubernetes for the end-to-end tests: one of each for a module."""

import shutil
from collections.abc import Iterator

import pytest

from constructs_lib.tables.node_image import NodeImage
from tests.built import is_built
from tests.control_plane.server import ControlPlane
from tests.emulator.aws import AwsEmulator
from tests.emulator.kubernetes_api import KubernetesApi
from tests.packer.node_images import ami_name
from tests.requirements import require

Cluster = ControlPlane | KubernetesApi


@pytest.fixture(scope="module")
def kubernetes() -> Iterator[Cluster]:
    """The API that clusters of this module report as theirs: the real one, where it is built."""
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    with ControlPlane() if is_built("etcd", "kube-apiserver") else KubernetesApi() as api:
        yield api


@pytest.fixture(scope="module")
def aws(kubernetes: Cluster) -> Iterator[AwsEmulator]:
    """An AWS account in which the node images have been built."""
    with AwsEmulator() as emulator:
        if isinstance(kubernetes, ControlPlane):
            kubernetes.serve(emulator)
        else:
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
