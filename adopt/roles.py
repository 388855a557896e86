"""The role of what a launch configuration or a launch template starts."""

from typing import Any

from adopt.parts import NODE_POLICIES
from adopt.state import Resource, State


def joins(state: State, template: Resource) -> bool:
    """Whether what a template starts may join a cluster: by the policy of its role."""
    role = role_of(state, template)
    return role is not None and any(
        arn.rpartition("/")[2] == NODE_POLICIES["eks_node"]
        for arn in (
            *role.texts("managed_policy_arns"),
            *(
                attachment.text("policy_arn")
                for attachment in state.of("aws_iam_role_policy_attachment")
                if attachment.text("role") == role.text("name")
            ),
        )
    )


def profile_of(state: State, template: Resource) -> Resource | None:
    """The instance profile of what a template starts."""
    name = template.values.get("iam_instance_profile")
    if isinstance(name, list):
        first: dict[str, Any] = (name or [{}])[0]
        name = first.get("name") or str(first.get("arn") or "").rpartition("/")[2]
    return state.find("aws_iam_instance_profile", name=name)


def role_of(state: State, template: Resource) -> Resource | None:
    """The role of what a template starts."""
    profile = profile_of(state, template)
    return profile and state.find("aws_iam_role", name=profile.text("role"))
