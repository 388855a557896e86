"""What holds for the Terraform JSON of every golden case, whatever its spec says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.tables import newer_arguments
from constructs_lib.terraform.providers import PROVIDER_VERSIONS
from tests import golden
from tests.terraform_json import Document, blocks, known, of_kind, references, texts

FILES = sorted(golden.DIRECTORY.glob(f"**/{golden.JSON}"))

AS_PRINTED = "chapter7-as-printed"
ADOPTED = ("adopted", AS_PRINTED)

MADE_HERE = [path for path in FILES if path.parent.name not in ADOPTED]
"""An adopted cluster has other names, volumes and policies: keeping them is what it is about."""

WORLD = {"0.0.0.0/0", "::/0"}

OPEN_TO_THE_WORLD = {
    ("everything", "aws_security_group_rule.nodes-ingress-http"): "its spec says so in words",
    ("chapter7-as-printed", "aws_security_group.ssh_bastion"): "as in the chapter, in words",
}
"""Ingress from everywhere that is meant: case and address, and why."""

ON_EVERY_RESOURCE = {
    ("data.aws_iam_policy_document.cluster-autoscaler", None): "describing knows no resources",
    ("data.aws_iam_policy_document.lb-controller", None): "what is made has no name before",
    ("data.aws_iam_policy_document.external-dns", None): "listing knows no resources",
    ("data.aws_iam_policy_document.karpenter", None): "describing and listing, likewise",
    ("data.aws_iam_policy_document.draining", None): "describing groups and instances, likewise",
    ("data.aws_iam_policy_document.pod-shop", None): "its spec says any_resource",
    ("data.aws_iam_policy_document.kube2iam", "Regions"): "ec2:DescribeRegions knows no resources",
}
"""IAM statements that may allow something on `*`: address and sid, and why."""

NAMED_BY_THE_SPEC = {
    "aws_cloudwatch_log_group.control_plane": "EKS writes to this name and no other",
    "aws_dynamodb_table.lock": "it serves several clusters, and the backend asks for it by name",
}
"""Physical names that do not start with the cluster's, and why."""

SECRETS = {
    "an AWS access key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a secret in a setting": r"(?i)(password|passwd|secret_?key|api_?key|bearer)\W{0,4}[:=]",
    "a token of Kubernetes": r"\beyJ[\w-]{20,}\.",
}


@pytest.fixture(params=FILES, ids=lambda path: str(path.parent.relative_to(golden.DIRECTORY)))
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def document(path: Path) -> Document:
    parsed: Document = json.loads(path.read_text(encoding="utf-8"))
    return parsed


@pytest.fixture(params=MADE_HERE, ids=lambda path: str(path.parent.relative_to(golden.DIRECTORY)))
def made_here(request: pytest.FixtureRequest) -> Document:
    parsed: Document = json.loads(request.param.read_text(encoding="utf-8"))
    return parsed


def test_no_address_is_there_twice(path: Path) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), keys
        return dict(pairs)

    json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)


def test_every_name_is_one_that_terraform_takes(document: Document) -> None:
    for section in ("resource", "data"):
        for names in document.get(section, {}).values():
            assert [name for name in names if not re.fullmatch(r"[A-Za-z_][\w-]*", name)] == []


def test_every_opening_is_described(path: Path, document: Document) -> None:
    if path.parent.name == AS_PRINTED:  # the chapter describes few
        return
    for address, opening in _openings(document):
        assert opening.get("description"), address


def test_nothing_is_open_to_the_world_unless_meant(path: Path, document: Document) -> None:
    case = path.relative_to(golden.DIRECTORY).parts[0]
    open_to_the_world = {
        (case, address)
        for address, opening in _openings(document)
        if opening["direction"] == "ingress" and _sources(opening) & WORLD
    }

    meant = {key for key in OPEN_TO_THE_WORLD if key[0] == case and key[1] in blocks(document)}

    assert open_to_the_world == meant


def test_nothing_is_allowed_on_every_resource_unless_argued(made_here: Document) -> None:
    for address, block in blocks(made_here).items():
        for statement in block.get("statement", []):
            if statement.get("effect") == "Deny":
                continue
            assert not any("*" in action for action in statement["actions"]), address
            if "*" in statement.get("resources", []):
                assert (address, statement.get("sid")) in ON_EVERY_RESOURCE, address


def test_policies_are_written_as_documents_only(document: Document) -> None:
    for address, block in blocks(document).items():
        for argument in ("policy", "assume_role_policy", "inline_policy"):
            if argument in block:
                assert block[argument].startswith("${data.aws_iam_policy_document."), address


def test_physical_names_start_with_the_clusters(made_here: Document) -> None:
    found = blocks(made_here)
    for address, block in found.items():
        if address.startswith("data.") or address in NAMED_BY_THE_SPEC:
            continue
        for argument in ("name", "name_prefix"):
            name = block.get(argument)
            if name in {f"${{{other}.name}}" for other in found}:
                name = found[name[2:-1].removesuffix(".name")]["name"]
            # an alias of a key says so in front, and an organisation may have a prefix
            plain = name and re.sub("^(alias/|acme-)", "", name)
            assert plain is None or plain.startswith("${var.cluster_name}"), address


