"""Which Kubernetes user an IAM principal is, as EKS has it.

https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
https://github.com/kubernetes-sigs/aws-iam-authenticator
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

PrivateDnsName = Callable[[str], str]


@dataclass(frozen=True)
class Principal:
    """Who STS says it was that signed."""

    arn: str
    account: str
    user_id: str

    @property
    def canonical_arn(self) -> str:
        """The IAM role or user, as it is written into aws-auth: without session and path."""
        partition, service, account, resource = re.fullmatch(
            r"arn:([^:]+):([^:]+)::(\d+):(.+)", self.arn
        ).groups()  # type: ignore[union-attr]
        if service == "sts" and resource.startswith("assumed-role/"):
            resource = f"role/{resource.split('/')[1]}"
        return f"arn:{partition}:iam::{account}:{resource}"

    @property
    def session(self) -> str:
        """The name of a role's session; for the nodes' role the instance's ID."""
        return self.arn.split("/")[2] if ":assumed-role/" in self.arn else ""


@dataclass(frozen=True)
class User:
    """A Kubernetes user."""

    name: str
    groups: tuple[str, ...]


def without_path(arn: str) -> str:
    """The ARN of a role or user as sessions show it, which have no path."""
    return re.sub(r":(role|user)/.*/", r":\1/", arn)


def by_access_entry(
    principal: Principal, entries: Iterable[Mapping[str, Any]], dns_name: PrivateDnsName
) -> User | None:
    """The user that an access entry makes of a principal."""
    for entry in entries:
        if without_path(entry["principalArn"]) == principal.canonical_arn:
            name = _filled(entry["username"], principal, dns_name)
            return User(name, tuple(entry["kubernetesGroups"]))
    return None


def by_aws_auth(
    principal: Principal, data: Mapping[str, str], dns_name: PrivateDnsName
) -> User | None:
    """The user that the ConfigMap's `data` makes of a principal: the last of equal roles wins."""
    for section, key in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        mapped = {str(each[key]).lower(): each for each in _entries(data.get(section))}
        if found := mapped.get(principal.canonical_arn.lower()):
            name = _filled(str(found.get("username", "")), principal, dns_name)
            return User(name or principal.canonical_arn, tuple(found.get("groups") or ()))
    return None


def _entries(text: str | None) -> list[dict[str, Any]]:
    """A section of aws-auth; what is no YAML counts for nothing, as at EKS."""
    try:
        return yaml.safe_load(text or "") or []
    except yaml.YAMLError:
        return []


def _filled(template: str, principal: Principal, dns_name: PrivateDnsName) -> str:
    values: dict[str, Callable[[], str]] = {
        "{{EC2PrivateDNSName}}": lambda: dns_name(principal.session),
        "{{SessionName}}": lambda: principal.session.replace("@", "-"),
        "{{SessionNameRaw}}": lambda: principal.session,
        "{{AccountID}}": lambda: principal.account,
    }
    for name, value in values.items():
        if name in template:
            template = template.replace(name, value())
    return template
