"""The Terraform JSON that is held against the schemas: every golden file."""

import functools
import json
from typing import Any

from tests import golden


@functools.cache
def documents() -> dict[str, dict[str, Any]]:
    """Parsed JSON by where it is from."""
    return {
        path.parent.relative_to(golden.DIRECTORY).as_posix(): json.loads(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(golden.DIRECTORY.glob(f"**/{golden.JSON}"))
    }
