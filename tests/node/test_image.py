"""The node image from the template to the node: Packer builds it, Terraform finds it, it joins.

Real are Packer and its Amazon plugin, the template, its provisioners, Ubuntu's packages,
containerd, kubelet, Terraform and its provider, and the Kubernetes API. EC2 is the emulator's, with
a machine for the instance (`builder.py`); Docker's repository, Amazon's bucket and the AWS CLI are
those of `vendors.py`. Only amd64 is built: a machine for arm64 is not here.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.control_plane.conftest import create_cluster
from tests.control_plane.server import ControlPlane
from tests.emulator.aws import AwsEmulator
from tests.packer.packer import Packer, words
from tests.packer.test_build_role import BUILD, WAITING
from tests.programs import terraform
from tests.requirements import require

from .builder import HERE, Built, build
from .machine import Machine, documents
from .test_join import ADDRESS, JOINED, forget, instance_documents, launched
from .vendors import KUBELET, MISLABELLED, Vendors, vendors

pytestmark = pytest.mark.full

WITH_A_SUBNET = {"ec2:DescribeInstanceTypeOfferings", "ec2:DescribeSubnets", "ec2:DescribeVpcs"}
"""What the plugin asks only where it is told a subnet, or of public addresses."""

Builds = Callable[..., Built]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the emulator writes what Packer asks it."""
    return tmp_path_factory.mktemp("calls") / "calls"


@pytest.fixture(scope="module")
def aws(calls: Path) -> Iterator[AwsEmulator]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RECORD_CALLS", str(calls))
        environment.setenv("RECORD_CALLS_OF", "builder")
        with AwsEmulator() as emulator:
            emulator.add_ubuntu_image()
            yield emulator


@pytest.fixture(scope="module")
def packer(tmp_path_factory: pytest.TempPathFactory) -> Packer:
    return Packer(tmp_path_factory.mktemp("packer"))


@pytest.fixture(scope="module")
def sites() -> Iterator[Vendors]:
    require(shutil.which("gpg"), "gpg is not on PATH")
    require(shutil.which("dpkg-deb"), "dpkg-deb is not on PATH")
    with vendors() as running:
        yield running


@pytest.fixture(scope="module")
def build_one(
    tmp_path_factory: pytest.TempPathFactory, aws: AwsEmulator, packer: Packer, sites: Vendors
) -> Builds:
    """`build_one(**variables)`: what a build of the template with these variables leaves."""

    def build_one(**variables: str) -> Built:
        return build(tmp_path_factory.mktemp("build"), aws, packer, sites, **variables)

    return build_one


@pytest.fixture(scope="module")
def built(build_one: Builds) -> Built:
    """The image, as the template builds it."""
    done = build_one()
    assert done.status == 0, done.said
    return done


def image_of(aws: AwsEmulator) -> dict[str, Any]:
    (image,) = [
        each
        for each in aws.client("ec2").describe_images(Owners=["self"])["Images"]
        if each["Name"].startswith("eks-worker-")
    ]
    return dict(image)


