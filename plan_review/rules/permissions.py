"""Permissions that end: denials lifted, grants taken away, roles exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.policies import opened, policy_argument, taken_away, undenied
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import code, codes
from plan_review.rules.iam import (
    ATTACHMENTS,
    OF_AN_IDENTITY,
    VITAL,
    inline_policies,
    shown_grants,
)
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_OF_A_RESOURCE: Final = (
    "aws_s3_bucket_policy",
    "aws_sqs_queue_policy",
    "aws_sns_topic_policy",
    "aws_ecr_repository_policy",
    "aws_secretsmanager_secret_policy",
    "aws_kms_key_policy",
    "aws_kms_key",
    "aws_s3_bucket",
    "aws_sqs_queue",
    "aws_sns_topic",
    "aws_vpc_endpoint",
    "aws_vpc_endpoint_policy",
    "aws_efs_file_system_policy",
    "aws_backup_vault_policy",
)
_OF_AN_ENDPOINT: Final = ("aws_vpc_endpoint", "aws_vpc_endpoint_policy")
_OF_AN_ORGANISATION: Final = ("aws_organizations_policy",)


def _policies(facts: Facts, *types: str) -> Iterator[tuple[ResourceChange, Json, Json]]:
    """Policies before and after, those that go with None after."""
    for change in facts.of(*types):
        if change.action not in (Action.UPDATE, Action.REPLACE, Action.DELETE):
            continue
        key = policy_argument(change)
        new = change.new(key)
        if new is not UNKNOWN:
            yield change, change.old(key), new


@rule(
    "IAM10",
    Level.SECURITY,
    when="an explicit denial is lifted: its statement goes, gets conditions, or its policy goes "
    "while what it protects stays",
    title="A denial is lifted: {denials}",
    why="What was denied whatever else was allowed is decided by the other policies now; with a "
    "broad one, it is allowed.",
    action="Keep the denial, or check everything else that its holder is allowed.",
    source=f"{_GUIDE}/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html",
)
def denial_is_lifted(facts: Facts) -> Iterator[Match]:
    """A denial that becomes wider, or is written another way, is none that is lifted."""
    going = {
        change.old_text("bucket") for change in facts.of("aws_s3_bucket") if change.is_destroyed
    }
    types = (*OF_AN_IDENTITY, *_OF_A_RESOURCE, *_OF_AN_ORGANISATION)
    for change, before, after in _policies(facts, *types):
        if change.type in _OF_A_RESOURCE and change.is_destroyed:
            own = change.type in ("aws_kms_key", "aws_s3_bucket", "aws_sqs_queue", "aws_sns_topic")
            if own or change.old_text("bucket") in going:
                continue
        lifted = undenied(before, after)
        if lifted:
            yield Match(change.address, {"denials": shown_grants(lifted)})
    for link in facts.of("aws_organizations_policy_attachment"):
        if link.is_destroyed and not link.creates_first:
            shown = f"the policy {code(link.old_text('policy_id'))} of the organisation is detached"
            yield Match(link.address, {"denials": shown})
    for role in facts.of("aws_iam_role"):
        trust = role.new("assume_role_policy")
        if role.action is Action.UPDATE and trust is not UNKNOWN:
            lifted = undenied(role.old("assume_role_policy"), trust)
            if lifted:
                yield Match(role.address, {"denials": shown_grants(lifted)})
        if role.action is Action.UPDATE and role.new("inline_policy") is not UNKNOWN:
            new = inline_policies(role.new_list("inline_policy"))
            for name, policy in inline_policies(role.old_list("inline_policy")).items():
                lifted = undenied(policy, new.get(name))
                if lifted:
                    yield Match(role.address, {"denials": shown_grants(lifted)})


@rule(
    "IAM11",
    Level.REVIEW,
    when="a role, user or group that stays loses permissions: an inline policy, an attachment, or "
    "part of a policy goes; so does whom a resource's own policy lets in",
    title="Permissions are taken away: {what}",
    why="What relies on them is refused from then on, some of it only when it runs next.",
    action="Check what acts under it, nodes and service accounts among them.",
    source=f"{_GUIDE}/access_policies_manage-attach-detach.html",
)
def permissions_go(facts: Facts) -> Iterator[Match]:
    """What EKS and its nodes cannot work without is IAM07's."""
    going = {
        change.old_text("name")
        for change in facts.of("aws_iam_role", "aws_iam_user", "aws_iam_group")
        if change.is_destroyed
    }
    for change, before, after in _policies(facts, *OF_AN_IDENTITY):
        holder = next((t for k in ("role", "user", "group") if (t := change.old_text(k))), "")
        if holder in going - {""} or (change.is_destroyed and change.creates_first):
            continue
        lost = taken_away(before, after)
        if lost:
            yield Match(change.address, {"what": shown_grants(lost)})
    for change, before, after in _policies(facts, *_OF_A_RESOURCE):
        if change.action is not Action.UPDATE or not after:
            continue
        losers = [
            f"{action} for {who.identity}"
            for who, action in opened(after, before)
            if not (change.type.startswith("aws_kms_") and who.identity.endswith(":root"))
        ]
        lost = taken_away(before, after) if change.type in _OF_AN_ENDPOINT else []
        if losers or lost:
            yield Match(
                change.address, {"what": codes(losers, 3) if losers else shown_grants(lost)}
            )
    for link in facts.of(*ATTACHMENTS):
        policy = link.old_text("policy_arn").rpartition("/")[2]
        holder = next((t for k in ("role", "user", "group") if (t := link.old_text(k))), "")
        if not link.is_destroyed or link.creates_first or holder in going - {""} or policy in VITAL:
            continue
        yield Match(link.address, {"what": f"{code(policy)} from {code(holder or 'its holders')}"})
    for role in facts.of("aws_iam_role"):
        if role.action is Action.UPDATE:
            lost_parts = _lost_parts(role)
            if lost_parts:
                yield Match(role.address, {"what": codes(lost_parts)})


