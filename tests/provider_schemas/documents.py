"""The Terraform JSON that is held against the schemas: every golden file, every example."""

import functools
import json
from typing import Any

from tests import golden, synthesis


@functools.cache
def documents() -> dict[str, dict[str, Any]]:
    """Parsed JSON by where it is from."""
    found = {
        path.parent.relative_to(golden.DIRECTORY).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(golden.DIRECTORY.glob(f"**/{golden.JSON}"))
    }
    for path in sorted((synthesis.ROOT / "examples").glob("*.yaml")):
        for stack, text in synthesis.stacks(path.read_text(encoding="utf-8")).items():
            found[f"examples/{path.stem}: {stack}"] = text
    return {name: json.loads(text) for name, text in found.items()}
