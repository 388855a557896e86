"""IAM policy documents as sets of grants, so that two of them can be subtracted."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from plan_review.facts.cidr import covers_the_internet, networks, not_covered
from plan_review.plan import ResourceChange
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


_READS_DATA: Final = (
    "athena:getqueryresults",
    "dynamodb:batchgetitem",
    "dynamodb:getitem",
    "kinesis:getrecords",
    "s3:getobject",
    "s3:getobjectversion",
    "ssm:getparameterhistory",
)
"""Actions that look, and what they show is what others keep."""
_PARTS_OF_AN_ARN: Final = 6
_NAMED_AT_ONCE: Final = ("s3", "sns", "sqs")
"""Services whose ARNs end in a name, without the type of the resource before it."""


_IF_THERE: Final = "ifexists"
"""What ends an operator that holds, too, where the request has no such key."""

_NARROWING: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principaltag",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "elasticfilesystem:accessedviamounttarget",
        "kms:calleraccount",
        "lambda:eventsourcetoken",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "sns:endpoint",
        "sts:externalid",
    }
)
"""Keys of conditions that say who asks, or from where."""


_PUBLIC_ISSUERS: Final = (
    "oidc-provider/agent.buildkite.com",
    "oidc-provider/app.terraform.io",
    "oidc-provider/gitlab.com",
    "oidc-provider/token.actions.githubusercontent.com",
)
"""Where anybody can get a token; only the subject in it says whose it is."""


@dataclass(frozen=True)
class Grant:
    """One action allowed, or denied, on one resource."""

    action: str
    resource: str
    condition: str = ""

    @property
    def is_every_action(self) -> bool:
        """Whether the action is `*` or a whole service's."""
        return self.action == "*" or self.action.endswith(":*")

    @property
    def is_everywhere(self) -> bool:
        """Whether the resource is `*`, or a pattern that says the same in more letters.

        `arn:aws:iam::*:role/*` is every role, `arn:aws:s3:::*` every bucket and object.
        """
        if not self.resource.strip("*:"):
            return True
        parts = self.resource.split(":", _PARTS_OF_AN_ARN - 1)
        if len(parts) < _PARTS_OF_AN_ARN:
            return self.resource.endswith("*") and self.resource.count(":") <= 2  # noqa: PLR2004  # arn:aws:*
        kind, separator, rest = parts[-1].replace(":", "/").partition("/")
        if parts[2] in _NAMED_AT_ONCE:
            return not parts[-1].strip("*/:")
        return not (rest if separator else kind).strip("*/")

    @property
    def is_in_every_account(self) -> bool:
        """Whether it assumes roles of whatever account: `arn:aws:iam::*:role/admin`."""
        parts = self.resource.split(":")
        return (
            len(parts) >= _PARTS_OF_AN_ARN
            and parts[2] == "iam"
            and parts[4] == "*"
            and fnmatch.fnmatchcase("sts:assumerole", self.action.lower())
        )

    @property
    def is_read(self) -> bool:
        """Whether the action only looks; many such actions take no resource but `*`."""
        action = self.action.lower()
        return action not in _READS_DATA and action.partition(":")[2].startswith(_READS)

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
            and is_as_narrow(other.condition, self.condition)
        )


@dataclass(frozen=True)
class Principal:
    """Somebody who may assume a role, and on which conditions."""

    kind: str
    identity: str
    condition: str

    @property
    def is_anyone(self) -> bool:
        """Whether it is everybody, without a condition that says from where or for whom."""
        return self.identity == "*" and not any(
            _narrows(operator, key, values)
            for (operator, key), values in _clauses(self.condition).items()
        )

    @property
    def is_any_subject(self) -> bool:
        """Whether it is whoever has a token of a public issuer: every repository of GitHub, say."""
        return self.identity.endswith(_PUBLIC_ISSUERS) and not any(
            key.endswith((":sub", ":repository_owner", ":repository_owner_id", ":namespace_path"))
            and _narrows(operator, ":sub", values)
            and not any(value.startswith(("repo:*", "project_path:*")) for value in values)
            for (operator, key), values in _clauses(self.condition).items()
        )

    def covers(self, other: Principal) -> bool:
        """Whether whoever the other lets in is let in by this one."""
        same_kind = self.kind == other.kind or self.identity == "*"
        same = self.identity in (other.identity, "*")
        return same_kind and same and is_as_narrow(other.condition, self.condition)

    @property
    def is_service(self) -> bool:
        """Whether it is an AWS service."""
        return self.kind == "Service"