def test_nothing_looks_like_a_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    for what, pattern in SECRETS.items():
        assert not re.search(pattern, text), what


def test_every_reference_points_to_something(document: Document) -> None:
    there = known(document)
    for path, text in texts(document):
        if "depends_on[" in path:
            assert text in there, path
        assert references(text) <= there, path
    assert "TfToken" not in json.dumps(document)


def test_everything_declared_is_in_use(document: Document) -> None:
    used = {ref for _, text in texts(document) for ref in references(text)}
    declared = {address for address in known(document) if address.startswith(("data.", "local."))}

    assert sorted(declared - used) == []


def test_machines_ask_for_credentials_with_a_session(made_here: Document) -> None:
    for kind in ("aws_launch_template", "aws_instance"):
        for name, machine in of_kind(made_here, kind).items():
            assert machine["metadata_options"]["http_tokens"] == "required", name
            assert machine["metadata_options"].get("http_put_response_hop_limit", 1) == 1, name


def test_node_volumes_are_encrypted_and_their_roots_gp3(made_here: Document) -> None:
    for name, template in of_kind(made_here, "aws_launch_template").items():
        root, *others = template["block_device_mappings"]
        assert root["ebs"]["volume_type"] == "gp3", name
        for volume in (root, *others):
            assert volume["ebs"]["encrypted"] == "true", name
    for name, instance in of_kind(made_here, "aws_instance").items():
        assert (
            instance["root_block_device"] | {"encrypted": True, "volume_type": "gp3"}
            == (instance["root_block_device"])
        ), name


def test_number_of_nodes_is_the_autoscalers_to_say(document: Document) -> None:
    for name, group in of_kind(document, "aws_autoscaling_group").items():
        assert "desired_capacity" not in group, name


def test_providers_are_ranges(document: Document) -> None:
    required = document["terraform"]["required_providers"]

    assert required.keys() == PROVIDER_VERSIONS.keys()
    for name, provider in required.items():
        assert provider["source"] == f"hashicorp/{name}"
    asked = [
        found
        for kind, named in document["resource"].items()
        for block in named.values()
        if (found := newer_arguments.release(kind, block)) is not None
    ]
    floor = "{}.{}".format(*max(asked)) if asked else "5.100"
    assert required["aws"]["version"] == f">= {floor}, < 7"
    for provider in required.values():
        assert re.fullmatch(r">= [\d.]+, < \d+", provider["version"])


def test_arns_are_of_the_regions_partition(document: Document) -> None:
    region = document["provider"]["aws"][0]["region"]
    partition = "aws-cn" if region.startswith("cn-") else "aws"

    for path, text in texts(document):
        assert set(re.findall(r"\barn:(aws[a-z-]*):", text)) <= {partition}, path


def test_literal_dollars_of_a_spec_reach_nobody_as_expressions() -> None:
    document = json.loads((golden.DIRECTORY / "everything" / golden.JSON).read_text("utf-8"))

    manifest = document["locals"]["storage-class_manifest"]
    assert "$${this} and %%{that}" in manifest
    values = document["resource"]["aws_eks_addon"]["vpc-cni"]["configuration_values"]
    assert "$${not_terraforms}" in values


def test_allow_lists_hold_nothing_that_is_gone() -> None:
    documents = {path: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
    cases_and_addresses = {
        (path.relative_to(golden.DIRECTORY).parts[0], address)
        for path, document in documents.items()
        for address in blocks(document)
    }
    addresses = {address for _, address in cases_and_addresses}

    assert OPEN_TO_THE_WORLD.keys() <= cases_and_addresses
    assert {address for address, _ in ON_EVERY_RESOURCE} <= addresses
    assert NAMED_BY_THE_SPEC.keys() <= addresses


def _openings(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every rule of every security group, whichever resource says it."""
    for address, block in blocks(document).items():
        if address.startswith("aws_security_group."):
            for direction in ("ingress", "egress"):
                for rule in block.get(direction, []):
                    yield address, {**rule, "direction": direction}
        elif address.startswith("aws_security_group_rule."):
            yield address, {**block, "direction": block["type"]}
        elif address.startswith("aws_vpc_security_group_"):
            direction = "egress" if "_egress_" in address else "ingress"
            yield address, {**block, "direction": direction}


def _sources(opening: dict[str, Any]) -> set[str]:
    lists = ("cidr_blocks", "ipv6_cidr_blocks")
    singles = ("cidr_ipv4", "cidr_ipv6")
    return {
        *(cidr for name in lists for cidr in opening.get(name) or []),
        *(opening[name] for name in singles if opening.get(name)),
    }


def test_no_expression_holds_another_interpolation(document: Document) -> None:
    """`${concat(${...})}` is no expression; within quotes, `"${...}"`, it is a template."""
    nested = re.compile(r"""\$\{[^"}]*\$\{""")
    own = {name: part for name, part in document.items() if name != "locals"}
    assert [found for found in texts(own) if nested.search(found[1])] == []
