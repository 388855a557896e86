"""IAM roles for pods."""

from typing import Annotated, Literal

from constructs_lib.spec.section import Section, matching


class Kube2iamSpec(Section):
    """The DaemonSet that gives pods IAM roles of their own.

    https://github.com/jtblin/kube2iam
    """

    enabled: bool = True
    """Whether Terraform applies it. On by default, as in the chapter. Off takes from the nodes the
    right to assume the pods' roles; what runs in the cluster stays, see `remove`."""

    remove: bool = False
    """Whether, with `enabled: false`, the apply deletes from the cluster what
    `manifests/kube2iam.yaml` holds. Its rule for iptables stays on running nodes, which have to be
    replaced. Off by default."""

    role_path: (
        Annotated[
            str,
            matching(
                r"(?=.{1,512}$)/([\w+=,.@-]+/)+",
                "is not an IAM path",
                "write at most 512 characters between two slashes, like /lovelace/",
            ),
        ]
        | None
    ) = None
    """IAM path of the roles that pods may assume; by default `/<cluster>/`. A pod names such a
    role as `iam.amazonaws.com/role: <cluster>/<role>`. Roles elsewhere are out of its reach."""

    reach: Literal["path", "account"] = "path"
    """Which roles pods may assume, of those that trust the nodes' role: those below `role_path`
    (default), or every role of the account, as in the chapter: a node is then as strong as the
    strongest of them."""

    manifest: bool = True
    """Whether Terraform applies `manifests/kube2iam.yaml`. On by default; off where kube2iam was
    applied by hand and stays as it is."""

    namespace_restrictions: bool = False
    """Whether a pod gets a role only if its namespace lists it in the annotation
    `iam.amazonaws.com/allowed-roles`. Off by default: on, namespaces without it are cut off."""
