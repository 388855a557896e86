"""What every part of a cluster needs to know of it, and nothing else."""

from constructs import Construct

from constructs_lib import naming, variables
from constructs_lib.spec import ClusterSpec


class Identity(Construct):
    """A cluster's name, version and zones as Terraform's variables, its region and partition.

    And what its organisation wants everywhere: tags, and how IAM roles are made.
    """

    def __init__(self, scope: Construct, id_: str, *, spec: ClusterSpec) -> None:
        """Declare the variables with the values of `spec` as defaults."""
        super().__init__(scope, id_)
        self.region = spec.region
        self.partition = naming.partition(spec.region)
        self.name = variables.cluster_name(self, spec.name).string_value
        self.version = variables.k8s_version(self, spec.kubernetes_version).string_value
        self.zones = variables.availability_zones(
            self, spec.availability_zones, spec.region, spec.networking.max_zones
        ).list_value
        self.tags = dict(spec.tags)
        self.iam = spec.iam
        self.role_arn = spec.role_arn
        self.tag = naming.cluster_tag(self.name)

    def pod_role_path(self, path: str | None) -> str:
        """IAM path of pods' roles: `path`, or by default below the organisation's."""
        return path or f"{self.iam.path}{self.name}/"

    def managed_policy(self, name: str) -> str:
        """The ARN of one of AWS's own policies."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"
