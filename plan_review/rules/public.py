"""What is opened to everybody outside the network: policies, buckets, databases, images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.policies import account_of, opened
from plan_review.facts.stores import holds_state
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_S3_GUIDE: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
_IAM_GUIDE: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide"

_POLICIES: Final = (
    "policy",
    "access_policies",
    "access_policy",
    "policy_document",
    "resource_policy",
    "policy_text",
)
"""What types call the policy of their own that says who may use them."""
_NOT_OF_A_RESOURCE: Final = (
    "aws_iam_policy",
    "aws_iam_role_policy",
    "aws_iam_user_policy",
    "aws_iam_group_policy",
    "aws_organizations_policy",
    "aws_vpc_endpoint",
    "aws_vpc_endpoint_policy",
)
"""Policies that say what their holders may do, or what may pass."""
_WRITTEN: Final = (Action.CREATE, Action.UPDATE, Action.REPLACE)


@rule(
    "PUB01",
    Level.SECURITY,
    when="the policy of a bucket, queue, topic, registry, secret, key, function or the like newly "
    "lets everybody in; review where it newly lets in another account",
    title="{who} may use {what}",
    why="{actions}. {more}",
    action="Name the accounts and roles it is for, or add a condition on the organisation, the "
    "source account or the endpoint.",
    source=f"{_IAM_GUIDE}/reference_policies_elements_principal.html",
)
def policy_opens(facts: Facts) -> Iterator[Match]:
    """A condition that leaves nobody out, such as one on TLS, does not help."""
    for change, key in _with_a_policy(facts):
        if change.new(key) is UNKNOWN:
            continue
        new = opened(change.old(key), change.new(key))
        everybody = [pair for pair in new if pair[0].is_anyone]
        strangers = [
            pair for pair in new if not pair[0].is_service and _is_stranger(facts, pair[0].identity)
        ]
        for pairs, is_open in ((everybody, True), (strangers, False)):
            if not pairs:
                continue
            accounts = sorted({account_of(who.identity) for who, _ in pairs})
            shown = "Everybody" if is_open else f"Another account, {codes(accounts)},"
            yield Match(
                change.address,
                {
                    "who": shown,
                    "what": _subject(change),
                    "actions": f"Newly allowed: {codes((action for _, action in pairs), 5)}",
                    "more": _of_the_state(facts, change) if is_open else "",
                },
                None if is_open else Level.REVIEW,
            )
    yield from _permissions_of_functions(facts)


def _with_a_policy(facts: Facts) -> Iterator[tuple[ResourceChange, str]]:
    """What is written and has a policy of its own, each with the argument's name."""
    for change in facts.written:
        if change.type.startswith("aws_") and change.type not in _NOT_OF_A_RESOURCE:
            told = change.after if isinstance(change.after, dict) else {}
            yield from ((change, key) for key in _POLICIES if told.get(key))


def _permissions_of_functions(facts: Facts) -> Iterator[Match]:
    for change in facts.of(*_PERMISSIONS):
        name = _PERMISSIONS[change.type]
        who = change.new(name)
        if change.action not in _WRITTEN or not who or who == change.old(name):
            continue
        narrowed = any(change.new(key) for key in _LIMITS)
        values = {"what": _subject(change), "more": ""}
        values["actions"] = f"Newly allowed: {codes([change.new_text('action') or 'all'])}"
        if who == "*" and not narrowed:
            yield Match(change.address, {**values, "who": "Everybody"})
        elif _is_stranger(facts, who) or (change.type in _SHARED and who is not UNKNOWN):
            shown = f"Another account, {code(account_of(who) or str(who))},"
            yield Match(change.address, {**values, "who": shown}, Level.REVIEW)
    for change in facts.of("aws_lambda_function_url"):
        old, new = change.old("authorization_type"), change.new("authorization_type")
        if change.action in _WRITTEN and new == "NONE" != old:
            values = {"who": "Everybody", "what": _subject(change), "more": ""}
            actions = "Its URL asks for no authorization"
            yield Match(change.address, {**values, "actions": actions})


