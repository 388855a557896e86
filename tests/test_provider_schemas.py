"""What is emitted is what the oldest and the newest provider take: tests/provider_schemas."""

import copy
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.tables import newer_arguments
from constructs_lib.terraform.providers import PROVIDER_VERSIONS
from tests.provider_schemas import Schema, bindings, emitted, newest, oldest
from tests.provider_schemas.__main__ import with_objects
from tests.provider_schemas.check import may_be_filled_in, refused
from tests.provider_schemas.documents import documents
from tests.provider_schemas.kept import KEPT, Kept, Way, holds
from tests.provider_schemas.types import OFFERED, OLDEST, types
from tests.synthesis import ROOT

SCHEMAS = [oldest(), newest()]
DOCUMENTS = documents()

OLDER = {("aws_eks_cluster", "remote_network_config"), ("aws_eks_cluster", "outpost_config")}
"""Version 5 knows them, and does something else with them."""

OLDER_AND_REPLACED = {"remote-networks"}

by_provider = pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.provider)


@by_provider
@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_emitted_is_taken(name: str, schema: Schema) -> None:
    asks_for = DOCUMENTS[name]["terraform"]["required_providers"]["aws"]["version"]
    if asks_for != PROVIDER_VERSIONS["aws"] and schema.provider == oldest().provider:
        assert refused(DOCUMENTS[name], schema) or name in OLDER_AND_REPLACED
    else:
        assert refused(DOCUMENTS[name], schema) == []


def test_the_table_of_newer_arguments_is_what_the_schemas_say() -> None:
    in_clusters = {
        kind.removeprefix("resource.")
        for name, document in DOCUMENTS.items()
        if not name.endswith("state")
        for kind, _, _ in emitted(document)
        if kind.startswith("resource.")
    }
    newer = {
        (kind, path)
        for kind in in_clusters
        for path, words in newest().types[f"resource.{kind}"].items()
        if path not in oldest().types[f"resource.{kind}"] and words.split()[0] != "computed"
        # every regional resource has it; and a null that stands there anyway
        if path not in ("region", "route.odb_network_arn")
    }
    table = {
        (kind, path) for kind, paths in newer_arguments.NEWER.items() for path in paths
    } - OLDER

    unnamed = {
        (kind, path)
        for kind, path in newer
        if not newer_arguments.is_newer(kind, tuple(path.split(".")))
    }
    assert unnamed == set()
    assert table - newer == set()


def test_the_schemas_are_of_the_ends_of_the_range() -> None:
    assert oldest().provider == f"hashicorp/aws {OLDEST}"
    assert PROVIDER_VERSIONS["aws"].startswith(f">= {OLDEST.rpartition('.')[0]},")
    assert re.fullmatch(r"hashicorp/aws 6\.\d+\.\d+", newest().provider)


def test_the_readme_says_what_ran_and_what_was_compared() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert f"runs there is {OLDEST}" in readme
    assert f"With {newest().provider.split()[1]}, which has not run" in readme


def test_the_schemas_have_every_type_in_use() -> None:
    newer = {"resource.aws_eks_capability"}

    assert types() - newest().types.keys() == set()
    assert types() - oldest().types.keys() == newer
    assert newest().types.keys() - types() == set(), "run `python -m tests.provider_schemas`"


def test_offered_types_are_those_that_no_golden_file_has() -> None:
    emitted = types() - OFFERED
    assert emitted
    assert not emitted & OFFERED


def test_whatever_aws_may_fill_in_is_named_with_what_keeps_it() -> None:
    assert may_be_filled_in(oldest(), newest()) == set(KEPT)


@pytest.mark.parametrize(("kind", "path"), KEPT, ids=" ".join)
def test_what_keeps_it_is_so(kind: str, path: str) -> None:
    assert holds(kind, path, KEPT[kind, path], DOCUMENTS.values())


# --- it fails when it should -----------------------------------------------------------------


def routes(document: dict[str, Any]) -> list[dict[str, Any]]:
    (route,) = document["resource"]["aws_route_table"]["public"]["route"]
    (default,) = document["resource"]["aws_default_route_table"]["private"]["route"]
    return [route, default]


@pytest.fixture
def lovelace() -> dict[str, Any]:
    return copy.deepcopy(DOCUMENTS["lovelace"])


def test_the_json_of_0_1_is_refused_for_a_key_that_its_bindings_do_not_know(
    lovelace: dict[str, Any],
) -> None:
    for route in routes(lovelace):
        del route["odb_network_arn"]

    assert refused(lovelace, oldest()) == []
    assert refused(lovelace, newest()) == [
        "aws_route_table.public: route.odb_network_arn is not named (null where unset)"
        f" in {newest().provider}"
    ]


