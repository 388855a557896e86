"""The dated tables, and the sources that can be had here."""

import gzip
import json
from pathlib import Path
from typing import IO, cast

import botocore

from constructs_lib.tables import addon_names, instance_types, regions, removed_apis


def _enumeration() -> set[str]:
    """The instance types of EC2's own API model."""
    (file,) = Path(botocore.__file__).parent.glob("data/ec2/2016-11-15/service-2.json*")
    with cast("IO[bytes]", gzip.open(file)) if file.suffix == ".gz" else file.open("rb") as opened:
        types: list[str] = json.load(opened)["shapes"]["InstanceType"]["enum"]
    return set(types)


def test_every_instance_type_of_the_table_is_one_of_ec2s() -> None:
    assert len(instance_types.TYPES) > 1_000
    assert _enumeration() >= instance_types.TYPES


def test_every_type_of_ec2s_but_macs_has_the_form_of_one() -> None:
    refused = {name for name in _enumeration() if instance_types.problem(name)}
    assert refused == {name for name in _enumeration() if name.startswith("mac")}


def test_a_type_that_is_newer_than_the_table_is_a_warning_only() -> None:
    assert instance_types.problem("c99.large") is None
    assert instance_types.warning("c99.large") == (
        "is no instance type known on 2026-11-25",
        "did you mean c9g.large? see that EC2 has it",
    )
    assert instance_types.warning("c5.large") is None


def test_regions_of_eks_are_in_the_table() -> None:
    (file,) = Path(botocore.__file__).parent.glob("data/endpoints.json*")
    with cast("IO[bytes]", gzip.open(file)) if file.suffix == ".gz" else file.open("rb") as opened:
        partitions = json.load(opened)["partitions"]
    known = {region for partition in partitions for region in partition["regions"]}
    assert set(regions.ZONES) <= known
    assert all(letters == "".join(sorted(letters)) for letters in regions.ZONES.values())


def test_names_are_in_order() -> None:
    assert list(addon_names.NAMES) == sorted(addon_names.NAMES)


def test_apis_go_once_each() -> None:
    assert removed_apis.REMOVED[("extensions/v1beta1", "Ingress")] == 22
    assert removed_apis.REMOVED[("extensions/v1beta1", "Deployment")] == 16
    assert ("apps/v1", "Deployment") not in removed_apis.REMOVED
