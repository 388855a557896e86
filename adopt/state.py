"""The resources of a state, as ``terraform show -json`` tells them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from constructs_lib.errors import EksClusterError

_KEY = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")
"""The key of an instance in an address: https://developer.hashicorp.com/terraform/cli/state/resource-addressing"""


class StateError(EksClusterError):
    """The input is not a state with a cluster in it; one sentence with the way out."""


def whole_address(address: str) -> str:
    """An address without the keys of its instance and of its modules."""
    return _KEY.sub("", address)


@dataclass(frozen=True)
class Resource:
    """An instance of a managed resource."""

    address: str
    type: str
    values: dict[str, Any]
    name: str = ""
    module: str = ""
    """Address of the module instance that holds it; empty for the root."""

    key: int | str | None = None
    """Its key among the instances of its block, where it has one."""

    provider: str = ""
    """Source address of the provider, such as `registry.terraform.io/hashicorp/aws`."""

    schema_version: int = 0
    tainted: bool = False

    @property
    def id(self) -> str:
        """The id AWS knows it by."""
        return str(self.values.get("id") or "")

    @property
    def whole_address(self) -> str:
        """The address without the keys of its instance and of its modules."""
        return whole_address(self.address)

    def with_values(self, **values: Any) -> "Resource":
        """The resource with other values of some arguments."""
        return replace(self, values={**self.values, **values})

    def text(self, name: str) -> str:
        """An attribute as text; empty where there is none."""
        return str(self.values.get(name) or "")

    def texts(self, name: str) -> list[str]:
        """An attribute that is a list or set of texts."""
        return [str(item) for item in self.values.get(name) or []]

    def block(self, name: str) -> dict[str, Any]:
        """The first block of a name; empty where there is none."""
        return next(iter(self.blocks(name)), {})

    def blocks(self, name: str) -> list[dict[str, Any]]:
        """The blocks of a name."""
        return [block for block in self.values.get(name) or [] if block]


@dataclass(frozen=True)
class State:
    """All managed resources, and the data sources."""

    resources: Sequence[Resource]
    data: Sequence[Resource]

    def at(self, address: str) -> Resource | None:
        """The resource at an address."""
        return next((r for r in self.resources if r.address == address), None)

    def of(self, type_: str) -> list[Resource]:
        """All resources of a type."""
        return [r for r in self.resources if r.type == type_]

    def subnets(self) -> list[Resource]:
        """All subnets, also those that a data source only reads."""
        return self.of("aws_subnet") + [r for r in self.data if r.type == "aws_subnet"]

    def find(self, type_: str, **wanted: object) -> Resource | None:
        """The first resource of a type whose attributes are as `wanted`."""
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
    if not text.strip():
        raise StateError(
            "is empty, so `terraform show -json` failed: most often because a provider of another "
            "version wrote the state. Run `terraform init -upgrade` and `terraform apply "
            "-refresh-only` there, then `terraform show -json` again"
        )
    try:
        document = json.loads(text)
    except ValueError:
        raise StateError("is not JSON; write it with `terraform show -json`") from None
    except RecursionError:
        raise StateError("is not a state; write it with `terraform show -json`") from None
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
    try:
        return _state(root)
    except (AttributeError, KeyError, TypeError) as error:
        raise StateError(
            f"holds a resource that Terraform does not write ({type(error).__name__}: {error}); "
            "write it anew with `terraform show -json`"
        ) from error


def _state(root: dict[str, Any]) -> State:
    managed, data, deposed = [], [], []
    for module, resource in _instances(root, ""):
        if not resource["address"].isprintable():
            raise StateError(
                f"holds an address that Terraform does not write ({resource['address']!r}); "
                "write it anew with `terraform show -json`"
            )
        if resource.get("mode") == "data":
            data.append(_resource(module, resource))
        elif "deposed_key" in resource:
            deposed.append(resource["address"])
        else:
            managed.append(_resource(module, resource))
    if outdated := sorted({r.provider for r in managed if "/-/" in r.provider}):
        moves = "; ".join(
            f"terraform state replace-provider {old} {old.replace('/-/', '/hashicorp/')}"
            for old in outdated
        )
        raise StateError(
            f"names its providers as Terraform 0.12 did; run `{moves}` there, then `terraform show "
            "-json` again"
        )
    if deposed:
        raise StateError(
            f"holds deposed objects of {', '.join(deposed)}, which the next apply destroys; run "
            "`terraform apply` there first"
        )
    return State(managed, data)


def _instances(module: dict[str, Any], address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in module.get("resources") or []:
        yield address, resource
    for child in module.get("child_modules") or []:
        yield from _instances(child, child["address"])


def _provider(said: dict[str, Any]) -> str:
    """The source address of a resource's provider; Terraform 0.12 wrote its name alone."""
    name: str = said.get("provider_name") or said["type"].partition("_")[0]
    return name if "/" in name else f"registry.terraform.io/hashicorp/{name}"


def _resource(module: str, said: dict[str, Any]) -> Resource:
    return Resource(
        said["address"],
        said["type"],
        said.get("values") or {},
        said.get("name") or said["address"].rpartition(".")[2].partition("[")[0],
        module,
        said.get("index"),
        _provider(said),
        said.get("schema_version") or 0,
        bool(said.get("tainted")),
    )


# --- values --------------------------------------------------------------------------------------

Path = tuple[str | int, ...]

MISSING = object()
"""In place of a value that is not there."""


def value_at(values: Any, path: Iterable[str | int]) -> Any:
    """What stands at a path of a state's values, or MISSING; of blocks, which are lists, the first.

    A part of the path that is a number reaches into a list.
    """
    for part in path:
        if isinstance(values, list) and not str(part).isdigit():
            values = values[0] if values else {}
        if isinstance(values, list):
            values = values[int(part)] if int(part) < len(values) else MISSING
        else:
            values = values.get(part, MISSING) if isinstance(values, Mapping) else MISSING
        if values is MISSING:
            return MISSING
    return values


def each_text(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text below `value`, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from each_text(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from each_text(item, (*path, number))
