"""Spec -> Terraform JSON inside the test's process, where the bindings are loaded once."""

import copy
import functools
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from constructs_lib import app
from constructs_lib.spec.fleet import Cluster
from constructs_lib.spec.loader import load
from constructs_lib.tables import kubernetes_versions

ROOT = Path(__file__).parents[1]
LOVELACE = ROOT / "tests" / "golden" / "lovelace" / "cluster.yaml"
"""The chapter's cluster as it was shipped: whoever runs the project may edit `clusters/`."""

MANIFESTS = ("manifests", "tests/golden/everything")
"""Folders in which a spec may name files."""

SMALLEST: Mapping[str, Any] = {
    "name": "ada",
    "region": "eu-central-1",
    "availability_zones": ["eu-central-1a", "eu-central-1b"],
    "node_groups": {"node": {}},
}
"""A spec without anything that has a default; tests add what they are about."""

Stacks = Mapping[str, str]
"""The text of each `cdk.tf.json`, by the name of its stack."""


def name_of(text: str) -> str:
    """The cluster that a spec's text names."""
    name: str = yaml.safe_load(text)["name"]
    return name


def copy_manifests(root: Path) -> None:
    """Give the project in `root` the files that a spec may name."""
    for folder in MANIFESTS:
        (root / folder).mkdir(parents=True)
        for file in (ROOT / folder).glob("*.yaml"):
            shutil.copy(file, root / folder)


def read(text: str, manifests: Mapping[str, str] | None = None) -> Cluster:
    """Read a spec through the real loader, on the day of the version table.

    `manifests` are files beside those of the project, text by path.
    """
    name = name_of(text)
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "clusters").mkdir()
        (root / "clusters" / f"{name}.yaml").write_text(text, encoding="utf-8")
        copy_manifests(root)
        for path, content in (manifests or {}).items():
            (root / path).write_text(content, encoding="utf-8")
        (cluster,) = load(root, today=kubernetes_versions.AS_OF).clusters
        return cluster


@functools.cache
def stacks(text: str) -> Stacks:
    """Synthesise the stacks of a spec, and read what was written."""
    cluster = read(text)
    with tempfile.TemporaryDirectory() as directory:
        app.write_stacks([cluster], Path(directory))
        written = sorted(Path(directory, "stacks").iterdir())
        return {
            stack.name: (stack / "cdk.tf.json").read_text(encoding="utf-8") for stack in written
        }


def as_yaml(spec: Mapping[str, Any] | str | None, changes: Mapping[str, Any]) -> str:
    """A spec's text: that of `spec`, by default the smallest, with some sections replaced."""
    data = yaml.safe_load(spec) if isinstance(spec, str) else copy.deepcopy(dict(spec or SMALLEST))
    return yaml.safe_dump({**data, **changes}, sort_keys=False)


def synth(
    spec: Mapping[str, Any] | str | None = None, *, stack: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Give the parsed Terraform JSON of a spec (mapping, YAML or the smallest), with `changes`.

    The cluster's own stack, unless `stack` is the last part of another's name, like "state".
    """
    text = as_yaml(spec, changes)
    name = name_of(text)
    found: dict[str, Any] = json.loads(stacks(text)[name if stack is None else f"{name}-{stack}"])
    return found
