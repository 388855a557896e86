"""Who gets into the cluster."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Strict

from constructs_lib.spec.section import Section, not_a_choice
from constructs_lib.spec.types import RoleArn, Text, UserArn

ADMIN_GROUP = "system:masters"
"""The RBAC group that may do everything."""


By = Literal["config_map", "access_entries"]


class AccessSpec(Section):
    """How IAM principals get into the cluster.

    https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "properties": {"authentication_mode": {"const": "API"}},
                "required": ["authentication_mode"],
            },
            "then": {"properties": {"by": {"const": "access_entries"}}, "required": ["by"]},
        }
    )

    by: By = "config_map"
    """By the aws-auth ConfigMap (the chapter's way, the default) or by EKS access entries, which
    AWS recommends since it deprecated the ConfigMap."""

    authentication_mode: Literal["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"] = "API_AND_CONFIG_MAP"
    """What EKS knows principals by. `CONFIG_MAP` is what a cluster has that never said; `API` knows
    access entries alone. EKS moves on from left to right, one step an apply, and never back."""

    creator_admin: bool = True
    """Whether the principal that creates the cluster is one of its administrators. It cannot be
    changed: another value is another cluster."""


def _in_one_word(value: Any) -> Any:
    """The short form: ``access: config_map``."""
    if not isinstance(value, str):
        return value
    choices = get_args(By)
    if value not in choices:
        raise not_a_choice(choices)
    return {"by": value}


Access = Annotated[
    AccessSpec, BeforeValidator(_in_one_word, json_schema_input_type=By | AccessSpec)
]


class IdentitySpec(Section):
    """Who an IAM principal is inside the cluster."""

    username: Text | None = None
    """Name in the audit log and for RBAC."""

    groups: Annotated[tuple[Text, ...], Strict(False)] = ()
    """RBAC groups; `system:masters` may do everything. None by default."""


class MapRoleSpec(IdentitySpec):
    """An IAM role that is let into the cluster."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"type": {"const": "EC2_LINUX"}}, "required": ["type"]},
            "then": {"properties": {"username": False, "groups": False}},
            "else": {"required": ["username"]},
        }
    )

    username: Text | None = None
    """Name in the audit log and for RBAC; needed for people and programs, and given by EKS to
    nodes."""

    rolearn: RoleArn
    """ARN of the role as IAM shows it. Its path, which EKS does not look at in the aws-auth
    ConfigMap, is left out there."""

    type: Literal["STANDARD", "EC2_LINUX"] = "STANDARD"
    """Whose role it is: people's and programs' (`STANDARD`, the default), or that of further nodes
    (`EC2_LINUX`), such as those of another tool. Nodes have no `username` and no `groups`."""


class MapUserSpec(IdentitySpec):
    """An IAM user that is let into the cluster."""

    username: Text
    """Name in the audit log and for RBAC."""

    userarn: UserArn
    """ARN of the user."""
