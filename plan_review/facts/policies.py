"""IAM policy documents as sets of grants, so that two of them can be subtracted."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from plan_review.plan.paths import Json, embedded_json

_ACCOUNT: Final = re.compile(r"\d{12}")
_READS: Final = ("describe", "list", "get", "batchget", "lookup", "search", "view")
_POWERFUL: Final = (
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:deleterolepermissionsboundary",
    "iam:passrole",
    "iam:putgrouppolicy",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
    "kms:decrypt",
    "secretsmanager:getsecretvalue",
    "ssm:getparameter",
    "ssm:getparameters",
    "ssm:getparametersbypath",
    "sts:assumerole",
)
"""Actions that lead to other permissions, or to secrets, when they are granted on everything."""


@dataclass(frozen=True)
class Grant:
    """One action allowed on one resource."""

    action: str
    resource: str
    condition: str = ""

    @property
    def is_every_action(self) -> bool:
        """Whether the action is `*` or a whole service's."""
        return self.action == "*" or self.action.endswith(":*")

    @property
    def is_everywhere(self) -> bool:
        """Whether the resource is `*`."""
        return self.resource == "*"

    @property
    def is_read(self) -> bool:
        """Whether the action only looks; many such actions take no resource but `*`."""
        verb = self.action.partition(":")[2].lower()
        return verb.startswith(_READS)

    @property
    def is_powerful(self) -> bool:
        """Whether the action leads to other permissions, or to secrets."""
        pattern = self.action.lower()
        return any(fnmatch.fnmatchcase(action, pattern) for action in _POWERFUL)

    def covers(self, other: Grant) -> bool:
        """Whether whatever the other allows is allowed by this one."""
        return (
            fnmatch.fnmatchcase(other.action.lower(), self.action.lower())
            and fnmatch.fnmatchcase(other.resource, self.resource)
            and self.condition in ("", other.condition)
        )


@dataclass(frozen=True)
class Principal:
    """Somebody who may assume a role, and on which conditions."""

    kind: str
    identity: str
    condition: str

    @property
    def is_anyone(self) -> bool:
        """Whether it is everybody, without a condition."""
        return self.identity == "*" and not self.condition

    @property
    def is_service(self) -> bool:
        """Whether it is an AWS service."""
        return self.kind == "Service"


def grants(document: Json) -> set[Grant]:
    """Return what a policy allows; what it denies is not subtracted.

    A `NotAction` or `NotResource` allows all the rest, and counts as `*`.
    """
    return {
        Grant(action, resource, _condition(statement))
        for statement in _allowing(document)
        for action in (["*"] if "NotAction" in statement else _texts(statement.get("Action")))
        for resource in (["*"] if "NotResource" in statement else _texts(statement.get("Resource")))
    }


def principals(document: Json) -> set[Principal]:
    """Return who a trust policy lets in."""
    found = set()
    for statement in _allowing(document):
        condition = _condition(statement)
        who = statement.get("Principal")
        if isinstance(who, str):
            found.add(Principal("AWS", who, condition))
        for kind, identities in who.items() if isinstance(who, dict) else ():
            found |= {Principal(kind, identity, condition) for identity in _texts(identities)}
        if "NotPrincipal" in statement:
            found.add(Principal("AWS", "*", condition))
    return found


def added(before: Json, after: Json) -> list[Grant]:
    """Return the grants of a policy that its earlier text did not cover, in a fixed order."""
    old = grants(before)
    new = {grant for grant in grants(after) if not any(known.covers(grant) for known in old)}
    return sorted(new, key=lambda grant: (grant.action, grant.resource, grant.condition))


def _allowing(document: Json) -> Iterator[dict[str, Json]]:
    decoded = embedded_json(document)
    statements = decoded.get("Statement") if isinstance(decoded, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, dict) and statement.get("Effect", "Allow") == "Allow":
            yield statement


def _condition(statement: dict[str, Json]) -> str:
    condition = statement.get("Condition")
    return json.dumps(condition, sort_keys=True) if condition else ""


def _texts(value: Json) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]


def account_of(arn: Json) -> str:
    """Return the account in an ARN, or of a bare account id; empty where there is none."""
    if not isinstance(arn, str):
        return ""
    if _ACCOUNT.fullmatch(arn):
        return arn
    parts = arn.split(":")
    place = 4
    found = parts[place] if len(parts) > place else ""
    return found if _ACCOUNT.fullmatch(found) else ""
