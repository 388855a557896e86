"""Where a project has what it makes, from its directory."""

import os
from pathlib import Path


def out_directory() -> Path:
    """Where the stacks go: `cdktf.out`, or what `CDKTF_OUTDIR` names, as for CDKTF itself."""
    return Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out")
