"""What controllers of others may do in AWS: the service account of each, and its policy.

A dated table, written after what the vendors publish, and bound to the cluster by its tags and its
name where theirs are bound to any cluster's.

Sources:
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json
https://kubernetes-sigs.github.io/external-dns/latest/docs/tutorials/aws/
https://karpenter.sh/docs/reference/cloudformation/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

AS_OF: Final = date(2026, 11, 26)
"""The day the table was last compared with its sources."""


class Account(NamedTuple):
    """The service account that a vendor's chart makes."""

    namespace: str
    name: str


LOAD_BALANCERS: Final = "lb-controller"
EXTERNAL_DNS: Final = "external-dns"
KARPENTER: Final = "karpenter"

ACCOUNTS: Final[Mapping[str, Account]] = {
    LOAD_BALANCERS: Account("kube-system", "aws-load-balancer-controller"),
    EXTERNAL_DNS: Account("external-dns", "external-dns"),
    KARPENTER: Account("kube-system", "karpenter"),
}
"""By the name that role and association have here."""


@dataclass(frozen=True)
class May:
    """Some actions on some resources: values of the keys of conditions, by operator."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def load_balancers(partition: str, cluster: str) -> tuple[May, ...]:
    """What aws-load-balancer-controller may do; it tags what it makes with the cluster's name."""
    tag = "elbv2.k8s.aws/cluster"
    elb = f"arn:{partition}:elasticloadbalancing:*:*"
    groups = (f"arn:{partition}:ec2:*:*:security-group/*",)
    made = (f"{elb}:targetgroup/*/*", f"{elb}:loadbalancer/net/*/*", f"{elb}:loadbalancer/app/*/*")
    parts = tuple(f"{elb}:{part}/{kind}/*" for part in _PARTS for kind in ("net", "app"))
    ours = {f"aws:ResourceTag/{tag}": (cluster,)}
    ours_to_be = {f"aws:RequestTag/{tag}": (cluster,)}
    not_asked_for = {f"aws:RequestTag/{tag}": ("true",)}
    return (
        May(
            ("iam:CreateServiceLinkedRole",),
            ("*",),
            {"StringEquals": {"iam:AWSServiceName": ("elasticloadbalancing.amazonaws.com",)}},
        ),
        May(_LOOKS, ("*",)),
        May(_CERTIFICATES_AND_FIREWALLS, ("*",)),
        # of the nodes too, which are not its own
        May(("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"), groups),
        May(("ec2:CreateSecurityGroup",), ("*",)),
        May(
            ("ec2:CreateTags",),
            groups,
            {"StringEquals": {"ec2:CreateAction": ("CreateSecurityGroup",), **ours_to_be}},
        ),
        May(
            ("ec2:CreateTags", "ec2:DeleteTags"),
            groups,
            {"Null": not_asked_for, "StringEquals": ours},
        ),
        May(("ec2:DeleteSecurityGroup",), groups, {"StringEquals": ours}),
        May(
            (
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateTargetGroup",
            ),
            ("*",),
            {"StringEquals": ours_to_be},
        ),
        May(
            ("elasticloadbalancing:AddTags",),
            made,
            {
                "StringEquals": {
                    "elasticloadbalancing:CreateAction": (
                        "CreateLoadBalancer",
                        "CreateTargetGroup",
                    ),
                    **ours_to_be,
                }
            },
        ),
        May(
            ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"),
            made,
            {"Null": not_asked_for, "StringEquals": ours},
        ),
        May(("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"), parts),
        May(_CHANGES, ("*",), {"StringEquals": ours}),
        May(
            (
                "elasticloadbalancing:DeregisterTargets",
                "elasticloadbalancing:RegisterTargets",
            ),
            (f"{elb}:targetgroup/*/*",),
        ),
        May(_LISTENERS, ("*",)),
    )


_PARTS = ("listener", "listener-rule")

_LOOKS = (
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCoipPools",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeIpamPools",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:GetCoipPoolUsage",
    "ec2:GetSecurityGroupsForVpc",
    "elasticloadbalancing:DescribeCapacityReservation",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeSSLPolicies",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeTrustStores",
)

_CERTIFICATES_AND_FIREWALLS = (
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "cognito-idp:DescribeUserPoolClient",
    "iam:GetServerCertificate",
    "iam:ListServerCertificates",
    "shield:CreateProtection",
    "shield:DeleteProtection",
    "shield:DescribeProtection",
    "shield:GetSubscriptionState",
    "waf-regional:AssociateWebACL",
    "waf-regional:DisassociateWebACL",
    "waf-regional:GetWebACL",
    "waf-regional:GetWebACLForResource",
    "wafv2:AssociateWebACL",
    "wafv2:DisassociateWebACL",
    "wafv2:GetWebACL",
    "wafv2:GetWebACLForResource",
)

