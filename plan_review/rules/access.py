"""Who gets into the cluster: authentication mode, access entries, policies, pod identities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.policies import account_of
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/eks/latest/userguide"
_BOOTSTRAP: Final = ("access_config", 0, "bootstrap_cluster_creator_admin_permissions")
_MODE: Final = ("access_config", 0, "authentication_mode")
_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
_GRANTS: Final = ("aws_eks_access_entry", "aws_eks_access_policy_association")
_ENTRY: Final = "aws_eks_access_entry"
_ASSOCIATION: Final = "aws_eks_access_policy_association"
_FAILS: Final = Level.WILL_FAIL
_ADMINISTRATORS: Final = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")
_READS_SECRETS: Final = ("AmazonEKSAdminViewPolicy", "AmazonEKSSecretReaderPolicy")
_REFUSED: Final = ("system:", "eks:", "aws:", "amazon:", "iam:")


def _updated(facts: Facts) -> Iterator[ResourceChange]:
    return (cluster for cluster in facts.clusters if cluster.action is Action.UPDATE)


@rule(
    "EKS30",
    Level.REVIEW,
    when="an OIDC identity provider lets its users log in to the cluster",
    title="Users of {issuer} can log in to the cluster",
    why="What they may do is in the cluster's role bindings, which this plan does not show, by the "
    "user and group names that the provider says.",
    action="Check who runs it, and that a prefix keeps its names from `system:masters` and others "
    "that are bound already.",
    source=f"{_GUIDE}/authenticate-oidc-identity-provider.html",
)
def identity_provider_is_added(facts: Facts) -> Iterator[Match]:
    """Beside IAM, which goes on to count."""
    for change in facts.of("aws_eks_identity_provider_config"):
        if change.action in (Action.CREATE, Action.REPLACE):
            issuer = change.new("oidc", 0, "issuer_url")
            shown = code(issuer) if isinstance(issuer, str) else "an OIDC identity provider"
            yield Match(change.address, {"issuer": shown})


@rule(
    "EKS16",
    Level.REVIEW,
    when="`authentication_mode` changes; will-fail where it goes back towards `CONFIG_MAP`",
    title="The authentication mode changes to {new}",
    why="{why}",
    action="{advice}",
    source=f"{_GUIDE}/access-entries.html",
)
def authentication_mode_changes(facts: Facts) -> Iterator[Match]:
    """One way only."""
    for cluster in _updated(facts):
        old, new = cluster.old(*_MODE), cluster.new(*_MODE)
        if not facts.changes_at(cluster, *_MODE) or old == new:
            continue
        shown = code(new) if isinstance(new, str) else "a value known after the apply"
        if old in _MODES and new in _MODES and _MODES.index(new) < _MODES.index(old):
            why = f"The way goes from `CONFIG_MAP` to `API` only; EKS refuses to leave {code(old)}."
            advice = f"Put {code(old)} back."
            yield Match(cluster.address, {"new": shown, "why": why, "advice": advice}, _FAILS)
            continue
        why = "There is no way back"
        if new == "API":
            why += ", and from then on the aws-auth ConfigMap no longer counts"
        advice = "Check that every role in aws-auth has an access entry, the nodes' among them."
        yield Match(cluster.address, {"new": shown, "why": f"{why}.", "advice": advice})


@rule(
    "EKS17",
    Level.REVIEW,
    when="a new cluster has no bootstrap administrator and the plan makes no access entry",
    title="Nobody is made administrator of the new cluster",
    why="The bootstrap permission is off and this plan makes no access entry.",
    action="Add an access entry, or there is no way in.",
    source=f"{_GUIDE}/access-entries.html",
)
def nobody_gets_in(facts: Facts) -> Iterator[Match]:
    """A cluster that locks its maker out."""
    for cluster in facts.clusters:
        if cluster.is_made and cluster.new(*_BOOTSTRAP) is False and not any(facts.of(*_GRANTS)):
            yield Match(cluster.address)


@rule(
    "EKS18",
    Level.DISRUPTION,
    when="an access entry, or a policy of one, is taken away while its cluster stays",
    title="Access to the cluster is taken from {who}",
    why="{because} Nodes of a self-managed group, people or this pipeline may be locked out.",
    action="Check that the principal is neither the one that applies nor a node's role.",
    source=f"{_GUIDE}/access-entries.html",
)
def access_is_taken_away(facts: Facts) -> Iterator[Match]:
    """The caller may be the one who loses it."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    for entry in facts.of(*_GRANTS):
        if entry.is_destroyed and not entry.creates_first:
            who = entry.old("principal_arn")
            yield Match(
                entry.address,
                {
                    "who": code(who) if isinstance(who, str) else "a principal",
                    "because": facts.because(entry),
                },
            )


