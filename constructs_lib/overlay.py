"""What a spec lays over its finished stack, checked against what the stack holds."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cdktf import TerraformElement, TerraformResource, TerraformStack

from constructs_lib.adoption import Adoption
from constructs_lib.spec import ClusterSpec
from constructs_lib.spec.fleet import Cluster
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.spec.section import Where
from constructs_lib.tables import newer_arguments
from constructs_lib.terraform import addresses, overrides
from constructs_lib.terraform.arguments import arguments, block
from constructs_lib.terraform.overrides import IGNORE_ALL, Overlay

Elements = Mapping[str, TerraformElement]
Problem = tuple[Where, str]


def lay_over(stack: TerraformStack, adopted: Adoption, cluster: Cluster) -> None:
    """Lay over `stack` what the spec says, and tell Terraform what moved, came and goes.

    Raises:
        AddressError: two constructs share a Terraform address.
        SpecErrors: the spec names an address, a part or an argument that is not there.
    """
    elements = addresses.check(stack)
    spec = adopted.spec
    problems = [
        *_unknown_arguments(spec, elements),
        *_unknown_names(stack, spec, elements),
        *_unknown_targets(adopted, elements),
    ]
    if problems:
        raise SpecErrors(cluster.document.problem(where, text) for where, text in problems)
    overrides.lay_over(
        stack,
        Overlay(
            first=adopted.overrides,
            prevent_destroy=[
                *adopted.prevent_destroy,
                *(
                    address
                    for name in spec.lifecycle.prevent_destroy
                    for address in _named(stack, name, elements)
                ),
            ],
            ignore_changes=_ignored(stack, spec, elements),
            last=spec.overrides,
        ),
    )
    addresses.say_moved(stack, elements, adopted.moved)
    for name, entries in (
        ("import", [{"to": address, "id": id_} for address, id_ in adopted.imports.items()]),
        (
            "removed",
            [{"from": address, "lifecycle": {"destroy": False}} for address in adopted.forget],
        ),
    ):
        if entries:
            stack.add_override(name, entries)


def _named(stack: TerraformStack, name: str, elements: Elements) -> list[str]:
    """The addresses of the resources that `name` means: one, or those of a part."""
    if name in elements:
        return [name]
    part = f"{stack.node.path}/{name.replace('.', '/')}/".replace("_", "-")
    return [
        address
        for address, element in elements.items()
        if isinstance(element, TerraformResource)
        and element.node.path.replace("_", "-").startswith(part)
    ]


def _ignored(stack: TerraformStack, spec: ClusterSpec, elements: Elements) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, wanted in spec.lifecycle.ignore_changes.items():
        for address in _named(stack, name, elements):
            here = [argument for argument in wanted if _has(elements[address], argument)]
            if here:
                found.setdefault(address, []).extend(here)
    return found


def _has(element: TerraformElement, argument: str) -> bool:
    """Whether a resource has what `ignore_changes` names, such as ``tags["team"]``."""
    first = argument.partition("[")[0].partition(".")[0]
    return argument == IGNORE_ALL or first in arguments(type(element))


# --- what is not there -------------------------------------------------------------------------


def _unknown_arguments(spec: ClusterSpec, elements: Elements) -> Iterator[Problem]:
    for address, over in spec.overrides.items():
        if address not in elements:
            yield (
                ("overrides", address),
                f"is not an address of this cluster{_nearest(address, elements)}"
                "; write one that its plan shows",
            )
            continue
        kind = address.removeprefix("data.").partition(".")[0]
        yield from _unknown_below(("overrides", address), over, type(elements[address]), kind)


def _unknown_below(where: Where, over: Any, holder: type, kind: str) -> Iterator[Problem]:
    """Keys of `over` that the block `holder` of a resource of `kind` has not.

    Numbers reach into its lists.
    """
    known = arguments(holder)
    if not known or not isinstance(over, Mapping):
        return
    for key, value in over.items():
        if str(key).isdigit():
            yield from _unknown_below((*where, key), value, holder, kind)
        elif newer_arguments.is_newer(kind, (*map(str, where[2:]), str(key))):
            continue
        elif key not in known:
            yield (
                (*where, key),
                f"is not an argument there{_nearest(str(key), known)}; rename or delete it",
            )
        elif (inner := block(known[key])) is not None:
            for part in value if isinstance(value, list) else [value]:
                yield from _unknown_below((*where, key), part, inner, kind)


def _unknown_names(
    stack: TerraformStack, spec: ClusterSpec, elements: Elements
) -> Iterator[Problem]:
    parts = [child.node.id.replace("-", "_") for child in stack.node.children]
    wanted: Iterable[tuple[Where, str, Sequence[str]]] = [
        *(
            (("lifecycle", "prevent_destroy", number), name, ())
            for number, name in enumerate(spec.lifecycle.prevent_destroy)
        ),
        *(
            (("lifecycle", "ignore_changes", name), name, names)
            for name, names in spec.lifecycle.ignore_changes.items()
        ),
    ]
    for where, name, names in wanted:
        resources = _named(stack, name, elements)
        if not resources:
            yield (
                where,
                "is neither an address nor a part of this cluster with resources, "
                f"got {name}{_nearest(name, (*elements, *parts))}; write one that its plan shows",
            )
            continue
        for argument in names:
            if not any(_has(elements[address], argument) for address in resources):
                known = {a for address in resources for a in arguments(type(elements[address]))}
                yield (
                    where,
                    f"has no argument {argument}{_nearest(argument, known)}; rename or delete it",
                )


def _unknown_targets(adopted: Adoption, elements: Elements) -> Iterator[Problem]:
    """Where something is to be moved or imported to, and the stack has nothing.

    Terraform would destroy what is moved there.
    """
    targets = [
        *((("adopted", "moved", old), new) for old, new in adopted.moved.items()),
        *((("adopted", "imports", address), address) for address in adopted.imports),
    ]
    for where, target in targets:
        if (whole := target.partition("[")[0]) not in elements:
            yield (
                where,
                f"leads to no address of this cluster, got {target}{_nearest(whole, elements)}; "
                "write one that its plan shows",
            )


def _nearest(word: str, choices: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(choices), n=1)
    return f", did you mean {close[0]}?" if close else ""
