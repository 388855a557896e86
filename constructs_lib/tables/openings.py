"""Who may talk to whom between nodes and control plane: the rules of every cluster."""

from dataclasses import dataclass

ANY_PROTOCOL = "-1"


@dataclass(frozen=True)
class Opening:
    """An ingress rule between the two groups: `source` may reach `target`."""

    name: str
    """The last part of its address."""

    source: str
    target: str
    protocol: str
    from_port: int
    to_port: int
    description: str

    @property
    def address(self) -> str:
        """Its address in Terraform."""
        return f"aws_security_group_rule.{self.name}"

    @property
    def by_self(self) -> bool:
        """Whether a group lets in itself."""
        return self.source == self.target


OPENINGS = (
    Opening(
        "nodes-ingress-self",
        "nodes", "nodes", ANY_PROTOCOL, 0, 0,
        "Nodes and pods reach each other",
    ),
    Opening(
        "control_plane-ingress-nodes",
        "nodes", "control_plane", "tcp", 443, 443,
        "Nodes and pods reach the Kubernetes API",
    ),
    Opening(
        "node-kubelet-ingress-control_plane",
        "control_plane", "nodes", "tcp", 10250, 10250,
        "Control plane reaches the kubelets for exec and logs",
    ),
    # from 1024 up would do where pods open unprivileged ports only, but webhooks listen on 443
    Opening(
        "nodes-ingress-control_plane",
        "control_plane", "nodes", "tcp", 0, 65535,
        "Control plane reaches pods for webhooks and the proxy of the API",
    ),
)  # fmt: skip
"""What every cluster needs.
https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html"""
