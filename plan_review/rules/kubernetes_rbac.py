"""Who may do what inside a cluster, as far as a plan writes its role bindings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.manifests import MANIFESTS, manifest_of
from plan_review.plan.paths import Json, at, dicts
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
_ANY_ROLES: Final = (*_ROLES, "kubernetes_role", "kubernetes_role_v1")
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
    for change in facts.of(*_BINDINGS, *MANIFESTS):
        role = _role(change.after)
        if not change.is_written or not role:
            continue
        known = _subjects(change.before) if _role(change.before) == role else set()
        added = _subjects(change.after) - known
        anybody = sorted(added & set(_ANYBODY))
        values = {"role": code(role)}
        if anybody and not role.startswith(_OF_KUBERNETES):
            why = "Whoever reaches the API may, in part without so much as a name."
            yield Match(change.address, {**values, "who": codes(anybody), "why": why})
        elif added and role == _EVERYTHING and _is_of_cluster(change):
            why = "It may do everything in the cluster, read every secret included."
            level = Level.REVIEW if is_new_cluster else None
            yield Match(change.address, {**values, "who": codes(sorted(added)), "why": why}, level)


def _role(values: Json) -> str:
    """The role that a binding, or the manifest of one, is for."""
    manifest = manifest_of(values)
    if manifest is not None:
        name = at(manifest, ("roleRef", "name"))
    else:
        name = at(values, ("role_ref", 0, "name"))
    return name if isinstance(name, str) else ""


def _is_of_cluster(change: ResourceChange) -> bool:
    manifest = manifest_of(change.after) or {}
    return "cluster_role_binding" in change.type or manifest.get("kind") == "ClusterRoleBinding"


def _subjects(values: Json) -> set[str]:
    """The names of a binding's subjects, a service account's with its namespace."""
    found = set()
    manifest = manifest_of(values)
    written = values.get("subject") if isinstance(values, dict) else None
    for one in dicts(manifest.get("subjects") if manifest else written):
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
    return any(
        all("*" in (rule_.get(part) or ()) for part in ("api_groups", "resources", "verbs"))
        for rule_ in _rules(values)
    )


def _rules(values: Json) -> list[dict[str, Json]]:
    return dicts(values.get("rule") if isinstance(values, dict) else None)


_LEADS_FURTHER: Final = {
    "secrets": ("*", "get", "list", "watch"),
    "pods/exec": ("*", "create", "get"),
    "pods/attach": ("*", "create", "get"),
    "serviceaccounts/token": ("*", "create"),
    "nodes/proxy": ("*", "create", "get"),
    "roles": ("*", "bind", "escalate"),
    "clusterroles": ("*", "bind", "escalate"),
    "users": ("*", "impersonate"),
    "groups": ("*", "impersonate"),
    "serviceaccounts": ("*", "impersonate"),
}
"""Resources with the verbs on them that lead to other permissions, or to secrets."""


@rule(
    "RBAC03",
    Level.REVIEW,
    when="a role that exists newly allows to read secrets, to run a command in a pod, to take on "
    "another role or to act as somebody else",
    title="The role {role} leads further: {what}",
    why="Whoever is bound to it can come to what others may, or to what is meant to be secret.",
    action="Name the objects (`resourceNames`), or give it to a role of its own.",
    source=_RBAC,
)
def role_leads_further(facts: Facts) -> Iterator[Match]:
    """What RBAC02 tells is worse."""
    for change in facts.of(*_ANY_ROLES):
        if change.action is not Action.UPDATE or _allows_all(change.after):
            continue
        new = sorted(_further(change.after) - _further(change.before))
        if new:
            yield Match(change.address, {"role": code(_name(change)), "what": codes(new)})


def _further(values: Json) -> set[str]:
    found = set()
    for rule_ in _rules(values):
        resources, verbs = rule_.get("resources"), rule_.get("verbs")
        for name in resources if isinstance(resources, list) else []:
            leading = _LEADS_FURTHER.get(str(name), ())
            for verb in verbs if isinstance(verbs, list) else []:
                if verb in leading:
                    found.add(f"{verb} {name}")
    return found


def _name(change: ResourceChange) -> str:
    return change.new_text("metadata", 0, "name") or change.name
