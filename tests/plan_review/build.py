"""Small plans by hand: as much of Terraform's JSON as a rule needs to see."""

from __future__ import annotations

import copy
from typing import Any

from plan_review import Review, review

Json = Any
NO_OP, CREATE, UPDATE, DELETE = ["no-op"], ["create"], ["update"], ["delete"]
REPLACE, CREATE_FIRST = ["delete", "create"], ["create", "delete"]


def change(
    address: str,
    actions: list[str],
    before: Json = None,
    after: Json = None,
    unknown: Json = None,
    **rest: Json,
) -> dict[str, Json]:
    """One entry of `resource_changes`; type, name, module and index are told from the address."""
    module, _, local = address.rpartition(".aws_") if ".aws_" in address else ("", "", address)
    local = f"aws_{local}" if module else local
    kind, _, tail = local.partition(".")
    name, _, key = tail.partition("[")
    keys = ("replace_paths", "before_sensitive", "after_sensitive", "importing")
    entry: dict[str, Json] = {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
            **{key: rest.pop(key) for key in keys if key in rest},
        },
        **rest,
    }
    if module:
        entry["module_address"] = module
    if key:
        text = key.removesuffix("]")
        entry["index"] = text.strip('"') if text.startswith('"') else int(text)
    return entry


def same(address: str, values: Json, **rest: Json) -> dict[str, Json]:
    return change(address, NO_OP, values, copy.deepcopy(values), **rest)


def update(address: str, before: Json, **changed: Json) -> dict[str, Json]:
    """An update of some arguments; `unknown` says which become known after the apply."""
    unknown = changed.pop("unknown", {})
    rest = {
        key: changed.pop(key) for key in ("before_sensitive", "after_sensitive") if key in changed
    }
    after = {key: value for key, value in before.items() if unknown.get(key) is not True}
    return change(address, UPDATE, before, {**after, **changed}, unknown, **rest)


def resource(address: str, **expressions: Json) -> dict[str, Json]:
    """One resource block of the configuration."""
    kind, _, name = address.partition(".")
    rest = {
        key: expressions.pop(key)
        for key in ("provisioners", "count_expression", "for_each_expression")
        if key in expressions
    }
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "expressions": expressions,
        **rest,
    }


def refs(*references: str) -> dict[str, Json]:
    """An expression with references, each followed by its shorter forms as Terraform does it."""
    texts: list[str] = []
    for reference in references:
        texts.append(reference)
        parts = reference.split(".")
        while len(parts) > 2:
            parts.pop()
            texts.append(".".join(parts))
    return {"references": texts}


def plan(*changes: dict[str, Json], **rest: Json) -> dict[str, Json]:
    configuration = rest.pop("configuration", None)
    document: dict[str, Json] = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "timestamp": "2026-11-23T00:00:00Z",
        "resource_changes": list(changes),
        "complete": True,
        "errored": False,
        **rest,
    }
    if configuration is not None:
        document["configuration"] = {"root_module": {"resources": configuration}}
    return document


def reviewed(*changes: dict[str, Json], **rest: Json) -> Review:
    stack = rest.pop("stack", None)
    return review(plan(*changes, **rest), stack=stack)


def found(result: Review) -> list[tuple[str, str]]:
    """The findings in short: rule and level."""
    return [(finding.rule, finding.level.value) for finding in result.findings]


def cluster(**values: Json) -> dict[str, Json]:
    """The values of a cluster in two zones."""
    network = {
        "endpoint_public_access": True,
        "endpoint_private_access": True,
        "public_access_cidrs": ["203.0.113.0/24"],
        "subnet_ids": ["subnet-1", "subnet-2"],
        "security_group_ids": ["sg-1"],
        "vpc_id": "vpc-1",
        **values.pop("vpc_config", {}),
    }
    return {
        "id": "lovelace",
        "name": "lovelace",
        "version": "1.35",
        "enabled_cluster_log_types": ["api", "audit"],
        "vpc_config": [network],
        **values,
    }


def subnet(number: int, zone: str, **values: Json) -> dict[str, Json]:
    return {
        "id": f"subnet-{number}",
        "availability_zone": zone,
        "vpc_id": "vpc-1",
        "cidr_block": f"10.1.{number}.0/24",
        **values,
    }


def node_group(**values: Json) -> dict[str, Json]:
    return {
        "id": "lovelace:apps",
        "cluster_name": "lovelace",
        "node_group_name": "apps",
        "version": "1.35",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "scaling_config": [{"desired_size": 2, "max_size": 6, "min_size": 1}],
        **values,
    }


def scaling_group(**values: Json) -> dict[str, Json]:
    return {
        "id": "eks-node-lovelace",
        "name": "eks-node-lovelace",
        "min_size": 1,
        "max_size": 4,
        "desired_capacity": 2,
        "launch_template": [{"id": "lt-1", "version": "1"}],
        "instance_refresh": [{"strategy": "Rolling"}],
        "vpc_zone_identifier": ["subnet-1"],
        "tag": [{"key": "kubernetes.io/cluster/lovelace", "value": "owned"}],
        **values,
    }


def template(**values: Json) -> dict[str, Json]:
    return {
        "id": "lt-1",
        "name": "eks-node",
        "instance_type": "m5.large",
        "latest_version": 1,
        "vpc_security_group_ids": ["sg-2"],
        **values,
    }


def with_network(values: dict[str, Json], **network: Json) -> dict[str, Json]:
    """A cluster's values with some of its network settings changed."""
    return {**values, "vpc_config": [{**values["vpc_config"][0], **network}]}
