"""IAM: what a change newly allows or lets in, and what stops when something goes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from plan_review.facts import Facts, once
from plan_review.facts.policies import Grant, added, policy_argument, principals
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_EKS_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
OF_AN_IDENTITY: Final = (
    "aws_iam_policy",
    "aws_iam_role_policy",
    "aws_iam_user_policy",
    "aws_iam_group_policy",
    "aws_ssoadmin_permission_set_inline_policy",
)
_OF_A_RESOURCE: Final = (
    "aws_ecr_repository_policy",
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_s3_bucket_policy",
    "aws_secretsmanager_secret_policy",
    "aws_sns_topic_policy",
    "aws_sqs_queue_policy",
)
ATTACHMENTS: Final = (
    "aws_iam_role_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
)
_ALL_POWERFUL: Final = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
VITAL: Final = {
    "AmazonEKSClusterPolicy": "the control plane can no longer manage its interfaces",
    "AmazonEKSWorkerNodePolicy": "nodes can no longer join, and go NotReady",
    "AmazonEKSWorkerNodeMinimalPolicy": "nodes can no longer join, and go NotReady",
    "AmazonEKS_CNI_Policy": "new pods get no address",
    "AmazonEC2ContainerRegistryReadOnly": "images can no longer be pulled",
    "AmazonEC2ContainerRegistryPullOnly": "images can no longer be pulled",
}
"""What IAM07 tells of, as a disruption."""
_SAME: Final = (
    {"AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly"},
    {"AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"},
)


def _documents(facts: Facts) -> Iterator[tuple[ResourceChange, Json, Json]]:
    """Every permission policy that this plan writes, before and after."""
    for change in facts.of(*OF_AN_IDENTITY, "aws_iam_role"):
        if change.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE):
            continue
        if change.type != "aws_iam_role":
            name = policy_argument(change)
            yield change, change.old(name), change.new(name)
            continue
        before = inline_policies(change.old_list("inline_policy"))
        for name, policy in inline_policies(change.new_list("inline_policy")).items():
            yield change, before.get(name), policy


def inline_policies(entries: list[Json]) -> dict[str, Json]:
    """The policies in a role's own argument, by name."""
    return {
        str(entry.get("name")): entry.get("policy") for entry in entries if isinstance(entry, dict)
    }


@once
def _additions(facts: Facts) -> list[tuple[ResourceChange, list[Grant]]]:
    found = ((change, added(before, after)) for change, before, after in _documents(facts))
    return [(change, grants) for change, grants in found if grants]


def shown_grants(grants: list[Grant]) -> str:
    """The first of some grants, or denials, as a rule quotes them."""
    return codes((f"{grant.action} on {grant.resource}" for grant in grants), 3)


@rule(
    "IAM01",
    Level.SECURITY,
    when="a policy newly allows every action of a service, or an existing one newly allows more "
    "than reading on every resource; review where a new policy allows the latter, or a condition "
    "narrows it",
    title="New wildcard permission: {grants}",
    why="Only what this plan adds is named. Whoever holds the policy may do it to everything.",
    action="Name the actions and the resources.",
    source=f"{_GUIDE}/best-practices.html",
)
def wildcard_is_added(facts: Facts) -> Iterator[Match]:
    """A difference of grants, not the end state."""
    for change, grants in _additions(facts):
        is_new = change.action is Action.CREATE
        every = [grant for grant in grants if grant.is_every_action]
        wide = [
            grant
            for grant in grants
            if grant.is_everywhere and not grant.is_read and not grant.is_powerful
        ]
        if every:
            yield Match(change.address, {"grants": shown_grants(every)})
        elif wide:
            mild = is_new or all(grant.condition for grant in wide)
            yield Match(
                change.address, {"grants": shown_grants(wide)}, Level.REVIEW if mild else None
            )


