"""User data of a node: what an image has to be told at its first boot, per image family.

Three contracts, one for each family of `node_image.Family`:

- `packer`: our image finds its cluster by the instance's tag, so there is nothing to say,
  except a node group's own labels, taints and pod limit: a file for `eks-join`, written by
  cloud-init (docs/adr/0002-labels-and-taints-by-user-data.md).
- `ubuntu-eks`: a shell script that calls Canonical's `/etc/eks/bootstrap.sh`.
- `al2023`: a MIME document with a `NodeConfig` for Amazon's `nodeadm`.

The result is plain text; the launch template wants it through `base64encode`. What is known
only after `apply` comes as a Terraform expression and stays one.

Pure Python: no CDKTF, no AWS, no clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

from constructs_lib.tables.node_image import Family

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]

EFFECTS: tuple[Effect, ...] = get_args(Effect)

NODE_GROUP_FILE = "/etc/eks-node/node-group.json"
"""Where `eks-join` looks for a node group's labels, taints and pod limit."""

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PREFIX_LENGTH = 253

# The labels of Kubernetes' own domains that a kubelet may give itself; with any other it
# refuses to start. https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
_OWN_DOMAINS = ("kubernetes.io", "k8s.io")
_ALLOWED_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")
_ALLOWED_LABELS = frozenset(
    {
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)


_NO_NAME: Final = "is not a Kubernetes name"
_LIKE_A_NAME: Final = "write it like team or example.com/team"
NO_VALUE: Final = "has a value that Kubernetes refuses"
_LIKE_A_VALUE: Final = (
    "use at most 63 letters, digits, - _ . and begin and end with a letter or digit"
)


def memory_kept_back(max_pods: int) -> int:
    """Return how many MiB of a node no pod gets, by the formula of all image families.

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


@dataclass(frozen=True)
class Taint:
    """A taint the node registers with: `key=value:effect`."""

    key: str
    value: str
    effect: Effect

    def __str__(self) -> str:
        """Return the form `kubectl taint` and kubelet's flag use."""
        return f"{self.key}={self.value}:{self.effect}"


class Refused(NamedTuple):
    """What kubelet or the API server would refuse of a node group's labels or taints."""

    at: tuple[str | int, ...]
    """The label's key, or the taint's place and its field."""

    what: str
    todo: str

    def __str__(self) -> str:
        """The sentence, with the place in front."""
        return f"{'.'.join(map(str, self.at))} {self.what}; {self.todo}"


def refused_labels(labels: Mapping[str, str]) -> Iterator[Refused]:
    """Say what kubelet or the API server would refuse about a node group's labels.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    for key, value in labels.items():
        if not _is_qualified_name(key):
            yield Refused((key,), _NO_NAME, _LIKE_A_NAME)
        elif not _kubelet_may_set(key):
            yield Refused(
                (key,),
                "is a label of Kubernetes' own that kubelet refuses to set",
                "use a prefix of your own or node.kubernetes.io/",
            )
        if not _is_value(value):
            yield Refused((key,), NO_VALUE, _LIKE_A_VALUE)


def refused_taints(taints: Sequence[Taint]) -> Iterator[Refused]:
    """Say what kubelet or the API server would refuse about a node group's taints."""
    seen = set()
    for index, taint in enumerate(taints):
        if not _is_qualified_name(taint.key):
            yield Refused((index, "key"), _NO_NAME, _LIKE_A_NAME)
        if not _is_value(taint.value):
            yield Refused((index, "value"), NO_VALUE, _LIKE_A_VALUE)
        if taint.effect not in EFFECTS:
            yield Refused((index, "effect"), "is not an effect", f"use one of {', '.join(EFFECTS)}")
        if (taint.key, taint.effect) in seen:
            yield Refused((index, "key"), "has this effect twice", "keep one of the two")
        seen.add((taint.key, taint.effect))


MAX_BYTES: Final = 16_384
"""Of user data before it is encoded: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html"""

_AT_LONGEST: Final = (
    # a stand-in for what only EKS says, each as long as it gets
    ("name", 100),
    ("endpoint", 100),
    ("certificate_authority", 2048),
    ("service_ipv4_cidr", 18),
)


def largest_size(
    family: Family,
    *,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
    max_pods: int | str | None = None,
) -> int:
    """Return how many bytes the user data of a node group can have, once EKS has named its own."""
    cluster = ClusterConnection(**{part: "x" * length for part, length in _AT_LONGEST})
    text = render(family, cluster=cluster, labels=labels, taints=taints, max_pods=max_pods)
    return len(text.encode())


def render(
    family: Family,
    *,
    cluster: ClusterConnection | None,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
    max_pods: int | str | None = None,
) -> str:
    """Render the user data of a node group.

    Args:
        family: whose image the nodes run.
        cluster: not used for `packer`, whose nodes ask EKS themselves; None for nodes that EKS
            manages and tells itself.
        labels: the node registers with them.
        taints: the node registers with them.
        max_pods: limit of pods a node, or an expression that gives it; without it, what the
            network interfaces of the instance type allow.

    Returns:
        Text for `base64encode`; empty when the image needs none.

    Raises:
        ValueError: a label or taint that kubelet would refuse; all of them, one a line.
    """
    refused = [*refused_labels(labels), *refused_taints(taints)]
    if refused:
        raise ValueError("\n".join(map(str, refused)))
    if family == "packer":
        return _cloud_config(labels, taints, max_pods)
    if family == "ubuntu-eks" and cluster is not None:
        return _bootstrap_script(cluster, labels, taints, max_pods)
    return _node_config(cluster, labels, taints, max_pods)


def _cloud_config(
    labels: Mapping[str, str], taints: Sequence[Taint], max_pods: int | str | None
) -> str:
    """Render cloud-config for our image. JSON is YAML, so no text has to be escaped by hand."""
    settings: dict[str, Any] = {}
    if labels:
        settings["labels"] = dict(labels)
    if taints:
        settings["taints"] = _taints_as_json(taints)
    if max_pods is not None:
        settings["maxPods"] = max_pods
    if not settings:
        return ""
    file = {
        "path": NODE_GROUP_FILE,
        "permissions": "0644",
        "content": _json(settings, max_pods) + "\n",
    }
    return "#cloud-config\n" + json.dumps({"write_files": [file]}, indent=2) + "\n"


def _bootstrap_script(
    cluster: ClusterConnection,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
    max_pods: int | str | None,
) -> str:
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
    kubelet_flags = _label_flags(labels)
    if taints:
        kubelet_flags.append("--register-with-taints=" + ",".join(map(str, taints)))
    if max_pods is not None:
        arguments.append("--use-max-pods false")
        kubelet_flags.append(f"--max-pods={max_pods}")
    if kubelet_flags:
        arguments.append(f"--kubelet-extra-args {_in_quotes(' '.join(kubelet_flags))}")
    command = " \\\n  ".join([f"/etc/eks/bootstrap.sh {_in_quotes(cluster.name)}", *arguments])
    return f"#!/bin/bash\nset -o errexit -o nounset -o pipefail\n{command}\n"


def _node_config(
    cluster: ClusterConnection | None,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
    max_pods: int | str | None,
) -> str:
    """Render nodeadm's configuration as MIME, its JSON being YAML as well.

    https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/
    """
    config: dict[str, Any] = {}
    if max_pods is not None:
        config["maxPods"] = max_pods
    if taints:
        config["registerWithTaints"] = _taints_as_json(taints)
    kubelet: dict[str, Any] = {}
    if config:
        kubelet["config"] = config
    if labels:
        kubelet["flags"] = _label_flags(labels)
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
    if not spec:
        return ""
    node_config = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    return "\n".join(
        [
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="NODE-CONFIG"',
            "",
            "--NODE-CONFIG",
            "Content-Type: application/node.eks.aws",
            "",
            _json(node_config, max_pods, indent=2),
            "--NODE-CONFIG--",
            "",
        ]
    )


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


def _is_qualified_name(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    if slash and not (_PREFIX.fullmatch(prefix) and len(prefix) <= _PREFIX_LENGTH):
        return False
    return bool(_NAME.fullmatch(name))


def _is_value(value: str) -> bool:
    return value == "" or bool(_NAME.fullmatch(value))


def _kubelet_may_set(key: str) -> bool:
    prefix = key.rpartition("/")[0]
    if not _is_within(prefix, _OWN_DOMAINS):
        return True
    return key in _ALLOWED_LABELS or _is_within(prefix, _ALLOWED_PREFIXES)


def _is_within(domain: str, parents: Sequence[str]) -> bool:
    return any(domain == parent or domain.endswith(f".{parent}") for parent in parents)
