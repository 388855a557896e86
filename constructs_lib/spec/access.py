"""Who gets into the cluster."""

from typing import Annotated

from pydantic import Strict

from constructs_lib.spec.section import Section
from constructs_lib.spec.types import RoleArn, Text, UserArn

ADMIN_GROUP = "system:masters"
"""The RBAC group that may do everything."""


class IdentitySpec(Section):
    """Who an IAM principal is inside the cluster."""

    username: Text
    """Name in the audit log and for RBAC."""

    groups: Annotated[tuple[Text, ...], Strict(False)] = ()
    """RBAC groups; `system:masters` may do everything. None by default."""


class MapRoleSpec(IdentitySpec):
    """An IAM role that is let into the cluster."""

    rolearn: RoleArn
    """ARN of the role, without its path."""


class MapUserSpec(IdentitySpec):
    """An IAM user that is let into the cluster."""

    userarn: UserArn
    """ARN of the user."""