def assert_nothing_is_left(aws: AwsEmulator) -> None:
    ec2 = aws.client("ec2")
    assert ec2.describe_key_pairs()["KeyPairs"] == []
    groups = ec2.describe_security_groups()["SecurityGroups"]
    assert [each["GroupName"] for each in groups if "packer" in each["GroupName"]] == []
    states = {
        instance["State"]["Name"]
        for reservation in ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    assert states <= {"terminated"}


def stack(text: str) -> dict[str, Any]:
    """The Terraform JSON of a spec's cluster."""
    return dict(json.loads(synthesis.stacks(text)[synthesis.name_of(text)]))


# A build


def test_packer_builds_the_image(aws: AwsEmulator, built: Built) -> None:
    image = image_of(aws)
    name = rf"eks-worker-1\.36-ubuntu-noble-amd64-kubelet-{re.escape(KUBELET)}-\d{{14}}"
    assert re.fullmatch(name, image["Name"])
    tags = {tag["Key"]: tag["Value"] for tag in image["Tags"]}
    assert tags["kubelet_version"] == KUBELET
    assert tags["source_ami_name"].startswith("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64")
    assert image["DeprecationTime"] > tags["built_at"]
    (made,) = json.loads(built.manifest.read_text("utf-8"))["builds"]
    assert made["artifact_id"] == f"us-west-2:{image['ImageId']}"
    assert made["custom_data"]["ami_name"] == image["Name"]
    assert f"{HERE}/32" in built.said
    assert_nothing_is_left(aws)


@pytest.mark.usefixtures("built")
def test_the_build_asks_for_what_its_role_allows(calls: Path) -> None:
    asked = set(calls.read_text("utf-8").split()) - {"sts:GetCallerIdentity"}
    listed = {f"ec2:{action}" for action, _, _ in BUILD}
    assert asked - listed <= WAITING
    assert listed - asked == WITH_A_SUBNET


def test_the_builds_own_traces_are_not_on_the_disk(built: Built) -> None:
    """What Ubuntu had and the build has removed is a device in a layer."""
    for path in ("tmp/node-image", "home/ubuntu/.ssh/authorized_keys", "etc/hostname"):
        file = built.disk / path
        assert not file.exists() or file.is_char_device(), path
    keys = (built.disk / "etc/ssh").glob("ssh_host_*_key")
    assert [file for file in keys if not file.is_char_device()] == []


@pytest.mark.usefixtures("built")
def test_the_stack_finds_the_image(aws: AwsEmulator, tmp_path: Path) -> None:
    whole = stack(synthesis.LOVELACE.read_text("utf-8"))
    configuration = {
        "terraform": {
            "required_providers": {"aws": whole["terraform"]["required_providers"]["aws"]}
        },
        "provider": {"aws": whole["provider"]["aws"]},
        "variable": {"k8s_version": whole["variable"]["k8s_version"]},
        "data": {"aws_ami": whole["data"]["aws_ami"]},
        "output": {"image": {"value": "${data.aws_ami.eks-worker.id}"}},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(configuration))
    program = terraform()
    environment = aws.environment(os.environ)
    run(program.path, "init", "-input=false", cwd=tmp_path, env=environment)
    run(program.path, "plan", "-input=false", "-out=plan", cwd=tmp_path, env=environment)
    shown = json.loads(run(program.path, "show", "-json", "plan", cwd=tmp_path, env=environment))
    assert shown["planned_values"]["outputs"]["image"]["value"] == image_of(aws)["ImageId"]


def run(*command: str, **options: Any) -> str:

    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# Builds that end early


def test_a_download_that_fails_ends_the_build(aws: AwsEmulator, build_one: Builds) -> None:
    before = aws.client("ec2").describe_images(Owners=["self"])["Images"]
    done = build_one(kubelet_build_date="2026-01-01")
    assert done.status == 1
    said = words(done.said)
    assert f"{KUBELET}/2026-01-01/bin/linux/amd64/kubelet; look for version and build date" in said
    assert "--bucket amazon-eks --no-sign-request --prefix 1.36" in said
    assert aws.client("ec2").describe_images(Owners=["self"])["Images"] == before
    assert_nothing_is_left(aws)


def test_a_disk_that_is_not_valid_is_no_image(aws: AwsEmulator, build_one: Builds) -> None:
    before = aws.client("ec2").describe_images(Owners=["self"])["Images"]
    done = build_one(kubelet_version=MISLABELLED)
    assert done.status == 1
    said = words(done.said)
    assert f"kubelet: expected 'v{MISLABELLED}'" in said
    assert f"got 'Kubernetes v{KUBELET}'" in said
    assert "the image is not usable: 1 problem(s), see above" in said
    assert aws.client("ec2").describe_images(Owners=["self"])["Images"] == before
    assert_nothing_is_left(aws)


def test_a_version_that_is_not_known_starts_nothing(aws: AwsEmulator, build_one: Builds) -> None:
    ec2 = aws.client("ec2")
    before = len(ec2.describe_instances()["Reservations"])
    done = build_one(kubernetes_version="1.99")
    assert done.status == 1
    assert 'kubernetes_version "1.99" is not in packer/node-image.json' in words(done.said)
    assert len(ec2.describe_instances()["Reservations"]) == before


# The image as a node


def user_data(text: str, group: str) -> str:
    """What a node group's launch template gives its nodes."""
    name = group if group == "node" else f"node-{group}"
    return str(stack(text).get("locals", {}).get(f"{name}_user_data", ""))


def example(name: str, group: str = "node", **changes: Any) -> str:
    """An example's user data, where a node group has our image."""
    spec = yaml.safe_load((synthesis.ROOT / "examples" / f"{name}.yaml").read_text("utf-8"))
    spec["node_groups"][group] = {**spec["node_groups"][group], **changes}
    return user_data(yaml.safe_dump(spec), group)


EVERYTHING = synthesis.ROOT / "tests" / "golden" / "everything" / "cluster.yaml"

EXAMPLES = {
    "the chapter's": lambda: user_data(synthesis.LOVELACE.read_text("utf-8"), "node"),
    "everything": lambda: user_data(EVERYTHING.read_text("utf-8"), "node"),
    "gpu-nodes": lambda: example("gpu-nodes", "gpu", image={"family": "packer"}),
}


@pytest.fixture(params=EXAMPLES)
def node(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    aws: AwsEmulator,
    control_plane: ControlPlane,
    built: Built,
) -> Iterator[tuple[Machine, dict[str, Any], str]]:
    """The built disk, booted as a node: the machine, its object in Kubernetes, its user data."""
    create_cluster(aws, "lovelace", version="1.36", accessConfig={"authenticationMode": "API"})
    instance, credentials = launched(aws)
    given = EXAMPLES[request.param]()
    ports = [int(url.rpartition(":")[2]) for url in (aws.endpoint_url, control_plane.url)]
    machine = Machine(
        tmp_path / "machine",
        address=ADDRESS,
        metadata=dict(documents(instance_documents(instance, credentials, given))),
        environment={"AWS_ENDPOINT_URL": aws.endpoint_url},
        ports=ports,
        layers=[built.disk],
    )
    shutil.copytree(built.images, machine.images, symlinks=True, dirs_exist_ok=True)
    netplan = (built.disk / "etc/systemd/network/10-netplan-ens5.network").read_text("utf-8")
    machine.write(
        "etc/systemd/network/10-netplan-ens5.network",
        re.sub("^Address=.*", f"Address={ADDRESS}/16", netplan, flags=re.MULTILINE),
    )
    path = f"/api/v1/nodes/{instance['PrivateDnsName']}"
    try:
        with machine:
            machine.wait_for("the node", lambda: control_plane.read(path) is not None)
            yield machine, control_plane.read(path) or {}, given
    finally:
        forget(aws, control_plane, path)


def test_the_built_disk_joins_and_joins_again(
    node: tuple[Machine, dict[str, Any], str],
) -> None:
    machine, found, given = node
    wanted = json.loads(yaml.safe_load(given)["write_files"][0]["content"]) if given else {}
    assert wanted.get("labels", {}).items() <= found["metadata"]["labels"].items()
    taints = [
        {"key": each["key"], "value": each.get("value", ""), "effect": each["effect"]}
        for each in found["spec"]["taints"]
    ]
    assert all(taint in taints for taint in wanted.get("taints", []))
    assert found["status"]["capacity"]["pods"] == str(wanted.get("maxPods", 29))
    assert found["status"]["nodeInfo"]["kubeletVersion"] == f"v{KUBELET}"
    assert "Ubuntu 24.04" in found["status"]["nodeInfo"]["osImage"]

    def state() -> tuple[str, str]:
        files = "find /etc/kubernetes /etc/eks-node /var/lib/kubelet/kubeconfig -type f"
        written = machine.run("sh", "-c", f"{files} | sort | xargs stat --format='%n %y %i'")
        process = machine.run("systemctl", "show", "--property=MainPID", "kubelet.service")
        return written.stdout, process.stdout

    before = state()
    machine.run("systemctl", "restart", "eks-join.service")
    assert state() == before
    assert machine.journal("eks-join.service").count(JOINED) == 2
    kubelet = machine.journal("kubelet.service")
    for complaint in ("lenient decoding", "deprecated", "Failed to start node shutdown manager"):
        assert complaint not in kubelet, kubelet
    images = machine.run("ctr", "--namespace", "k8s.io", "images", "list", "name~=pause").stdout
    assert "io.cri-containerd.pinned=pinned" in images
