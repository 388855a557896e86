"""Who may do what inside a cluster, as far as a plan writes its role bindings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import Json, dicts
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_RBAC: Final = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
_BINDINGS: Final = (
    "kubernetes_cluster_role_binding",
    "kubernetes_cluster_role_binding_v1",
    "kubernetes_role_binding",
    "kubernetes_role_binding_v1",
)
_ROLES: Final = ("kubernetes_cluster_role", "kubernetes_cluster_role_v1")
_ANYBODY: Final = ("system:anonymous", "system:authenticated", "system:unauthenticated")
_EVERYTHING: Final = "cluster-admin"
_OF_KUBERNETES: Final = "system:"


@rule(
    "RBAC01",
    Level.SECURITY,
    when="a role binding newly names everybody (`system:anonymous`, `system:authenticated`, "
    "`system:unauthenticated`), or binds somebody to `cluster-admin`; review for the latter where "
    "the cluster is new too",
    title="{who} may act as {role}",
    why="{why}",
    action="Bind a role of its own to those who need it.",
    source=_RBAC,
)
def somebody_is_bound(facts: Facts) -> Iterator[Match]:
    """By the subjects that are new, or by all of them where the role is."""
    is_new_cluster = any(cluster.action is Action.CREATE for cluster in facts.clusters)
    for change in facts.of(*_BINDINGS):
        role = change.new("role_ref", 0, "name")
        if not change.is_written or not isinstance(role, str):
            continue
        known = _subjects(change.before) if change.old("role_ref", 0, "name") == role else set()
        added = _subjects(change.after) - known
        anybody = sorted(added & set(_ANYBODY))
        values = {"role": code(role)}
        if anybody and not role.startswith(_OF_KUBERNETES):
            why = "Whoever reaches the API may, in part without so much as a name."
            yield Match(change.address, {**values, "who": codes(anybody), "why": why})
        elif added and role == _EVERYTHING and change.type.startswith("kubernetes_cluster_"):
            why = "It may do everything in the cluster, read every secret included."
            level = Level.REVIEW if is_new_cluster else None
            yield Match(change.address, {**values, "who": codes(sorted(added)), "why": why}, level)


def _subjects(values: Json) -> set[str]:
    """The names of a binding's subjects, a service account's with its namespace."""
    found = set()
    for one in dicts(values.get("subject") if isinstance(values, dict) else None):
        name = str(one.get("name"))
        is_account = one.get("kind") == "ServiceAccount"
        found.add(f"{one.get('namespace') or 'default'}/{name}" if is_account else name)
    return found


@rule(
    "RBAC02",
    Level.SECURITY,
    when="a cluster role newly allows every verb on every resource",
    title="The cluster role {role} allows everything",
    why="Whoever is bound to it may do everything in the cluster, read every secret included.",
    action="Name the resources and the verbs.",
    source=_RBAC,
)
def everything_is_allowed(facts: Facts) -> Iterator[Match]:
    """`cluster-admin` under another name."""
    for change in facts.of(*_ROLES):
        if change.is_written and _allows_all(change.after) and not _allows_all(change.before):
            yield Match(change.address, {"role": code(_name(change))})


def _allows_all(values: Json) -> bool:
    rules = dicts(values.get("rule") if isinstance(values, dict) else None)
    return any(
        all("*" in (rule_.get(part) or ()) for part in ("api_groups", "resources", "verbs"))
        for rule_ in rules
    )


def _name(change: ResourceChange) -> str:
    return change.new_text("metadata", 0, "name") or change.name
