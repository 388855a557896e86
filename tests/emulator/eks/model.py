"""What the emulated EKS remembers, and one request to it."""

import json
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models import ec2_backends
from moto.sts.models import sts_backends

from .errors import EksError, not_found

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/moto"
"""Who calls with any key that is no role's, as moto's own STS has it."""

Json = dict[str, Any]


@dataclass
class Cluster:
    """One cluster; `description` is what DescribeCluster answers."""

    description: Json
    zones: set[str]
    interface_ids: list[str] = field(default_factory=list)
    node_groups: dict[str, Json] = field(default_factory=dict)
    addons: dict[str, Json] = field(default_factory=dict)
    access_entries: dict[str, Json] = field(default_factory=dict)
    access_policies: dict[str, dict[str, Json]] = field(default_factory=dict)
    pod_identity_associations: dict[str, Json] = field(default_factory=dict)
    fargate_profiles: dict[str, Json] = field(default_factory=dict)
    identity_providers: dict[str, Json] = field(default_factory=dict)
    previous_version: str | None = None
    """What it was upgraded from; a rollback goes there, once."""
    creator: str = USER
    """Who made it, and may do everything in it: a user, or a role."""
    upgraded_at: float = 0.0
    updates: dict[str, Json] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.description["name"])

    @property
    def version(self) -> str:
        return str(self.description["version"])

    @property
    def has_access_entries(self) -> bool:
        return bool(self.description["accessConfig"]["authenticationMode"] != "CONFIG_MAP")

    def record_update(self, kind: str, params: Iterable[tuple[str, Any]] = ()) -> Json:
        """Answer as an update does; it is done when it is asked for."""
        update_id = str(uuid.uuid4())
        update = {
            "id": update_id,
            "status": "Successful",
            "type": kind,
            "createdAt": time.time(),
            "errors": [],
            "params": [{"type": name, "value": _text(value)} for name, value in params],
        }
        self.updates[update_id] = update
        return {"update": update}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass
class ApiEndpoint:
    """Where clusters made from now on say their Kubernetes API is, and the CA it is signed by."""

    url: str
    certificate_authority: bytes


@dataclass
class EksModel:
    """Every cluster of every region."""

    clusters: dict[str, dict[str, Cluster]] = field(default_factory=dict)
    api_endpoint: ApiEndpoint | None = None

    def reset(self) -> None:
        self.clusters.clear()
        self.api_endpoint = None


@dataclass
class EksRequest:
    """One signed call: where it goes, its JSON body and its query string."""

    model: EksModel
    region: str
    body: Json
    query: dict[str, list[str]]
    key: str = ""
    """The access key that it is signed with."""

    @property
    def caller(self) -> str:
        """Who calls: the role that the key was given out for, or moto's user."""
        role = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(self.key)
        return USER if role is None else str(role.role_arn)

    @property
    def clusters(self) -> dict[str, Cluster]:
        return self.model.clusters.setdefault(self.region, {})

    @property
    def ec2(self) -> Any:
        """moto's EC2 of this region."""
        return ec2_backends[ACCOUNT][self.region]

    def cluster(self, name: str) -> Cluster:
        if name not in self.clusters:
            raise not_found(f"No cluster found for name: {name}.")
        return self.clusters[name]

    def required(self, key: str) -> Any:
        if self.body.get(key) is None:
            raise EksError("ValidationException", f"{key} is required")
        return self.body[key]

    def first(self, query_key: str) -> str | None:
        return next(iter(self.query.get(query_key, [])), None)

    def arn(self, kind: str, *path: str) -> str:
        return f"arn:aws:eks:{self.region}:{ACCOUNT}:{kind}/" + "/".join(path)


def look_up(store: dict[str, Json], key: str, kind: str) -> Json:
    if key not in store:
        raise not_found(f"No {kind} found for name: {key}.")
    return store[key]
