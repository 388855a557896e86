"""IAM roles for pods."""

from typing import Annotated

from constructs_lib.spec.section import Section, matching


class Kube2iamSpec(Section):
    """The DaemonSet that gives pods IAM roles of their own.

    https://github.com/jtblin/kube2iam
    """

    enabled: bool = True
    """Whether it runs. On by default, as in the chapter. Off, also takes from the nodes the right
    to take on the pods' roles."""

    role_path: (
        Annotated[
            str,
            matching(
                r"/([\w+=,.@-]+/)+",
                "is not an IAM path",
                "write one that begins and ends with a slash, like /lovelace/",
            ),
        ]
        | None
    ) = None
    """IAM path of the roles that pods may take on; by default `/<cluster>/`. A pod names such a
    role as `iam.amazonaws.com/role: <cluster>/<role>`. Roles elsewhere are out of its reach."""
