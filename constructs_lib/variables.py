"""The chapter's four variables; their defaults come from the spec.

Each carries the spec's own rule as a ``validation`` block, so that a bad ``-var`` is refused when
Terraform plans.
"""

import json
from collections.abc import Sequence
from typing import Any

from cdktf import TerraformVariable
from constructs import Construct

from constructs_lib.spec import (
    CLUSTER_NAME,
    MIN_VPC_PREFIX,
    MIN_ZONES,
    SECURITY_GROUP_ID_START,
)
from constructs_lib.tables import kubernetes_versions


def cluster_name(scope: Construct, default: str) -> TerraformVariable:
    """The name of the cluster."""
    start = SECURITY_GROUP_ID_START
    return _variable(
        scope,
        "cluster_name",
        type="string",
        default=default,
        description="The name of the cluster",
        # two conditions, for Terraform's regular expressions know no look-ahead
        condition=f'can(regex("^{CLUSTER_NAME}$", var.cluster_name)) && '
        f'substr(var.cluster_name, 0, {len(start)}) != "{start}"',
        error_message="cluster_name takes letters, digits, hyphens and underscores only, "
        f"starts with a letter or digit but not with {start}, and fits into the names of IAM "
        "roles.",
    )


def vpc_cidr(scope: Construct, default: str, max_prefix: int) -> TerraformVariable:
    """The range of the VPC, with a prefix of `max_prefix` at most."""
    return _variable(
        scope,
        "vpc_cidr",
        type="string",
        default=default,
        description="The CIDR of the VPC created for this cluster",
        condition="can(cidrnetmask(var.vpc_cidr)) && try(cidrsubnet(var.vpc_cidr, 0, 0) == "
        f'var.vpc_cidr && tonumber(split("/", var.vpc_cidr)[1]) >= {MIN_VPC_PREFIX} && '
        f'tonumber(split("/", var.vpc_cidr)[1]) <= {max_prefix}, false)',
        error_message="vpc_cidr must be an IPv4 network from "
        f"/{MIN_VPC_PREFIX} to /{max_prefix} without host bits, such as 10.1.0.0/16.",
    )


def availability_zones(
    scope: Construct, default: Sequence[str], region: str, max_zones: int
) -> TerraformVariable:
    """The zones of `region` to run the cluster in, `max_zones` of them at most."""
    return _variable(
        scope,
        "availability_zones",
        type="list(string)",
        default=list(default),
        description="The availability zones to run the cluster in",
        condition=f"length(var.availability_zones) >= {MIN_ZONES} && "
        f"length(var.availability_zones) <= {max_zones} && "
        "length(distinct(var.availability_zones)) == length(var.availability_zones) && "
        f'alltrue([for zone in var.availability_zones : can(regex("^{region}[a-z]$", '
        "zone))])",
        error_message=f"availability_zones must be {_from(MIN_ZONES, max_zones)} different zones "
        f"of {region}, such as {region}a.",
    )


def k8s_version(scope: Construct, default: str) -> TerraformVariable:
    """The version of Kubernetes."""
    versions = kubernetes_versions.offered(kubernetes_versions.AS_OF)
    return _variable(
        scope,
        "k8s_version",
        type="string",
        default=default,
        description="The version of Kubernetes to use",
        condition=f"contains({json.dumps(versions)}, var.k8s_version)",
        error_message=f"k8s_version must be one that EKS offers: {', '.join(versions)}.",
    )


def _from(least: int, most: int) -> str:
    """A number from `least` to `most`, in words."""
    if least == most:
        return str(least)
    return f"{least} {'or' if most == least + 1 else 'to'} {most}"


def _variable(
    scope: Construct, name: str, *, condition: str, error_message: str, **arguments: Any
) -> TerraformVariable:
    variable = TerraformVariable(scope, f"var.{name}", nullable=False, **arguments)
    variable.add_validation(condition=f"${{{condition}}}", error_message=error_message)
    return variable
