"""A manifest that no environment variable holds, and the stack of a cluster that applies it."""

import json
from pathlib import Path
from typing import Any

import yaml

from constructs_lib import app
from constructs_lib.spec.loader import load
from constructs_lib.tables import kubernetes_versions
from tests import synthesis

NAME = "web"


def large_manifest(word: str) -> str:
    """Kubernetes YAML of 400 KB: four ConfigMaps that hold `word`, and a text of Terraform's."""
    data = {"page": "${x} " * 20_000, "word": word}
    return yaml.safe_dump_all(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{NAME}-{n}"}, "data": data}
        for n in range(4)
    )


def write_with_manifest(text: str, out: Path) -> dict[str, Any]:
    """Write the stack of the smallest cluster with this manifest into `out`; give its JSON."""
    root = out / "project"
    (root / "clusters").mkdir(parents=True, exist_ok=True)
    (root / "manifests").mkdir(exist_ok=True)
    (root / "manifests" / f"{NAME}.yaml").write_text(text, encoding="utf-8")
    spec = synthesis.as_yaml(None, {"manifests": {NAME: {}}, "kube2iam": {"enabled": False}})
    (root / "clusters" / "ada.yaml").write_text(spec, encoding="utf-8")
    app.write_stacks(load(root, today=kubernetes_versions.AS_OF).clusters, out)
    written: dict[str, Any] = json.loads((out / "stacks" / "ada" / "cdk.tf.json").read_text())
    return written
