"""User data of a node: what an image has to be told at its first boot, per image family.

Four contracts, one for each family of `node_image.Family`:

- `packer`: our image finds its cluster by the instance's tag, so there is nothing to say,
  except a node group's own settings: a file for `eks-join`, written by
  cloud-init (docs/adr/0002-labels-and-taints-by-user-data.md).
- `ubuntu-eks`: a shell script that calls Canonical's `/etc/eks/bootstrap.sh`.
- `al2023`: a MIME document with a `NodeConfig` for Amazon's `nodeadm`.
- `bottlerocket`: its settings, in TOML (`bottlerocket.py`).

The result is plain text; the launch template wants it through `base64encode`. What is known
only after `apply` comes as a Terraform expression and stays one.

Pure Python: no CDKTF, no AWS, no clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from constructs_lib.tables.node_image import Family
from constructs_lib.tables.user_data import bottlerocket
from constructs_lib.tables.user_data.registered import (
    EFFECTS,
    NO_VALUE,
    Effect,
    Refused,
    Taint,
    refused_labels,
    refused_taints,
)

__all__ = [
    "AFTER_JOIN",
    "EFFECTS",
    "MAX_BYTES",
    "NODE_GROUP_FILE",
    "NO_VALUE",
    "ClusterConnection",
    "Effect",
    "InstanceStore",
    "Node",
    "Refused",
    "Taint",
    "largest_size",
    "refused_labels",
    "refused_taints",
    "render",
]

NODE_GROUP_FILE = "/etc/eks-node/node-group.json"
"""Where `eks-join` looks for a node group's settings."""

AFTER_JOIN = "/etc/eks-node/after-join"
"""A script that `eks-join` has run when it has started kubelet."""


def memory_kept_back(max_pods: int) -> int:
    """How many MiB of a node no pod gets, by the formula of all image families.

    255 and 11 a pod for kubelet and containerd, and 100 at which kubelet evicts pods.
    https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go
    """
    return 255 + 11 * max_pods + 100


@dataclass(frozen=True)
class ClusterConnection:
    """What the vendors' images need to reach the control plane.

    Every value may be a Terraform expression, e.g. `${aws_eks_cluster.control_plane.endpoint}`.
    """

    name: str
    endpoint: str
    """URL of the API server."""

    certificate_authority: str
    """PEM in base64, as EKS returns it."""

    service_ipv4_cidr: str
    """The cluster's service network; its tenth address is the cluster's DNS."""


InstanceStore = Literal["raid0", "mount"]

_STRATEGIES: Final = {"raid0": "RAID0", "mount": "Mount"}
"""What nodeadm calls them."""


@dataclass(frozen=True)
class Node:
    """What the nodes of a group are told beyond where their cluster is."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """They register with these."""

    taints: Sequence[Taint] = ()
    """They register with these."""

    max_pods: int | str | None = None
    """Limit of pods a node, or an expression that gives it; without it, what the network
    interfaces of the instance type allow."""

    kubelet: Mapping[str, Any] = field(default_factory=dict)
    """Other settings, in the words of a KubeletConfiguration."""

    instance_store: InstanceStore | None = None
    """What becomes of the instance type's own disks. For `packer` and `al2023`."""

    before: str | None = None
    """A script of the owner's, which runs before the node joins. Not for `bottlerocket`."""

    after: str | None = None
    """Another, which runs when it has. Not for `al2023` and `bottlerocket`."""

    warm_pool: bool = False
    """Whether they may have to wait in one before they join. For `packer` only."""


MAX_BYTES: Final = 16_384
"""Of user data before it is encoded: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html"""

_AT_LONGEST: Final = (
    # a stand-in for what only EKS says, each as long as it gets
    ("name", 100),
    ("endpoint", 100),
    ("certificate_authority", 2048),
    ("service_ipv4_cidr", 18),
)


def largest_size(family: Family, node: Node) -> int:
    """How many bytes the user data of a node group can have, once EKS has named its own."""
    cluster = ClusterConnection(**{part: "x" * length for part, length in _AT_LONGEST})
    return len(render(family, node, cluster=cluster).encode())


