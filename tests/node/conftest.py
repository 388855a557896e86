"""A cluster's API, and the AWS that it belongs to."""

import shutil
from collections.abc import Iterator

import pytest

from tests.control_plane.server import ControlPlane
from tests.emulator.aws import AwsEmulator
from tests.requirements import require


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def control_plane(aws: AwsEmulator) -> Iterator[ControlPlane]:
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    with ControlPlane() as running:
        running.serve(aws)
        yield running