def policy_argument(change: ResourceChange) -> str:
    """The argument in which an object has its policy."""
    if change.type == "aws_ssoadmin_permission_set_inline_policy":
        return "inline_policy"
    return "content" if change.type == "aws_organizations_policy" else "policy"


def grants(document: Json) -> set[Grant]:
    """What a policy allows; what it denies is not subtracted.

    A `NotAction` or `NotResource` allows all the rest, and counts as `*`.
    """
    return _grants(document, "Allow")


def denials(document: Json) -> set[Grant]:
    """What a policy denies; a denial of `NotAction` or `NotResource` denies all the rest."""
    return _grants(document, "Deny")


def _grants(document: Json, effect: str) -> set[Grant]:
    return {
        Grant(action, resource, _condition(statement))
        for statement in statements(document, effect)
        for action in (["*"] if "NotAction" in statement else _texts(statement.get("Action")))
        for resource in _resources(statement)
    }


def _resources(statement: dict[str, Json]) -> list[str]:
    """What a statement is about; a trust policy names nothing, and is about its role."""
    is_of_trust = "Resource" not in statement and "Principal" in statement
    return ["*"] if "NotResource" in statement or is_of_trust else _texts(statement.get("Resource"))


def principals(document: Json) -> set[Principal]:
    """Who a trust policy lets in."""
    found = set()
    for statement in statements(document):
        condition = _condition(statement)
        who = statement.get("Principal")
        if isinstance(who, str):
            found.add(Principal("AWS", who, condition))
        for kind, identities in who.items() if isinstance(who, dict) else ():
            found |= {Principal(kind, identity, condition) for identity in _texts(identities)}
        if "NotPrincipal" in statement:
            found.add(Principal("AWS", "*", condition))
    return found


def openings(document: Json) -> set[tuple[Principal, str]]:
    """Who may do what by a resource's own policy, each principal with one action."""
    found = set()
    for statement in statements(document):
        actions = ["*"] if "NotAction" in statement else _texts(statement.get("Action"))
        for who in principals({"Statement": [statement]}):
            found |= {(who, action) for action in actions}
    return found


def opened(before: Json, after: Json) -> list[tuple[Principal, str]]:
    """Who may newly do what by a resource's own policy, in a fixed order."""
    old = openings(before)
    new = {
        (who, action)
        for who, action in openings(after)
        if not any(
            known.covers(who) and fnmatch.fnmatchcase(action.lower(), its_action.lower())
            for known, its_action in old
        )
    }
    return sorted(new, key=lambda pair: (pair[0].identity, pair[0].condition, pair[1]))


def added(before: Json, after: Json) -> list[Grant]:
    """The grants of a policy that its earlier text did not cover, in a fixed order."""
    if before == after:
        return []
    old = grants(before)
    new = {grant for grant in grants(after) if not any(known.covers(grant) for known in old)}
    return sorted(new, key=lambda grant: (grant.action, grant.resource, grant.condition))


def taken_away(before: Json, after: Json) -> list[Grant]:
    """The grants of an earlier policy that its new text does not cover."""
    return added(after, before)


def undenied(before: Json, after: Json) -> list[Grant]:
    """What an earlier policy denied and its new text denies no longer, or not always."""
    new = denials(after)
    gone = {old for old in denials(before) if not any(known.covers(old) for known in new)}
    return sorted(gone, key=lambda grant: (grant.action, grant.resource, grant.condition))