@rule(
    "IAM02",
    Level.SECURITY,
    when="a policy newly allows, on every resource, an action that leads to other permissions "
    "or to secrets, or an action that assumes roles in whatever account; review where a condition "
    "narrows it",
    title="New permission that leads further: {grants}",
    why="With it, its holder can give itself other permissions, or read what is meant to be "
    "secret.",
    action="Name the roles, keys or secrets it is meant for; add a condition.",
    source=f"{_GUIDE}/id_roles_use_passrole.html",
)
def escalation_is_added(facts: Facts) -> Iterator[Match]:
    """PassRole, CreatePolicyVersion, AssumeRole and their like on `*`."""
    for change, grants in _additions(facts):
        found = [
            grant
            for grant in grants
            if grant.is_powerful
            and grant.action != "*"
            and (grant.is_everywhere or grant.is_in_every_account)
        ]
        if found:
            narrowed = all(grant.condition for grant in found)
            yield Match(
                change.address, {"grants": shown_grants(found)}, Level.REVIEW if narrowed else None
            )


@rule(
    "IAM13",
    Level.REVIEW,
    when="a permission policy that exists is written anew, and known only after the apply",
    title="What a policy will allow is known only after the apply",
    why="It refers to something that this plan makes or changes, so what it adds and takes away "
    "cannot be reviewed.",
    action="Read the policy in the code, or apply what it refers to first and plan again.",
    source=f"{_GUIDE}/access_policies_manage-edit.html",
)
def policy_is_unknown(facts: Facts) -> Iterator[Match]:
    """A new policy is not told: what it refers to is often made by the same plan."""
    resources = (
        (change, change.old("policy"), change.new("policy"))
        for change in facts.of(*_OF_A_RESOURCE)
        if change.action is Action.UPDATE
    )
    for change, before, after in chain(_documents(facts), resources):
        name = policy_argument(change)
        if after is UNKNOWN and before and facts.is_set(change, name) is not False:
            yield Match(change.address)


@rule(
    "IAM03",
    Level.SECURITY,
    when="a role newly trusts somebody; review for an AWS service, and where the trust is known "
    "only after the apply",
    title="A role newly trusts {who}",
    why="Whoever is trusted can act with everything the role may do.",
    action="Check each of them, and the conditions (external id, OIDC subject).",
    source=f"{_GUIDE}/id_roles_create_for-user.html",
)
def trust_is_added(facts: Facts) -> Iterator[Match]:
    """A new role's trust is part of its making; only everybody is worth a word."""
    for role in facts.of("aws_iam_role"):
        new = role.new("assume_role_policy")
        if role.action is Action.CREATE:
            if any(who.is_anyone for who in principals(new)):
                yield Match(role.address, {"who": "everybody"})
            every = {who.identity for who in principals(new) if who.is_any_subject}
            if every:
                yield Match(role.address, {"who": f"whoever has a token of {codes(sorted(every))}"})
        elif role.action in (Action.UPDATE, Action.REPLACE):
            if new is UNKNOWN:
                if role.action is Action.UPDATE:
                    who = "somebody known only after the apply"
                    yield Match(role.address, {"who": who}, Level.REVIEW)
                continue
            old = principals(role.old("assume_role_policy"))
            more = {who for who in principals(new) if not any(one.covers(who) for one in old)}
            if more:
                yield Match(
                    role.address,
                    {"who": codes(sorted(who.identity for who in more), 3)},
                    Level.REVIEW if all(who.is_service for who in more) else None,
                )