_CHANGES = (
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:ModifyCapacityReservation",
    "elasticloadbalancing:ModifyIpPools",
    "elasticloadbalancing:ModifyListenerAttributes",
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:ModifyTargetGroupAttributes",
    "elasticloadbalancing:SetIpAddressType",
    "elasticloadbalancing:SetSecurityGroups",
    "elasticloadbalancing:SetSubnets",
)

_LISTENERS = (
    "elasticloadbalancing:AddListenerCertificates",
    "elasticloadbalancing:CreateListener",
    "elasticloadbalancing:CreateRule",
    "elasticloadbalancing:DeleteListener",
    "elasticloadbalancing:DeleteRule",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:RemoveListenerCertificates",
    "elasticloadbalancing:SetRulePriorities",
    "elasticloadbalancing:SetWebAcl",
)


def external_dns(partition: str, zones: Sequence[str]) -> tuple[May, ...]:
    """What external-dns may do in hosted zones, by their ids."""
    return (
        May(
            (
                "route53:ChangeResourceRecordSets",
                "route53:ListResourceRecordSets",
                "route53:ListTagsForResources",
            ),
            tuple(f"arn:{partition}:route53:::hostedzone/{zone}" for zone in zones),
        ),
        May(("route53:ListHostedZones",), ("*",)),
    )


def karpenter(
    partition: str, region: str, cluster: str, *, cluster_arn: str, node_role: str, profile: str
) -> tuple[May, ...]:
    """What Karpenter may do: start and end nodes of its own, with the role that nodes have.

    `node_role` and `profile` are ARNs. It makes no instance profile, since there is one.
    """
    ec2 = f"arn:{partition}:ec2:{region}"
    owned, pool = f"kubernetes.io/cluster/{cluster}", "karpenter.sh/nodepool"
    ours = {
        "StringEquals": {f"aws:ResourceTag/{owned}": ("owned",)},
        "StringLike": {f"aws:ResourceTag/{pool}": ("*",)},
    }
    asked = {
        f"aws:RequestTag/{owned}": ("owned",),
        "aws:RequestTag/eks:eks-cluster-name": (cluster,),
    }
    of_a_pool = {"StringLike": {f"aws:RequestTag/{pool}": ("*",)}}
    kinds = (
        "fleet", "instance", "launch-template", "network-interface", "spot-instances-request",
        "volume",
    )  # fmt: skip
    made = tuple(f"{ec2}:*:{kind}/*" for kind in kinds)
    starts = ("ec2:CreateFleet", "ec2:RunInstances")
    return (
        May(
            starts,
            (
                f"{ec2}::image/*",
                f"{ec2}::snapshot/*",
                f"{ec2}:*:security-group/*",
                f"{ec2}:*:subnet/*",
            ),
        ),
        May(starts, (f"{ec2}:*:launch-template/*",), ours),
        May((*starts, "ec2:CreateLaunchTemplate"), made, {"StringEquals": asked, **of_a_pool}),
        May(
            ("ec2:CreateTags",),
            made,
            {
                "StringEquals": {
                    **asked,
                    "ec2:CreateAction": ("CreateFleet", "CreateLaunchTemplate", "RunInstances"),
                },
                **of_a_pool,
            },
        ),
        May(
            ("ec2:CreateTags",),
            (f"{ec2}:*:instance/*",),
            {
                **ours,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": (cluster,)},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ("Name", "eks:eks-cluster-name", "karpenter.sh/nodeclaim")
                },
            },
        ),
        May(
            ("ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"),
            (f"{ec2}:*:instance/*", f"{ec2}:*:launch-template/*"),
            ours,
        ),
        May(
            (
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ),
            ("*",),
            {"StringEquals": {"aws:RequestedRegion": (region,)}},
        ),
        May(("ssm:GetParameter",), (f"arn:{partition}:ssm:{region}::parameter/aws/service/*",)),
        May(("iam:ListInstanceProfiles", "pricing:GetProducts"), ("*",)),
        May(
            ("iam:PassRole",),
            (node_role,),
            {
                "StringEquals": {
                    "iam:PassedToService": ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")
                }
            },
        ),
        May(("iam:GetInstanceProfile",), (profile,)),
        May(("eks:DescribeCluster",), (cluster_arn,)),
    )