def test_a_value_that_an_old_provider_would_lose_in_silence_is_refused(
    lovelace: dict[str, Any],
) -> None:
    routes(lovelace)[0]["odb_network_arn"] = "arn:aws:odb:us-west-2:1:odb-network/x"

    assert refused(lovelace, oldest()) == [
        f"aws_route_table.public: route.odb_network_arn does not exist in {oldest().provider}"
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "colour does not exist"),
        ({"arn": "x"}, "arn cannot be set"),
        ({"role_arn": None}, "role_arn is required"),
        ({"vpc_config": None}, "vpc_config is required"),
        ({"vpc_config": {}}, "vpc_config.subnet_ids is required"),
        ({"vpc_config": [{"subnet_ids": [], "vpc_id": "x"}]}, "vpc_config.vpc_id cannot be set"),
        (
            {"encryption_config": {"resources": ["secrets"], "provider": {}}},
            "encryption_config.provider.key_arn is required",
        ),
    ],
)
def test_what_would_be_refused_is_told(
    change: dict[str, Any], problem: str, lovelace: dict[str, Any]
) -> None:
    lovelace["resource"]["aws_eks_cluster"]["control_plane"] |= change

    for schema in SCHEMAS:
        assert refused(lovelace, schema) == [
            f"aws_eks_cluster.control_plane: {problem} in {schema.provider}"
        ]


def test_a_type_without_a_schema_is_told(lovelace: dict[str, Any]) -> None:
    lovelace["resource"]["aws_batch_job_queue"] = {"a": {}}

    assert refused(lovelace, oldest()) == [
        f"aws_batch_job_queue.a: {oldest().provider} does not have resource.aws_batch_job_queue"
    ]


def test_a_claim_that_is_not_so_is_seen(lovelace: dict[str, Any]) -> None:
    template = "resource.aws_launch_template"
    (options,) = [
        block["metadata_options"] for block in lovelace["resource"]["aws_launch_template"].values()
    ]
    assert "http_tokens" in options
    written, absent, ignored = (Kept(way) for way in (Way.WRITTEN, Way.PARENT_ABSENT, Way.IGNORED))

    assert holds(template, "metadata_options.http_tokens", written, [lovelace])
    assert not holds(template, "metadata_options.http_tokens", absent, [lovelace])
    assert not holds(template, "metadata_options.colour", written, [lovelace])
    assert not holds(template, "metadata_options.http_tokens", ignored, [lovelace])


# --- what is read is what the bindings say -----------------------------------------------------

JAVASCRIPT = """
class VpcRouteOutputReference extends cdktn.ComplexObject {
    // cidr - computed: true, optional: true, required: false
}
class VpcTimeoutsOutputReference extends cdktn.ComplexObject {
    // create - computed: false, optional: true, required: false
}
class Vpc extends cdktn.TerraformResource {
    static tfResourceType = "aws_vpc";
                providerVersion: '6.99.0',
    // arn - computed: true, optional: false, required: false
    // name - computed: false, optional: false, required: true
    // route - computed: true, optional: true, required: false
    _route = new VpcRouteList(this, "route", true);
    // timeouts - computed: false, optional: true, required: false
    _timeouts = new VpcTimeoutsOutputReference(this, "timeouts");
}
//# sourceMappingURL=data:,    // no - computed: true, optional: true, required: false
"""


def test_bindings_are_read_to_the_argument(tmp_path: Path) -> None:

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as package:
        member = tarfile.TarInfo("package/lib/vpc/index.js")
        member.size = len(JAVASCRIPT.encode())
        package.addfile(member, io.BytesIO(JAVASCRIPT.encode()))
    wheel = tmp_path / "cdktn_provider_aws.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("cdktn_provider_aws/_jsii/provider-aws@1.jsii.tgz", packed.getvalue())

    read = bindings.parse(wheel, {"resource.aws_vpc"})

    assert read == Schema(
        "hashicorp/aws 6.99.0",
        {
            "resource.aws_vpc": {
                "arn": "computed",
                "name": "required",
                "route": "optional computed object",
                "route.cidr": "optional computed",
                "timeouts": "optional block",
                "timeouts.create": "optional",
            }
        },
    )


def test_an_attribute_of_objects_stays_one_where_bindings_cannot_tell() -> None:
    old = Schema("old", {"resource.aws_vpc": {"route": "optional object", "log": "optional block"}})
    new = Schema("new", {"resource.aws_vpc": {"route": "optional block", "log": "optional block"}})

    assert with_objects(new, old).types == {
        "resource.aws_vpc": {"route": "optional object", "log": "optional block"}
    }


def test_schemas_are_written_sorted_and_read_back(tmp_path: Path) -> None:
    schema = Schema("aws 1", {"b": {"z": "optional", "a": "required"}, "a": {}})
    schema.write(tmp_path / "schema.json")

    assert Schema.read(tmp_path / "schema.json") == schema
    content = json.loads((tmp_path / "schema.json").read_text(encoding="utf-8"))
    assert list(content["types"]) == ["a", "b"]
    assert list(content["types"]["b"]) == ["a", "z"]
