"""What runs in the cluster: EKS add-ons and manifests."""

from typing import Annotated, Any

from pydantic import Field, Strict

from constructs_lib.spec.section import Section, matching
from constructs_lib.spec.types import NOT_EMPTY, UNIQUE, Key, RoleArn, Text

EKS_DEFAULT = "eks_default"
"""In place of a version: the one that EKS prefers."""

ManifestKey = Annotated[
    Key,
    matching(
        r"(?!kube2iam$).*", "is the project's own manifest", "use the section kube2iam for it"
    ),
    matching(
        r"(?!node-termination-handler$).*",
        "is the project's own manifest",
        "use drain in a node group for it",
    ),
]


class AddonSpec(Section):
    """An EKS add-on.

    https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html
    """

    addon_version: (
        Annotated[
            str,
            matching(
                rf"{EKS_DEFAULT}|v\d+\.\d+\.\d+-eksbuild\.\d+",
                "is not an add-on version",
                "write eks_default, or one like v1.20.4-eksbuild.1; "
                "`aws eks describe-addon-versions` lists them",
            ),
        ]
        | None
    ) = None
    """Version to run: one that stays, or `eks_default` for the one that EKS prefers for the
    cluster's version, looked up by each plan. Without either, the add-on stays at the version that
    EKS preferred when it was made."""

    preserve: bool | None = None
    """Whether the software stays in the cluster, unmanaged, when the add-on is deleted. By default
    on for `vpc-cni`, `kube-proxy` and `coredns`, without which no pod works, and off for others."""

    service_account_role_arn: RoleArn | None = None
    """Role of yours for the add-on's service account, which must trust the cluster's OIDC provider.
    By default one is made here for the CSI drivers of EBS and EFS and CloudWatch's agent, where
    `pod_identity` has `eks_pod_identity` or `irsa`; the pods of others have no rights in AWS,
    unless they run in the nodes' network as vpc-cni's do. One that needs a role is warned of."""

    configuration_values: dict[str, Any] | None = None
    """Settings in the add-on's own schema; by default its own defaults."""


class ManifestSpec(Section):
    """Kubernetes YAML that is applied to the cluster."""

    path: (
        Annotated[
            Text,
            matching(
                r"(?!/)((?!\.\./).)*",
                "is not a path inside the project",
                "write it from the project's root, without .. in it",
            ),
        ]
        | None
    ) = None
    """The file, from the project's root; by default `manifests/<key>.yaml`."""

    after: Annotated[tuple[Text, ...], Strict(False), NOT_EMPTY, UNIQUE] | None = None
    """Keys of manifests that are applied before. By default the order is not given."""

    rollout_seconds: Annotated[int, Field(ge=1, le=3600)] | None = None
    """How long the apply waits until the Deployments, DaemonSets and StatefulSets of the manifest
    are rolled out, in seconds; it fails when they are not. By default it does not wait."""