@rule(
    "IAM09",
    Level.DISRUPTION,
    when="a role stops trusting somebody; review where it asks for more conditions",
    title="A role no longer trusts {who}",
    why="What assumes the role that way fails from then on.",
    action="Check that nothing uses it any more.",
    source=f"{_GUIDE}/id_roles_manage_modify.html",
)
def trust_is_taken_away(facts: Facts) -> Iterator[Match]:
    """A principal whose conditions are others is told as newly trusted instead."""
    for role in facts.of("aws_iam_role"):
        new = role.new("assume_role_policy")
        if role.action is Action.UPDATE and new is not UNKNOWN:
            kept = {who.identity for who in principals(new)}
            old = principals(role.old("assume_role_policy"))
            less = {who.identity for who in old} - kept
            if less:
                yield Match(role.address, {"who": codes(sorted(less), 3)})
            narrower = {
                who.identity
                for who in old - principals(new)
                if who.identity in kept
                and not any(one.covers(who) for one in principals(new))
                and any(who.covers(one) for one in principals(new))
            }
            if narrower:
                shown = f"{codes(sorted(narrower), 3)} without more conditions"
                yield Match(role.address, {"who": shown}, Level.REVIEW)


@rule(
    "IAM04",
    Level.SECURITY,
    when="a permissions boundary is removed",
    title="A permissions boundary is removed",
    why="Was: {old}. Nothing limits any more what the policies of {name} add up to.",
    action="Keep the boundary, or say in the pull request why it may go.",
    source=f"{_GUIDE}/access_policies_boundaries.html",
)
def boundary_is_lost(facts: Facts) -> Iterator[Match]:
    """Boundaries are often an organisation's rule."""
    for change in facts.of("aws_iam_role", "aws_iam_user"):
        old, new = change.old("permissions_boundary"), change.new("permissions_boundary")
        if change.action in (Action.UPDATE, Action.REPLACE) and old and not new:
            name = code(str(change.old("name") or change.address))
            yield Match(change.address, {"old": code(str(old)), "name": name})


@rule(
    "IAM15",
    Level.REVIEW,
    when="a role or user that is there gets a permissions boundary, or another one",
    title="{name} gets another permissions boundary, {new}",
    why="From the apply on it may do only what its policies and the boundary both allow.",
    action="Compare the boundary with what it does: calls that the boundary lacks fail at once.",
    source=f"{_GUIDE}/access_policies_boundaries.html",
)
def boundary_is_set(facts: Facts) -> Iterator[Match]:
    """IAM04's other half; on what is made by the same plan nothing depends yet."""
    for change in facts.of("aws_iam_role", "aws_iam_user"):
        old, new = change.old("permissions_boundary"), change.new("permissions_boundary")
        if change.action is Action.UPDATE and new and new != old:
            name = code(str(change.old("name") or change.address))
            shown = "known after the apply" if new is UNKNOWN else code(str(new))
            yield Match(change.address, {"name": name, "new": shown})


@rule(
    "IAM05",
    Level.SECURITY,
    when="a managed policy that allows (nearly) everything is attached; review for all of one "
    "service",
    title="{policy} is attached",
    why="Its holder can do (nearly) anything in the account, or in that service.",
    action="Attach a policy that names what is needed.",
    source=f"{_GUIDE}/access_policies_job-functions.html",
)
def administrator_is_made(facts: Facts) -> Iterator[Match]:
    """By attachment, or in a role's own list."""
    for change in facts.of(*ATTACHMENTS, "aws_ssoadmin_managed_policy_attachment"):
        argument = "managed_policy_arn" if "ssoadmin" in change.type else "policy_arn"
        name, was = (_policy_name(read(argument)) for read in (change.new, change.old))
        arrives = name != was or any(
            holder not in change.old_list(key)
            for key in ("roles", "users", "groups")
            for holder in change.new_list(key)
        )
        if change.is_written and arrives and _is_broad(name):
            level = None if name in _ALL_POWERFUL else Level.REVIEW
            yield Match(change.address, {"policy": code(name)}, level)
    for role in facts.of("aws_iam_role"):
        if role.is_written:
            before = _names(role.old("managed_policy_arns"))
            for name in sorted(_names(role.new("managed_policy_arns")) - before):
                if _is_broad(name):
                    level = None if name in _ALL_POWERFUL else Level.REVIEW
                    yield Match(role.address, {"policy": code(name)}, level)


