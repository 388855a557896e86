"""The generated cluster against the chapter's: docs/chapter7.md says what differs, and why.

A difference without a row there fails, and so does a row without its difference.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.chapter7 import BASTION, CHAPTER
from tests.terraform_json import blocks

TABLES = synthesis.ROOT / "docs" / "chapter7.md"

WHOLE = ""
"""The path of a difference that is the whole address: one side has it, the other has not."""

NOT_A_CONTRACT = re.compile(r"(^|\.)(aws_security_group_rule\..*|(in|e)gress\[\d+\])\.description$")
"""The wording of descriptions of rules."""

Path = tuple[str, str]
"""Where a difference is: address, and path of the attribute below it."""


@dataclass(frozen=True)
class Row:
    """A row of the document's tables."""

    address: str
    attribute: str
    chapter: str
    here: str
    why: str

    def covers(self, path: Path) -> bool:
        address, attribute = path
        return fnmatchcase(address, self.address) and (
            attribute == self.attribute or re.match(rf"{re.escape(self.attribute)}[.\[]", attribute)
            is not None
        )  # fmt: skip


@pytest.fixture(scope="module")
def here(synth: Any) -> dict[str, dict[str, Any]]:
    """The generated cluster in the form of `tests.chapter7`; the bastion from one that has it."""
    text = synthesis.LOVELACE.read_text(encoding="utf-8")
    with_bastion = synth(text, key_name="a-key", bastion={"cidr_blocks": ["203.0.113.0/24"]})
    plain = normalised(synth(text))
    assert not set(plain) & set(BASTION), "the bastion is off by default"
    return plain | {a: block for a, block in normalised(with_bastion).items() if a in BASTION}


@pytest.fixture(scope="module")
def differences(here: dict[str, dict[str, Any]]) -> dict[Path, tuple[Any, Any]]:
    """What the chapter says and what is generated, where the two are not the same."""
    found: dict[Path, tuple[Any, Any]] = {}
    for address in {**CHAPTER, **here}:
        if address not in here or address not in CHAPTER:
            found[address, WHOLE] = CHAPTER.get(address), here.get(address)
            continue
        theirs, ours = dict(leaves(CHAPTER[address])), dict(leaves(here[address]))
        for path in {**theirs, **ours}:
            if theirs.get(path) != ours.get(path) and not NOT_A_CONTRACT.search(
                f"{address}.{path}"
            ):
                found[address, path] = theirs.get(path), ours.get(path)
    return found


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [Row(*cells) for cells in tables(TABLES.read_text(encoding="utf-8"))]


def test_every_address_of_both_has_a_row(here: dict[str, Any], rows: list[Row]) -> None:
    for address in {**CHAPTER, **here}:
        assert any(fnmatchcase(address, row.address) for row in rows), address


def test_every_difference_is_documented(
    differences: dict[Path, tuple[Any, Any]], rows: list[Row]
) -> None:
    undocumented = {
        f"{address} {attribute}".strip(): values
        for (address, attribute), values in differences.items()
        if not any(row.covers((address, attribute)) for row in rows if row.why != "same")
    }

    assert undocumented == {}


def test_every_documented_difference_is_one(
    differences: dict[Path, tuple[Any, Any]], rows: list[Row]
) -> None:
    gone = [row for row in rows if row.why != "same" and not any(map(row.covers, differences))]

    assert gone == []


def test_what_is_called_the_same_is_the_same(
    differences: dict[Path, tuple[Any, Any]], rows: list[Row]
) -> None:
    for row in rows:
        if row.why == "same":
            assert row.address in CHAPTER
            different = [
                path
                for path in differences
                if path[0] == row.address
                and not any(r.covers(path) for r in rows if r.address != row.address)
            ]
            assert different == [], row.address


def test_values_in_the_tables_are_the_real_ones(
    differences: dict[Path, tuple[Any, Any]], rows: list[Row]
) -> None:
    for row in rows:
        values = differences.get((row.address, row.attribute))
        if values is None:
            continue
        for cell, value in zip((row.chapter, row.here), values, strict=True):
            if match := re.fullmatch(r"`([^`]*)`", cell):
                shown = value if isinstance(value, str) else json.dumps(value)
                assert match[1] == shown, row
            elif cell == "-":
                assert value is None, row