def _lost_parts(role: ResourceChange) -> list[str]:
    """Inline policies and managed ones in a role's own arguments that go."""
    lost = []
    if role.new("inline_policy") is not UNKNOWN:
        new = inline_policies(role.new_list("inline_policy"))
        for name, policy in inline_policies(role.old_list("inline_policy")).items():
            if taken_away(policy, new.get(name)):
                lost.append(name)
    if role.new("managed_policy_arns") is not UNKNOWN:
        kept = role.new_list("managed_policy_arns")
        gone = [str(arn) for arn in role.old_list("managed_policy_arns") if arn not in kept]
        lost += [name for arn in gone if (name := arn.rpartition("/")[2]) not in VITAL]
    return lost


@rule(
    "IAM12",
    Level.DISRUPTION,
    when="an instance profile gets another role, or none",
    title="The instance profile {profile} gets {role}",
    why="Was: {old}. Every instance with this profile acts under it within minutes; nodes whose "
    "new role is not mapped into the cluster can no longer join it.",
    action="Map the new role (an access entry or aws-auth) and attach the nodes' policies first.",
    source=f"{_GUIDE}/id_roles_use_switch-role-ec2_instance-profiles.html",
)
def profile_gets_another_role(facts: Facts) -> Iterator[Match]:
    """In place, and takes the nodes' identity."""
    for profile in facts.of("aws_iam_instance_profile"):
        if profile.action is not Action.UPDATE or not facts.changes_at(profile, "role"):
            continue
        old, new = profile.old("role"), profile.new("role")
        if old:
            shown = f"the role {code(new)}" if isinstance(new, str) and new else "no role"
            if new is UNKNOWN:
                shown = "a role known after the apply"
            values = {"profile": code(profile.old_text("name") or profile.name), "role": shown}
            yield Match(profile.address, {**values, "old": code(str(old))})
