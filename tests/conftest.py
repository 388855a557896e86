"""Fixtures of all tests. Nothing here loads CDKTF until a test asks for Terraform JSON."""

import os
import random
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests import requirements, synthesis

# The same examples in every run and on every machine, and no clock: what is found once stays found.
hypothesis.settings.register_profile(
    "bounded", derandomize=True, deadline=None, database=None, max_examples=60
)
hypothesis.settings.load_profile("bounded")
hypothesis.configuration.set_hypothesis_home_dir(synthesis.ROOT / ".cache" / "hypothesis")

requirements.take_terraforms_settings_out_of(os.environ)

# Terraform, its providers and kubectl live for seconds: with garbage collected less often they take
# a third less of them, and a tenth more memory.
os.environ.setdefault("GOGC", "400")

if TYPE_CHECKING:
    from tests.control_plane.server import ControlPlane

BY_REAL_PROGRAMS = ("tests/terraform/", "tests/adoption/", "tests/test_no_", "tests/control_plane/")
"""Where the files are that take minutes: they begin first, or one processor waits for the other."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shuffle",
        type=int,
        metavar="SEED",
        help="run the files, and the tests of each, in another order",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long files first; or, asked to, shuffle the files and the tests of each."""
    seed = config.getoption("shuffle")
    if seed is None:
        items.sort(key=lambda item: not item.nodeid.startswith(BY_REAL_PROGRAMS))
        return
    chance = random.Random(seed)  # noqa: S311 - an order
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    shuffled = chance.sample(list(files.values()), len(files))
    items[:] = [item for file in shuffled for item in chance.sample(file, len(file))]


@pytest.fixture(scope="session")
def started_control_plane() -> "Iterator[ControlPlane]":
    """The real Kubernetes API, one for all tests of a worker, which `clear` it before use."""
    from tests.control_plane.server import ControlPlane  # noqa: PLC0415

    with ControlPlane() as running:
        yield running


Synth = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def synth() -> Synth:
    """`synth(spec, **changes)`: parsed Terraform JSON; each different spec is synthesised once."""
    return synthesis.synth


@pytest.fixture(scope="session")
def lovelace() -> dict[str, Any]:
    """The Terraform JSON of the chapter's cluster."""
    return synthesis.synth(synthesis.LOVELACE.read_text(encoding="utf-8"))
