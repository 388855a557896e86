"""Terraform addresses: a construct's id is its address, wherever it stands in the tree.

``Vpc(self, "aws_vpc.k8s")`` is `aws_vpc.k8s` in Terraform, so one grep finds it. CDKTF would make
an address of the construct's path and a hash. Addresses are a contract with the state: another
address is another resource, which is destroyed and created.
"""

import functools
from collections.abc import Container, Mapping

from cdktf import (
    Fn,
    TerraformDataSource,
    TerraformElement,
    TerraformResource,
    TerraformStack,
    Token,
)
from constructs import Node

from constructs_lib.errors import EksClusterError

MOVED: Mapping[str, str] = {}
"""Address of today by the one an earlier version had. A resource that got another address gets a
line here and one under "Addresses" in CHANGELOG.md, and no line here is ever deleted: without it
the state's resource would be destroyed and made anew."""


class AddressError(EksClusterError):
    """A construct's id is not the Terraform address of a resource of its own."""


class Stack(TerraformStack):
    """A stack in which the part of a construct's id behind the last dot is its Terraform name."""

    def _allocate_logical_id(self, tf_element: TerraformElement | Node) -> str:
        node = tf_element.node if isinstance(tf_element, TerraformElement) else tf_element
        return node.id.rpartition(".")[2]


def check(stack: TerraformStack) -> dict[str, TerraformElement]:
    """Check that each resource and data source of `stack` has its address as its id, once.

    CDKTF silently drops the first of two elements with one address.

    Returns them by address.

    Raises:
        AddressError: naming the address and where its constructs stand in the tree.
    """
    seen: dict[str, TerraformElement] = {}
    for element in stack.node.find_all():
        if not isinstance(element, TerraformResource | TerraformDataSource):
            continue
        kind = _type_of(type(element))
        prefix = f"data.{kind}." if isinstance(element, TerraformDataSource) else f"{kind}."
        address = element.node.id
        if not address.startswith(prefix):
            raise AddressError(f"{element.node.path} is an id without its type, write {prefix}...")
        if address in seen:
            raise AddressError(
                f"{address} is made twice, as {seen[address].node.path} and as "
                f"{element.node.path}; give one of them another id"
            )
        seen[address] = element
    return seen


@functools.cache
def _type_of(element: type[TerraformResource | TerraformDataSource]) -> str:
    """The Terraform type of a class; a call to Node, so once for each."""
    kind: str = element.TF_RESOURCE_TYPE  # type: ignore[union-attr]
    return kind


def say_moved(
    stack: TerraformStack, here: Container[str], others: Mapping[str, str] | None = None
) -> None:
    """Tell Terraform which addresses of `here` were others before, by `MOVED` and `others`."""
    moved = {old: new for old, new in MOVED.items() if new.partition("[")[0] in here}
    blocks = [{"from": old, "to": new} for old, new in {**moved, **(others or {})}.items()]
    if blocks:
        stack.add_override("moved", blocks)


def every(resource: TerraformResource, attribute: str) -> list[str]:
    """``resource[*].attribute``: the attribute of each instance of a resource with a count."""
    return Token.as_list(Fn.lookup_nested(resource.fqn, ["*", attribute]))


def every_value(resource: TerraformElement, attribute: str) -> list[str]:
    """``values(resource)[*].attribute``: the same where a resource or data source has a for_each.

    Not as a text of one's own: other expressions cannot hold that.
    """
    return Token.as_list(Fn.lookup_nested(Fn.values(resource.fqn), ["*", attribute]))
