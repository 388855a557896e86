"""A project with as many clusters as are asked for, made from the golden cases."""

import shutil
from itertools import cycle, islice
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
LINKED = ("adopt", "commands", "constructs_lib", "packer", "plan_review", "main.py")
"""What a project has besides its clusters and their manifests."""

MANIFESTS = ("manifests", "tests/golden/everything")
"""Folders of files that the golden cases name; a link would lead out of the project."""


def lay_out(project: Path, code: Path = ROOT) -> Path:
    """Make a project without clusters and manifests in the directory `project`."""
    (project / "clusters").mkdir(parents=True)
    for name in LINKED:
        if (code / name).exists():
            (project / name).symlink_to(code / name)
    return project


def copy_manifests(project: Path, specs: Path = ROOT) -> None:
    """Add the manifests that the golden cases of a checkout name."""
    for folder in MANIFESTS:
        (project / folder).mkdir(parents=True)
        for file in (specs / folder).glob("*.yaml"):
            shutil.copy(file, project / folder)


def add_lovelace(project: Path, specs: Path = ROOT) -> None:
    """Add the chapter's cluster."""
    text = (specs / "tests/golden/lovelace/cluster.yaml").read_text(encoding="utf-8")
    (project / "clusters" / "lovelace.yaml").write_text(text, encoding="utf-8")


def add_fleet(project: Path, size: int, specs: Path = ROOT) -> None:
    """Add `size` clusters of mixed sizes, each with a name and a state of its own."""
    found = sorted((specs / "tests" / "golden").glob("*/cluster.yaml"))
    cases = [yaml.safe_load(case.read_text(encoding="utf-8")) for case in found]
    # names that an adopted cluster has already are an account's once
    again = [case for case in cases if "adopted" not in case]
    for number, case in enumerate(islice(cycle(again), size)):
        name = f"c{number:04}"
        spec = case | {"name": name}
        if "state" in spec:
            own = {"bucket": f"{name}-terraform-state", "key": f"{name}.tfstate"}
            table = {"dynamodb_table": f"{name}-lock"} if "dynamodb_table" in spec["state"] else {}
            spec["state"] = spec["state"] | own | table
        text = yaml.safe_dump(spec, sort_keys=False)
        (project / "clusters" / f"{name}.yaml").write_text(text, encoding="utf-8")