@rule(
    "ACC01",
    Level.SECURITY,
    when="an access policy that administers the cluster is given to a principal of a cluster that "
    "exists; review where the cluster is new too, where the policy reads secrets, and for any "
    "other policy of a principal of another account",
    title="{who} gets {policy}",
    why="{why}",
    action="Check who may assume it; give a policy of a namespace, or one that only views.",
    source=f"{_GUIDE}/access-policy-permissions.html",
)
def administrator_is_made(facts: Facts) -> Iterator[Match]:
    """An association is a principal, a policy and a scope."""
    is_new = bool(facts.clusters) and all(c.action is Action.CREATE for c in facts.clusters)
    for grant in facts.of(_ASSOCIATION):
        if not grant.is_written or not facts.leaves(grant):
            continue
        policy = grant.new_text("policy_arn").rpartition("/")[2]
        same = policy == grant.old_text("policy_arn").rpartition("/")[2]
        wider = grant.old("access_scope", 0, "type") == "namespace" and (
            grant.new("access_scope", 0, "type") == "cluster"
        )
        moved = grant.old("principal_arn") != grant.new("principal_arn")
        who = grant.new("principal_arn")
        stranger = _is_stranger(facts, who)
        is_broad = policy in (*_ADMINISTRATORS, *_READS_SECRETS)
        if not (is_broad or stranger) or (same and not wider and not moved):
            continue
        scope = "in some namespaces" if grant.new("access_scope", 0, "type") == "namespace" else ""
        may = "do everything" if policy in _ADMINISTRATORS else "do what the policy says"
        if policy in _READS_SECRETS:
            may = "read every secret"
        why = f"Whoever acts as it may {may} {scope or 'in the whole cluster'}."
        if stranger:
            why += f" It belongs to another account, {code(account_of(who))}."
        mild = policy not in _ADMINISTRATORS or bool(scope) or is_new
        yield Match(
            grant.address,
            {
                "who": code(who) if isinstance(who, str) else "A principal known after the apply",
                "policy": code(policy),
                "why": why,
            },
            Level.REVIEW if not is_broad or (mild and not stranger) else None,
        )


def _is_stranger(facts: Facts, who: object) -> bool:
    own = facts.account
    account = account_of(who)
    return bool(own and account and own != account)


