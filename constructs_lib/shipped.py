"""The files that come with the project: in a checkout where they are kept, in a wheel beside this.

`manifests/kube2iam.yaml` and `packer/node-image.json` are read by other programs too, so they are
kept at the top of the checkout. pyproject.toml puts them into the wheel.
"""

from pathlib import Path

_IN_WHEEL = Path(__file__).with_name("files")

SHIPPED = _IN_WHEEL if _IN_WHEEL.is_dir() else Path(__file__).resolve().parents[1]
"""The directory that holds them, under their usual paths."""
