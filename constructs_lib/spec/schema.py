"""The JSON Schema of a spec, for editors: ``python -m constructs_lib.spec.schema`` rewrites it."""

import json
from pathlib import Path

from constructs_lib.spec import ClusterSpec

PATH = Path(__file__).resolve().parents[2] / "clusters" / "schema.json"


def text() -> str:
    """Give the schema as it is committed."""
    schema = ClusterSpec.model_json_schema()
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2)
        + "\n"
    )


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
