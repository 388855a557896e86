"""How the organisation wants the roles that a cluster makes."""

from typing import Annotated

from constructs_lib.spec.section import Section, matching
from constructs_lib.spec.types import PolicyArn

RolePath = Annotated[
    str,
    matching(
        r"(?=.{1,460}$)/([\w.,+=@-]+/)+",
        "is not a path of IAM",
        "write one that starts and ends with a slash, like /clusters/, of 460 characters at most",
    ),
]
"""IAM takes 512, and pods' roles have the cluster's name behind it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
NamePrefix = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][\w+=,.@-]{0,30}",
        "is no start of a role's name",
        "use at most 31 letters, digits, hyphens and underscores, like acme-",
    ),
]


class IamSpec(Section):
    """What the organisation wants of every role and instance profile that the cluster makes.

    Roles that others made, and those of services that AWS makes itself, are not touched.
    """

    permissions_boundary: PolicyArn | None = None
    """ARN of the policy that no role's rights go beyond; many an organisation lets roles be made
    with theirs alone. It has to allow what AWS's policies for EKS allow, or nodes do not join. None
    by default."""

    path: RolePath = "/"
    """IAM path of roles and instance profiles. For new clusters: another path is another role, and
    another role of the control plane is **another cluster**. With `adopted` it is the path
    of the roles that are there. `/` by default."""

    name_prefix: NamePrefix | None = None
    """What the names of roles and instance profiles start with, before the cluster's name; with
    that it has 50 characters at most. For new clusters, like `path`. None by default."""
