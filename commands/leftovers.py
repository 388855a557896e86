"""What a destroy does not know of, and what keeps it from ending: told before the question."""

from typing import Final

HOW_TO: Final = "docs/how-to/tear-down.md"


def before(cluster: str, region: str) -> list[str]:
    """Say what stands in AWS that Terraform did not make, and how to see it, a line each."""
    aws, tagged = f"aws --region {region}", f"Values={cluster}"
    owned = f"Name=tag:kubernetes.io/cluster/{cluster},Values=owned"
    rows = (
        ("load balancers", "kubectl get services,ingresses --all-namespaces"),
        (
            "their security groups",
            f"{aws} ec2 describe-security-groups --filters Name=tag:elbv2.k8s.aws/cluster,{tagged}",
        ),
        (
            "network interfaces",
            f"{aws} ec2 describe-network-interfaces --filters "
            f"Name=tag:cluster.k8s.amazonaws.com/name,{tagged} Name=status,Values=available",
        ),
        (
            "machines of Karpenter",
            f"{aws} ec2 describe-instances --filters {owned} Name=tag-key,"
            "Values=karpenter.sh/nodepool",
        ),
        ("volumes, which are billed on", "kubectl get persistentvolumes"),
        (
            "a log group that EKS made",
            f"{aws} logs describe-log-groups --log-group-name-prefix /aws/eks/{cluster}/",
        ),
    )
    return [
        "What was made from inside the cluster is in no plan, and AWS deletes no VPC that holds "
        f"some of it. Look, and clear it first ({HOW_TO}):",
        *(f"  {what}: {command}" for what, command in rows),
    ]