_LIMITS: Final = (
    "condition",
    "event_source_token",
    "organization_id",
    "principal_org_id",
    "source_account",
    "source_arn",
)
_PERMISSIONS: Final = {
    "aws_ami_launch_permission": "account_id",
    "aws_cloudwatch_event_permission": "principal",
    "aws_kms_grant": "grantee_principal",
    "aws_lambda_layer_version_permission": "principal",
    "aws_lambda_permission": "principal",
    "aws_ram_principal_association": "principal",
    "aws_snapshot_create_volume_permission": "account_id",
    "aws_vpc_endpoint_service_allowed_principal": "principal_arn",
}
"""Permissions that are objects of their own, each with the argument that says whose they are."""
_SHARED: Final = (
    "aws_ami_launch_permission",
    "aws_ram_principal_association",
    "aws_snapshot_create_volume_permission",
    "aws_vpc_endpoint_service_allowed_principal",
)
"""Those that are there for other accounts alone."""


def _is_stranger(facts: Facts, who: Json) -> bool:
    account = account_of(who)
    return bool(account and facts.account and account != facts.account)


def _subject(change: ResourceChange) -> str:
    noun = change.type.removeprefix("aws_").removesuffix("_policy").replace("_", " ")
    for key in ("bucket", "name", "function_name", "repository", "queue_url", "arn"):
        text = change.new_text(key) or change.old_text(key)
        if text:
            return f"the {noun} {code(text)}"
    return f"the {noun} {code(change.name)}"


def _of_the_state(facts: Facts, change: ResourceChange) -> str:
    if holds_state(facts, change):
        return "It holds the state of stacks, with every secret in it."
    return ""


@rule(
    "PUB02",
    Level.SECURITY,
    when="a public access block goes, or one of its switches is turned off, while its bucket stays",
    title="Public access to {bucket} is no longer blocked",
    why="{what}{state} A policy or an ACL can make it public from then on, also one that is there "
    "already.",
    action="Keep the block; let a CDN or a presigned address serve what is meant for the public.",
    source=f"{_S3_GUIDE}/access-control-block-public-access.html",
)
def public_access_block_is_lost(facts: Facts) -> Iterator[Match]:
    """The last net under every bucket policy."""
    going = {
        change.old_text("bucket") for change in facts.of("aws_s3_bucket") if change.is_destroyed
    }
    kept = {
        change.new_text("bucket")
        for change in facts.of("aws_s3_bucket_public_access_block")
        if change.after is not None and not change.is_destroyed
    }
    covered = (going | kept) - {""}
    for change in facts.of(
        "aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block"
    ):
        bucket = change.old("bucket")
        shown = code(bucket) if isinstance(bucket, str) and bucket else "every bucket"
        lost = [
            name
            for name in _SWITCHES
            if change.old(name) is True and (change.is_destroyed or change.new(name) is not True)
        ]
        if change.action is Action.UPDATE:
            lost = [name for name in lost if change.new(name) is not UNKNOWN]
        elif (
            not change.is_destroyed or change.creates_first or change.old_text("bucket") in covered
        ):
            continue
        if lost:
            what = (
                f"The block is {change.fate}."
                if change.is_destroyed
                else f"Off now: {codes(lost)}."
            )
            state = " It holds the state of stacks, with every secret in it."
            yield Match(
                change.address,
                {
                    "bucket": shown,
                    "what": what,
                    "state": state if holds_state(facts, change) else "",
                },
            )


_SWITCHES: Final = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)
_PUBLIC_ACLS: Final = ("public-read", "public-read-write", "authenticated-read", "website")
_EVERYBODY: Final = ("global/AllUsers", "global/AuthenticatedUsers")


@rule(
    "PUB03",
    Level.SECURITY,
    when="the ACL of a bucket or object newly lets in everybody, or everybody with an AWS account",
    title="The ACL of {what} lets everybody in",
    why="Newly: {grants}.",
    action="Keep ACLs off (`BucketOwnerEnforced`) and write a bucket policy for whom it is meant.",
    source=f"{_S3_GUIDE}/acl-overview.html",
)
def acl_opens(facts: Facts) -> Iterator[Match]:
    """`authenticated-read` means every AWS account there is."""
    for change in facts.of(
        "aws_s3_bucket", "aws_s3_bucket_acl", "aws_s3_object", "aws_s3_bucket_object"
    ):
        if change.action not in _WRITTEN:
            continue
        new = _public_grants(change.new("acl"), change.new("access_control_policy"))
        new |= _public_grants(None, [{"grant": change.new("grant")}])
        old = _public_grants(change.old("acl"), change.old("access_control_policy"))
        old |= _public_grants(None, [{"grant": change.old("grant")}])
        if new - old:
            yield Match(
                change.address, {"what": _subject(change), "grants": codes(sorted(new - old))}
            )


