"""How pods get IAM roles."""

import json
from collections.abc import Iterator
from typing import get_args

from constructs_lib import naming
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import HANDLER, drained
from constructs_lib.spec.pod_identity import PodRoleSpec, StatementSpec, Way
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
from constructs_lib.spec.wanted_addons import (
    AGENT,
    AUTOSCALER,
    asked_for,
    gets_a_role,
    wanted,
)
from constructs_lib.tables import addon_identities, controllers


@rule
def two_sections_agree_on_kube2iam(spec: ClusterSpec) -> Iterator[Wrong]:
    """`kube2iam.enabled` said it alone before there were other ways."""
    is_written = "enabled" in spec.kube2iam.model_fields_set
    by = spec.pod_identity.by
    if is_written and spec.kube2iam.enabled and "kube2iam" not in by:
        yield Wrong(
            ("kube2iam", "enabled"),
            "is on, and pod_identity does not name kube2iam",
            "add it there, or delete this key",
        )
    named = "by" in spec.pod_identity.model_fields_set and "kube2iam" in by
    if named and not spec.kube2iam.enabled:
        what = "is off, and pod_identity names kube2iam"
        yield Wrong(("kube2iam", "enabled"), what, "delete it there, or this key")


@rule
def pod_identity_has_its_agent(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html"""
    if spec.gives_roles_by("eks_pod_identity") and AGENT not in wanted(spec):
        yield Wrong(
            ("pod_identity",),
            f"has eks_pod_identity, and no pod gets a role without the add-on {AGENT}",
            f"add addons: {{{AGENT}: {{addon_version: eks_default}}}}",
            got=None,
        )


@rule
def roles_reach_pods(spec: ClusterSpec) -> Iterator[Wrong]:
    """A role that no pod can get is a mistake."""
    if spec.pod_identity.roles and not any(map(spec.gives_roles_by, get_args(Way))):
        what = "is for pods, which get none"
        yield Wrong(("pod_identity", "roles"), what, "name a way in pod_identity.by", got=None)


@rule
def service_accounts_have_one_role(spec: ClusterSpec) -> Iterator[Wrong]:
    """EKS takes one association for a service account."""
    seen: dict[tuple[str, str], str] = {}
    for key, role in spec.pod_identity.roles.items():
        other = seen.setdefault((role.namespace, role.service_account), key)
        if other != key:
            yield Wrong(
                ("pod_identity", "roles", key, "service_account"),
                f"has the role {other} already",
                "give all it may do to one of the two",
            )


@rule
def the_clusters_own_accounts_have_a_role(spec: ClusterSpec) -> Iterator[Wrong]:
    """What the cluster runs itself has its association already."""
    own = {
        (needs.namespace, needs.service_account): addon
        for addon, needs in addon_identities.POLICIES.items()
        if gets_a_role(spec, addon)
    }
    if spec.cluster_autoscaler.enabled:
        own["kube-system", AUTOSCALER] = AUTOSCALER
    own |= {controllers.ACCOUNTS[name]: name for name in spec.controllers.wanted()}
    if drained(spec.node_groups):
        own["kube-system", HANDLER] = HANDLER
    for key, role in spec.pod_identity.roles.items():
        if (other := own.get((role.namespace, role.service_account))) is not None:
            where = ("pod_identity", "roles", key, "service_account")
            yield Wrong(where, f"has a role already, which is made for {other}", "delete this one")


@rule
def roles_may_do_something(role: PodRoleSpec) -> Iterator[Wrong]:
    """One without rights is of no use."""
    if not role.policies and not role.statements:
        yield Wrong((), "may do nothing", "add policies or statements", got=None)


@rule
def the_policy_of_a_role_fits(role: PodRoleSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    size = sum(map(_size, role.statements))
    if size > MAX_INLINE:
        what = f"make a policy of {size} characters or more, and IAM takes {MAX_INLINE}"
        todo = "use wildcards, or name a managed policy of yours in policies"
        yield Wrong(("statements",), what, todo, got=None)


MAX_INLINE = 10_240
"""Characters of the policies that stand in a role, without white space."""


def _size(statement: StatementSpec) -> int:
    """The fewest characters of a statement in JSON."""
    parts = {
        "Effect": "Allow",
        "Action": statement.actions,
        "Resource": statement.resources,
        "Condition": statement.conditions,
    }
    return len(json.dumps(parts, separators=(",", ":")))


@rule
def every_resource_is_named(statement: StatementSpec) -> Iterator[Wrong]:
    """What is allowed on everything is so by word only."""
    for index, resource in enumerate(statement.resources):
        if resource == "*" and not statement.any_resource:
            yield Wrong(
                ("resources", index),
                "is every resource of the account",
                "name the ones you mean, or say any_resource: true beside it",
            )
    if statement.any_resource and "*" not in statement.resources:
        what = "has no effect without * among the resources"
        yield Wrong(("any_resource",), what, "delete it")


@rule
def policies_are_of_the_partition(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    partition = naming.partition(spec.region)
    for key, role in spec.pod_identity.roles.items():
        places: list[tuple[Where, str]] = [
            (("policies", index), arn) for index, arn in enumerate(role.policies)
        ]
        if role.permissions_boundary is not None:
            places.append((("permissions_boundary",), role.permissions_boundary))
        for where, arn in places:
            if arn.split(":")[1] != partition:
                yield Wrong(
                    ("pod_identity", "roles", key, *where),
                    f"is not of {spec.region}'s partition",
                    f"write arn:{partition}:...",
                )


@rule
def role_names_fit(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    asked = asked_for(spec)
    names: list[tuple[Where, str]] = [
        (("pod_identity", "roles", key), naming.pod_role(spec.name, key))
        for key in spec.pod_identity.roles
    ] + [
        (asked.get(addon, ("addons", addon)), naming.addon_role(spec.name, addon))
        for addon in wanted(spec)
        if gets_a_role(spec, addon)
    ]
    prefix = spec.iam.name_prefix or ""
    for where, name in ((where, f"{prefix}{name}") for where, name in names):
        if len(name) > naming.ROLE_NAME_LIMIT:
            yield Wrong(
                where,
                f"makes a role name of {len(name)} characters, and IAM takes "
                f"{naming.ROLE_NAME_LIMIT}",
                "shorten the key, or the name of a cluster that is still to be made"
                if where[0] == "pod_identity"
                else "say service_account_role_arn with a role of yours in addons",
                got=name,
            )
