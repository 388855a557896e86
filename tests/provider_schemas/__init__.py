"""What the AWS provider takes: the oldest one allowed, and the newest that has bindings.

`oldest.json` is what `terraform providers schema` says of the oldest provider of the range, and
`newest.json` is read from the newest bindings on PyPI, which are generated from the provider's
schema: no provider that new need be had. Both are reduced to the types that are in use or offered
as an option, one line an argument, so that a renewal shows as a diff.

``python -m tests.provider_schemas`` renews both; ``... compare`` holds the golden files against
the newest bindings that PyPI has today, and names what would be refused.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

REQUIRED, OPTIONAL, COMPUTED = "required", "optional", "computed"
BLOCK = "block"
OBJECT = "object"
"""An attribute written as a block: in JSON each of its objects names every key."""

Arguments = Mapping[str, str]
"""The words of each argument of a type, by its path: `ebs_block_device.iops` -> "optional"."""


@dataclass(frozen=True)
class Schema:
    """What one version of the providers takes."""

    provider: str
    types: Mapping[str, Arguments]
    """By type with its section: `resource.aws_vpc`, `data.aws_ami`, `provider.aws`."""

    def write(self, path: Path) -> None:
        """Write it, sorted."""
        types = {name: dict(sorted(self.types[name].items())) for name in sorted(self.types)}
        content = {"provider": self.provider, "types": types}
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Schema":
        """Read what `write` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def oldest() -> Schema:
    """The oldest provider that the range allows."""
    return Schema.read(HERE / "oldest.json")


def newest() -> Schema:
    """The newest provider that was compared."""
    return Schema.read(HERE / "newest.json")


def emitted(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each block that the AWS provider reads: type with section, address, content."""
    for section, prefix in (("resource", ""), ("data", "data.")):
        for kind, named in document.get(section, {}).items():
            for name, block in named.items():
                if kind.startswith("aws_"):
                    yield f"{section}.{kind}", f"{prefix}{kind}.{name}", block
    for block in document.get("provider", {}).get("aws", []):
        yield "provider.aws", "provider.aws", block
