import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.requirements import require

from .aws import AwsEmulator
from .kubernetes_api import KubernetesApi

ROLE = "arn:aws:iam::123456789012:role/control-plane"
NODE_ROLE = "arn:aws:iam::123456789012:role/node"
ZONES = ("us-west-2a", "us-west-2b", "us-west-2c")
NAMES = (f"cluster-{number}" for number in itertools.count())
NO_ENTRIES = {"authenticationMode": "CONFIG_MAP"}

Kubectl = Callable[..., subprocess.CompletedProcess[str]]


def require_program(name: str, path: str | None = None) -> str:
    """Find a program on PATH, or skip the test."""
    program = shutil.which(name, path=path)
    require(program, f"{name} is not on PATH")
    return str(program)


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def kubernetes_server() -> Iterator[KubernetesApi]:
    with KubernetesApi() as api:
        yield api


@pytest.fixture
def kubernetes(kubernetes_server: KubernetesApi) -> KubernetesApi:
    kubernetes_server.clear()
    return kubernetes_server


@pytest.fixture(scope="session")
def kubectl_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give one home to every kubectl: there it keeps what the server told of itself."""
    return tmp_path_factory.mktemp("kubectl-home")


@pytest.fixture
def kubectl(kubernetes: KubernetesApi, kubectl_home: Path, tmp_path: Path) -> Kubectl:
    """Give the real kubectl; what is in `manifest` goes to its standard input."""
    program = require_program("kubectl")
    kubeconfig = kubernetes.write_kubeconfig(tmp_path / "kubeconfig")

    def run(*arguments: str, manifest: Any = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, "--kubeconfig", str(kubeconfig), *arguments],
            input=None if manifest is None else json.dumps(manifest),
            env={**os.environ, "HOME": str(kubectl_home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


# EKS, and the VPC that it asks for


@pytest.fixture(scope="session")
def eks(aws: AwsEmulator):
    return aws.client("eks")


@pytest.fixture(scope="session")
def ec2(aws: AwsEmulator):
    return aws.client("ec2")


@pytest.fixture
def vpc_id(ec2):
    return ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnets(ec2, vpc_id):
    """Three subnets, in zones a, b and c."""
    return [new_subnet(ec2, vpc_id, zone, index) for index, zone in enumerate(ZONES)]


@pytest.fixture
def new_cluster(eks, subnets):
    def new(*, subnet_ids=None, vpc_config=None, by=eks, **arguments):
        network = {"subnetIds": subnet_ids or subnets[:2], **(vpc_config or {})}
        wanted = {"name": next(NAMES), "roleArn": ROLE, "version": "1.34", **arguments}
        return by.create_cluster(resourcesVpcConfig=network, **wanted)["cluster"]

    return new


def new_subnet(ec2, vpc_id, zone, index):
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.1.{index}.0/24", AvailabilityZone=zone)
    return subnet["Subnet"]["SubnetId"]


@pytest.fixture
def launch_template(ec2, request):
    created = ec2.create_launch_template(
        LaunchTemplateName=request.node.name, LaunchTemplateData={"InstanceType": "c5.large"}
    )
    return created["LaunchTemplate"]["LaunchTemplateId"]


@pytest.fixture
def new_node_group(eks, new_cluster, subnets):
    def new(**arguments):
        access_config = arguments.pop("accessConfig", NO_ENTRIES)
        cluster = new_cluster(accessConfig=access_config)
        wanted = {"nodegroupName": "apps", "nodeRole": NODE_ROLE, "subnets": subnets}
        return eks.create_nodegroup(clusterName=cluster["name"], **{**wanted, **arguments})[
            "nodegroup"
        ]

    return new
