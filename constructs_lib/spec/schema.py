"""The JSON Schema of a spec, for editors: ``python -m constructs_lib.spec.schema`` rewrites it."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from constructs_lib.spec import ClusterSpec, words

PATH = Path(__file__).resolve().parents[2] / "clusters" / "schema.json"


class _Schema(GenerateJsonSchema):
    """With the words of each field. A key without a value is a mistake: null is never a choice."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        for key, text in words.of_fields(schema["cls"]).items():
            found["properties"][key]["description"] = text
        return found

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def text() -> str:
    """The schema as it is committed."""
    schema = ClusterSpec.model_json_schema(schema_generator=_Schema)
    _close(schema)
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2)
        + "\n"
    )


def _close(node: Any) -> None:
    """Let no key through that matches none of a mapping's patterns."""
    if isinstance(node, dict):
        if "patternProperties" in node:
            node["additionalProperties"] = False
        for inner in node.values():
            _close(inner)
    elif isinstance(node, list):
        for inner in node:
            _close(inner)


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
