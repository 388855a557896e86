"""KMS keys: who rules them, whether they work, whether they are turned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.policies import account_of, principals
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/kms/latest/developerguide"
_KEYS: Final = ("aws_kms_external_key", "aws_kms_key", "aws_kms_replica_key")
_CONFIG: Final = ("encryption_config", 0, "provider", 0, "key_arn")


@rule(
    "KEY01",
    Level.DISRUPTION,
    when="a key's policy loses its statement for the account's root",
    title="The account loses its say over the key {key}",
    why="IAM policies no longer count for it, and if nobody is left who may change the key policy "
    "only AWS's support can.",
    action="Keep the statement for `arn:aws:iam::…:root`.",
    source=f"{_GUIDE}/key-policy-default.html",
)
def root_statement_is_lost(facts: Facts) -> Iterator[Match]:
    """AWS refuses it in part of the cases, not in all."""
    for change in facts.of(*_KEYS, "aws_kms_key_policy"):
        if change.action is not Action.UPDATE or change.new("policy") is UNKNOWN:
            continue
        had, has = _roots(change.old("policy")), _roots(change.new("policy"))
        if had and not has and change.new("policy"):
            yield Match(change.address, {"key": code(_name(change))})


def _roots(policy: Json) -> set[str]:
    """The accounts whose root, or everybody, a key's policy lets in."""
    return {
        account_of(who.identity) or who.identity
        for who in principals(policy)
        if who.identity == "*" or who.identity.endswith(":root") or who.identity.isdigit()
    }


@rule(
    "KEY02",
    Level.DISRUPTION,
    when="a key is disabled; outage where it encrypts a cluster's secrets",
    title="The key {key} is disabled",
    why="Whatever is encrypted under it can no longer be read: {users}.",
    action="Leave it enabled until nothing uses it; look at its last use in CloudTrail.",
    source=f"{_GUIDE}/enabling-keys.html",
)
def key_is_disabled(facts: Facts) -> Iterator[Match]:
    """A control plane without its key cannot start again."""
    for key in facts.of(*_KEYS):
        for name in ("is_enabled", "enabled"):
            if key.action is Action.UPDATE and key.old(name) is True and key.new(name) is False:
                ours = _clusters_under(facts, key)
                users = "volumes, buckets, secrets, databases"
                if ours:
                    users = f"the secrets of {codes(ours)}, so that its API stops working"
                values = {"key": code(_name(key)), "users": users}
                yield Match(key.address, values, Level.OUTAGE if ours else None)


def _clusters_under(facts: Facts, key: ResourceChange) -> list[str]:
    known = {key.old_text("arn"), key.old_text("key_id"), key.old_text("id")} - {""}
    return [
        cluster.address
        for cluster in facts.clusters
        if not cluster.is_destroyed
        and (
            cluster.old_text(*_CONFIG) in known
            or cluster.old_text(*_CONFIG).rpartition("/")[2] in known
            or (not known and key in facts.upstream(cluster, "encryption_config"))
            or key in facts.upstream(cluster, *_CONFIG)
        )
    ]


@rule(
    "KEY03",
    Level.REVIEW,
    when="the yearly rotation of a key is switched off",
    title="The key {key} is no longer rotated",
    why="Its material stays the same from then on.",
    action="Keep `enable_key_rotation`, or say in the pull request what rotates it.",
    source=f"{_GUIDE}/rotate-keys.html",
)
def rotation_is_switched_off(facts: Facts) -> Iterator[Match]:
    """An auditor's first question."""
    for key in facts.of(*_KEYS):
        on, off = key.old("enable_key_rotation"), key.new("enable_key_rotation")
        if key.action is Action.UPDATE and on is True and off is not True and off is not UNKNOWN:
            yield Match(key.address, {"key": code(_name(key))})


@rule(
    "KEY04",
    Level.WILL_FAIL,
    when="the key that encrypts a cluster's secrets becomes another one, in place",
    title="The secrets of {cluster} go to another key",
    why="EKS encrypts with the first key that it was given, and does not move on: the apply does "
    "nothing or is refused, and every later plan shows the same. Whoever then deletes the old key "
    "takes the cluster with it.",
    action="Put the old key back; another key is another cluster.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html",
)
def secrets_go_to_another_key(facts: Facts) -> Iterator[Match]:
    """The provider plans a plain update."""
    for cluster in facts.clusters:
        old, new = cluster.old(*_CONFIG), cluster.new(*_CONFIG)
        if cluster.action is Action.UPDATE and old and new and old != new:
            name = cluster.old_text("name") or cluster.name
            yield Match(cluster.address, {"cluster": code(name)})


def _name(change: ResourceChange) -> str:
    for name in ("description", "key_id", "id"):
        text = change.old_text(name)
        if text:
            return text
    return change.name
