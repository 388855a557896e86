"""eks-join with the real AWS CLI: real requests, moto's EC2, an EKS that answers as told.

The other cases run with a stand-in for the CLI, which is ten times faster. These show that the
CLI is called as it wants to be, that it takes its credentials from the metadata service, and
that it complains in the words eks-join looks for.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.servers import Handler, Loopback

from .conftest import DESCRIBED_CLUSTER, IDENTITY
from .instance import SECRET, Aws, Instance, MetadataService, running_instance

REGION = IDENTITY["region"]

Answer = tuple[int, dict[str, Any]]

ACTIVE: Answer = (200, DESCRIBED_CLUSTER)
CREATING: Answer = (200, {"cluster": {"name": "lovelace", "status": "CREATING"}})


def refusal(status: int, code: str) -> Answer:
    return status, {"__type": code, "message": "as the test wants it"}


@pytest.fixture(scope="module")
def ec2() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@contextmanager
def eks(*answers: Answer) -> Iterator[str]:
    """Serve DescribeCluster: the answers in turn, the last one for ever."""
    queue = list(answers)

    class Eks(Handler):
        def answer(self) -> None:
            assert self.command == "GET"
            assert self.path == "/clusters/lovelace"
            assert "Credential=ASIAEXAMPLE/" in self.headers["Authorization"]
            status, document = queue.pop(0) if len(queue) > 1 else queue[0]
            error = document.get("__type", "")
            self.reply(status, json.dumps(document), x_amzn_ErrorType=error)

    with Loopback(Eks) as server:
        yield server.url


@contextmanager
def launched(directory: Path, ec2: str, instance_type: str, **tags: str) -> Iterator[Instance]:
    """Launch an instance in moto and give it a disk and a metadata service."""
    session = boto3.Session("x", "x", region_name=REGION)
    client = session.client("ec2", endpoint_url=ec2)
    image = client.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])
    (instance,) = client.run_instances(
        ImageId=image["Images"][0]["ImageId"],
        InstanceType=instance_type,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
        ],
    )["Instances"]
    identity = IDENTITY | {"instanceId": instance["InstanceId"], "instanceType": instance_type}
    aws = Aws(answers={})
    with running_instance(directory, MetadataService(identity), aws, real_aws_cli=True) as running:
        yield running


LOVELACE = {"Name": "eks-node-lovelace", "kubernetes.io/cluster/lovelace": "owned"}


def test_a_node_joins_with_the_credentials_of_its_role(tmp_path: Path, ec2: str) -> None:
    with eks(ACTIVE) as endpoint, launched(tmp_path, ec2, "c5.large", **LOVELACE) as instance:
        finished = instance.join(AWS_ENDPOINT_URL_EC2=ec2, AWS_ENDPOINT_URL_EKS=endpoint)
    assert finished.returncode == 0, finished.stderr
    assert instance.json("/etc/kubernetes/kubelet/config.json")["maxPods"] == 29
    assert "NODE_NAME=ip-" in instance.read("/etc/eks-node/kubelet.env")
    everything = finished.stdout + finished.stderr + "".join(map(instance.read, instance.written()))
    assert SECRET not in everything


def test_throttling_missing_permissions_and_creation_are_waited_out(
    tmp_path: Path, ec2: str
) -> None:
    throttled = refusal(429, "ThrottlingException")
    denied = refusal(403, "AccessDeniedException")
    answers = (throttled, denied, CREATING, ACTIVE)
    with eks(*answers) as endpoint, launched(tmp_path, ec2, "m7g.xlarge", **LOVELACE) as instance:
        finished = instance.join(AWS_ENDPOINT_URL_EC2=ec2, AWS_ENDPOINT_URL_EKS=endpoint)
    assert finished.returncode == 0, finished.stderr
    said = [line.split(";")[0] for line in finished.stderr.splitlines()[:-1]]
    assert said == [
        "eks-join: aws eks describe-cluster failed (ThrottlingException)",
        "eks-join: AWS refuses aws eks describe-cluster (AccessDeniedException)",
        "eks-join: cluster lovelace is being created",
    ]
    assert instance.json("/etc/kubernetes/kubelet/config.json")["maxPods"] == 58


def test_a_cluster_that_is_gone_is_understood(tmp_path: Path, ec2: str) -> None:
    gone = refusal(404, "ResourceNotFoundException")
    with eks(gone) as endpoint, launched(tmp_path, ec2, "c5.large", **LOVELACE) as instance:
        finished = instance.join(AWS_ENDPOINT_URL_EC2=ec2, AWS_ENDPOINT_URL_EKS=endpoint)
    assert finished.returncode == 78
    assert "there is no such cluster in us-west-2" in finished.stderr
