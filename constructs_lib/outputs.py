"""What people ask a cluster for after an apply: ``terraform output``."""

from cdktf import TerraformOutput, TerraformStack

from constructs_lib.kubectl import Kubectl
from constructs_lib.nodes.role import NodeRoles


def of_cluster(stack: TerraformStack, *, roles: NodeRoles, kubectl: Kubectl) -> None:
    """Output the cluster's name and endpoint, the nodes' roles and the kubeconfig."""
    TerraformOutput(stack, "output.cluster_name", value=kubectl.connection.name)
    TerraformOutput(stack, "output.cluster_endpoint", value=kubectl.connection.endpoint)
    TerraformOutput(
        stack,
        "output.node_role_arn",
        value=roles.own.arn,
        description="What the roles of pods have to trust for kube2iam",
    )
    if roles.managed is not None:
        TerraformOutput(
            stack,
            "output.managed_node_role_arn",
            value=roles.managed.arn,
            description="What they have to trust for kube2iam on managed nodes",
        )
    TerraformOutput(
        stack,
        "output.kubeconfig",
        value=kubectl.kubeconfig,
        description="For people: terraform output -raw kubeconfig > FILE, then KUBECONFIG=FILE",
    )
