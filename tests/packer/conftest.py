import base64
import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .instance import Aws, Instance, MetadataService, running_instance

IDENTITY = {
    "instanceId": "i-0abc",
    "instanceType": "c5.large",
    "region": "us-west-2",
    "availabilityZone": "us-west-2a",
    "privateIp": "10.1.70.11",
    "architecture": "x86_64",
}

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nZmFrZQ==\n-----END CERTIFICATE-----\n"

DESCRIBED_INSTANCE: dict[str, Any] = {
    "Reservations": [
        {
            "Instances": [
                {
                    "InstanceId": "i-0abc",
                    "PrivateDnsName": "ip-10-1-70-11.us-west-2.compute.internal",
                    "Tags": [
                        {"Key": "Name", "Value": "eks-node-lovelace"},
                        {"Key": "kubernetes.io/cluster/lovelace", "Value": "owned"},
                    ],
                }
            ]
        }
    ]
}

DESCRIBED_CLUSTER: dict[str, Any] = {
    "cluster": {
        "name": "lovelace",
        "version": "1.36",
        "status": "ACTIVE",
        "endpoint": "https://ABC.gr7.us-west-2.eks.amazonaws.com",
        "certificateAuthority": {"data": base64.b64encode(CERTIFICATE.encode()).decode()},
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
    }
}

DESCRIBED_TYPE: dict[str, Any] = {
    "InstanceTypes": [
        {
            "InstanceType": "c5.large",
            "NetworkInfo": {
                "DefaultNetworkCardIndex": 0,
                "MaximumNetworkInterfaces": 3,
                "Ipv4AddressesPerInterface": 10,
                "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 3}],
            },
        }
    ]
}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """A c5.large of cluster lovelace, Kubernetes 1.36, with everything as it should be."""
    aws = Aws(
        answers={
            "describe-instances": [copy.deepcopy(DESCRIBED_INSTANCE)],
            "describe-cluster": [copy.deepcopy(DESCRIBED_CLUSTER)],
            "describe-instance-types": [copy.deepcopy(DESCRIBED_TYPE)],
        }
    )
    with running_instance(tmp_path, MetadataService(dict(IDENTITY)), aws) as running:
        yield running


@pytest.fixture
def cluster() -> Callable[..., dict[str, Any]]:
    """DescribeCluster's answer, some fields of the cluster replaced, or removed by None."""

    def described(**fields: Any) -> dict[str, Any]:
        merged = {**copy.deepcopy(DESCRIBED_CLUSTER["cluster"]), **fields}
        return {"cluster": {key: value for key, value in merged.items() if value is not None}}

    return described


@pytest.fixture
def tagged() -> Callable[..., dict[str, Any]]:
    """DescribeInstances' answer for an instance with these tag keys."""

    def described(*keys: str) -> dict[str, Any]:
        answer = copy.deepcopy(DESCRIBED_INSTANCE)
        tags = [{"Key": key, "Value": "owned"} for key in keys]
        answer["Reservations"][0]["Instances"][0]["Tags"] = tags
        return answer

    return described
