"""The SSH bastion."""

from constructs_lib.spec.security_groups import OpenRange
from constructs_lib.spec.types import InstanceType


class BastionSpec(OpenRange):
    """A host in a public subnet through which the nodes are reached by SSH."""

    instance_type: InstanceType = "t3.micro"
    """EC2 instance type."""

    kubernetes_api: bool = True
    """Whether the bastion reaches the Kubernetes API inside the VPC, where the API's name leads
    to a private address. On by default, and off by default for an adopted cluster."""