def is_as_narrow(condition: str, other: str) -> bool:
    """Whether whatever meets one condition meets the other too.

    Both are JSON as a policy has it, empty for none. A condition is narrower where it asks for
    more at once, or admits fewer values.
    """
    if other in ("", condition):
        return True
    asked, known = _clauses(condition), _clauses(other)
    return bool(known) and all(
        any(
            _is_within(operator, its_operator, values, its_values)
            for (operator, key), values in asked.items()
            if key == its_key
        )
        for (its_operator, its_key), its_values in known.items()
    )


def _is_within(operator: str, other: str, values: frozenset[str], others: frozenset[str]) -> bool:
    """Whether what meets one clause meets another of the same key: `equals` meets `like`."""
    if operator.endswith(_IF_THERE) and not other.endswith(_IF_THERE):
        return False
    operator, other = operator.removesuffix(_IF_THERE), other.removesuffix(_IF_THERE)
    if operator.startswith("not"):
        return operator == other and others <= values
    if operator == other == "ipaddress":
        return not not_covered(networks(sorted(values)), networks(sorted(others)))
    if operator in ("equals", "like") and other == "like":
        return all(any(_is_like(value, pattern) for pattern in others) for value in values)
    is_plain = other == "equals" and operator == "like" and not any("*" in v for v in values)
    return (operator == other or is_plain) and values <= others


def _is_like(value: str, pattern: str) -> bool:
    """Whether a pattern of a policy, with `*` and `?` alone, covers a value or a pattern."""
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _narrows(operator: str, key: str, values: frozenset[str]) -> bool:
    """Whether a clause leaves somebody out; one that asks for TLS, say, leaves nobody out.

    One that names who is not meant leaves all the others in, and one that counts only where the
    key is there leaves in whoever comes without it.
    """
    if operator.startswith(("not", "forallvalues")) or operator.endswith(_IF_THERE):
        return False
    if key in ("aws:sourceip", "aws:vpcsourceip"):
        return not covers_the_internet(networks(sorted(values)))
    if key not in _NARROWING and not key.endswith((":sub", ":aud", ":sourceaccount")):
        return False
    return not values <= {"*", "arn:*", "arn:aws:*"}


def _clauses(condition: str) -> dict[tuple[str, str], frozenset[str]]:
    """What a condition asks for: operator and key, each with the values it admits."""
    decoded = embedded_json(condition)
    found: dict[tuple[str, str], frozenset[str]] = {}
    for operator, keys in decoded.items() if isinstance(decoded, dict) else ():
        name = operator.lower().replace("string", "").replace("arn", "")
        for key, values in keys.items() if isinstance(keys, dict) else ():
            listed = values if isinstance(values, list) else [values]
            found[(name, key.lower())] = frozenset(map(str, listed))
    return found


def statements(document: Json, effect: str = "Allow") -> Iterator[dict[str, Json]]:
    """The statements of a policy that have an effect; JSON in a string, or decoded."""
    decoded = document if isinstance(document, dict) else embedded_json(document)
    found = decoded.get("Statement") if isinstance(decoded, dict) else None
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict) and statement.get("Effect", "Allow") == effect:
            yield statement


def _condition(statement: dict[str, Json]) -> str:
    condition = statement.get("Condition")
    return json.dumps(condition, sort_keys=True) if condition else ""


def _texts(value: Json) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]


def account_of(arn: Json) -> str:
    """The account in an ARN, or of a bare account id; empty where there is none."""
    if not isinstance(arn, str):
        return ""
    if _ACCOUNT.fullmatch(arn):
        return arn
    parts = arn.split(":")
    place = 4
    found = parts[place] if len(parts) > place else ""
    return found if _ACCOUNT.fullmatch(found) else ""
