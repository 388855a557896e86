"""kubectl: the kubeconfig it uses, and manifests that Terraform's local-exec applies with it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cdktf import (
    AssetType,
    Fn,
    ITerraformDependable,
    LocalExecProvisioner,
    TerraformAsset,
    TerraformLocal,
)
from cdktf_cdktf_provider_null.resource import Resource as NullResource
from constructs import Construct

from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.kubectl import kubeconfig
from constructs_lib.terraform.literals import literal

MINIMUM_KUBECTL = "1.26"
"""The first kubectl whose `apply --server-side` takes over what it applied the older way before.
https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.26.md"""

FIELD_MANAGER = "kubectl"
"""Under which name the API keeps what fields the manifests set. kubectl's own, because under any
other one what 0.1 applied the older way is a conflict.
https://github.com/kubernetes/apimachinery/blob/master/pkg/util/managedfields/internal/lastappliedmanager.go"""

WAIT_SECONDS = 300
"""How long to wait for the API of a cluster that EKS calls active."""

UNKNOWN_SECONDS = 45
"""How long an API may answer 401 to credentials that it is about to learn of."""

KIND_SECONDS = 60
"""How long to wait for kinds and namespaces that are being made at the same time."""

_SCRIPT = literal(Path(__file__).with_name("apply.sh").read_text(encoding="utf-8"))

_WHO_ASKS = "$(aws sts get-caller-identity --query Arn --output text 2>/dev/null || said)"
"""In the script: whom the cluster does not know, unless a role is assumed."""


class Kubectl(Construct):
    """The way into a cluster for kubectl: a kubeconfig, which Terraform renders.

    It is `local.kubeconfig`: one cluster, one user and one context, all named after the cluster. It
    holds no secret.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cluster: Identity, control_plane: ControlPlane
    ) -> None:
        super().__init__(scope, id_)
        self.connection = control_plane.connection
        self.kubeconfig = TerraformLocal(
            self,
            "local.kubeconfig",
            kubeconfig.render(self.connection, cluster.region, cluster.role_arn),
        ).as_string
        self.script = (
            _SCRIPT if cluster.role_arn is None else _SCRIPT.replace(_WHO_ASKS, cluster.role_arn)
        )


class KubectlApply(Construct):
    """A manifest that is applied when its text or the cluster changes.

    Manifest and kubeconfig reach the script through its environment and live in a private directory
    that is removed at the end. A manifest that is a file is copied to `assets/` beside the stack's
    JSON, and the script is told where. The script is part of the interpreter, so that an error of
    Terraform's shows `kubectl apply of NAME` in its place. Terraform's state holds no more than the
    triggers.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        manifest: str | Path,
        *,
        address: str,
        kubectl: Kubectl,
        rollout_seconds: int | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        """Apply `manifest` as `address`, which is like ``null_resource.kube2iam``.

        A text is Kubernetes YAML in which ``${...}`` is Terraform's; what is not, goes through
        `addresses.literal` before. A file, by its absolute path, is applied as it stands, and may
        be larger than an environment takes. With `rollout_seconds` what the manifest runs is waited
        for, at most that long.
        """
        super().__init__(scope, id_)
        name = address.rpartition(".")[2]
        is_file = isinstance(manifest, Path)
        if is_file:
            asset = TerraformAsset(self, name, path=str(manifest), type=AssetType.FILE)
            manifest = f"${{path.module}}/{asset.path}"
        content = TerraformLocal(self, f"local.{name}_manifest", manifest).as_string
        given = {"MANIFEST_FILE" if is_file else "MANIFEST": content}
        if rollout_seconds is not None:
            given["ROLLOUT_SECONDS"] = str(rollout_seconds)
        self.resource = NullResource(
            self,
            address,
            triggers={
                "manifest_sha1": Fn.filesha1(content) if is_file else Fn.sha1(content),
                # a cluster made anew has another endpoint, and none of the manifests
                "cluster_endpoint": kubectl.connection.endpoint,
            },
            provisioners=[_script(f"kubectl apply of {name}", name, kubectl, given)],
            depends_on=list(depends_on),
        )
        _is_quiet(self.resource)


class KubectlDelete(Construct):
    """A manifest whose objects are deleted from the cluster, where they are there."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        manifest: str,
        *,
        address: str,
        kubectl: Kubectl,
        afterwards: str,
    ) -> None:
        """Delete what `manifest` holds, as `address`, and say `afterwards` if something went."""
        super().__init__(scope, id_)
        name = address.rpartition(".")[2]
        content = TerraformLocal(self, f"local.{name}_manifest", manifest).as_string
        given = {"MANIFEST": content, "AFTER_DELETION": afterwards}
        self.resource = NullResource(
            self,
            address,
            triggers={
                "deleted_sha1": Fn.sha1(content),
                "cluster_endpoint": kubectl.connection.endpoint,
            },
            provisioners=[_script(f"kubectl delete of {name}", name, kubectl, given)],
        )
        _is_quiet(self.resource)


def _script(
    command: str, name: str, kubectl: Kubectl, given: Mapping[str, str]
) -> LocalExecProvisioner:
    return LocalExecProvisioner(
        type="local-exec",
        interpreter=["/bin/sh", "-c", kubectl.script],
        command=command,
        environment={
            "NAME": name,
            "MINIMUM_KUBECTL": MINIMUM_KUBECTL,
            "FIELD_MANAGER": FIELD_MANAGER,
            "WAIT_SECONDS": str(WAIT_SECONDS),
            "UNKNOWN_SECONDS": str(UNKNOWN_SECONDS),
            "KIND_SECONDS": str(KIND_SECONDS),
            "KUBECONFIG_CONTENT": kubectl.kubeconfig,
            **given,
        },
    )


def _is_quiet(resource: NullResource) -> None:
    """Or the script is printed before its output; CDKTF 0.21 has no argument for it."""
    resource.add_override("provisioner.0.local-exec.quiet", True)
