"""Where the parts under test lie, and the programs that test them."""

import os
import shutil
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKER = REPOSITORY / "packer"
ROOTFS = PACKER / "rootfs"
EKS_JOIN = ROOTFS / "usr/local/sbin/eks-join"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the node is a Linux machine")


def program(name: str) -> str:
    """Find a program beside this Python or on PATH, or skip; REQUIRE_E2E=1 allows no skip."""
    path = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if path:
        return path
    if os.environ.get("REQUIRE_E2E") == "1":
        pytest.fail(f"{name} is not on PATH, and REQUIRE_E2E=1 asks for every test")
    pytest.skip(f"{name} is not on PATH")
