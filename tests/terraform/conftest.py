"""AWS and Kubernetes for the end-to-end tests: one of each for a module."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from constructs_lib.tables.node_image import NodeImage
from tests.built import is_built
from tests.control_plane.server import ControlPlane
from tests.emulator.aws import AwsEmulator
from tests.emulator.kubernetes_api import KubernetesApi
from tests.packer.node_images import ami_name
from tests.requirements import require

Cluster = ControlPlane | KubernetesApi


@pytest.fixture(scope="module")
def kubernetes(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The API that clusters of this module report as theirs: the real one, where it is built."""
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    if is_built("etcd", "kube-apiserver"):
        control_plane: ControlPlane = request.getfixturevalue("started_control_plane")
        control_plane.clear()
        yield control_plane
    else:
        with KubernetesApi() as api:
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


def not_there(kubernetes: Cluster, stack: Path) -> list[str]:
    """What a stack's manifests name and the API does not have, or has though it was removed.

    A stack without a manifest fails.
    """
    written = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
    texts = {name: text for name, text in written["locals"].items() if name.endswith("_manifest")}
    assert texts or not written["resource"].get("null_resource")
    wrong = []
    for name, text in texts.items():
        is_removed = name.endswith("_removal_manifest")
        objects = [each for each in yaml.safe_load_all(text) if each]
        for each in (item for one in objects for item in one.get("items", [one])):
            metadata = each["metadata"]
            which = (each["kind"], metadata["name"], metadata.get("namespace", ""))
            if (kubernetes.get(*which) is None) != is_removed:
                wrong.append(" ".join(which))
    return wrong


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
