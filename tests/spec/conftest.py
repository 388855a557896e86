"""A project with one good cluster."""

from pathlib import Path

import pytest

from tests.spec.bad import add


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The directory of the project."""
    (tmp_path / "clusters").mkdir()
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "kube2iam.yaml").write_text("apiVersion: v1\nkind: List\n")
    add(tmp_path, "ada")
    return tmp_path