def test_every_difference_has_a_reason(rows: list[Row]) -> None:
    assert [row for row in rows if len(row.why) < len("same")] == []


def tables(markdown: str) -> Iterator[list[str]]:
    """The cells of the tables whose first column is `Address`."""
    inside = False
    for line in markdown.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0] == "Address":
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= set("-: "):
            address, attribute, *rest = cells
            yield [address.strip("`"), attribute.strip("`"), *rest]


def normalised(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Terraform JSON by address, with what is text in text (YAML) or order in a list unfolded."""
    found = blocks(document)
    terraform = document["terraform"]
    for name, provider in terraform["required_providers"].items():
        found[f"terraform.required_providers.{name}"] = provider
    for name, backend in terraform["backend"].items():
        # bucket and table are their owner's to choose
        own = ("bucket", "dynamodb_table")
        found[f"terraform.backend.{name}"] = {k: v for k, v in backend.items() if k not in own}
    for name, (provider, *_) in document["provider"].items():
        found[f"provider.{name}"] = provider
    for name, variable in document["variable"].items():
        found[f"variable.{name}"] = variable
    for name, output in document["output"].items():
        found[f"output.{name}"] = output
    found["local.kubeconfig"] = _kubeconfig(document["locals"]["kubeconfig"])
    for address, block in found.items():
        if address.startswith("null_resource."):
            manifest = document["locals"][f"{address.partition('.')[2]}_manifest"]
            found[address] = _applied(block, manifest if "aws_auth" in address else None)
        if "tag" in block:
            tags = {t["key"]: [t["value"], t["propagate_at_launch"]] for t in block["tag"]}
            found[address] = {**block, "tag": tags}
        if "filter" in block:
            filters = {f["name"]: f["values"] for f in block["filter"]}
            found[address] = {**block, "filter": filters}
    return found


def _kubeconfig(text: str) -> dict[str, Any]:
    for expression, name in (
        ("${aws_eks_cluster.control_plane.name}", "CLUSTER"),
        ("${aws_eks_cluster.control_plane.endpoint}", "ENDPOINT"),
        ("${aws_eks_cluster.control_plane.certificate_authority[0].data}", "CA_DATA"),
    ):
        text = text.replace(expression, f"<{name}>")
    data = yaml.safe_load(text)
    (cluster,), (user,), (context,) = data["clusters"], data["users"], data["contexts"]
    command = user["user"]["exec"]
    known = {
        "clusters": {"name": cluster["name"], **cluster["cluster"]},
        "users": {
            "name": user["name"],
            "apiVersion": command["apiVersion"],
            "command": " ".join([command["command"], *command["args"]]),
        },
        "contexts": {"name": context["name"], **context["context"]},
        "current-context": data["current-context"],
    }
    named: dict[str, Any] = json.loads(
        re.sub(r"<([A-Z_]+)>", lambda m: f"${{{m[1].lower()}}}", json.dumps(known))
    )
    return named


def _applied(block: dict[str, Any], manifest: str | None) -> dict[str, Any]:
    """A null_resource that applies a manifest: when, what and how."""
    (provisioner,) = block["provisioner"]
    triggers = {
        key: re.sub(r"local\.\w+_manifest", "<manifest>", value)
        for key, value in block["triggers"].items()
    }
    found = {
        "triggers": triggers,
        "local-exec": provisioner["local-exec"]["command"],
        "depends_on": block.get("depends_on", []),
    }
    if manifest is not None:
        data = yaml.safe_load(manifest)
        found["manifest"] = {
            "kind": data["kind"],
            **data["metadata"],
            "mapRoles": yaml.safe_load(data["data"]["mapRoles"]),
        }
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is not a mapping or a list of them, with its path; absent is as null."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    elif value is not None and value != []:
        yield path, value
