"""Both emulators together: kubectl finds the cluster that the emulated EKS describes."""

import json
import os
import subprocess

import pytest

from tests.programs import write_aws

from .aws import AwsEmulator
from .conftest import require_program

CREDENTIAL_API = "client.authentication.k8s.io/v1beta1"


@pytest.fixture
def cluster(aws, kubernetes):
    """A cluster whose API is the emulated one."""
    ec2 = aws.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet_ids = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for block, zone in (("10.1.0.0/24", "us-west-2a"), ("10.1.1.0/24", "us-west-2b"))
    ]
    aws.serve_clusters_at(kubernetes.url, kubernetes.ca_path)
    return aws.client("eks").create_cluster(
        name="chain",
        roleArn="arn:aws:iam::123456789012:role/control-plane",
        resourcesVpcConfig={"subnetIds": subnet_ids},
    )["cluster"]


def kubeconfig_of(cluster, region):
    """A kubeconfig with no secret in it: the token comes from the AWS CLI."""
    token = ["eks", "get-token", "--cluster-name", cluster["name"], "--region", region]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "c",
                "cluster": {
                    "server": cluster["endpoint"],
                    "certificate-authority-data": cluster["certificateAuthority"]["data"],
                },
            }
        ],
        "users": [
            {
                "name": "u",
                "user": {
                    "exec": {
                        "apiVersion": CREDENTIAL_API,
                        "command": "aws",
                        "args": token,
                        "interactiveMode": "Never",
                    }
                },
            }
        ],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }


def test_kubectl_reaches_the_cluster_with_a_token_of_aws(
    aws: AwsEmulator, kubernetes, cluster, tmp_path
):
    require_program("kubectl")
    path = f"{write_aws(tmp_path / 'bin').parent}{os.pathsep}{os.environ['PATH']}"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(json.dumps(kubeconfig_of(cluster, aws.region)))
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path)}
    completed = subprocess.run(
        ["kubectl", "--kubeconfig", str(kubeconfig), "get", "namespaces", "-o", "name"],
        env=aws.environment(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "namespace/kube-system" in completed.stdout, completed.stderr
    tokens = {request.token[:11] for request in kubernetes.requests()}
    assert "k8s-aws-v1." in tokens
