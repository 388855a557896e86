"""Who comes to be one of those who may: groups, accounts, organisations, long-lived keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.policies import denials
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_MEMBERSHIPS: Final = {
    "aws_iam_group_membership": "users",
    "aws_iam_user_group_membership": "groups",
    "aws_identitystore_group_membership": "",
    "aws_organizations_delegated_administrator": "",
    "aws_rolesanywhere_trust_anchor": "",
    "aws_ssoadmin_account_assignment": "",
    "azuread_directory_role_assignment": "",
    "azuread_group_member": "",
    "github_membership": "",
    "github_organization_security_manager": "",
    "github_repository_collaborator": "",
    "github_team_membership": "",
    "gitlab_group_membership": "",
    "google_service_account_iam_binding": "members",
    "google_service_account_iam_member": "",
    "vault_identity_group_member_entity_ids": "member_entity_ids",
}
"""Types that make somebody a member, with the list of members where there is one."""
_WHO: Final = (
    "principal_id",
    "member_id",
    "member_object_id",
    "principal_object_id",
    "member",
    "username",
    "user",
    "group",
    "account_id",
    "name",
)
_CREDENTIALS: Final = {
    "aws_iam_service_specific_credential": "user_name",
    "aws_iam_user_ssh_key": "username",
    "azuread_application_password": "display_name",
    "azuread_service_principal_password": "display_name",
    "google_service_account_key": "service_account_id",
    "google_storage_hmac_key": "service_account_email",
}


@rule(
    "IAM16",
    Level.REVIEW,
    when="somebody becomes a member of a group, gets an account or a delegated administration, or "
    "a provider is trusted to say who somebody is",
    title="{who} becomes one of those who may",
    why="What the group, the permission set or the role allows is not in this plan.",
    action="Check what it allows, and that whoever comes in is meant.",
    source=f"{_GUIDE}/id_groups_manage_add-remove-users.html",
)
def somebody_joins(facts: Facts) -> Iterator[Match]:
    """A list of members that only gets shorter is not told here."""
    for change in facts.of(*_MEMBERSHIPS):
        argument = _MEMBERSHIPS[change.type]
        if argument:
            known = change.old_list(argument)
            who = [str(one) for one in change.new_list(argument) if one not in known]
            if change.is_written and (who or change.new(argument) is UNKNOWN):
                shown = codes(who) if who else "Somebody known after the apply"
                yield Match(change.address, {"who": shown})
        elif change.is_made:
            texts = (change.new_text(name) for name in _WHO)
            yield Match(change.address, {"who": code(next(filter(None, texts), change.name))})


@rule(
    "IAM17",
    Level.REVIEW,
    when="a policy of the organisation denies more, or is attached to somebody",
    title="The organisation denies more: {what}",
    why="Nobody in the accounts below may do it from then on, administrators and this pipeline "
    "included.",
    action="Look in CloudTrail for who has done it in the last weeks; attach it to one account "
    "first.",
    source="https://docs.aws.amazon.com/organizations/latest/userguide/"
    "orgs_manage_policies_scps.html",
)
def organisation_denies_more(facts: Facts) -> Iterator[Match]:
    """A denial stands above every permission."""
    for policy in facts.of("aws_organizations_policy"):
        if policy.action is Action.UPDATE and policy.new("content") is not UNKNOWN:
            known = denials(policy.old("content"))
            new = sorted(
                f"{one.action} on {one.resource}"
                for one in denials(policy.new("content"))
                if not any(old.covers(one) for old in known)
            )
            if new:
                yield Match(policy.address, {"what": codes(new, 3)})
    for link in facts.of("aws_organizations_policy_attachment"):
        if link.is_made:
            policy_id = link.new_text("policy_id") or "a policy"
            yield Match(link.address, {"what": f"{code(policy_id)} is attached"})


@rule(
    "IAM18",
    Level.REVIEW,
    when="the account's password policy, or that of a user pool, asks for less",
    title="Passwords may be weaker: {what}",
    why="Whoever sets one from then on may take one that is guessed sooner.",
    action="Keep it; auditors ask for 14 characters and a second factor.",
    source=f"{_GUIDE}/id_credentials_passwords_account-policy.html",
)
def passwords_get_weaker(facts: Facts) -> Iterator[Match]:
    """A policy that goes is LOG02's."""
    for change in facts.of("aws_iam_account_password_policy"):
        yield from _weaker(change, change.before, change.after)
    for change in facts.of("aws_cognito_user_pool"):
        path = ("password_policy", 0)
        yield from _weaker(change, change.old(*path), change.new(*path))


def _weaker(change: ResourceChange, before: Json, after: Json) -> Iterator[Match]:
    if change.action is not Action.UPDATE:
        return
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    less = [name for name in before if _asks_for_less(name, before[name], after.get(name))]
    if less:
        yield Match(change.address, {"what": codes(sorted(less))})


def _asks_for_less(name: str, before: Json, after: Json) -> bool:
    if name.startswith("require_"):
        return before is True and after is False
    if not isinstance(before, int) or not isinstance(after, int):
        return False
    if name in ("minimum_password_length", "minimum_length", "password_reuse_prevention"):
        return after < before
    is_endless = after == 0 < before
    return name == "max_password_age" and (is_endless or 0 < before < after)


@rule(
    "IAM14",
    Level.REVIEW,
    when="an access key, or a password for the console, is made for an IAM user",
    title="A long-lived credential is made for {user}",
    why="It does not expire, stands in the state, and is what leaks most often.",
    action="Use a role: OIDC for a pipeline, Identity Center for people.",
    source=f"{_GUIDE}/best-practices.html",
)
def lasting_credential_is_made(facts: Facts) -> Iterator[Match]:
    """Replaced ones count too: each is a new one."""
    for change in facts.of("aws_iam_access_key", "aws_iam_user_login_profile"):
        if change.is_made:
            yield Match(change.address, {"user": code(change.new_text("user") or change.name)})


@rule(
    "IAM19",
    Level.REVIEW,
    when="a key or password is made for an identity of Google Cloud or Azure, or one of AWS's for "
    "a single service",
    title="A long-lived credential is made for {user}",
    why="It stands in the state, and is what leaks most often.",
    action="Let the workload take a token of its own (workload identity, federation).",
    source="https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys",
)
def lasting_credential_is_made_elsewhere(facts: Facts) -> Iterator[Match]:
    """As IAM14 for the keys of IAM's users."""
    for change in facts.of(*_CREDENTIALS):
        if change.is_made:
            user = change.new_text(_CREDENTIALS[change.type]) or change.name
            yield Match(change.address, {"user": code(user)})