def render(family: Family, node: Node, *, cluster: ClusterConnection | None) -> str:
    """Render the user data of a node group.

    Args:
        family: whose image the nodes run.
        node: what its nodes are told.
        cluster: not used for `packer`, whose nodes ask EKS themselves; None for nodes that EKS
            manages and tells itself.

    Returns:
        Text for `base64encode`; empty when the image needs none.

    Raises:
        ValueError: a label or taint that kubelet would refuse; all of them, one a line.
    """
    refused = [*refused_labels(node.labels), *refused_taints(node.taints)]
    if refused:
        raise ValueError("\n".join(map(str, refused)))
    if family == "packer":
        return _cloud_config(node)
    if family == "bottlerocket":
        return _settings(cluster, node)
    if family == "ubuntu-eks" and cluster is not None:
        return _bootstrap_script(cluster, node)
    return _node_config(cluster, node)


def _cloud_config(node: Node) -> str:
    """Render cloud-config for our image. JSON is YAML, so no text has to be escaped by hand."""
    settings: dict[str, Any] = {}
    if node.labels:
        settings["labels"] = dict(node.labels)
    if node.taints:
        settings["taints"] = _taints_as_json(node.taints)
    if node.max_pods is not None:
        settings["maxPods"] = node.max_pods
    if node.kubelet:
        settings["kubelet"] = dict(node.kubelet)
    if node.instance_store is not None:
        settings["instanceStore"] = node.instance_store
    if node.warm_pool:
        settings["warmPool"] = True
    files = []
    if settings:
        content = _json(settings, node.max_pods) + "\n"
        files.append({"path": NODE_GROUP_FILE, "permissions": "0644", "content": content})
    if node.after is not None:
        files.append({"path": AFTER_JOIN, "permissions": "0700", "content": node.after})
    text = "#cloud-config\n" + json.dumps({"write_files": files}, indent=2) + "\n" if files else ""
    if node.before is None:
        return text
    parts = [("text/cloud-config", text)] if text else []
    return _mime([*parts, (_SCRIPT, node.before)])


def _settings(cluster: ClusterConnection | None, node: Node) -> str:
    """Render Bottlerocket's settings; EKS adds those of the cluster where it makes the nodes."""
    connection: dict[str, str] = {}
    if cluster is not None:
        connection = {
            "api-server": cluster.endpoint,
            "cluster-certificate": cluster.certificate_authority,
            "cluster-name": cluster.name,
        }
    return bottlerocket.settings(connection, node.labels, node.taints, node.max_pods, node.kubelet)


def _bootstrap_script(cluster: ClusterConnection, node: Node) -> str:
    """Render a call of the Ubuntu EKS image's bootstrap script.

    https://github.com/eksctl-io/eksctl/tree/main/pkg/nodebootstrap calls the same arguments.
    """
    arguments = [
        f"--apiserver-endpoint {_in_quotes(cluster.endpoint)}",
        f"--b64-cluster-ca {_in_quotes(cluster.certificate_authority)}",
        # The network is at most a /24, so its tenth address differs in the last number only;
        # cut in the shell, because Terraform may not know the network before apply.
        # https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
        f'--dns-cluster-ip "$(cut -d . -f 1-3 <<< {_in_quotes(cluster.service_ipv4_cidr)}).10"',
    ]
    kubelet_flags = _label_flags(node.labels)
    if node.taints:
        kubelet_flags.append("--register-with-taints=" + ",".join(map(str, node.taints)))
    if node.max_pods is not None:
        arguments.append("--use-max-pods false")
        kubelet_flags.append(f"--max-pods={node.max_pods}")
    lines = ["#!/bin/bash", "set -o errexit -o nounset -o pipefail"]
    if node.kubelet:
        lines += _drop_in(node.kubelet)
        kubelet_flags.append(f"--config-dir={_DROP_INS}")
    if kubelet_flags:
        arguments.append(f"--kubelet-extra-args {_in_quotes(' '.join(kubelet_flags))}")
    if node.before is not None:
        lines += _script("before-join", node.before)
        lines += [f"{_SCRIPTS}/before-join || echo before-join has failed, the node joins anyway"]
    lines += [" \\\n  ".join([f"/etc/eks/bootstrap.sh {_in_quotes(cluster.name)}", *arguments])]
    if node.after is not None:
        lines += [*_script("after-join", node.after), f"{_SCRIPTS}/after-join"]
    return "\n".join([*lines, ""])


