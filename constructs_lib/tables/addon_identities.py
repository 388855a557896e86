"""What EKS add-ons call AWS for: the service account of their pods, and the policies of its role.

A dated table; `aws eks describe-addon-configuration` tells it as `podIdentityConfiguration`.

Source: https://docs.aws.amazon.com/eks/latest/userguide/add-ons-iam.html
"""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

AS_OF: Final = date(2026, 11, 25)
"""The day the table was last compared with its source."""


class Needs(NamedTuple):
    """Who calls AWS, and with which of AWS's own policies."""

    service_account: str
    namespace: str
    policies: tuple[str, ...]


POLICIES: Final[Mapping[str, Needs]] = {
    "amazon-cloudwatch-observability": Needs(
        "cloudwatch-agent",
        "amazon-cloudwatch",
        ("CloudWatchAgentServerPolicy", "AWSXrayWriteOnlyAccess"),
    ),
    "aws-ebs-csi-driver": Needs(
        "ebs-csi-controller-sa", "kube-system", ("service-role/AmazonEBSCSIDriverPolicy",)
    ),
    "aws-efs-csi-driver": Needs(
        "efs-csi-controller-sa", "kube-system", ("service-role/AmazonEFSCSIDriverPolicy",)
    ),
}
"""Those for which AWS has policies. vpc-cni is not here: the nodes' role has its policy. The others
that need a role have no policy that is right for everyone."""
