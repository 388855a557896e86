"""Which EKS add-ons nodes need to start, and which no cluster can be without."""

from collections.abc import Mapping
from typing import TypeVar

BEFORE_NODES = frozenset({"vpc-cni", "kube-proxy", "eks-pod-identity-agent"})
"""Of these, a node that starts finds its pod ready: DaemonSets, which EKS calls active without any
node. All others have pods that wait for one.
https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html"""

IN_KUBE_SYSTEM = frozenset(
    {
        "coredns",
        "metrics-server",
        "aws-ebs-csi-driver",
        "aws-efs-csi-driver",
        "snapshot-controller",
    }
)
"""Those whose Deployments, for which EKS waits, run in kube-system, of the ones that are known.
https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html"""

VITAL = frozenset({"vpc-cni", "kube-proxy", "coredns"})
"""Without them new pods get no address, no Service and no name.
https://docs.aws.amazon.com/eks/latest/userguide/removing-an-add-on.html"""

T = TypeVar("T")


def split(addons: Mapping[str, T]) -> tuple[dict[str, T], dict[str, T]]:
    """Those of `addons` that come before the nodes, and those that come after."""
    before = {name: addon for name, addon in addons.items() if name in BEFORE_NODES}
    return before, {name: addon for name, addon in addons.items() if name not in before}
