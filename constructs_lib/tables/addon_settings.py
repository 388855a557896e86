"""The settings that EKS add-ons take, where they are known; EKS refuses others, and other types.

A dated table; `aws eks describe-addon-configuration` gives the schema of a version.

Sources:
https://aws.amazon.com/blogs/containers/amazon-eks-add-ons-advanced-configuration/
https://github.com/aws/amazon-vpc-cni-k8s/blob/master/README.md#cni-configuration-variables
https://docs.aws.amazon.com/eks/latest/userguide/coredns-autoscaling.html
"""

import difflib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

AS_OF: Final = date(2026, 11, 26)
"""The day the table was last compared with its sources."""

TEXT, NUMBER, MAPPING, LIST = "text", "a whole number", "a mapping", "a list"

_OF_PODS: Final = {
    "affinity": MAPPING,
    "nodeSelector": MAPPING,
    "podAnnotations": MAPPING,
    "podLabels": MAPPING,
    "resources": MAPPING,
    "tolerations": LIST,
}

SETTINGS: Final[Mapping[str, Mapping[str, str | None]]] = {
    "coredns": {
        **_OF_PODS,
        "autoScaling": MAPPING,
        "computeType": TEXT,
        "corefile": TEXT,
        "podDisruptionBudget": MAPPING,
        "replicaCount": NUMBER,
        "topologySpreadConstraints": LIST,
    },
    "kube-proxy": {**_OF_PODS, "ipvs": MAPPING, "mode": TEXT},
    "vpc-cni": {
        **_OF_PODS,
        "branchENICooldown": None,
        "enableNetworkPolicy": TEXT,
        "enableWindowsIpam": TEXT,
        "enableWindowsPrefixDelegation": TEXT,
        "eniConfig": MAPPING,
        "env": MAPPING,
        "init": MAPPING,
        "livenessProbeTimeoutSeconds": None,
        "minimumWindowsIPTarget": None,
        "nodeAgent": MAPPING,
        "originalMatchLabels": None,
        "readinessProbeTimeoutSeconds": None,
        "warmWindowsIPTarget": None,
        "warmWindowsPrefixTarget": None,
    },
}
"""The keys of an add-on's settings by its name, each with its type where that is certain."""

ENVIRONMENT: Final = frozenset(
    {
        "ADDITIONAL_ENI_TAGS",
        "ANNOTATE_POD_IP",
        "AWS_EC2_ENDPOINT",
        "AWS_EXTERNAL_SERVICE_CIDRS",
        "AWS_MANAGE_ENIS_NON_SCHEDULABLE",
        "AWS_VPC_CNI_NODE_PORT_SUPPORT",
        "AWS_VPC_ENI_MTU",
        "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER",
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
        "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS",
        "AWS_VPC_K8S_CNI_EXTERNALSNAT",
        "AWS_VPC_K8S_CNI_LOGLEVEL",
        "AWS_VPC_K8S_CNI_LOG_FILE",
        "AWS_VPC_K8S_CNI_RANDOMIZESNAT",
        "AWS_VPC_K8S_CNI_VETHPREFIX",
        "AWS_VPC_K8S_PLUGIN_LOG_FILE",
        "AWS_VPC_K8S_PLUGIN_LOG_LEVEL",
        "CLUSTER_ENDPOINT",
        "CLUSTER_NAME",
        "DISABLE_INTROSPECTION",
        "DISABLE_LEAKED_ENI_CLEANUP",
        "DISABLE_METRICS",
        "DISABLE_NETWORK_RESOURCE_PROVISIONING",
        "DISABLE_POD_V6",
        "ENABLE_BANDWIDTH_PLUGIN",
        "ENABLE_IPv4",
        "ENABLE_IPv6",
        "ENABLE_MULTI_NIC",
        "ENABLE_NFTABLES",
        "ENABLE_POD_ENI",
        "ENABLE_PREFIX_DELEGATION",
        "ENABLE_SUBNET_DISCOVERY",
        "ENABLE_V4_EGRESS",
        "ENABLE_V6_EGRESS",
        "ENI_CONFIG_ANNOTATION_DEF",
        "ENI_CONFIG_LABEL_DEF",
        "INTROSPECTION_BIND_ADDRESS",
        "IP_COOLDOWN_PERIOD",
        "MAX_ENI",
        "MINIMUM_IP_TARGET",
        "NETWORK_POLICY_ENFORCING_MODE",
        "POD_MTU",
        "POD_SECURITY_GROUP_ENFORCING_MODE",
        "VPC_ID",
        "WARM_ENI_TARGET",
        "WARM_IP_TARGET",
        "WARM_PREFIX_TARGET",
    }
)
"""Of vpc-cni's `env`, whose values are all text."""


def problem(value: Any, type_: str | None) -> tuple[str, str] | None:
    """What is wrong with a setting's value and what to do; nothing where no type is certain."""
    if type_ is None or type(value) is _CLASSES[type_]:
        return None
    is_plain = not isinstance(value, dict | list)
    quotes = {TEXT: "write it in quotes", NUMBER: "write it without quotes"} if is_plain else {}
    return f"is not {type_}", quotes.get(type_, f"write {type_}")


_CLASSES: Final = {TEXT: str, NUMBER: int, MAPPING: dict, LIST: list}


def warning(key: str, known: Iterable[str], of: str) -> tuple[str, str]:
    """What to tell of a key that is not `known` among the settings of `of`."""
    close = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.8)
    hint = f"did you mean {close[0]}? " if close else ""
    return (
        f"is no setting of {of} known on {AS_OF}",
        f"{hint}see `aws eks describe-addon-configuration`",
    )
