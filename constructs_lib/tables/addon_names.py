"""The names of EKS add-ons of AWS, so that a slip of the pen is told at synth; who needs a role.

A dated table; `aws eks describe-addon-versions` lists what there is today, and the marketplace's.

Source: https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
"""

from datetime import date
from typing import Final

AS_OF: Final = date(2026, 11, 25)
"""The day the table was last compared with its source."""

NAMES: Final = (
    "adot",
    "amazon-cloudwatch-observability",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "aws-fsx-csi-driver",
    "aws-guardduty-agent",
    "aws-mountpoint-s3-csi-driver",
    "aws-network-flow-monitoring-agent",
    "aws-privateca-connector-for-kubernetes",
    "cert-manager",
    "coredns",
    "eks-node-monitoring-agent",
    "eks-pod-identity-agent",
    "external-dns",
    "kube-proxy",
    "kube-state-metrics",
    "metrics-server",
    "prometheus-node-exporter",
    "snapshot-controller",
    "vpc-cni",
)

WORKLOADS: Final = {
    "aws-ebs-csi-driver": ("Deployment", "ebs-csi-controller"),
    "aws-efs-csi-driver": ("Deployment", "efs-csi-controller"),
    "coredns": ("Deployment", "coredns"),
    "eks-pod-identity-agent": ("DaemonSet", "eks-pod-identity-agent"),
    "kube-proxy": ("DaemonSet", "kube-proxy"),
    "metrics-server": ("Deployment", "metrics-server"),
    "snapshot-controller": ("Deployment", "snapshot-controller"),
    "vpc-cni": ("DaemonSet", "aws-node"),
}
"""What an add-on runs in kube-system, by kind and name, where its own manifest has the same."""

NEED_A_ROLE: Final = frozenset(
    {
        "amazon-cloudwatch-observability",
        "aws-ebs-csi-driver",
        "aws-efs-csi-driver",
        "aws-fsx-csi-driver",
        "aws-mountpoint-s3-csi-driver",
        "aws-network-flow-monitoring-agent",
        "aws-privateca-connector-for-kubernetes",
        "external-dns",
    }
)
"""Of these, pods call AWS for their work. vpc-cni's do too, with the nodes' role, which its pods
reach and which has its policy. `aws eks describe-addon-versions` tells it as
`requiresIamPermissions`: https://docs.aws.amazon.com/eks/latest/userguide/retreive-iam-info.html"""
