"""The manifests of a spec, applied by Terraform with kubectl."""

from collections.abc import Mapping

from constructs import Construct

from constructs_lib.kubectl import Kubectl, KubectlApply
from constructs_lib.terraform.addresses import literal


class Manifests(Construct):
    """Manifests of the spec, at `null_resource.<name>`."""

    def __init__(
        self, scope: Construct, id_: str, manifests: Mapping[str, str], *, kubectl: Kubectl
    ) -> None:
        """Apply each of `manifests`, Kubernetes YAML by name."""
        super().__init__(scope, id_)
        for name, text in manifests.items():
            KubectlApply(
                self, name, literal(text), address=f"null_resource.{name}", kubectl=kubectl
            )
