"""The chapter's storage classes."""

from collections.abc import Mapping

from constructs import Construct

from constructs_lib.kubectl import Kubectl, KubectlApply
from constructs_lib.spec import ClusterSpec
from constructs_lib.spec.manifests import Manifest
from constructs_lib.spec.wanted_addons import STORAGE_CLASSES, applied_by_keys
from constructs_lib.terraform.literals import literal


def storage_classes(
    scope: Construct, spec: ClusterSpec, manifests: Mapping[str, Manifest], *, kubectl: Kubectl
) -> None:
    """Apply the classes where `spec` has EBS volumes; they need no driver to be there."""
    if STORAGE_CLASSES in applied_by_keys(spec):
        KubectlApply(
            scope,
            STORAGE_CLASSES,
            literal(manifests[STORAGE_CLASSES].text),
            address=f"null_resource.{STORAGE_CLASSES}",
            kubectl=kubectl,
        )
