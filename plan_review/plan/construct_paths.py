"""What the synthesised stack (`cdk.tf.json`) adds: construct paths, the stack's name, the backend.

CDKTF writes a construct's path into the `//` metadata of each resource; Terraform drops it
from the plan. The backend says which bucket holds this stack's own state.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from plan_review.errors import ReviewError
from plan_review.plan import ResourceChange, decode_json
from plan_review.plan.paths import Json, at


@dataclass(frozen=True)
class Stack:
    """A synthesised stack, or nothing when none was given."""

    name: str = ""
    paths: dict[tuple[str, str], str] = field(default_factory=dict)
    state_bucket: str = ""
    lock_table: str = ""
    variables: dict[str, Json] = field(default_factory=dict)
    """The defaults of its variables, of those that have one."""
    state: str = ""
    """Where the state is, as a person would write it; empty when it is not known."""

    def path_of(self, change: ResourceChange) -> str:
        """The construct path of a resource, empty when it is not known."""
        return "" if change.module_address else self.paths.get((change.type, change.name), "")


def parse_stack(raw: bytes) -> Stack:
    """Parse the bytes of a `cdk.tf.json`."""
    return read_stack(decode_json(raw, "the stack's JSON"))


def read_stack(document: Json) -> Stack:
    """Read a decoded `cdk.tf.json`.

    Raises:
        ReviewError: it is not one.
    """
    if not isinstance(document, dict):
        raise ReviewError("the stack's JSON is not an object")
    resources = document.get("resource", {})
    if not isinstance(resources, dict):
        raise ReviewError("the stack's JSON: resource: expected an object")
    paths = {
        (kind, name): path
        for kind, blocks in resources.items()
        if isinstance(blocks, dict)
        for name, block in blocks.items()
        if isinstance(path := at(block, ("//", "metadata", "path")), str)
    }
    backend = at(document, ("terraform", "backend", "s3"))
    return Stack(
        name=_text(at(document, ("//", "metadata", "stackName"))),
        paths=paths,
        state_bucket=_text(at(backend, ("bucket",))),
        lock_table=_text(at(backend, ("dynamodb_table",))),
        variables=_defaults(document.get("variable")),
        state=_place(document),
    )


def _defaults(variables: Json) -> dict[str, Json]:
    blocks = variables.items() if isinstance(variables, dict) else ()
    return {
        name: block["default"]
        for name, block in blocks
        if isinstance(block, dict) and "default" in block
    }


def _place(document: Json) -> str:
    """Where the backend keeps the state: an object of a bucket, or a file of the checkout."""
    bucket = _text(at(document, ("terraform", "backend", "s3", "bucket")))
    key = _text(at(document, ("terraform", "backend", "s3", "key")))
    path = _text(at(document, ("terraform", "backend", "local", "path")))
    return f"s3://{bucket}/{key}" if bucket else path.removeprefix("../../../")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
