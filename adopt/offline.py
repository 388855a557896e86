"""What Terraform plans on without any cloud: a stack's JSON and the state that it takes over.

The plan shows what the first apply would change, by the provider's own rules. It is made with
``-refresh=false``, data sources that ask AWS are replaced by what the state says, and nothing of it
is ever applied.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from adopt.parts import CLUSTER, Parts
from adopt.state import MISSING, Resource, each_text, value_at

PURE = frozenset({"aws_iam_policy_document"})
"""Data sources that the provider works out by itself."""

_DATA = re.compile(r"\bdata\.(\w+)\.([\w-]+)((?:\.\w+|\[\d+\])*)")

_SUBNET_ID = re.compile(r"subnet-\w+")

_PROVIDER = {
    "access_key": "nobody",
    "secret_key": "nobody",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "skip_region_validation": True,
    "skip_requesting_account_id": True,
}
"""Arguments with which the provider calls nothing when it starts.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs#argument-reference
"""

OLDEST = "1.11.0"
"""The oldest Terraform that this project works with, which any other reads."""

_KEPT_OF_THE_PROVIDER = ("region", "default_tags", "ignore_tags")


def configuration(document: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    """The JSON of a stack, so that it plans without credentials and shows every replacement."""
    offline: dict[str, Any] = json.loads(json.dumps(document))
    settings = offline.get("terraform", {})
    settings.pop("backend", None)
    for provider in offline.get("provider", {}).get("aws", []):
        kept = {key: provider[key] for key in _KEPT_OF_THE_PROVIDER if key in provider}
        provider.clear()
        provider.update({**kept, **_PROVIDER})
    for name in ("output", "removed", "import", "check"):
        offline.pop(name, None)
    for blocks in offline.get("resource", {}).values():
        for block in blocks.values():
            block.get("lifecycle", {}).pop("prevent_destroy", None)
            block.pop("provisioner", None)
    asked = {kind: blocks for kind, blocks in offline.get("data", {}).items() if kind not in PURE}
    for kind in asked:
        del offline["data"][kind]
    known = _known(offline, asked, parts)
    if known:
        offline.setdefault("locals", {}).update(
            {_local(kind, name): values for (kind, name), values in known.items()}
        )
    replaced: dict[str, Any] = json.loads(
        _DATA.sub(
            lambda found: (
                found[0] if found[1] in PURE else f"local.{_local(found[1], found[2])}{found[3]}"
            ),
            json.dumps(offline),
        )
    )
    return replaced


def _local(kind: str, name: str) -> str:
    return f"data__{kind}__{name}"


def _known(
    offline: Mapping[str, Any], asked: Mapping[str, Mapping[str, Any]], parts: Parts
) -> dict[tuple[str, str], dict[str, Any]]:
    """What the state knows of the data sources that would ask AWS."""
    known: dict[tuple[str, str], dict[str, Any]] = {
        (kind, name): {} for kind, blocks in asked.items() for name in blocks
    }
    account = parts.of(CLUSTER).text("arn").split(":")[4]
    for (kind, name), values in known.items():
        if kind == "aws_caller_identity":
            values["account_id"] = account
        elif kind == "aws_subnet":
            there = str(asked[kind][name].get("for_each"))
            values |= {id_: parts.subnets_by_id[id_].values for id_ in _SUBNET_ID.findall(there)}
    placed = {address.partition("[")[0]: resource.values for address, resource in parts.placed()}
    for kind, blocks in offline.get("resource", {}).items():
        for name, block in blocks.items():
            for path, text in each_text(block):
                whole = _DATA.fullmatch(text.removeprefix("${").removesuffix("}"))
                if whole is None or (whole[1], whole[2]) not in known:
                    continue
                attribute = whole[3].lstrip(".")
                there = value_at(placed.get(f"{kind}.{name}"), path)
                known[whole[1], whole[2]].setdefault(attribute, None if there is MISSING else there)
    return known


def state_file(resources: Iterable[Resource]) -> dict[str, Any]:
    """A state with `resources`, in the form in which Terraform keeps it (version 4)."""
    blocks: dict[tuple[str, str, str], dict[str, Any]] = {}
    for resource in resources:
        block = blocks.setdefault(
            (resource.module, resource.type, resource.name),
            {
                **({"module": resource.module} if resource.module else {}),
                "mode": "managed",
                "type": resource.type,
                "name": resource.name,
                "provider": f'provider["{resource.provider}"]',
                "instances": [],
            },
        )
        block["instances"].append(
            {
                **({} if resource.key is None else {"index_key": resource.key}),
                **({"status": "tainted"} if resource.tainted else {}),
                "schema_version": resource.schema_version,
                "attributes": resource.values,
                "sensitive_attributes": [],
            }
        )
    return {
        "version": 4,
        "terraform_version": OLDEST,
        "serial": 1,
        "lineage": "00000000-0000-4000-8000-000000000000",
        "outputs": {},
        "resources": list(blocks.values()),
    }
