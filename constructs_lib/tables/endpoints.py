"""The VPC endpoints through which a cluster without a way out reaches AWS, as of 2026-11-25.

https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
"""

from collections.abc import Mapping
from typing import Final

from constructs_lib.tables.controllers import KARPENTER, LOAD_BALANCERS

GATEWAYS: Final = ("dynamodb", "s3")
"""Services with a gateway endpoint, which is free of charge.
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html"""

OTHER_WORDS: Final[Mapping[str, str]] = {
    "cloudwatch": "monitoring, or logs",
    "ecr": "ecr.api and ecr.dkr",
    "efs": "elasticfilesystem",
    "eks-pod-identity": "eks-auth",
    "elb": "elasticloadbalancing",
    "eventbridge": "events",
    "secrets-manager": "secretsmanager",
    "session-manager": "ssm, ssmmessages and ec2messages",
}
"""What services are called elsewhere, and how their endpoints are."""

OF_NODES: Final[Mapping[str, str]] = {
    "ec2": "the VPC CNI and eks-join",
    "ecr.api": "images of EKS",
    "ecr.dkr": "images of EKS",
    "eks": "eks-join, which finds the cluster",
    "s3": "layers of images in ECR",
    "sts": "tokens of the nodes",
}
"""What every node needs, and what for."""

OF_ADDONS: Final[Mapping[str, Mapping[str, str]]] = {
    "amazon-cloudwatch-observability": {
        "logs": "its logs",
        "monitoring": "its metrics",
        "xray": "its traces",
    },
    "aws-efs-csi-driver": {"elasticfilesystem": "its file systems"},
    "eks-pod-identity-agent": {"eks-auth": "credentials of pods"},
}
"""What an add-on needs besides, by its name."""

OF_CONTROLLERS: Final[Mapping[str, Mapping[str, str]]] = {
    LOAD_BALANCERS: {"elasticloadbalancing": "aws-load-balancer-controller"},
    KARPENTER: {"sqs": "Karpenter's queue", "ssm": "images of Karpenter's nodes"},
}
"""What controllers need besides, by the name of their role; Route 53, which external-dns asks, is
not of the region."""

OF_DRAINING: Final[Mapping[str, str]] = {
    "autoscaling": "the end of draining",
    "sqs": "the queue of draining",
}
"""What aws-node-termination-handler needs besides."""

OF_AUTOSCALER: Final[Mapping[str, str]] = {"autoscaling": "cluster-autoscaler"}
"""What cluster-autoscaler needs besides."""