_SCRIPTS: Final = "/etc/eks"


def _script(name: str, text: str) -> list[str]:
    """Write a script of the owner's, to the letter: the word that ends it is none of its lines."""
    end = "SCRIPT"
    while end in text.splitlines():
        end += "_"
    script = text.removesuffix("\n")
    return [f"install -m 0700 /dev/stdin {_SCRIPTS}/{name} <<'{end}'", script, end]


_DROP_INS: Final = "/etc/kubernetes/kubelet/config.d"


def _drop_in(settings: Mapping[str, Any]) -> list[str]:
    """Write what kubelet merges over its configuration, which the image keeps for itself.

    https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/#kubelet-conf-d
    """
    kind = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
    return [
        f"mkdir --parents {_DROP_INS}",
        f"cat >{_DROP_INS}/40-node-group.conf <<'SETTINGS'",
        json.dumps({**kind, **settings}, indent=2),
        "SETTINGS",
    ]


def _node_config(cluster: ClusterConnection | None, node: Node) -> str:
    """Render nodeadm's configuration as MIME, its JSON being YAML as well.

    https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/
    """
    config = dict(node.kubelet)
    if node.max_pods is not None:
        config["maxPods"] = node.max_pods
    if node.taints:
        config["registerWithTaints"] = _taints_as_json(node.taints)
    kubelet: dict[str, Any] = {}
    if config:
        kubelet["config"] = config
    if node.labels:
        kubelet["flags"] = _label_flags(node.labels)
    spec: dict[str, Any] = {}
    if cluster is not None:
        spec["cluster"] = {
            "name": cluster.name,
            "apiServerEndpoint": cluster.endpoint,
            "certificateAuthority": cluster.certificate_authority,
            "cidr": cluster.service_ipv4_cidr,
        }
    if kubelet:
        spec["kubelet"] = kubelet
    if node.instance_store is not None:
        local = {"strategy": _STRATEGIES[node.instance_store]}
        spec["instance"] = {"localStorage": local}
    parts = [] if node.before is None else [(_SCRIPT, node.before)]
    if spec:
        config = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
        parts.append(("application/node.eks.aws", _json(config, node.max_pods, indent=2) + "\n"))
    return _mime(parts) if parts else ""


_SCRIPT: Final = "text/x-shellscript"


def _mime(parts: Sequence[tuple[str, str]]) -> str:
    """Put texts and their types into one document.

    https://cloudinit.readthedocs.io/en/latest/explanation/format.html
    """
    boundary = "NODE-CONFIG"
    while any(f"--{boundary}" in text for _, text in parts):
        boundary += "-"
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{boundary}"', ""]
    for kind, text in parts:
        lines += [f"--{boundary}", f"Content-Type: {kind}", "", text.removesuffix("\n")]
    return "\n".join([*lines, f"--{boundary}--", ""])


def _json(data: Mapping[str, Any], number: int | str | None, indent: int | None = None) -> str:
    """`data` as JSON, in which an expression that gives `number` stands without quotes."""
    text = json.dumps(data, indent=indent)
    return text.replace(json.dumps(number), number) if isinstance(number, str) else text


def _in_quotes(text: str) -> str:
    """`text` as one word of the shell, in quotes whatever it is: shlex leaves some out."""
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"


def _label_flags(labels: Mapping[str, str]) -> list[str]:
    """Kubelet takes labels by flag only; no field of its configuration holds them."""
    if not labels:
        return []
    return ["--node-labels=" + ",".join(f"{key}={value}" for key, value in labels.items())]


def _taints_as_json(taints: Sequence[Taint]) -> list[dict[str, str]]:
    return [{"key": t.key, "value": t.value, "effect": t.effect} for t in taints]
