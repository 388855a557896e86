"""Where the parts under test lie, and the programs that test them."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.requirements import require

REPOSITORY = Path(__file__).resolve().parents[2]
PACKER = REPOSITORY / "packer"
ROOTFS = PACKER / "rootfs"
EKS_JOIN = ROOTFS / "usr/local/sbin/eks-join"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the node is a Linux machine")


def program(name: str) -> str:
    """Find a program beside this Python or on PATH, or skip the test."""
    path = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    require(path, f"{name} is not on PATH")
    return str(path)
