"""The arguments of a resource, as its bindings know them."""

import functools
import inspect
import typing
from collections.abc import Mapping
from typing import Any

from cdktf import TerraformElement

META = frozenset(
    {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}
)
"""What Terraform takes on every resource."""

_BINDINGS = "cdktf_cdktf_provider_"

_NEWER = {
    "DefaultRouteTableRoute": ("odb_network_arn",),
    "RouteTableRoute": ("odb_network_arn",),
}
"""Arguments that newer providers have and the bindings, of aws 6.25, have not."""

_NOT_TERRAFORMS = frozenset({"self", "scope", "id_", "provisioners"})


@functools.cache
def arguments(element: type) -> Mapping[str, Any]:
    """The type of each argument of `element`, by Terraform's name; empty where nobody knows.

    Python's names differ where Terraform's is a word of Python's: `self_attribute` is `self`.
    """
    try:
        hints = typing.get_type_hints(element.__init__)  # type: ignore[misc]
        parameters = inspect.signature(element.__init__).parameters  # type: ignore[misc]
    except (NameError, TypeError):
        return {}
    known = {
        name.removesuffix("_attribute").rstrip("_"): hints.get(name)
        for name in parameters
        if name not in _NOT_TERRAFORMS
    }
    known |= dict.fromkeys(_NEWER.get(element.__name__, ()))
    if issubclass(element, TerraformElement):
        known |= dict.fromkeys(META)
    return known


def block(annotation: Any) -> type | None:
    """The class of the blocks that an argument holds, one or a list; none for plain values."""
    if isinstance(annotation, type):
        return annotation if annotation.__module__.startswith(_BINDINGS) else None
    for inner in typing.get_args(annotation):
        if (found := block(inner)) is not None:
            return found
    return None
