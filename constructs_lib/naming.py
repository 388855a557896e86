"""Every physical name and tag, composed once.

A name starts with the cluster's, so that two clusters fit one account. The cluster's name comes in
as the Terraform variable (``${var.cluster_name}``), so the functions compose text and never look
into it. Names that AWS shows for a resource but that need not be unique (the ``Name`` tags) are
the chapter's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ROLE_NAME_LIMIT = 64
"""Characters in the name of an IAM role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

CHAPTER_NODE_GROUP = "node"
"""The key of the node group that takes the chapter's own addresses."""


def control_plane(cluster: str) -> str:
    """The control plane's role and security group."""
    return f"{cluster}-control-plane"


def node(cluster: str) -> str:
    """The nodes' role and instance profile."""
    return f"{cluster}-node"


def nodes(cluster: str) -> str:
    """The security group of all nodes."""
    return f"{cluster}-nodes"


def kube2iam(cluster: str) -> str:
    """The nodes' policy that lets kube2iam take on the pods' roles."""
    return f"{cluster}-kube2iam"


def bastion(cluster: str) -> str:
    """The bastion and its security group."""
    return f"{cluster}-ssh-bastion"


def node_group_address(key: str) -> str:
    """Construct id of a node group: ``node`` for the chapter's, ``node-<key>`` for others."""
    return key if key == CHAPTER_NODE_GROUP else f"{CHAPTER_NODE_GROUP}-{key}"


def node_group(cluster: str, key: str) -> str:
    """A node group's launch template and autoscaling group."""
    return f"{cluster}-{node_group_address(key)}"


def cluster_tag(cluster: str) -> str:
    """Key of the tag by which Kubernetes knows what belongs to a cluster (shared or owned).
    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/
    """
    return f"kubernetes.io/cluster/{cluster}"


def pod_role_path(cluster: str) -> str:
    """IAM path of the roles that pods may take on through kube2iam, by default."""
    return f"/{cluster}/"


def partition(region: str) -> str:
    """The partition of ARNs in `region`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def principal(arn: str) -> str:
    """The part of an address that stands for an IAM role or user, like ``role-123456789012-admin``.

    An address takes letters, digits, hyphens and underscores; anything else becomes a hyphen.
    """
    account, _, resource = arn.partition("::")[2].partition(":")
    kind, _, name = resource.partition("/")
    return f"{kind}-{account}-{re.sub('[^A-Za-z0-9_-]', '-', name)}"


@dataclass(frozen=True)
class SecurityGroupName:
    """Name and description of a security group: EC2 changes neither."""

    name: str
    description: str


@dataclass(frozen=True)
class Names:
    """The names of one cluster that AWS cannot change: another name is another resource.

    A cluster that was made by hand keeps those it has; its spec's section `adopted` says them.
    """

    cluster: str
    control_plane_role: str
    node_role: str
    kube2iam_policy: str
    control_plane_security_group: SecurityGroupName
    nodes_security_group: SecurityGroupName
    bastion_security_group: SecurityGroupName
    node_instance_profile: str | None = None
    """None for the role's."""

    autoscaling_groups: Mapping[str, str] = field(default_factory=dict)
    """By node group; `autoscaling_group` gives one."""

    launch_templates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, cluster: str) -> "Names":
        """Give the names of a cluster that is made today."""
        return cls(
            cluster=cluster,
            control_plane_role=control_plane(cluster),
            node_role=node(cluster),
            kube2iam_policy=kube2iam(cluster),
            control_plane_security_group=SecurityGroupName(
                control_plane(cluster), f"EKS Cluster {cluster}"
            ),
            nodes_security_group=SecurityGroupName(
                nodes(cluster), "Security group for all nodes in the cluster"
            ),
            bastion_security_group=SecurityGroupName(bastion(cluster), "SSH bastion"),
        )

    def autoscaling_group(self, key: str) -> str:
        """Give the name of a node group's autoscaling group."""
        return self.autoscaling_groups.get(key) or node_group(self.cluster, key)

    def launch_template(self, key: str) -> str:
        """Give the name of a node group's launch template."""
        return self.launch_templates.get(key) or node_group(self.cluster, key)
