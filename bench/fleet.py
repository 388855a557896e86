"""A project with as many clusters as are asked for, made from the golden cases."""

from itertools import cycle, islice
from pathlib import Path

import yaml

from tests.synthesis import copy_manifests

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted((ROOT / "tests" / "golden").glob("*/cluster.yaml"))
LINKED = ("constructs_lib", "packer", "main.py")
"""What a project has besides its clusters and their manifests."""


def lay_out(project: Path) -> Path:
    """Make a project without clusters in the directory `project`."""
    (project / "clusters").mkdir(parents=True)
    for name in LINKED:
        (project / name).symlink_to(ROOT / name)
    copy_manifests(project)
    return project


def add_lovelace(project: Path) -> None:
    """Add the chapter's cluster."""
    text = (ROOT / "tests/golden/lovelace/cluster.yaml").read_text(encoding="utf-8")
    (project / "clusters" / "lovelace.yaml").write_text(text, encoding="utf-8")


def add_fleet(project: Path, size: int) -> None:
    """Add `size` clusters of mixed sizes, each with a name and a state of its own."""
    for number, case in enumerate(islice(cycle(CASES), size)):
        name = f"c{number:04}"
        spec = yaml.safe_load(case.read_text(encoding="utf-8")) | {"name": name}
        if "state" in spec:
            spec["state"] |= {"bucket": f"{name}-terraform-state", "key": f"{name}.tfstate"}
        text = yaml.safe_dump(spec, sort_keys=False)
        (project / "clusters" / f"{name}.yaml").write_text(text, encoding="utf-8")
