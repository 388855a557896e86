"""kubectl: the kubeconfig it uses, and manifests that Terraform's local-exec applies with it."""

from collections.abc import Sequence
from pathlib import Path

from cdktf import Fn, ITerraformDependable, LocalExecProvisioner, TerraformLocal
from cdktf_cdktf_provider_null.resource import Resource as NullResource
from constructs import Construct

from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.kubectl import kubeconfig
from constructs_lib.terraform.addresses import literal

MINIMUM_KUBECTL = "1.24"
"""The first kubectl that speaks only client.authentication.k8s.io/v1beta1 and v1.
https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.24.md"""

WAIT_SECONDS = 300
"""How long to wait for the API of a cluster that EKS calls active."""

_COMMAND = literal(Path(__file__).with_name("apply.sh").read_text(encoding="utf-8"))


class Kubectl(Construct):
    """The way into a cluster for kubectl: a kubeconfig, rendered by Terraform as
    `local.kubeconfig`.

    One cluster, one user and one context, all named after the cluster. It holds no secret.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cluster: Identity, control_plane: ControlPlane
    ) -> None:
        """Render the kubeconfig of `control_plane`."""
        super().__init__(scope, id_)
        self.connection = control_plane.connection
        self.kubeconfig = TerraformLocal(
            self, "local.kubeconfig", kubeconfig.render(self.connection, cluster.region)
        ).as_string


class KubectlApply(Construct):
    """A manifest that is applied when its text or the cluster changes.

    Manifest and kubeconfig reach the command through its environment, the manifest goes on to
    kubectl's standard input, and the kubeconfig lives in a private directory that is removed at
    the end. Terraform's state holds no more than the triggers.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        manifest: str,
        *,
        address: str,
        kubectl: Kubectl,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        """Apply `manifest`, Kubernetes YAML in which ``${...}`` is Terraform's, as `address`.

        `address` is like ``null_resource.kube2iam``. Text that is not Terraform's goes through
        `addresses.literal` before.
        """
        super().__init__(scope, id_)
        name = address.rpartition(".")[2]
        content = TerraformLocal(self, f"local.{name}_manifest", manifest).as_string
        self.resource = NullResource(
            self,
            address,
            triggers={
                "manifest_sha1": Fn.sha1(content),
                # a cluster made anew has another endpoint, and none of the manifests
                "cluster_endpoint": kubectl.connection.endpoint,
            },
            provisioners=[
                LocalExecProvisioner(
                    type="local-exec",
                    interpreter=["/bin/sh", "-c"],
                    command=_COMMAND,
                    environment={
                        "NAME": name,
                        "MINIMUM_KUBECTL": MINIMUM_KUBECTL,
                        "WAIT_SECONDS": str(WAIT_SECONDS),
                        "KUBECONFIG_CONTENT": kubectl.kubeconfig,
                        "MANIFEST": content,
                    },
                )
            ],
            depends_on=list(depends_on),
        )
        # or the script is printed before its output; CDKTF 0.21 has no argument for it
        self.resource.add_override("provisioner.0.local-exec.quiet", True)
