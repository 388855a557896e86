"""Every physical name and tag, composed once.

A name starts with the cluster's, so that two clusters fit one account. The cluster's name comes in
as the Terraform variable (``${var.cluster_name}``), so the functions compose text and never look
into it. Names that AWS shows for a resource but that need not be unique (the ``Name`` tags) are
the chapter's own.
"""

import re

ROLE_NAME_LIMIT = 64
"""Characters in the name of an IAM role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

BASTION_RULE = "bastion-ingress-nodes-ssh"
"""The rule by which the bastion reaches the nodes."""

BASTION_SSH = "bastion-ingress-ssh"
"""The opening of the bastion itself, which stands inside its security group."""

LOAD_BALANCER_TAGS = {
    "public": "kubernetes.io/role/elb",
    "private": "kubernetes.io/role/internal-elb",
}
"""The tag by which load balancers find the subnets of a kind.
https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html"""

AUTOSCALER_TAGS = "k8s.io/cluster-autoscaler"
"""What the keys of the tags start with by which cluster-autoscaler finds a group.
https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md"""

CHAPTER_NODE_GROUP = "node"
"""The key of the node group that takes the chapter's own addresses."""


def control_plane(cluster: str) -> str:
    """The control plane's role and security group."""
    return f"{cluster}-control-plane"


def node(cluster: str) -> str:
    """The nodes' role and instance profile."""
    return f"{cluster}-node"


def managed_node(cluster: str) -> str:
    """The role of managed nodes."""
    return f"{cluster}-managed-node"


def fargate(cluster: str) -> str:
    """The role by which AWS runs pods on Fargate."""
    return f"{cluster}-fargate"


def nodes(cluster: str) -> str:
    """The security group of all nodes."""
    return f"{cluster}-nodes"


def kube2iam(cluster: str) -> str:
    """The nodes' policy that lets kube2iam assume the pods' roles."""
    return f"{cluster}-kube2iam"


def bastion(cluster: str) -> str:
    """The bastion and its security group."""
    return f"{cluster}-ssh-bastion"


def secrets_key(cluster: str) -> str:
    """The alias of the key that encrypts the cluster's Secrets."""
    return f"alias/{cluster}-secrets"


def flow_logs(cluster: str) -> str:
    """The flow logs' group, and the role that writes them."""
    return f"{cluster}-flow-logs"


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


def draining(cluster: str) -> str:
    """The queue, rules, role and hooks by which nodes are drained."""
    return f"{cluster}-draining"


def pod_role(cluster: str, key: str) -> str:
    """The role of pods with a service account."""
    return f"{cluster}-pod-{key}"


def addon_role(cluster: str, addon: str) -> str:
    """The role of an EKS add-on's pods."""
    return f"{cluster}-addon-{addon}"


def autoscaler(cluster: str) -> str:
    """The role of cluster-autoscaler."""
    return f"{cluster}-autoscaler"


def controller(cluster: str, name: str) -> str:
    """The role of a controller that others wrote."""
    return f"{cluster}-{name}"


def partition(region: str) -> str:
    """The partition of ARNs in `region`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")


_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
}
"""By the start of the region's name. The last five are not tried."""


def is_of(arn: str, region: str) -> bool:
    """Whether an ARN is of `region` and its partition."""
    return arn.split(":")[1:4:2] == [partition(region), region]


def endpoint_service(region: str, service: str) -> str:
    """The name by which a VPC endpoint in `region` asks for an AWS service, such as ``ecr.api``.

    China has names of its own for all but S3 and DynamoDB; not tried there.
    https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    """
    chinese = region.startswith("cn-") and service not in ("dynamodb", "s3")
    return f"{'cn.' * chinese}com.amazonaws.{region}.{service}"


def without_path(arn: str) -> str:
    """The ARN of a role as the aws-auth ConfigMap knows it; that of a user as it is.

    https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting_iam.html
    """
    head, slash, name = arn.partition(":role/")
    return f"{head}{slash}{name.rpartition('/')[2]}" if slash else arn


def of_range(cidr: str) -> str:
    """The part of an address that stands for a range, like ``10-1-0-0-16``."""
    return re.sub("[./:]", "-", cidr)


def principal(arn: str) -> str:
    """The part of an address that stands for an IAM role or user, like ``role-123456789012-admin``.

    An address takes letters, digits, hyphens and underscores; anything else becomes a hyphen.
    """
    account, _, resource = arn.partition("::")[2].partition(":")
    kind, _, name = resource.partition("/")
    return f"{kind}-{account}-{_plain(name)}"


def attachment(address: str, policy: str) -> str:
    """The address of a policy's attachment to a role, by the role's and the policy's ARN."""
    return f"{address}-{_plain(policy.rpartition('/')[2])}"


def opening(address: str, key: str) -> str:
    """The address of an opening's rule, by that of the group and the opening's key."""
    return f"{address}-ingress-{key}"


def _plain(name: str) -> str:
    """A name as an address takes it."""
    return re.sub("[^A-Za-z0-9_-]", "-", name)