@rule(
    "ACC02",
    Level.REVIEW,
    when="an access entry is made on a cluster that exists, or gets or loses Kubernetes groups; "
    "disruption where it loses some, security where it is of another account, will-fail for "
    "groups that EKS refuses",
    title="{what}",
    why="{why}",
    action="Check what the cluster's role bindings give to these groups.",
    source=f"{_GUIDE}/creating-access-entries.html",
)
def access_entry_changes(facts: Facts) -> Iterator[Match]:
    """The groups are the cluster's own; what they may do is in no plan."""
    is_new = bool(facts.clusters) and all(c.action is Action.CREATE for c in facts.clusters)
    for entry in facts.of(_ENTRY):
        if not entry.is_written:
            continue
        who = entry.new("principal_arn")
        shown = code(who) if isinstance(who, str) else "a principal known after the apply"
        old = {str(text) for text in entry.old_list("kubernetes_groups")}
        new = {str(text) for text in entry.new_list("kubernetes_groups")}
        added, gone = sorted(new - old), sorted(old - new)
        refused = [text for text in added if text.startswith(_REFUSED)]
        if refused:
            what = f"Access entry of {shown} gets {codes(refused)}"
            why = "EKS refuses groups that begin with `system:` and the like in an access entry."
            yield Match(entry.address, {"what": what, "why": why}, _FAILS)
        elif entry.action is Action.CREATE:
            if _is_stranger(facts, who):
                what = f"{shown} of another account may log in"
                yield Match(entry.address, {"what": what, "why": _groups(added)}, Level.SECURITY)
            elif not is_new and entry.new("type") in (None, "STANDARD", UNKNOWN):
                what = f"{shown} may log in"
                yield Match(entry.address, {"what": what, "why": _groups(added)})
        elif entry.action is Action.UPDATE and (added or gone):
            verb = "loses" if gone else "gets"
            what = f"Access entry of {shown} {verb} {codes(gone or added)}"
            also = f" It gets {codes(added)}." if gone and added else ""
            why = "Role bindings decide what that means; the plan does not show them." + also
            level = Level.DISRUPTION if gone else None
            yield Match(entry.address, {"what": what, "why": why}, level)
        elif entry.action is Action.UPDATE and entry.is_unknown("kubernetes_groups"):
            what = f"The groups of the access entry of {shown} are known only after the apply"
            yield Match(entry.address, {"what": what, "why": "They cannot be reviewed."})


def _groups(groups: list[str]) -> str:
    return f"It is in {codes(groups)}." if groups else "What it may do is in its access policies."


@rule(
    "ACC03",
    Level.DISRUPTION,
    when="a pod identity association is destroyed, replaced the old one first, or gets another "
    "role, while its cluster stays",
    title="Pods of {account} {what}",
    why="{because} What they ask of AWS is refused from then on, or allowed by other rules.",
    action="Check the pods that run under that service account.",
    source=f"{_GUIDE}/pod-id-association.html",
)
def pod_identity_is_lost(facts: Facts) -> Iterator[Match]:
    """Credentials that pods hold run out within hours, so it shows late."""
    if any(cluster.is_destroyed for cluster in facts.clusters):
        return
    for link in facts.of("aws_eks_pod_identity_association"):
        name = f"{link.old_text('namespace')}/{link.old_text('service_account')}"
        if link.is_destroyed and not link.creates_first:
            values = {"account": code(name), "what": "lose their role"}
            yield Match(link.address, {**values, "because": facts.because(link)})
        elif link.action is Action.UPDATE and facts.changes_at(link, "role_arn"):
            values = {"account": code(name), "what": "get another role", "because": ""}
            yield Match(link.address, values, Level.REVIEW)


@rule(
    "ACC04",
    Level.DISRUPTION,
    when="an audience leaves an OIDC provider",
    title="The OIDC provider no longer takes tokens for {audiences}",
    why="Roles for service accounts ask with the audience `sts.amazonaws.com`: without it none of "
    "them can be assumed.",
    action="Keep the audience while anything asks with it.",
    source=f"{_GUIDE}/enable-iam-roles-for-service-accounts.html",
)
def audience_is_lost(facts: Facts) -> Iterator[Match]:
    """In place, and stops every role of a service account."""
    for provider in facts.of("aws_iam_openid_connect_provider"):
        if provider.action is Action.UPDATE and not provider.is_unknown("client_id_list"):
            new = provider.new_list("client_id_list")
            gone = [str(text) for text in provider.old_list("client_id_list") if text not in new]
            if gone:
                yield Match(provider.address, {"audiences": codes(gone)})
