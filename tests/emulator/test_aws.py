import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from .aws import CANONICAL, AwsEmulator


def test_it_starts_and_leaves_nothing_behind():
    emulator = AwsEmulator()
    with emulator:
        assert emulator.endpoint_url.startswith("http://127.0.0.1:")
        assert emulator.client("eks").list_clusters()["clusters"] == []
        log = emulator.log_path
        assert "GET /clusters" in log.read_text()
    assert not log.parent.exists()
    assert not answers(emulator.endpoint_url)


def test_it_ends_when_the_tests_are_killed():
    script = f"""
import os, signal
from {AwsEmulator.__module__} import AwsEmulator
emulator = AwsEmulator()
emulator.start()
print(emulator.endpoint_url, emulator.log_path.parent, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    endpoint_url, directory = killed.stdout.split()
    shutil.rmtree(directory)
    deadline = time.monotonic() + 10
    while answers(endpoint_url):
        assert time.monotonic() < deadline, "the server outlived its test run"
        time.sleep(0.05)


def answers(endpoint_url):
    try:
        urllib.request.urlopen(f"{endpoint_url}/moto-api/data.json", timeout=5)  # noqa: S310
    except OSError:
        return False
    return True


def test_several_at_once_are_several_accounts(aws):
    with AwsEmulator() as other:
        aws.client("sqs").create_queue(QueueName="here")
        assert other.endpoint_url != aws.endpoint_url
        assert "QueueUrls" not in other.client("sqs").list_queues()


def test_reset_forgets_resources_images_and_clusters():
    with AwsEmulator() as emulator:
        image_id = emulator.add_image("eks-node-1.36")
        emulator.client("sqs").create_queue(QueueName="here")
        emulator.reset()
        assert "QueueUrls" not in emulator.client("sqs").list_queues()
        with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
            emulator.client("ec2").describe_images(ImageIds=[image_id])


def test_an_image_belongs_to_self_and_to_its_region(aws):
    image_id = aws.add_image("eks-node-1.36-20261101", region="eu-central-1")
    found = aws.client("ec2", "eu-central-1").describe_images(
        Owners=["self"], Filters=[{"Name": "name", "Values": ["eks-node-1.36-*"]}]
    )
    assert [image["ImageId"] for image in found["Images"]] == [image_id]
    elsewhere = aws.client("ec2", "us-west-2").describe_images(Owners=["self"])
    assert image_id not in [image["ImageId"] for image in elsewhere["Images"]]


def test_the_ubuntu_image_belongs_to_canonical(aws):
    image_id = aws.add_ubuntu_image()
    found = aws.client("ec2").describe_images(
        Owners=[CANONICAL],
        Filters=[
            {"Name": "name", "Values": ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-*"]},
            {"Name": "virtualization-type", "Values": ["hvm"]},
        ],
    )
    assert [image["ImageId"] for image in found["Images"]] == [image_id]


def test_the_newest_of_two_images_can_be_told(aws):
    older = aws.add_image("ordered-1", region="eu-north-1")
    newer = aws.add_image("ordered-2", region="eu-north-1")
    images = aws.client("ec2", "eu-north-1").describe_images(Owners=["self"])["Images"]
    by_age = sorted(images, key=lambda image: image["CreationDate"])
    assert [image["ImageId"] for image in by_age] == [older, newer]


def test_environment_leads_a_process_here(aws):
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    completed = subprocess.run(
        [sys.executable, "-c", script],
        env=aws.environment({**os.environ, "AWS_PROFILE": "a-developers-own"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert completed.stdout.strip() == "123456789012"


def test_environment_names_aws_only_unless_told_what_to_inherit(aws):
    assert {"HOME", "PATH"}.isdisjoint(aws.environment())
    inherited = aws.environment({"PATH": "/bin", "AWS_SESSION_TOKEN": "a-developers-own"})
    assert inherited["PATH"] == "/bin"
    assert "AWS_SESSION_TOKEN" not in inherited


def test_managed_policies_of_aws_are_there(aws):
    arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    assert aws.client("iam").get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn


@pytest.fixture
def same_invocation(aws):
    """`same_invocation(service)`: a client that sends everything as repetitions of one request."""

    def client_of(service):
        identifier = {"amz-sdk-invocation-id": str(uuid.uuid4())}
        client = aws.client(service)
        client.meta.events.register(
            "before-send", lambda request, **_: request.headers.update(identifier)
        )
        return client

    return client_of


def test_a_repeated_request_is_done_once(aws, same_invocation):
    def vpcs():
        return {vpc["VpcId"] for vpc in aws.client("ec2").describe_vpcs()["Vpcs"]}

    ec2, before = same_invocation("ec2"), vpcs()

    first = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    again = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]

    assert again == first
    assert vpcs() - before == {first["VpcId"]}
    other = same_invocation("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    assert other["VpcId"] != first["VpcId"]


def test_a_lock_whose_answer_was_lost_is_its_takers(aws, same_invocation):
    """As Terraform takes it: what `plan` left behind now and then, and nobody could release."""
    aws.client("dynamodb").create_table(
        TableName="lock",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def take(client):
        client.put_item(
            TableName="lock",
            Item={"LockID": {"S": "state"}},
            ConditionExpression="attribute_not_exists(LockID)",
        )

    first = same_invocation("dynamodb")
    take(first)
    take(first)
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        take(same_invocation("dynamodb"))


def test_a_refused_request_is_asked_again(aws, same_invocation, request):
    name = request.node.name
    client = same_invocation("iam")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        client.get_role(RoleName=name)
    aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")

    assert client.get_role(RoleName=name)["Role"]["RoleName"] == name
