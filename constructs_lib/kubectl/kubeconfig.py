"""The kubeconfig, rendered by Terraform from what EKS says of the cluster."""

from cdktf import TerraformLocal
from constructs import Construct

from constructs_lib.control_plane import ControlPlane

_TEMPLATE = """\
apiVersion: v1
kind: Config
clusters:
- name: {name}
  cluster:
    certificate-authority-data: {certificate_authority}
    server: {endpoint}
users:
- name: {name}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      interactiveMode: Never
      command: aws
      args: [eks, get-token, --cluster-name, {name}, --region, {region}, --output, json]
contexts:
- name: {name}
  context:
    cluster: {name}
    user: {name}
current-context: {name}
"""


class Kubeconfig(Construct):
    """One cluster, one user and one context, all named after the cluster.

    It holds no secret: the AWS CLI fetches a token with the caller's own credentials.
    https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html
    """

    def __init__(
        self, scope: Construct, id_: str, *, control_plane: ControlPlane, region: str
    ) -> None:
        """Render the file as `local.kubeconfig`."""
        super().__init__(scope, id_)
        self.content = TerraformLocal(
            self,
            "local.kubeconfig",
            _TEMPLATE.format(
                name=control_plane.connection.name,
                certificate_authority=control_plane.connection.certificate_authority,
                endpoint=control_plane.connection.endpoint,
                region=region,
            ),
        ).as_string
