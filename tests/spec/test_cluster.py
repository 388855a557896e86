"""The keys of the cluster itself."""

from pathlib import Path

import pytest

from tests.spec.bad import KEYS, NAME_RULE, VERSIONS, Change, also, instead, told

BAD: dict[str, tuple[Change, str]] = {
    "a word of a key": (
        also('version: "1.36"'),
        "6: version: is not a key of the spec; did you mean kubernetes_version? rename or delete "
        "it",
    ),
    "an unknown key": (
        instead("vpc_cidr", "vpc_cird"),
        "4: vpc_cird: is not a key of the spec; did you mean vpc_cidr? rename or delete it",
    ),
    "an unknown key like no other": (
        also("flavour: sweet"),
        f"6: flavour: is not a key of the spec; the keys here are {KEYS}; rename or delete it",
    ),
    "a version without quotes": (
        instead('"1.36"', "1.30"),
        '5: kubernetes_version: is read by YAML as a number, got 1.30; write it in quotes: "1.30"',
    ),
    "a name that YAML reads as a boolean": (
        instead("name: ada", "name: no"),
        '1: name: is read by YAML as a boolean, got no; write it in quotes: "no"',
    ),
    "a name that YAML reads as a date": (
        instead("name: ada", "name: 2026-01-01"),
        "1: name: differs from the file's name, got 2026-01-01; write name: ada or rename the "
        "file to 2026-01-01.yaml",
    ),
    "a bad name": (
        instead("name: ada", "name: -ada"),
        f"1: name: is not a cluster name, got -ada; {NAME_RULE}",
    ),
    "a name EC2 keeps for itself": (
        instead("name: ada", "name: sg-ada"),
        f"1: name: is not a cluster name, got sg-ada; {NAME_RULE}",
    ),
    "a name too long for IAM": (
        instead("name: ada", f"name: {'a' * 51}"),
        f"1: name: is not a cluster name, got {'a' * 51}; {NAME_RULE}",
    ),
    "a name that is not the file's": (
        instead("name: ada", "name: grace"),
        "1: name: differs from the file's name, got grace; "
        "write name: ada or rename the file to grace.yaml",
    ),
    "a missing key": (
        instead("region: us-west-2\n", ""),
        "1: region: is missing; add it",
    ),
    "a key without a value": (
        instead("region: us-west-2\n", "region:\n"),
        "2: region: is empty; write a text",
    ),
    "a bad region": (
        instead("region: us-west-2\n", "region: us-west2\n"),
        "2: region: is not a region, got us-west2; write its code, like us-west-2",
    ),
    "a retired version": (
        instead("1.36", "1.28"),
        "5: kubernetes_version: was retired by EKS on 2025-11-26, got 1.28; "
        f"use one of {VERSIONS}; an existing cluster was upgraded by AWS, so take its version",
    ),
    "an unknown version": (
        instead("1.36", "v1.36"),
        "5: kubernetes_version: is not a Kubernetes version of EKS, got v1.36; "
        f"did you mean 1.36? EKS offers {VERSIONS}",
    ),
    "a version that is not tested yet": (
        instead("1.36", "1.38"),
        "5: kubernetes_version: is newer than this project has been tested with, got 1.38; "
        f"use one of {VERSIONS}",
    ),
    "an expression of Terraform's": (
        also('key_name: "${var.key}"'),
        "6: key_name: holds what would be taken for an expression, or a control character, "
        "got ${var.key}; write plain text on one line",
    ),
    "an account that YAML reads as a number": (
        also("account_id: 123456789012"),
        "6: account_id: is read by YAML as a number, got 123456789012; write it in quotes: "
        '"123456789012"',
    ),
    "an account that is none": (
        also('account_id: "1234-5678-9012"'),
        "6: account_id: is not the number of an AWS account, got 1234-5678-9012; "
        "write its 12 digits, in quotes",
    ),
    "a section without a value": (
        also("bastion:"),
        "6: bastion: is empty; write a mapping with keys like open_to_the_world: ..., "
        "or delete the key",
    ),
    "a text without a value": (
        also("key_name: # operators"),
        "6: key_name: is empty; write a text, or delete the key",
    ),
    "an item without a value": (
        also("map_users: [~]"),
        "6: map_users[0]: is empty; write a mapping with keys like username: ..., "
        "or delete the line",
    ),
    "a key pair that EC2 refuses": (
        also("key_name: sch\u00f6n"),
        "6: key_name: is not the name of a key pair, got sch\xf6n; use at most 255 ASCII "
        "characters, without spaces at the ends",
    ),
    "a range by half its name": (
        also("cidr: 10.2.0.0/16"),
        "6: cidr: is not a key of the spec; did you mean vpc_cidr? rename or delete it",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
