"""The resources of a state, as ``terraform show -json`` tells them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from constructs_lib.errors import EksClusterError


class StateError(EksClusterError):
    """The input is not a state with a cluster in it; one sentence with the way out."""


@dataclass(frozen=True)
class Resource:
    """An instance of a managed resource."""

    address: str
    type: str
    values: dict[str, Any]

    @property
    def id(self) -> str:
        """The id AWS knows it by."""
        return str(self.values.get("id") or "")

    @property
    def whole_address(self) -> str:
        """The address without the instance's key."""
        return self.address.partition("[")[0] if self.address.endswith("]") else self.address

    def text(self, name: str) -> str:
        """Give an attribute as text; empty where there is none."""
        return str(self.values.get(name) or "")

    def texts(self, name: str) -> list[str]:
        """Give an attribute that is a list or set of texts."""
        return [str(item) for item in self.values.get(name) or []]

    def block(self, name: str) -> dict[str, Any]:
        """Give the first block of a name; empty where there is none."""
        blocks = self.values.get(name) or [{}]
        first: dict[str, Any] = blocks[0] or {}
        return first

    @property
    def tags(self) -> dict[str, str]:
        """Give the tags of the resource itself."""
        return dict(self.values.get("tags") or {})


@dataclass(frozen=True)
class State:
    """All managed resources, and the addresses of the data sources."""

    resources: Sequence[Resource]
    data: Sequence[str]

    def at(self, address: str) -> Resource | None:
        """Give the resource at an address."""
        return next((r for r in self.resources if r.address == address), None)

    def of(self, type_: str) -> list[Resource]:
        """Give all resources of a type."""
        return [r for r in self.resources if r.type == type_]

    def find(self, type_: str, **wanted: object) -> Resource | None:
        """Give the first resource of a type whose attributes are as `wanted`."""
        return next(
            (
                r
                for r in self.of(type_)
                if all(r.values.get(key) == value for key, value in wanted.items())
            ),
            None,
        )


def read(text: str) -> State:
    """Read the output of ``terraform show -json``.

    Raises:
        StateError: it is something else.
    """
    try:
        document = json.loads(text)
    except ValueError:
        raise StateError("is not JSON; write it with `terraform show -json`") from None
    if not isinstance(document, dict):
        raise StateError("is not a state; write it with `terraform show -json`")
    if "encrypted_data" in document:
        raise StateError(
            "is encrypted by OpenTofu; write it where the key is known, with `tofu show -json`"
        )
    if "lineage" in document:
        raise StateError("is a raw state; write it with `terraform show -json`")
    if "planned_values" in document:
        raise StateError("is a plan; write the state with `terraform show -json`, without a file")
    root = (document.get("values") or {}).get("root_module")
    if not isinstance(root, dict):
        raise StateError("holds no resources; run `terraform show -json` where the cluster's are")
    found = list(_instances(root))
    return State(
        [
            Resource(r["address"], r["type"], r.get("values") or {})
            for r in found
            if r.get("mode") == "managed"
        ],
        [r["address"] for r in found if r.get("mode") == "data"],
    )


def _instances(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources") or []
    for child in module.get("child_modules") or []:
        yield from _instances(child)