def _public_grants(acl: Json, policy: Json) -> set[str]:
    found = {acl} if acl in _PUBLIC_ACLS else set()
    for entry in policy if isinstance(policy, list) else []:
        grants = entry.get("grant") if isinstance(entry, dict) else None
        for grant in grants if isinstance(grants, list) else []:
            if not isinstance(grant, dict):
                continue
            grantees = grant.get("grantee")
            uris = [grant.get("uri")]
            if isinstance(grantees, list):
                uris += [one.get("uri") for one in grantees if isinstance(one, dict)]
            if any(isinstance(uri, str) and uri.endswith(_EVERYBODY) for uri in uris):
                found.add(str(grant.get("permission") or grant.get("permissions")))
    return found


_SWITCHED_ON: Final = {
    "publicly_accessible": (True,),
    "public_network_access_enabled": (True,),
    "public_network_access": ("Enabled", True),
    "allow_nested_items_to_be_public": (True,),
    "allow_blob_public_access": (True,),
}
_SWITCHED_OFF: Final = {
    "internal": (True, False),
    "restrict_public_access": (True, False),
    "public_access_prevention": ("enforced", "inherited"),
}


@rule(
    "PUB04",
    Level.SECURITY,
    when="a database, broker or service becomes reachable from the internet, or an image or "
    "snapshot is shared with everybody; review where a new one starts that way",
    title="{what} becomes public",
    why="{how}",
    action="Keep it in private subnets; reach it through a load balancer, a VPN or a peering.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html",
)
def becomes_public(facts: Facts) -> Iterator[Match]:
    """By an argument that says so, whatever the type."""
    for change in facts.written:
        level = Level.REVIEW if change.before is None else None
        for how in _switched(change):
            yield Match(change.address, {"what": code(change.address), "how": how}, level)
    for change in facts.of("aws_ami_launch_permission", "aws_snapshot_create_volume_permission"):
        if change.is_made and change.new("group") == "all":
            how = "It is shared with every AWS account."
            yield Match(change.address, {"what": code(change.address), "how": how})
    for change in facts.of("aws_db_snapshot", "aws_db_cluster_snapshot", "aws_db_snapshot_copy"):
        old, new = change.old_list("shared_accounts"), change.new_list("shared_accounts")
        if change.is_written and "all" in new and "all" not in old:
            how = "It is shared with every AWS account."
            yield Match(change.address, {"what": code(change.address), "how": how})
        elif change.is_written and (added := [one for one in new if one not in old]):
            how = f"It is shared with {codes(added)}, who can copy it."
            yield Match(change.address, {"what": code(change.address), "how": how}, Level.REVIEW)


def _switched(change: ResourceChange) -> Iterator[str]:
    told = change.after if isinstance(change.after, dict) else {}
    for name, bad in _SWITCHED_ON.items():
        if name in told and change.new(name) in bad and change.old(name) not in bad:
            yield f"{code(name)} is now {code(str(change.new(name)).lower())}."
    for name, (good, bad_value) in _SWITCHED_OFF.items():
        if name in told and change.old(name) == good and change.new(name) == bad_value:
            yield f"{code(name)} is now {code(str(bad_value).lower())}."
    if "broker_node_group_info" not in told:
        return
    access = ("broker_node_group_info", 0, "connectivity_info", 0, "public_access", 0, "type")
    if change.new(*access) == "SERVICE_PROVIDED_EIPS" != change.old(*access):
        yield "Its brokers get public addresses."


@rule(
    "PUB06",
    Level.REVIEW,
    when="a resource share admits accounts outside of the organisation",
    title="{what} may be shared outside of the organisation",
    why="Whoever may edit the share can invite any AWS account to what is in it.",
    action="Check that an account outside really needs it; name it in the pull request.",
    source="https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html",
)
def share_is_opened(facts: Facts) -> Iterator[Match]:
    """The invitation itself may be another resource, or made by hand."""
    name = "allow_external_principals"
    for change in facts.of("aws_ram_resource_share"):
        if change.action is Action.UPDATE and change.new(name) is True is not change.old(name):
            yield Match(change.address, {"what": code(change.old_text("name") or change.name)})
