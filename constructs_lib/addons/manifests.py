"""The manifests of a spec, applied by Terraform with kubectl."""

from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable
from constructs import Construct

from constructs_lib.kubectl import Kubectl, KubectlApply
from constructs_lib.spec import ManifestSpec
from constructs_lib.spec.manifests import Manifest
from constructs_lib.terraform.literals import literal


class Manifests(Construct):
    """Manifests of the spec, at `null_resource.<name>`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        specs: Mapping[str, ManifestSpec],
        manifests: Mapping[str, Manifest],
        *,
        kubectl: Kubectl,
        nodes: Sequence[ITerraformDependable],
    ) -> None:
        """Apply each of `specs`, its Kubernetes YAML in `manifests`, after those that it names.

        One whose rollout is waited for comes after `nodes`.
        """
        super().__init__(scope, id_)
        self._made: dict[str, KubectlApply] = {}
        for name in specs:
            self._apply(name, specs, manifests, kubectl, nodes)

    def _apply(
        self,
        name: str,
        specs: Mapping[str, ManifestSpec],
        manifests: Mapping[str, Manifest],
        kubectl: Kubectl,
        nodes: Sequence[ITerraformDependable],
    ) -> KubectlApply:
        if name not in self._made:
            spec, manifest = specs[name], manifests[name]
            before = [
                self._apply(each, specs, manifests, kubectl, nodes) for each in spec.after or ()
            ]
            self._made[name] = KubectlApply(
                self,
                name,
                manifest.file if manifest.is_large else literal(manifest.text),
                address=f"null_resource.{name}",
                kubectl=kubectl,
                rollout_seconds=spec.rollout_seconds,
                depends_on=[
                    *(each.resource for each in before),
                    *(nodes if spec.rollout_seconds else ()),
                ],
            )
        return self._made[name]
