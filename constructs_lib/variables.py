"""The chapter's four variables; their defaults come from the spec.

Each carries the spec's own rule as a ``validation`` block, so that a bad ``-var`` is refused when
Terraform plans.
"""

import json
from typing import Any

from cdktf import TerraformVariable
from constructs import Construct

from constructs_lib.spec import (
    CLUSTER_NAME_PATTERN,
    MAX_VPC_PREFIX,
    MAX_ZONES,
    MIN_VPC_PREFIX,
    MIN_ZONES,
    ClusterSpec,
)
from constructs_lib.tables import kubernetes_versions


class Variables(Construct):
    """What can be set when Terraform runs: name, network, zones and version."""

    def __init__(self, scope: Construct, id_: str, *, spec: ClusterSpec) -> None:
        """Declare the variables with the values of `spec` as defaults."""
        super().__init__(scope, id_)
        self.cluster_name = self._variable(
            "cluster_name",
            type="string",
            default=spec.name,
            description="The name of the cluster",
            condition=f'can(regex("{_anchored(CLUSTER_NAME_PATTERN)}", var.cluster_name)) && '
            'substr(var.cluster_name, 0, 3) != "sg-"',
            error_message="cluster_name takes letters, digits, hyphens and underscores only, "
            "starts with a letter or digit but not with sg-, and fits into the names of IAM roles.",
        )
        self.vpc_cidr = self._variable(
            "vpc_cidr",
            type="string",
            default=spec.vpc_cidr,
            description="The CIDR of the VPC created for this cluster",
            condition="can(cidrnetmask(var.vpc_cidr)) && try(cidrsubnet(var.vpc_cidr, 0, 0) == "
            f'var.vpc_cidr && tonumber(split("/", var.vpc_cidr)[1]) >= {MIN_VPC_PREFIX} && '
            f'tonumber(split("/", var.vpc_cidr)[1]) <= {MAX_VPC_PREFIX}, false)',
            error_message="vpc_cidr must be an IPv4 network from "
            f"/{MIN_VPC_PREFIX} to /{MAX_VPC_PREFIX} without host bits, such as 10.1.0.0/16.",
        )
        self.availability_zones = self._variable(
            "availability_zones",
            type="list(string)",
            default=list(spec.availability_zones),
            description="The availability zones to run the cluster in",
            condition=f"length(var.availability_zones) >= {MIN_ZONES} && "
            f"length(var.availability_zones) <= {MAX_ZONES} && "
            "length(distinct(var.availability_zones)) == length(var.availability_zones) && "
            f'alltrue([for zone in var.availability_zones : can(regex("^{spec.region}[a-z]$", '
            "zone))])",
            error_message=f"availability_zones must be {MIN_ZONES} or {MAX_ZONES} different zones "
            f"of {spec.region}, such as {spec.region}a.",
        )
        versions = kubernetes_versions.offered(kubernetes_versions.AS_OF)
        self.k8s_version = self._variable(
            "k8s_version",
            type="string",
            default=spec.kubernetes_version,
            description="The version of Kubernetes to use",
            condition=f"contains({json.dumps(versions)}, var.k8s_version)",
            error_message=f"k8s_version must be one that EKS offers: {', '.join(versions)}.",
        )

    def _variable(
        self, name: str, *, condition: str, error_message: str, **arguments: Any
    ) -> TerraformVariable:
        variable = TerraformVariable(self, f"var.{name}", nullable=False, **arguments)
        variable.add_validation(condition=f"${{{condition}}}", error_message=error_message)
        return variable


def _anchored(pattern: str) -> str:
    """`pattern` for Terraform, whose regular expressions know no look-ahead."""
    return f"^{pattern.removeprefix('(?!sg-)')}$"
