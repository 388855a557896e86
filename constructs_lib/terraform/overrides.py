"""What is laid over a stack's Terraform JSON when it is written, by address.

CDKTF's own `add_override` appends to lists, cannot remove a nested key and cannot say a key with a
dot, so the finished file is read, laid over and written: mappings merge, null removes, anything
else replaces. A mapping laid over a list reaches its items by their numbers.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsii
from cdktf import Aspects, IAspect, IStackSynthesizer, ISynthesisSession, TerraformStack
from constructs import IConstruct

from constructs_lib.errors import EksClusterError

Overrides = Mapping[str, Mapping[str, Any]]
"""Arguments by address, such as ``{"aws_vpc.k8s": {"tags": {"team": "shop"}}}``."""

IGNORE_ALL = "all"
"""In place of arguments: Terraform changes nothing of the resource any more."""


class LaidOverError(EksClusterError):
    """A stack that has overrides is synthesised in a way that would leave them out."""


@dataclass(frozen=True)
class Overlay:
    """Everything that is laid over one stack, in this order."""

    first: Overrides = field(default_factory=dict)
    """What adoption says; left out where the stack has no such address."""

    prevent_destroy: Sequence[str] = ()
    """Addresses that no plan may destroy or replace."""

    ignore_changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Arguments by address that Terraform leaves as they are in AWS, besides those it does
    already."""

    last: Overrides = field(default_factory=dict)
    """The spec's own section `overrides`."""

    def __bool__(self) -> bool:
        return bool(self.first or self.prevent_destroy or self.ignore_changes or self.last)

    def lay_over(self, document: dict[str, Any]) -> None:
        """Change `document`, the Terraform JSON of a stack."""
        for address, arguments in self.first.items():
            if block := block_at(document, address):
                laid_over(block, arguments)
        for address in self.prevent_destroy:
            laid_over(block_at(document, address), {"lifecycle": {"prevent_destroy": True}})
        for address, names in self.ignore_changes.items():
            lifecycle = block_at(document, address).setdefault("lifecycle", {})
            there = lifecycle.get("ignore_changes", [])
            lifecycle["ignore_changes"] = (
                IGNORE_ALL
                if IGNORE_ALL in (*names, there)
                else list(dict.fromkeys((*there, *names)))
            )
        for address, arguments in self.last.items():
            laid_over(block_at(document, address), arguments)


def block_at(document: dict[str, Any], address: str) -> dict[str, Any]:
    """The arguments at an address of `document`; empty where it has none."""
    data = address.startswith("data.")
    kind, _, name = address.removeprefix("data.").partition(".")
    found: dict[str, Any] = (
        document.get("data" if data else "resource", {}).get(kind, {}).get(name, {})
    )
    return found


def laid_over(below: Any, above: Any) -> Any:
    """`above` laid over `below`; a mapping or list below is changed in place."""
    if not isinstance(above, Mapping) or not isinstance(below, dict | list):
        return _without_nulls(above)
    if isinstance(below, list):
        for key, value in above.items():
            if value is not None:
                below[int(key)] = laid_over(below[int(key)], value)
        gone = {int(key) for key, value in above.items() if value is None}
        below[:] = [item for number, item in enumerate(below) if number not in gone]
        return below
    for key, value in above.items():
        if value is None:
            below.pop(key, None)
        else:
            below[key] = laid_over(below.get(key), value)
    return below


def _without_nulls(value: Any) -> Any:
    """A new mapping holds nothing to remove; inside lists a null is Terraform's own."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


@jsii.implements(IStackSynthesizer)
class _Synthesizer:
    """Writes a stack as CDKTF does, then lays over what it wrote: in any App that holds it."""

    def __init__(self, stack: TerraformStack, overlay: Overlay) -> None:
        self._stack = stack
        self._overlay = overlay
        self._plain = stack.synthesizer
        self.at_work = False

    def synthesize(self, session: ISynthesisSession) -> None:
        """Write the stack's file."""
        self.at_work = True
        try:
            self._plain.synthesize(session)
        finally:
            self.at_work = False
        written = session.manifest.for_stack(self._stack).synthesized_stack_path
        path = Path(session.outdir, written)
        document = json.loads(path.read_text(encoding="utf-8"))
        self._overlay.lay_over(document)
        path.write_text(as_cdktf_writes(document), encoding="utf-8")


@jsii.implements(IAspect)
class _Guard:
    """Refuses `Testing.synth`, which asks the stack for its JSON and writes no file."""

    def __init__(self, synthesizer: _Synthesizer, name: str) -> None:
        self._synthesizer = synthesizer
        self._name = name

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - CDKTF's form
        """Raise unless the stack is being written.

        Raises:
            LaidOverError: the stack is asked for its JSON, and not written.
        """
        if not self._synthesizer.at_work:
            raise LaidOverError(
                f"the stack {self._name} has overrides, which Testing.synth would leave out; use "
                "Testing.full_synth or the App's own synth"
            )


def lay_over(stack: TerraformStack, overlay: Overlay) -> None:
    """Lay `overlay` over the JSON of `stack` whenever it is written.

    `Testing.synth`, which cannot be told, is refused with a `LaidOverError`.
    """
    if overlay:
        synthesizer = _Synthesizer(stack, overlay)
        stack.synthesizer = synthesizer
        Aspects.of(stack).add(_Guard(synthesizer, stack.node.id))


def as_cdktf_writes(document: Mapping[str, Any]) -> str:
    """The text of a stack's file: keys in order, two spaces, nothing escaped that JSON allows."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
