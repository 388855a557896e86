"""The JSON Schema beside the specs says what the spec says."""

import json
from typing import Any

import yaml

from constructs_lib.spec import ClusterSpec, schema
from tests import golden, synthesis


def test_committed_schema_is_the_specs() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.text(), "run `make schema`"


def test_every_field_has_a_description() -> None:
    document = json.loads(schema.text())

    undescribed = [
        f"{name}.{key}"
        for name, section in {"ClusterSpec": document, **document["$defs"]}.items()
        for key, field in section["properties"].items()
        if not field.get("description")
    ]
    assert undescribed == []


def test_no_section_takes_an_unknown_key() -> None:
    document = json.loads(schema.text())

    assert all(
        section["additionalProperties"] is False
        for section in [document, *document["$defs"].values()]
    )


def test_specs_name_the_schema_for_editors() -> None:
    text = synthesis.LOVELACE.read_text(encoding="utf-8")

    assert text.startswith(f"# yaml-language-server: $schema={schema.PATH.name}\n")


def test_every_key_of_the_golden_specs_is_in_the_schema() -> None:
    document = json.loads(schema.text())

    for case in golden.cases():
        spec = yaml.safe_load(golden.spec(case).read_text(encoding="utf-8"))
        assert set(spec) <= set(document["properties"]), case.name


def test_defaults_of_the_schema_are_the_specs() -> None:
    properties: dict[str, Any] = json.loads(schema.text())["properties"]

    for key, field in ClusterSpec.model_fields.items():
        if not field.is_required() and field.default is not None:
            assert "default" in properties[key], key
