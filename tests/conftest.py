"""Fixtures of all tests. Nothing here loads CDKTF until a test asks for Terraform JSON."""

import os
from collections.abc import Callable
from typing import Any

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

Synth = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def synth() -> Synth:
    """`synth(spec, **changes)`: parsed Terraform JSON; each different spec is synthesised once."""
    return synthesis.synth


@pytest.fixture(scope="session")
def lovelace() -> dict[str, Any]:
    """The Terraform JSON of the chapter's cluster."""
    return synthesis.synth(synthesis.LOVELACE.read_text(encoding="utf-8"))