def _is_broad(policy: str) -> bool:
    """Whether a managed policy of AWS's allows everything, or all of a service."""
    return policy in (*_ALL_POWERFUL, "SystemAdministrator") or policy.endswith("FullAccess")


@rule(
    "IAM06",
    Level.DISRUPTION,
    when="a role or instance profile is replaced",
    title="{what} is replaced",
    why="{because} What runs under it loses its credentials between delete and create, and "
    "trust, access entries and aws-auth still name the old one.",
    action="Keep the name and path; a description or a policy can change in place.",
    source=f"{_GUIDE}/reference_identifiers.html",
)
def role_is_replaced(facts: Facts) -> Iterator[Match]:
    """A role made anew under the same name is another principal all the same."""
    for change in facts.of("aws_iam_role", "aws_iam_instance_profile"):
        if change.action is Action.REPLACE:
            what = "IAM role" if change.type == "aws_iam_role" else "Instance profile"
            yield Match(change.address, {"what": what, "because": facts.because(change)})


@rule(
    "IAM07",
    Level.DISRUPTION,
    when="a role that stays loses a policy that EKS or its nodes cannot work without",
    title="{policy} is taken from {role}",
    why="Close to an outage: {effect}.",
    action="Keep it attached; if it moves to another attachment, attach that one first.",
    source=f"{_EKS_GUIDE}/create-node-role.html",
)
def vital_policy_is_lost(facts: Facts) -> Iterator[Match]:
    """Attached another way, or by its successor, it is not lost."""
    kept: dict[str, set[str]] = {}
    for change in facts.of("aws_iam_role_policy_attachment"):
        if change.after is not None and not (change.is_destroyed and not change.creates_first):
            policy = _policy_name(change.new("policy_arn"))
            kept.setdefault(change.new_text("role"), set()).add(policy)
    going = {role.old_text("name") for role in facts.of("aws_iam_role") if role.is_destroyed}
    for change in facts.of("aws_iam_role_policy_attachment"):
        role, name = change.old_text("role"), _policy_name(change.old("policy_arn"))
        if not change.is_destroyed or change.creates_first or name not in VITAL or role in going:
            continue
        alike = {name}.union(*(same for same in _SAME if name in same))
        if not alike & kept.get(role, set()):
            yield Match(
                change.address,
                {"policy": code(name), "role": code(role), "effect": VITAL[name]},
            )
    for change in facts.of("aws_iam_role"):
        if change.action is Action.UPDATE and change.new("managed_policy_arns") is not UNKNOWN:
            lost = _names(change.old("managed_policy_arns")) - _names(
                change.new("managed_policy_arns")
            )
            for name in sorted(lost & VITAL.keys()):
                if name not in kept.get(change.new_text("name"), set()):
                    shown = code(change.old_text("name"))
                    values = {"policy": code(name), "role": shown, "effect": VITAL[name]}
                    yield Match(change.address, values)


@rule(
    "IAM08",
    Level.DISRUPTION,
    when="the OIDC provider is replaced or destroyed",
    title="The OIDC provider is {what}",
    why="{because} Close to an outage: every role for a service account stops working, the "
    "volume driver's and the load balancer controller's among them.",
    action="Keep the provider; its `url` must stay the cluster's issuer.",
    source=f"{_EKS_GUIDE}/enable-iam-roles-for-service-accounts.html",
)
def oidc_provider_is_lost(facts: Facts) -> Iterator[Match]:
    """Roles trust the provider by its ARN."""
    for change in facts.of("aws_iam_openid_connect_provider"):
        if change.is_destroyed:
            what = "replaced" if change.action is Action.REPLACE else "destroyed"
            yield Match(change.address, {"what": what, "because": facts.because(change)})


def _policy_name(arn: Json) -> str:
    return arn.rpartition("/")[2] if isinstance(arn, str) else ""


def _names(arns: Json) -> set[str]:
    return {_policy_name(arn) for arn in arns} if isinstance(arns, list) else set()
